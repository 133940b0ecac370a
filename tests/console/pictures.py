"""Pictures of the console's pages for `docs/console/`, and the page that lists them."""

import base64
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal, Protocol

from playwright.sync_api import Page

from tests.console.pages_in_words import PURPOSES

FOLDER = Path(__file__).parents[2] / "docs" / "console"
MOST_BYTES = 60_000
_TALLEST = 2600  # CSS pixels of a picture; long lists go on below
# Tried one after another until a picture is small enough: quality, and scale.
_SIZES = ((80, 1.0), (60, 1.0), (60, 0.75), (45, 0.6), (30, 0.5), (15, 0.4))

Kind = Literal["webp", "jpeg"]


class Named(Protocol):
    @property
    def name(self) -> str: ...


def take_picture(page: Page, kind: Kind) -> bytes:
    """The whole page down to a limit, in at most `MOST_BYTES` if that is possible."""
    width, tall = page.evaluate(
        "[document.documentElement.clientWidth, document.documentElement.scrollHeight]"
    )
    clip = {"x": 0, "y": 0, "width": width, "height": min(tall, _TALLEST)}
    devtools = page.context.new_cdp_session(page)
    content = b""
    for quality, scale in _SIZES:
        wanted = {"format": kind, "quality": quality, "clip": {**clip, "scale": scale}}
        shot = devtools.send("Page.captureScreenshot", {**wanted, "captureBeyondViewport": True})
        content = base64.b64decode(shot["data"])
        if len(content) <= MOST_BYTES:
            break
    devtools.detach()
    return content


def keep_in(folder: Path, kind: Kind, ending: str = "") -> Callable[[Page, Named], None]:
    """What takes a picture of each page into the folder, under the page's name."""
    folder.mkdir(parents=True, exist_ok=True)

    def keep(page: Page, address: Named) -> None:
        path = folder / f"{address.name}{ending}.{kind}"
        path.write_bytes(take_picture(page, kind))

    return keep


def write_index(pages: Iterable[tuple[str, str]]) -> None:
    """From pairs of a page's path and the name of its pictures."""
    head = (
        "# The console in pictures",
        "",
        "Every page of the console, on a phone in Spanish and at a desk in English. The people and",
        "updates are made up. `python -m tests.console.looking --write` makes these pictures anew.",
        "",
        "| page | what it is for | phone | desk |",
        "|---|---|---|---|",
    )
    lines = (
        f"| `{path}` | {PURPOSES[path]} | [es]({name}-360.webp) | [en]({name}-1440.webp) |"
        for path, name in pages
    )
    (FOLDER / "README.md").write_text("\n".join((*head, *lines, "")), encoding="utf8")
