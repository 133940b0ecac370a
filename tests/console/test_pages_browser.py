"""Every page of the console in Chromium: on a phone in Spanish, at a desk in English."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from hub.app.demodata.crowd import Size
from hub.console.pages import PAGES
from tests.browser import open_chromium
from tests.console.looking import (
    DESK,
    PHONE,
    Lively,
    View,
    first_of_each,
    look_at,
    open_context,
    serve_lively,
)
from tests.console.pages_in_words import PURPOSES

pytestmark = pytest.mark.browser

SMALL = Size(contacts=60, messages=150, broadcasts=14, cases=20)
# What is downloaded, or put into a page that is already there.
NOT_PAGES = {
    "/updates/count",
    "/updates/areas/{code}",
    "/simulator/talk",
    "/updates/{update_id}/progress",
    "/updates/{update_id}/results.csv",
    "/services/import/services.xlsx",
    "/services/import/services.csv",
    "/figures.csv",
    "/audit/entries.csv",
    "/static/{name:path}",
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with open_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lively]:
    with serve_lively(tmp_path_factory.mktemp("lively"), SMALL) as lively:
        yield lively


@pytest.mark.parametrize("view", [PHONE, DESK], ids=str)
def test_no_page_has_a_fault(chromium: Browser, site: Lively, view: View) -> None:
    pages = first_of_each(site.pages)
    assert {page.path for page in pages} == {
        route.path for route in PAGES if route.method == "GET"
    } - NOT_PAGES
    assert list(look_at(chromium, site, view, pages)) == []


def test_each_page_is_told_in_the_list_of_pictures(site: Lively) -> None:
    assert {page.path for page in site.pages} == set(PURPOSES)


def test_the_menu_of_a_phone_opens_and_closes_without_a_mouse_or_script(
    chromium: Browser, site: Lively
) -> None:
    site.speak("es")
    state = open_context(chromium, site, PHONE, signed_in=True).storage_state()
    context = chromium.new_context(
        viewport={"width": 360, "height": 800}, java_script_enabled=False, storage_state=state
    )
    page = context.new_page()
    page.goto(f"{site.address}/console/audit")
    link = page.get_by_role("link", name="Auditoría")
    expect(link).to_be_hidden()
    page.get_by_role("button", name="Menú").press("Enter")
    expect(link).to_be_visible()
    assert link.get_attribute("aria-current") == "page"
    page.keyboard.press("Escape")
    expect(link).to_be_hidden()
    context.close()
