"""Walks every page of the console in Chromium and tells what is wrong.

`python -m tests.console.looking`: pages come from the console's registry, over a database full of
life. Looked for: what axe-core finds (WCAG 2.2 AA), complaints of the browser (script errors,
violated policies), requests to others, and what sticks out sideways. `--write` keeps pictures in
`docs/console/`, with a page that lists them.
"""

import argparse
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import update

from hub.app.demodata.crowd import Size
from hub.app.demodata.filling import Filling
from hub.app.hub import Hub
from hub.clock import ManualClock
from hub.config import Config
from hub.console.cookies import SESSION_COOKIE
from hub.database import Database
from hub.staff.models import StaffMember
from hub.staff.passwords import Passwords
from hub.vault import Vault
from tests.benchmarks.pages import Pages
from tests.bot.understanders import make_hub, with_understanding
from tests.browser import Complaints, open_chromium, run_apart, serve
from tests.console.bot import read_matcher
from tests.console.conftest import make_app
from tests.console.pictures import FOLDER, keep_in, write_index
from tests.databases import create_schema

SIZE = Size(contacts=300, messages=1200, broadcasts=14, cases=40)
_QUICK = Passwords(memory_kib=64, passes=1)
_SIGNED_OUT = ("/sign-in", "/welcome/{token}")
_REFUSED = re.compile(r"status of 40[49]")
AXE_OPTIONS = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}

Scheme = Literal["light", "dark"]


@dataclass(frozen=True)
class View:
    language: str
    width: int
    scheme: Scheme = "light"

    def __str__(self) -> str:
        return f"{self.language}-{self.width}-{self.scheme}"


PHONE, DESK = View("es", 360), View("en", 1440)
VIEWS = (
    *(View(language, width) for language in ("es", "en") for width in (360, 768, 1440)),
    View("es", 1440, "dark"),
    View("es", 360, "dark"),
)


@dataclass(frozen=True)
class Address:
    """A page of the registry; `path` has the names, `at` is one address of it."""

    path: str
    at: str
    status: int

    @property
    def name(self) -> str:
        return "-".join(re.findall(r"[a-z]+", self.path.replace("_id}", "}"))) or "home"


Seen = Callable[[Page, Address], None]  # may take a picture


@dataclass
class Fault:
    view: View
    at: str
    what: str


@dataclass
class Lively:
    """The served console and its pages; `speak` chooses the language of who is signed in."""

    address: str
    url: str
    token: str = field(repr=False)
    pages: tuple[Address, ...]

    def speak(self, language: str) -> None:
        async def change() -> None:
            database = Database(self.url)
            async with database.write() as session:
                await session.execute(update(StaffMember).values(language=language))
            await database.close()

        run_apart(change())


@contextmanager
def serve_lively(folder: Path, size: Size = SIZE) -> Iterator[Lively]:
    url = f"sqlite:///{folder}/chasqui.db"
    vault, clock = Vault.generate(), ManualClock(datetime.now(UTC))

    async def prepare() -> tuple[str, tuple[Address, ...]]:
        await create_schema(url)
        database = Database(url)
        filling = Filling(database, vault, Config(), clock.now(), lambda _: None)
        await filling.fill(size, seed=3)
        pages = Pages(database, vault, clock.now())
        await pages.open()
        found = [each async for each in _list_pages(pages)]
        await database.close()
        return pages.token, tuple(found)

    token, found = run_apart(prepare())
    hub = run_apart(_open_hub(url, vault, clock))
    app = make_app(
        hub.database,
        vault,
        clock,
        _QUICK,
        public_url=None,
        rehearser=hub.rehearser,
        inbox=hub.inbox,
    )
    with serve(app) as address:
        yield Lively(address, url, token, found)
    run_apart(hub.close())


async def _open_hub(url: str, vault: Vault, clock: ManualClock) -> Hub:
    """The bot that pages ask; a matcher answers in Rasa's place."""
    hub = with_understanding(await make_hub(url, vault, clock), read_matcher())
    await hub.database.close()  # opens again in the server's own event loop
    return hub


async def _list_pages(pages: Pages) -> AsyncIterator[Address]:
    for path, addresses in (await pages.addresses()).items():
        for at in addresses:
            answer, _ = await pages.ask(at)
            if path in _SIGNED_OUT or answer.text.startswith("<!doctype html>"):
                yield Address(path, at, 200 if path in _SIGNED_OUT else answer.status_code)


def first_of_each(pages: Sequence[Address]) -> tuple[Address, ...]:
    """One address of each page: the first that shows it and not an error."""
    chosen: dict[str, Address] = {}
    for page in pages:
        if page.path not in chosen or chosen[page.path].status > page.status:
            chosen[page.path] = page
    return tuple(chosen.values())


