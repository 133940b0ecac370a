"""Questions, places of today and contacts in Chromium: on phones and desks, without a complaint."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from hub.clock import ManualClock
from hub.database import Database
from hub.staff.passwords import Passwords
from hub.staff.roles import Role
from hub.vault import Vault
from tests.browser import open_chromium, run_apart, serve
from tests.console.conftest import ConsoleHarness, make_app
from tests.console.questions import add_question, group_questions
from tests.console.services import LIST, import_services
from tests.console.test_browser import VIEWS, Scheme, Site
from tests.console.test_browser import _check as check_page
from tests.console.test_browser import _open as open_page
from tests.console.test_browser import _sign_in_by_keyboard as sign_in_by_keyboard
from tests.databases import create_schema

pytestmark = pytest.mark.browser


@pytest.fixture
def site(tmp_path: Path, vault: Vault, clock: ManualClock, passwords: Passwords) -> Iterator[Site]:
    url = f"sqlite:///{tmp_path}/chasqui.db"
    harness = ConsoleHarness(Database(url), vault, clock, passwords, app=None)

    async def prepare() -> tuple[str, str]:
        await create_schema(url)
        roles = (Role.VERIFIER, Role.AUTHOR, Role.ADMIN)
        await harness.add_staff("vera", *roles, sub_groups=("integration",), language="es")
        ids = await import_services(harness, LIST)
        for _number in range(3):
            await add_question(harness, area="15")
        await add_question(harness, "donde me puedo cortar el pelo")
        groups = await group_questions(harness)
        await harness.database.close()
        return groups[0].id, ids["near"]

    group_id, service_id = run_apart(prepare())
    served = Database(url)
    with serve(make_app(served, vault, clock, passwords, public_url=None)) as address:
        yield Site(address, harness, group_id, draft=service_id)
    run_apart(served.close())


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with open_chromium() as browser:
        yield browser


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_the_pages_are_accessible_and_fit(
    chromium: Browser, site: Site, width: int, scheme: Scheme
) -> None:
    page, complaints = open_page(chromium, width, scheme)
    sign_in_by_keyboard(page, site, "vera")
    for path in (
        "/questions",
        f"/questions/{site.in_review}",
        "/services/today",
        "/services/new",
        f"/services/{site.draft}/edit",
        "/contacts",
    ):
        page.goto(f"{site.address}/console{path}")
        expect(page.locator("h1")).to_be_visible()
        check_page(page)
    assert complaints.found == []
    page.context.close()
