"""An update's whole way in Chromium: written by one person, approved by another, seen to arrive."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.rates import Bucket, Rate
from bot.sender import Sender
from broadcast.audience import WEEK
from broadcast.control import tick
from broadcast.deliveries import Deliveries
from content.models import AreaRow, Topic
from hub.clock import ManualClock
from hub.database import Database
from hub.staff.passwords import Passwords
from hub.staff.roles import Role
from hub.vault import Vault
from tests.broadcast.recorder import Recorder
from tests.browser import Complaints, open_chromium, run_apart, serve
from tests.console.conftest import PASSWORD, ConsoleHarness, make_app
from tests.console.test_browser import VIEWS, Scheme
from tests.console.test_browser import _check as check_page
from tests.console.updates import POLICY, TEXTS, add_readers
from tests.databases import create_schema

pytestmark = pytest.mark.browser

READERS = 12


@dataclass
class Site:
    """The served console; `url` names its database, for what happens behind it."""

    address: str
    url: str
    harness: ConsoleHarness

    def let_time_pass(self) -> None:
        """The undo pause ends, as far as the hub's clock goes."""
        self.run_tick()
        self.harness.clock.advance(POLICY.undo)
        self.run_tick()

    def run_tick(self) -> None:
        async def step() -> None:
            database = Database(self.url)
            await tick(database, POLICY, self.harness.clock)
            await database.close()

        run_apart(step())

    def send(self) -> list[tuple[str, str]]:
        """What the phones get from the real sender."""

        async def deliver() -> list[tuple[str, str]]:
            database, harness = Database(self.url), self.harness
            channel = Recorder("telegram", harness.clock.now)
            lane = Deliveries(database, harness.vault, POLICY)
            sender = Sender(channel, [lane], Bucket(Rate(1000, 0.2)), 16, harness.clock)
            while len(channel.sent) < READERS:
                await sender.step()
            await sender.drain()
            await database.close()
            return channel.sent

        return run_apart(deliver())


@pytest.fixture
def site(tmp_path: Path, vault: Vault, clock: ManualClock, passwords: Passwords) -> Iterator[Site]:
    url = f"sqlite:///{tmp_path}/chasqui.db"
    harness = ConsoleHarness(Database(url), vault, clock, passwords, app=None)

    async def prepare() -> None:
        await create_schema(url)
        await harness.add_staff("ana", Role.AUTHOR, language="es")
        await harness.add_staff("pedro", Role.APPROVER, language="es")
        await add_readers(harness, READERS)
        async with harness.database.write() as session:
            session.add(AreaRow(code="24", name="Tumbes", level="department", aliases=[]))
            session.add(Topic(key="asylum.apply", owner="protection"))
            session.add(Topic(key="school", owner="education"))
        await harness.database.close()

    run_apart(prepare())
    served = Database(url)
    with serve(make_app(served, vault, clock, passwords, public_url=None)) as address:
        yield Site(address, url, harness)
    run_apart(served.close())


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with open_chromium() as browser:
        yield browser


def open_page(chromium: Browser, site: Site, username: str, width: int, scheme: Scheme) -> Page:
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, locale="es-PE"
    )
    page = context.new_page()
    page.goto(f"{site.address}/console/")
    page.get_by_label("Usuario").fill(username)
    page.locator("#password").fill(PASSWORD)
    page.locator("#code").fill(site.harness.code(username))
    page.get_by_role("button", name="Entrar").click()
    expect(page).to_have_url(f"{site.address}/console/")
    return page


def write_update(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/console/updates")
    page.get_by_role("link", name="Escribir un aviso").click()
    page.locator("#title").fill("Feria de salud")
    page.locator("#text_es").fill(TEXTS["es"])
    page.locator("#text_en").fill("Health fair on Saturday 27.")
    page.get_by_label("Tumbes").evaluate("box => box.closest('details').open = true")
    page.get_by_label("Tumbes").check()
    expect(page.locator("#count")).to_contain_text("0 personas")
    page.get_by_label("Tumbes").uncheck()
    expect(page.locator("#count")).to_contain_text(f"{READERS} personas")
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    page.locator("#without_languages").get_by_label("Español").check()
    expect(page.locator("#count")).to_contain_text("0 personas")
    page.locator("#without_languages").get_by_label("Español").uncheck()
    page.locator("#seen_within").fill("30")
    expect(page.locator("#count")).to_contain_text(f"{READERS} personas")
    check_page(page)
    page.get_by_role("button", name="Comprobar y revisar").click()
    expect(page.get_by_role("alert")).to_contain_text("Los números no son los de Español")
    check_page(page)
    page.locator("#text_en").fill(TEXTS["en"])
    page.get_by_role("button", name="Comprobar y revisar").click()
    expect(page.locator(".ready")).to_contain_text(f"{READERS} personas lo recibirían")
    check_page(page)
    page.get_by_role("button", name="Entregar para aprobación").click()
    expect(page.locator(".status-line")).to_contain_text("Espera aprobación")


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_from_the_author_to_the_result(
    chromium: Browser, site: Site, width: int, scheme: Scheme
) -> None:
    # INV-3, INV-6, PEER-10, HUM-42
    site.harness.clock.advance(WEEK)  # the people had their share in the other views
    author = open_page(chromium, site, "ana", width, scheme)
    approver = open_page(chromium, site, "pedro", width, scheme)
    complaints = [Complaints(author), Complaints(approver)]
    write_update(author, site)
    approver.goto(f"{site.address}/console/")
    approver.get_by_role("link", name="Avisos por aprobar").click()
    check_page(approver)
    approver.get_by_role("button", name=f"Aprobar para {READERS} personas").click()
    site.run_tick()
    expect(approver.locator("#live")).to_contain_text("Empieza en", timeout=10_000)
    check_page(approver)
    approver.get_by_role("button", name="Deshacer").click()
    expect(approver.locator(".status-line")).to_contain_text("Borrador")
    author.reload()
    author.get_by_role("button", name="Entregar para aprobación").click()
    approver.reload()
    approver.get_by_role("button", name=f"Aprobar para {READERS} personas").click()
    site.let_time_pass()
    expect(approver.locator(".status-line")).to_contain_text("Enviándose", timeout=10_000)
    sent = site.send()
    assert len({address for address, _ in sent}) == len(sent) == READERS
    assert {text for _, text in sent} == {f"{TEXTS['es']}\n\n{POLICY.closings['es']}"}
    site.run_tick()
    expect(approver.locator(".status-line")).to_contain_text("Enviado", timeout=10_000)
    expect(approver.locator("#live")).to_contain_text(f"{READERS} de {READERS} personas")
    check_page(approver)
    approver.get_by_role("link", name="Todos los resultados").click()
    expect(approver.locator("#curve-title")).to_be_visible()
    approver.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    check_page(approver)
    for path in ("updates", "updates/phone"):
        approver.goto(f"{site.address}/console/{path}")
        check_page(approver)
    # The browser notes the refused form by its status; nothing else is amiss.
    found = [complaint for one in complaints for complaint in one.found]
    assert [complaint for complaint in found if "422" not in complaint] == []
    for page in (author, approver):
        page.context.close()
