"""The services pages in Chromium: by keyboard alone, on phones and desks, without a complaint."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from hub.clock import ManualClock
from hub.database import Database
from hub.staff.passwords import Passwords
from hub.staff.roles import Role
from hub.vault import Vault
from tests.browser import Complaints, open_chromium, run_apart, serve
from tests.console.conftest import PASSWORD, ConsoleHarness, make_app
from tests.console.services import LIST, import_services
from tests.console.test_browser import Scheme, Site
from tests.console.test_browser import _check as check_page
from tests.console.test_browser import _enter as enter
from tests.console.test_browser import _sign_in_by_keyboard as sign_in_by_keyboard
from tests.console.test_browser import _tab_to as tab_to
from tests.databases import create_schema

pytestmark = pytest.mark.browser

LONG_KEY = "centre_with_a_key_as_long_as_the_names_of_public_offices_are"


@pytest.fixture
def site(tmp_path: Path, vault: Vault, clock: ManualClock, passwords: Passwords) -> Iterator[Site]:
    url = f"sqlite:///{tmp_path}/chasqui.db"
    harness = ConsoleHarness(Database(url), vault, clock, passwords, app=None)

    async def prepare() -> str:
        await create_schema(url)
        roles = (Role.VERIFIER, Role.AUTHOR)
        await harness.add_staff("vera", *roles, sub_groups=("integration",), language="es")
        await harness.add_staff("zoe", *roles, sub_groups=("integration",), language="en")
        ids = await import_services(harness, [replace(LIST[0], key=LONG_KEY), *LIST[1:]])
        await harness.database.close()
        return ids[LONG_KEY]

    in_review = run_apart(prepare())
    served = Database(url)
    with serve(make_app(served, vault, clock, passwords, public_url=None)) as address:
        yield Site(address, harness, in_review, draft="")
    run_apart(served.close())


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with open_chromium() as browser:
        yield browser


def open_page(chromium: Browser, width: int, scheme: Scheme) -> Page:
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, locale="es-PE"
    )
    return context.new_page()


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1440, "dark")])
def test_from_the_home_page_to_confirmed_and_withdrawn_by_keyboard(
    chromium: Browser, site: Site, width: int, scheme: Scheme
) -> None:
    # SEC-27, HUM-25
    page = open_page(chromium, width, scheme)
    complaints = Complaints(page)
    sign_in_by_keyboard(page, site, "vera")
    check_page(page)
    tab_to(page, 'main a[href^="/console/services?state=in_review"]')
    enter(page)
    expect(page.locator(".row-link")).to_have_count(2)
    check_page(page)
    tab_to(page, f'a[href="/console/services/{site.in_review}"]')
    enter(page)
    expect(page.locator('.words[lang="es"]')).to_contain_text("Oficina de Breña")
    check_page(page)
    tab_to(page, 'form[action$="/verify"] button')
    enter(page)
    expect(page.get_by_role("status").first).to_contain_text("El bot lo dice desde ahora")
    expect(page.locator(".status-line")).to_contain_text("En uso")
    tab_to(page, "main summary")
    page.keyboard.press("Enter")
    tab_to(page, 'form[action$="/withdraw"] button')
    enter(page)
    expect(page.get_by_role("alert")).to_contain_text("Elige por qué se retira")
    check_page(page)
    tab_to(page, 'input[name="reason"]')
    page.keyboard.press("Space")
    tab_to(page, "#comment")
    page.keyboard.type("Cerró en octubre")
    tab_to(page, 'form[action$="/withdraw"] button')
    enter(page)
    expect(page.get_by_role("note")).to_contain_text("Cerró en octubre")
    check_page(page)
    assert [one for one in complaints.found if "422" not in one] == []
    page.context.close()


def test_in_english_the_list_follows_the_filters_without_a_new_page(
    chromium: Browser, site: Site
) -> None:
    page = open_page(chromium, 1440, "light")
    complaints = Complaints(page)
    page.goto(f"{site.address}/console/")
    page.fill("#username", "zoe")
    page.fill("#password", PASSWORD)
    page.fill("#code", site.harness.code("zoe"))
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Services", exact=True).click()
    page.wait_for_url("**/console/services")  # with its script
    expect(page.locator(".row-link")).to_have_count(3)
    page.evaluate("window.sameDocument = true")
    page.get_by_label("Need").select_option("hotline")
    expect(page.locator(".row-link")).to_have_count(1)
    page.get_by_label("Need").select_option("")
    page.get_by_label("Department").select_option("15")
    expect(page.locator(".row-link")).to_have_text(["Office of Breña"])
    assert page.evaluate("window.sameDocument")
    check_page(page)
    assert complaints.found == []
    page.context.close()