def open_context(browser: Browser, site: Lively, view: View, *, signed_in: bool) -> BrowserContext:
    context = browser.new_context(
        viewport={"width": view.width, "height": 800},
        color_scheme=view.scheme,
        locale={"es": "es-PE"}.get(view.language, view.language),
        reduced_motion="reduce",
    )
    if signed_in:
        # As over HTTPS, for the cookie's name demands it; browsers take the loopback for that too.
        secure = site.address.replace("http:", "https:")
        context.add_cookies([{"name": SESSION_COOKIE, "value": site.token, "url": secure}])
    return context


def _only_look(_page: Page, _address: Address) -> None:
    pass


def look_at(
    browser: Browser,
    site: Lively,
    view: View,
    pages: Sequence[Address],
    seen: Seen = _only_look,
) -> Iterator[Fault]:
    site.speak(view.language)
    for signed_in in (True, False):
        context = open_context(browser, site, view, signed_in=signed_in)
        page = context.new_page()
        complaints, asked = Complaints(page), _note_requests(page)
        for address in pages:
            if (address.path not in _SIGNED_OUT) is not signed_in:
                continue
            yield from (Fault(view, address.at, what) for what in _open(page, site, address))
            seen(page, address)
            wanted = [each for each in complaints.found if not _REFUSED.search(each)]
            strange = [each for each in asked if _is_strange(each, site.address)]
            yield from (Fault(view, address.at, what) for what in (*wanted, *strange))
            complaints.found.clear()
            asked.clear()
        context.close()


def _note_requests(page: Page) -> list[str]:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    return asked


def _open(page: Page, site: Lively, address: Address) -> Iterator[str]:
    answer = page.goto(f"{site.address}{address.at}")
    if answer is None or answer.status != address.status:
        yield f"status {answer and answer.status}, not {address.status}"
    if page.locator("html").get_attribute("lang") is None:
        yield "no language"
    for violation in Axe().run(page, options=AXE_OPTIONS).response["violations"]:
        where = "; ".join(node["html"][:140] for node in violation["nodes"][:3])
        yield f"axe {violation['id']}: {where}"
    wide, shown = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    if wide > shown:
        yield f"sticks out by {wide - shown} px: {page.evaluate(_WIDEST)}"
    if clashing := page.evaluate(_CLASHES):
        yield f"overlapping in the bar: {clashing}"


def _is_strange(url: str, ours: str) -> bool:
    return urlsplit(url).scheme in ("http", "https") and not url.startswith(f"{ours}/")


# What reaches farthest to the right, and is not in something that scrolls.
_WIDEST = """() => {
  const right = (each) => each.getBoundingClientRect().right;
  const all = [...document.querySelectorAll("main *, header *")];
  const widest = all.reduce((one, other) => (right(other) > right(one) + 0.5 ? other : one));
  return widest.outerHTML.slice(0, 160);
}"""
# Words of the bar that lie over one another.
_CLASHES = """() => {
  const parts = [...document.querySelectorAll(".bar > *, .me > *")].filter(
    (each) => !each.querySelector(":scope > .me-name") && each.checkVisibility());
  const boxes = parts.map((each) => [each, each.getBoundingClientRect()]);
  for (const [one, a] of boxes) for (const [other, b] of boxes) {
    if (one === other || one.contains(other) || other.contains(one)) continue;
    const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (across > 1 && down > 1) return `${one.className} and ${other.className}`;
  }
  return "";
}"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.console.looking", description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep pictures in docs/console")
    parser.add_argument("--view", action="append", help="only this one, such as es-360-light")
    parser.add_argument("--only", default="", help="only pages whose path contains this")
    parser.add_argument("--every", action="store_true", help="several addresses of each page")
    parser.add_argument("--into", type=Path, help="keep pictures of these views in a folder")
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        open_chromium() as browser,
        serve_lively(Path(folder)) as site,
    ):
        return _look_everywhere(browser, site, chosen)


def _look_everywhere(browser: Browser, site: Lively, chosen: argparse.Namespace) -> int:
    pages = site.pages if chosen.every else first_of_each(site.pages)
    pages = tuple(page for page in pages if chosen.only in page.path)
    count = 0
    for view in VIEWS:
        if chosen.view and str(view) not in chosen.view:
            continue
        for fault in look_at(browser, site, view, pages, _choose_camera(view, chosen)):
            count += 1
            print(f"{fault.view} | {fault.at} | {fault.what}", flush=True)
    if chosen.write and not chosen.only:
        write_index((page.path, page.name) for page in first_of_each(site.pages))
    print(f"{len(pages)} addresses, {count} faults")
    return min(count, 1)


def _choose_camera(view: View, chosen: argparse.Namespace) -> Seen:
    if chosen.into:
        return keep_in(chosen.into / str(view), "jpeg")
    if chosen.write and view in (PHONE, DESK):
        return keep_in(FOLDER, "webp", f"-{view.width}")
    return _only_look


if __name__ == "__main__":
    sys.exit(main())
