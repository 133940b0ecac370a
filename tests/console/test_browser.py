"""The console in Chromium: by keyboard alone, on phones and desks, without a complaint.

WCAG 2.2 AA as far as axe-core can tell; the content security policy as the browser enforces it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from hub.clock import ManualClock
from hub.database import Database
from hub.staff.passwords import Passwords
from hub.staff.roles import Role
from hub.vault import Vault
from tests.browser import Complaints, open_chromium, run_apart, serve
from tests.console.answers import add_draft, add_in_review, make_content
from tests.console.conftest import PASSWORD, ConsoleHarness, make_app
from tests.console.looking import AXE_OPTIONS
from tests.databases import create_schema

pytestmark = pytest.mark.browser

Scheme = Literal["light", "dark"]
VIEWS: list[tuple[int, Scheme]] = [(360, "dark"), (1440, "light")]


@dataclass
class Site:
    address: str
    harness: ConsoleHarness
    in_review: str
    draft: str


@pytest.fixture
def site(tmp_path: Path, vault: Vault, clock: ManualClock, passwords: Passwords) -> Iterator[Site]:
    url = f"sqlite:///{tmp_path}/chasqui.db"
    harness = ConsoleHarness(Database(url), vault, clock, passwords, app=None)

    async def prepare() -> tuple[str, str]:
        await create_schema(url)
        author = await harness.add_staff("ana", Role.AUTHOR, language="es")
        await harness.add_staff("vera", Role.VERIFIER, Role.ADMIN, Role.AUTHOR, language="es")
        async with harness.database.write() as session:
            now = clock.now()
            in_review = await add_in_review(session, author, now)
            draft = await add_draft(session, author, now, make_content("school", title="Matrícula"))
        await harness.database.close()
        return in_review, draft

    in_review, draft = run_apart(prepare())
    # The server's thread has an event loop of its own, and so a database handle of its own.
    served = Database(url)
    with serve(make_app(served, vault, clock, passwords, public_url=None)) as address:
        yield Site(address, harness, in_review, draft)
    run_apart(served.close())


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with open_chromium() as browser:
        yield browser


def _open(chromium: Browser, width: int, scheme: Scheme) -> tuple[Page, Complaints]:
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, locale="es-PE"
    )
    page = context.new_page()
    return page, Complaints(page)


def _tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus, as somebody without a mouse does."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab never reaches {selector}")


def _enter(page: Page) -> None:
    """Press Enter on what has the focus, and wait for the page that it leads to."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def _sign_in_by_keyboard(page: Page, site: Site, username: str) -> None:
    page.goto(f"{site.address}/console/")
    _tab_to(page, "#username")
    page.keyboard.type(username)
    _tab_to(page, "#password")
    page.keyboard.type(PASSWORD)
    _tab_to(page, "#code")
    page.keyboard.type(site.harness.code(username))
    _enter(page)
    expect(page).to_have_url(f"{site.address}/console/")


def _check(page: Page) -> None:
    """Nothing that axe finds, and nothing that sticks out sideways."""
    results = Axe().run(page, options=AXE_OPTIONS)
    assert not results.violations_count, results.generate_report()
    wide, shown = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= shown, page.url


def test_the_skip_link_leads_past_the_menu(chromium: Browser, site: Site) -> None:
    page, _ = _open(chromium, 1440, "light")
    page.goto(f"{site.address}/console/sign-in")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.context.close()


def test_the_list_follows_the_words_as_they_are_typed(chromium: Browser, site: Site) -> None:
    page, complaints = _open(chromium, 1440, "light")
    _sign_in_by_keyboard(page, site, "vera")
    page.goto(f"{site.address}/console/answers")
    expect(page.locator(".row-link")).to_have_count(2)
    page.evaluate("window.sameDocument = true")
    page.fill("#q", "matricula")
    expect(page.locator(".row-link")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=matricula"))
    assert page.evaluate("window.sameDocument")
    assert complaints.found == []
    page.context.close()


def test_errors_are_announced_focused_and_lead_to_their_field(
    chromium: Browser, site: Site
) -> None:
    page, _ = _open(chromium, 360, "light")
    _sign_in_by_keyboard(page, site, "ana")
    page.goto(f"{site.address}/console/answers/{site.draft}/edit")
    page.fill("#text_es", "Corto.")
    expect(page.locator("#text_es-count")).to_have_text("6 de 600 caracteres")
    page.click('button[value="submit"]')
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    summary.get_by_role("link").first.click()
    expect(page.locator("#text_es")).to_be_focused()
    assert page.input_value("#text_es") == "Corto."
    _check(page)
    page.context.close()


def test_signing_out_clears_the_browser(chromium: Browser, site: Site) -> None:
    # SEC-23, SEC-25
    page, _ = _open(chromium, 1440, "light")
    _sign_in_by_keyboard(page, site, "ana")
    assert [cookie["name"] for cookie in page.context.cookies()] == ["__Host-session"]
    page.click("text=Salir")
    page.wait_for_url(f"{site.address}/console/sign-in")
    assert "__Host-session" not in {cookie["name"] for cookie in page.context.cookies()}
    page.goto(f"{site.address}/console/account")
    expect(page).to_have_url(re.compile("/console/sign-in"))
    page.go_back()
    expect(page.locator("h1")).to_have_text("Entrar")
    page.context.close()


def test_texts_of_people_run_nothing(chromium: Browser, site: Site) -> None:
    # SEC-42
    page, complaints = _open(chromium, 1440, "light")
    asked = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
    _sign_in_by_keyboard(page, site, "vera")
    page.goto(f"{site.address}/console/answers")
    page.fill("#q", asked)
    page.keyboard.press("Enter")
    expect(page.locator(".empty")).to_be_visible()
    assert page.title().startswith("Respuestas")
    assert page.locator("main img, main script").count() == 0
    assert complaints.found == []
    page.context.close()
