"""The figures page in Chromium: charts drawn from their tables, on phones and at desks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from content.models import AreaRow
from hub.clock import ManualClock
from hub.database import Database
from hub.staff.passwords import Passwords
from hub.staff.roles import Role
from hub.vault import Vault
from tests.browser import open_chromium, run_apart, serve
from tests.console.conftest import ConsoleHarness, make_app
from tests.console.test_browser import Scheme, Site
from tests.console.test_browser import _check as check_page
from tests.console.test_browser import _open as open_page
from tests.console.test_browser import _sign_in_by_keyboard as sign_in_by_keyboard
from tests.console.test_figures import LIMA, TUMBES, asked, count
from tests.databases import create_schema

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with open_chromium() as browser:
        yield browser


@pytest.fixture
def site(tmp_path: Path, vault: Vault, clock: ManualClock, passwords: Passwords) -> Iterator[Site]:
    url = f"sqlite:///{tmp_path}/chasqui.db"
    harness = ConsoleHarness(Database(url), vault, clock, passwords, app=None)

    async def prepare() -> None:
        await create_schema(url)
        await harness.add_staff("rosa", Role.READER, language="es")
        async with harness.database.write() as session:
            for code, name in ((LIMA, "Lima"), (TUMBES, "Tumbes")):
                session.add(AreaRow(code=code, name=name, level="department", aliases=[]))
        for days_ago in range(10):
            await count(harness, [asked(harness, days_ago=days_ago) for _ in range(days_ago + 8)])
        await count(harness, [asked(harness, area=LIMA, alarm="trafficking") for _ in range(12)])
        await harness.database.close()

    run_apart(prepare())
    served = Database(url)
    with serve(make_app(served, vault, clock, passwords, public_url=None)) as address:
        yield Site(address, harness, "", "")
    run_apart(served.close())


def has_ink(page: Page) -> bool:
    """Whether every canvas on the page has something drawn on it."""
    return bool(
        page.evaluate(
            """() => [...document.querySelectorAll("canvas")].every((canvas) => {
                const box = [0, 0, canvas.width, canvas.height];
                return canvas.getContext("2d").getImageData(...box).data.some(Boolean);
            })"""
        )
    )


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1440, "light")])
def test_charts_are_drawn_and_their_tables_can_be_read(
    chromium: Browser, site: Site, width: int, scheme: Scheme
) -> None:
    page, complaints = open_page(chromium, width, scheme)
    sign_in_by_keyboard(page, site, "rosa")
    check_page(page)
    page.goto(f"{site.address}/console/figures?days=7")
    expect(page.locator("canvas")).to_have_count(2)
    assert has_ink(page)
    check_page(page)
    table = page.locator(".chart table").first
    expect(table).to_be_hidden()
    page.locator(".chart summary").first.focus()
    page.keyboard.press("Enter")
    expect(table.locator("tbody tr")).to_have_count(7)
    expect(table.locator("tbody tr").last).to_contain_text("20")  # eight, and twelve in Lima
    page.select_option("#area", TUMBES)
    page.get_by_role("button", name="Mostrar").click()
    expect(page.locator("canvas")).to_have_count(1)
    check_page(page)
    assert complaints.found == []
    page.context.close()


def test_without_script_the_tables_stand_open(chromium: Browser, site: Site) -> None:
    page, _ = open_page(chromium, 1440, "light")
    sign_in_by_keyboard(page, site, "rosa")
    state = page.context.storage_state()
    context = chromium.new_context(java_script_enabled=False, storage_state=state)
    plain = context.new_page()
    plain.goto(f"{site.address}/console/figures")
    expect(plain.locator(".chart table").first).to_be_visible()
    context.close()
    page.context.close()
