"""The pages of cases in Chromium: from the queue to the end by keyboard, on phones and desks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from hub.clock import ManualClock
from hub.database import Database
from hub.staff.passwords import Passwords
from hub.staff.roles import Role
from hub.vault import Vault
from tests.browser import Complaints, open_chromium, run_apart, serve
from tests.console.cases import NUMBER, WORDS, add_case
from tests.console.conftest import ConsoleHarness, make_app
from tests.console.test_browser import VIEWS, Scheme, Site
from tests.console.test_browser import _check as check_page
from tests.console.test_browser import _enter as enter
from tests.console.test_browser import _sign_in_by_keyboard as sign_in_by_keyboard
from tests.console.test_browser import _tab_to as tab_to
from tests.console.test_services_browser import open_page
from tests.databases import create_schema

pytestmark = pytest.mark.browser


@pytest.fixture
def site(tmp_path: Path, vault: Vault, clock: ManualClock, passwords: Passwords) -> Iterator[Site]:
    url = f"sqlite:///{tmp_path}/chasqui.db"
    harness = ConsoleHarness(Database(url), vault, clock, passwords, app=None)

    async def prepare() -> str:
        await create_schema(url)
        groups = ("health and nutrition",)
        await harness.add_staff("dora", Role.DESK, sub_groups=groups, language="es")
        await add_case(harness)
        case_id = await add_case(harness, is_sensitive=True)
        await harness.database.close()
        return case_id

    case_id = run_apart(prepare())
    served = Database(url)
    with serve(make_app(served, vault, clock, passwords, public_url=None)) as address:
        yield Site(address, harness, case_id, draft="")
    run_apart(served.close())


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with open_chromium() as browser:
        yield browser


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_from_the_home_page_to_closed_by_keyboard(
    chromium: Browser, site: Site, width: int, scheme: Scheme
) -> None:
    # HUM-33, PEER-14
    page = open_page(chromium, width, scheme)
    complaints = Complaints(page)
    sign_in_by_keyboard(page, site, "dora")
    tab_to(page, 'main a[href^="/console/cases"]')
    enter(page)
    expect(page.locator(".row-link")).to_have_count(2)
    check_page(page)
    tab_to(page, f'a[href="/console/cases/{site.in_review}"]')
    enter(page)
    expect(page.get_by_text(WORDS)).to_have_count(0)
    check_page(page)
    tab_to(page, 'form[action$="/open"] button')
    enter(page)
    expect(page.get_by_text(WORDS)).to_be_visible()
    tab_to(page, 'form[action$="/take"] button')
    enter(page)
    check_page(page)
    tab_to(page, "#answer")
    page.keyboard.type("Ven mañana al local.")
    tab_to(page, 'form[action$="/answer"] button')
    enter(page)
    expect(page.get_by_text("Ven mañana al local.")).to_be_visible()
    tab_to(page, 'form[action$="/close"] button')
    enter(page)
    expect(page.get_by_role("alert")).to_contain_text("Elige en qué quedó")
    check_page(page)
    tab_to(page, 'input[name="outcome"]')
    page.keyboard.press("Space")
    tab_to(page, 'form[action$="/close"] button')
    enter(page)
    expect(page.locator(".row-link")).to_have_count(1)
    assert NUMBER not in page.content()
    assert [one for one in complaints.found if "422" not in one] == []
    page.context.close()
