"""Keys, requests and staff in Chromium, with an authenticator that Chromium plays itself."""

from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from hub.clock import ManualClock
from hub.database import Database
from hub.staff.passwords import Passwords
from hub.staff.roles import Role
from hub.vault import Vault
from tests.browser import Complaints, open_chromium, run_apart, serve
from tests.console import test_browser
from tests.console.conftest import PASSWORD, ConsoleHarness, make_app
from tests.console.test_browser import Scheme, Site
from tests.console.test_services_browser import open_page
from tests.databases import create_schema

pytestmark = pytest.mark.browser


@pytest.fixture
def site(tmp_path: Path, vault: Vault, clock: ManualClock, passwords: Passwords) -> Iterator[Site]:
    url = f"sqlite:///{tmp_path}/chasqui.db"
    harness = ConsoleHarness(Database(url), vault, clock, passwords, app=None)

    async def prepare() -> None:
        await create_schema(url)
        for name in ("ana", "bea"):
            await harness.add_staff(name, Role.ADMIN, language="es")
        await harness.add_staff("leo", Role.READER, language="es")
        await harness.database.close()

    run_apart(prepare())
    served = Database(url)
    with serve(make_app(served, vault, clock, passwords, public_url=None)) as address:
        # Browsers offer passkeys to a name only, and count this one as safe.
        yield Site(address.replace("127.0.0.1", "localhost"), harness, in_review="", draft="")
    run_apart(served.close())


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with open_chromium() as browser:
        yield browser


def plug_in_authenticator(page: Page) -> None:
    """What a telephone or a security key is to a browser."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def sign_in(page: Page, site: Site, username: str) -> None:
    page.goto(f"{site.address}/console/sign-in")
    page.fill("#username", username)
    page.fill("#password", PASSWORD)
    page.fill("#code", site.harness.code(username))
    page.click('form[action$="/sign-in"] button[type="submit"]')
    expect(page).to_have_url(f"{site.address}/console/")


def check(page: Page) -> None:
    test_browser._check(page)


def test_a_passkey_is_made_and_signs_in(chromium: Browser, site: Site) -> None:
    # SEC-21, SEC-25
    page = open_page(chromium, 1440, "light")
    complaints = Complaints(page)
    plug_in_authenticator(page)
    sign_in(page, site, "ana")
    page.goto(f"{site.address}/console/account/keys")
    check(page)
    page.fill("#key_name", "Mi teléfono")
    page.click('[data-passkey="create"]')
    expect(page.get_by_role("cell").first).to_contain_text("Mi teléfono")
    check(page)
    page.click('form[action$="/sign-out"] button')
    page.fill("#username", "ana")
    page.fill("#password", PASSWORD)
    page.click('[data-passkey="get"]')
    expect(page).to_have_url(f"{site.address}/console/")
    page.goto(f"{site.address}/console/account/keys")
    page.click('form[action$="/codes"] button')
    expect(page.locator(".codes li")).to_have_count(10)
    check(page)
    assert complaints.found == []
    page.context.close()


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1440, "light")])
def test_an_invitation_goes_from_one_administrator_to_another_and_to_its_person(
    chromium: Browser, site: Site, width: int, scheme: Scheme
) -> None:
    # PEER-11
    ana, bea, guest = (open_page(chromium, width, scheme) for _ in range(3))
    complaints = [Complaints(page) for page in (ana, bea, guest)]
    sign_in(ana, site, "ana")
    ana.goto(f"{site.address}/console/staff")
    check(ana)
    ana.click('a[href="/console/staff/new"]')
    check(ana)
    for field, words in (
        ("display_name", "Rosa Mamani"),
        ("username", "rosa"),
        ("organisation", "Organización A"),
        ("reason", "colega nueva"),
    ):
        ana.fill(f"#{field}", words)
    ana.check('input[name="roles"][value="author"]')
    ana.click('form[action$="/invite"] button')
    expect(ana.get_by_text("Pedido. Ahora decide otra persona.")).to_be_visible()
    check(ana)
    request = ana.url
    sign_in(bea, site, "bea")
    check(bea)
    bea.goto(f"{site.address}/console/requests")
    check(bea)
    bea.click("a.row-link")
    check(bea)
    bea.click('form[action$="/approve"] button')
    expect(bea.get_by_text("Aprobado y hecho.")).to_be_visible()
    ana.goto(request)
    ana.click('a[href*="/staff/links/"]')
    ana.click('form[action$="/make"] button')
    link = ana.locator("code").inner_text()
    check(ana)
    guest.goto(link)
    check(guest)
    guest.fill("#password", "siete quenas tocan lejos hoy")
    guest.fill("#again", "siete quenas tocan lejos hoy")
    secret = guest.locator("form code").inner_text()
    now = int(site.harness.clock.now().timestamp())
    guest.fill("#code", pyotp.TOTP(secret).at(now))
    guest.click('form[action$="/open"] button')
    expect(guest.locator(".codes li")).to_have_count(10)
    check(guest)
    for path in (f"/staff/{site.harness.ids['leo']}", "/audit", "/account"):
        ana.goto(f"{site.address}/console{path}")
        check(ana)
    assert [found for one in complaints for found in one.found] == []
    for page in (ana, bea, guest):
        page.context.close()
