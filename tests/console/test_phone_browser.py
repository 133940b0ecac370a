"""Phones in Chromium: trying the bot, the phone beside a page, a text that is being written."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copyfile

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.lexical import LexicalMatcher
from content.models import Answer
from hub.app.hub import Hub
from hub.clock import ManualClock
from hub.database import Database
from hub.staff.passwords import Passwords
from hub.staff.roles import Role
from hub.vault import Vault
from tests.bot.understanders import make_hub, with_understanding
from tests.browser import Complaints, open_chromium, run_apart, serve
from tests.chat import run_until_quiet
from tests.console.conftest import PASSWORD, ConsoleHarness, make_app
from tests.console.test_browser import _check as check_page
from tests.console.updates import add_draft

pytestmark = pytest.mark.browser

SCHOOL = "cómo matriculo a mi hijo en el colegio"


@dataclass
class Site:
    address: str
    harness: ConsoleHarness
    answer: str
    update: str


@dataclass
class Answering:
    """The console, and behind it a hub that goes on after whatever is sent to it."""

    app: ASGIApp
    hub: Hub
    _steps: "set[asyncio.Task[None]]" = field(default_factory=set)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)
        if scope["method"] == "POST":
            step = asyncio.create_task(run_until_quiet(self.hub))
            self._steps.add(step)
            step.add_done_callback(self._steps.discard)


@pytest.fixture
def site(
    prepared: Path,
    tmp_path: Path,
    vault: Vault,
    clock: ManualClock,
    passwords: Passwords,
    matcher: LexicalMatcher,
) -> Iterator[Site]:
    path = tmp_path / "chasqui.db"
    copyfile(prepared, path)
    url = f"sqlite:///{path}"
    harness = ConsoleHarness(Database(url), vault, clock, passwords, app=None)

    async def prepare() -> tuple[str, str, Hub]:
        await harness.add_staff("ana", Role.AUTHOR, language="es")
        async with harness.database.read() as session:
            query = select(Answer.id).where(Answer.topic == "education.enrol")
            answer = str(await session.scalar(query))
        update_id = await add_draft(harness)
        await harness.database.close()
        hub = with_understanding(await make_hub(url, vault, clock), matcher)
        await hub.database.close()  # its connections are of this loop
        return answer, update_id, hub

    answer, update_id, hub = run_apart(prepare())
    app = make_app(
        hub.database,
        vault,
        clock,
        passwords,
        public_url=None,
        rehearser=hub.rehearser,
        inbox=hub.inbox,
    )
    with serve(Answering(app, hub)) as address:
        yield Site(address, harness, answer, update_id)
    run_apart(hub.close())


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with open_chromium() as browser:
        yield browser


def open_page(chromium: Browser, site: Site, width: int) -> tuple[Page, Complaints]:
    scheme = "dark" if width < 400 else "light"
    context = chromium.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]
        locale="es-PE",
    )
    page = context.new_page()
    complaints = Complaints(page)
    page.goto(f"{site.address}/console/")
    page.fill("#username", "ana")
    page.fill("#password", PASSWORD)
    page.fill("#code", site.harness.code("ana"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/")
    return page, complaints


@pytest.mark.parametrize("width", [360, 1440])
def test_asking_talking_and_writing_on_either_screen(
    chromium: Browser, site: Site, width: int
) -> None:
    page, complaints = open_page(chromium, site, width)
    page.goto(f"{site.address}/console/try")
    page.evaluate("window.sameDocument = true")
    page.fill("#text", SCHOOL)
    page.get_by_role("button", name="Preguntar").click()
    expect(page.locator("#answered .said-bot").first).to_contain_text("colegio", timeout=60_000)
    expect(page.locator("#why + dl")).to_contain_text("Una respuesta verificada")
    assert page.evaluate("window.sameDocument")
    check_page(page)

    page.get_by_role("link", name="Teléfono", exact=True).click()
    page.locator("#message").fill(SCHOOL)
    page.keyboard.press("Enter")
    expect(page.locator("#simulator .said-own")).to_have_count(1)
    expect(page.locator("#message")).to_be_focused()
    expect(page.locator("#simulator .said-bot").first).to_contain_text("asistente")
    is_beside = width >= 1024
    assert page.url.endswith("/try" if is_beside else "/simulator")
    check_page(page)

    page.goto(f"{site.address}/console/answers/{site.answer}/edit")
    if is_beside:  # the phone stays open from page to page, with what was said
        expect(page.locator("#drawer .said-own")).to_have_count(1)
        page.locator("#message").focus()
        page.keyboard.press("Escape")
        expect(page.locator("#drawer")).to_be_hidden()
    page.fill("#text_es", "*Ven* mañana.")
    expect(page.locator("#preview strong")).to_have_text("Ven")
    expect(page.locator("#note-text_es")).to_contain_text("Demasiado corto")
    page.select_option("#phone_channel", "telegram")
    expect(page.locator("#preview .said-bot").first).to_contain_text("*Ven* mañana.")
    assert page.input_value("#text_es") == "*Ven* mañana."
    check_page(page)
    page.goto(f"{site.address}/console/answers/{site.answer}/phones")
    check_page(page)
    assert complaints.found == []
    page.context.close()


def test_a_test_contact_asks_for_updates_reads_a_test_and_is_erased(
    chromium: Browser, site: Site
) -> None:
    page, complaints = open_page(chromium, site, 1440)
    page.get_by_role("link", name="Teléfono", exact=True).click()
    phone = page.locator("#simulator")
    expect(phone).to_contain_text("Prueba de Ana")
    phone.get_by_label("Idioma").select_option("es")
    phone.get_by_role("button", name="Empezar en Telegram").click()
    expect(phone.locator(".phone-telegram")).to_be_visible()
    page.locator("#message").fill("quiero avisos")
    page.keyboard.press("Enter")
    phone.locator(".said-buttons button").first.click()
    expect(phone.locator(".said-own")).to_have_count(2)
    check_page(page)

    # The phone stays open from page to page, and what comes needs no reload.
    page.goto(f"{site.address}/console/updates/{site.update}")
    page.get_by_role("button", name="Probarlo en mi teléfono").click()
    expect(phone.get_by_text("[PRUEBA · TEST · es]")).to_be_visible()
    expect(phone.get_by_text("[PRUEBA · TEST · en]")).to_be_visible()
    page.locator("#message").fill("a medio escribir")
    expect(phone.locator(".said-waiting")).to_have_count(0)
    assert page.input_value("#message") == "a medio escribir"

    phone.get_by_text("Quién es el contacto").click()
    phone.get_by_label("Zona").select_option("24")
    phone.get_by_role("button", name="Cambiar").click()
    expect(phone.locator("details[open]")).to_have_count(0)
    expect(phone.locator(".said-own")).to_have_count(2)  # still the same contact
    phone.get_by_text("Quién es el contacto").click()
    expect(phone.get_by_label("Zona")).to_have_value("24")
    phone.get_by_role("button", name="Borrar el contacto de prueba").click()
    expect(phone.locator(".said")).to_have_count(0)
    assert complaints.found == []
    page.context.close()
