"""A served console with everything behind it, for journeys: staff, people, places, and the bot."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from shutil import copyfile
from typing import TypeVar

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from bot.lexical import LearningMatcher
from bot.rates import Bucket, Rate
from bot.rehearsing import Rehearser
from bot.sender import Sender
from broadcast.control import tick
from broadcast.deliveries import Deliveries
from content.areas import AreaBook
from content.voice import read_voice
from hub.app.hub import build_conversation
from hub.clock import ManualClock
from hub.config import Config
from hub.database import Database
from hub.staff.passwords import Passwords
from hub.vault import Vault
from tests.broadcast.recorder import Recorder
from tests.browser import Complaints, run_apart, serve
from tests.console.bot import EXAMPLES
from tests.console.conftest import PASSWORD, ConsoleHarness, make_app
from tests.console.looking import AXE_OPTIONS
from tests.console.test_browser import Scheme
from tests.console.updates import POLICY

Result = TypeVar("Result")

# A form of an answer in five languages has more stops than any other page.
_MOST_STOPS = 150
_SMALL_PHONE = 360
_ARRIVES_WITHIN_SECONDS = 120


@dataclass(frozen=True)
class View:
    width: int
    scheme: Scheme


@dataclass
class Site:
    address: str
    url: str  # of its database, for what happens behind the pages
    harness: ConsoleHarness

    def run(self, work: Callable[[ConsoleHarness], Awaitable[Result]]) -> Result:
        """Something behind the pages, with a database handle of its own."""

        async def do() -> Result:
            database = Database(self.url)
            try:
                return await work(replace(self.harness, database=database))
            finally:
                await database.close()

        return run_apart(do())

    def tick(self) -> None:
        """What the hub does every moment for updates."""

        async def step(harness: ConsoleHarness) -> None:
            await tick(harness.database, POLICY, harness.clock)

        self.run(step)

    def let_undo_pass(self) -> None:
        self.tick()
        self.harness.clock.advance(POLICY.undo)
        self.tick()

    def send(self, number: int) -> list[tuple[str, str]]:
        """Let the real sender hand over this many messages, as (address, text); then it stops."""

        async def deliver(harness: ConsoleHarness) -> list[tuple[str, str]]:
            channel = Recorder("telegram", harness.clock.now)
            lane = Deliveries(harness.database, harness.vault, POLICY)
            # One at a time, so that no more than `number` are claimed.
            sender = Sender(channel, [lane], Bucket(Rate(1000, 1)), 1, harness.clock)
            async with asyncio.timeout(_ARRIVES_WITHIN_SECONDS):
                while len(channel.sent) < number:
                    await sender.step()
                await sender.drain()
            return channel.sent

        return self.run(deliver)

    def is_anything_left(self) -> bool:
        """Whether the sender would find one more message to claim."""

        async def look(harness: ConsoleHarness) -> bool:
            lane = Deliveries(harness.database, harness.vault, POLICY)
            return bool(await lane.claim("telegram", 1, harness.clock.now()))

        return self.run(look)


@contextmanager
def open_site(
    folder: Path,
    prepared: Path,
    vault: Vault,
    clock: ManualClock,
    settle: Callable[[ConsoleHarness], Awaitable[None]],
) -> Iterator[Site]:
    """The console and the bot over a copy of `prepared`, to which `settle` adds."""
    path = folder / "chasqui.db"
    copyfile(prepared, path)
    url, passwords = f"sqlite:///{path}", Passwords(memory_kib=64, passes=1)
    site = Site("", url, ConsoleHarness(Database(url), vault, clock, passwords, app=None))

    async def prepare(harness: ConsoleHarness) -> AreaBook:
        await settle(harness)
        return await AreaBook.load(harness.database)

    areas = site.run(prepare)
    served, config = Database(url), Config()
    conversation = build_conversation(
        config, served, clock, areas, None, LearningMatcher(EXAMPLES), read_voice(config)
    )
    app = make_app(
        served, vault, clock, passwords, public_url=None, rehearser=Rehearser(conversation, clock)
    )
    with serve(app) as address:
        site.address = address
        yield site
    run_apart(served.close())


@dataclass
class Seat:
    """One member of staff at a browser. Every form is sent with the keyboard."""

    page: Page
    site: Site
    complaints: Complaints

    def goes_to(self, path: str) -> None:
        self.page.goto(f"{self.site.address}/console{path}")

    def presses(self, selector: str) -> None:
        """Tab to it and press Enter, which leads to a page."""
        self._reach(selector)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def ticks(self, selector: str) -> None:
        self._reach(selector)
        self.page.keyboard.press("Space")

    def writes(self, selector: str, text: str) -> None:
        self.page.locator(selector).fill(text)

    def sees(self, selector: str, *words: str) -> None:
        for word in words:
            # The bot learns its examples at the first question, which takes a busy machine a while.
            expect(self.page.locator(selector).first).to_contain_text(word, timeout=60_000)

    def checks_page(self) -> None:
        """Nothing that axe finds; nothing that sticks out sideways, here or on a small phone."""
        results = Axe().run(self.page, options=AXE_OPTIONS)
        assert not results.violations_count, results.generate_report()
        size = self.page.viewport_size
        assert size is not None
        for width in (_SMALL_PHONE, size["width"]):
            self.page.set_viewport_size({"width": width, "height": size["height"]})
            wide, shown = self.page.evaluate(
                "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
            )
            assert wide <= shown, (width, self.page.url)

    def leaves(self) -> None:
        """Also what the browser complained about, apart from refused forms by their status."""
        self.page.context.close()
        assert [one for one in self.complaints.found if "422" not in one] == []

    def _reach(self, selector: str) -> None:
        for _ in range(_MOST_STOPS):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("it => document.activeElement.matches(it)", selector):
                return
        raise AssertionError(f"Tab never reaches {selector}")


def sit_down(chromium: Browser, site: Site, username: str, view: View) -> Seat:
    """Sign in. The clock goes on first, for a code of the same half minute counts once."""
    site.harness.clock.advance(timedelta(minutes=1))
    context = chromium.new_context(
        viewport={"width": view.width, "height": 800}, color_scheme=view.scheme, locale="es-PE"
    )
    page = context.new_page()
    seat = Seat(page, site, Complaints(page))
    seat.goes_to("/")
    seat.writes("#username", username)
    seat.writes("#password", PASSWORD)
    seat.writes("#code", site.harness.code(username))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.address}/console/")
    return seat
