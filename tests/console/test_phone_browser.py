"""Phones in Chromium: trying the bot, the phone beside a page, a text that is being written."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from bot.lexical import LearningMatcher
from bot.rehearsing import Rehearser
from content.areas import AreaBook
from content.models import Answer
from content.voice import read_voice
from hub.app.hub import build_conversation
from hub.clock import ManualClock
from hub.config import Config
from hub.database import Database
from hub.staff.passwords import Passwords
from hub.staff.roles import Role
from hub.vault import Vault
from tests.browser import Complaints, open_chromium, run_apart, serve
from tests.console.bot import EXAMPLES
from tests.console.conftest import PASSWORD, ConsoleHarness, make_app
from tests.console.test_browser import _check as check_page

pytestmark = pytest.mark.browser

SCHOOL = "cómo matriculo a mi hijo en el colegio"


@dataclass
class Site:
    address: str
    harness: ConsoleHarness
    answer: str


@pytest.fixture
def site(
    prepared: Path, tmp_path: Path, vault: Vault, clock: ManualClock, passwords: Passwords
) -> Iterator[Site]:
    path = tmp_path / "chasqui.db"
    copyfile(prepared, path)
    url = f"sqlite:///{path}"
    harness = ConsoleHarness(Database(url), vault, clock, passwords, app=None)

    async def prepare() -> tuple[str, AreaBook]:
        await harness.add_staff("ana", Role.AUTHOR, language="es")
        async with harness.database.read() as session:
            query = select(Answer.id).where(Answer.topic == "education.enrol")
            answer = str(await session.scalar(query))
        areas = await AreaBook.load(harness.database)
        await harness.database.close()
        return answer, areas

    answer, areas = run_apart(prepare())
    served, config = Database(url), Config()
    conversation = build_conversation(
        config, served, clock, areas, None, LearningMatcher(EXAMPLES), read_voice(config)
    )
    rehearser = Rehearser(conversation, clock)
    app = make_app(served, vault, clock, passwords, public_url=None, rehearser=rehearser)
    with serve(app) as address:
        yield Site(address, harness, answer)
    run_apart(served.close())


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
