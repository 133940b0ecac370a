"""`python -m tests.benchmarks [subject …] [--write] [--profile]`: measure, print, write down."""

import argparse
import asyncio
import os
import platform
import sys
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import perf_counter

import structlog
import uvloop

from hub.app.processes import keep_what_was_built
from tests.benchmarks import (
    acknowledging,
    answering,
    finding,
    ledger,
    limits,
    million,
    pages,
    profiling,
    rasa_itself,
    sending,
    stock_rasa,
    understanding,
    workers,
)
from tests.benchmarks.figures import Figure, as_markdown

PAGE = Path("docs/benchmarks.md")
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"

Subject = Callable[[Path, int], Awaitable[list[Figure]]]
SUBJECTS: dict[str, Subject] = {
    "sending": sending.measure,
    "limits": limits.measure,
    "answering": answering.measure,
    "stock": stock_rasa.measure,
    "acknowledging": acknowledging.measure,
    "understanding": understanding.measure,
    "rasa": rasa_itself.measure,
    "finding": finding.measure,
    "ledger": ledger.measure,
    "workers": workers.measure,
}
# Minutes each, or hundreds of rows: only when asked for.
LARGE: dict[str, Subject] = {"million": million.measure, "pages": pages.measure}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "subjects", nargs="*", metavar="subject", help=", ".join((*SUBJECTS, *LARGE))
    )
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--full", action="store_true", help="pages and rasa in their full size")
    parser.add_argument("--folder", type=Path, help="with --full: filled once, and kept")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE}")
    parser.add_argument("--profile", action="store_true", help="where the time goes, instead")
    asked = parser.parse_args()
    unknown = set(asked.subjects) - set(SUBJECTS) - set(LARGE)
    if unknown:
        parser.error(f"no such subject: {', '.join(sorted(unknown))}")
    if asked.write and asked.subjects:
        parser.error("--write is for all subjects together")
    if asked.folder and not asked.full:
        parser.error("--folder is for --full")
    if asked.full:
        kept = asked.folder.resolve() if asked.folder else None
        LARGE["pages"] = partial(pages.measure, size=pages.FULL, kept=kept)
        SUBJECTS["rasa"] = partial(rasa_itself.measure, messages=rasa_itself.FULL)
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    keep_what_was_built()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if asked.profile:
            runner.run(profiling.measure())
            return
        text = runner.run(_measure(asked.subjects or list(SUBJECTS), asked.repetitions))
    print(text)
    if asked.write:
        _write(text)


async def _measure(subjects: list[str], repetitions: int) -> str:
    began, figures = perf_counter(), list[Figure]()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="chasqui-bench-") as folder:
        for name in subjects:
            place = Path(folder) / name
            place.mkdir()
            start = perf_counter()
            figures += await (SUBJECTS | LARGE)[name](place, repetitions)
            print(f"{name}: {perf_counter() - start:.0f} s", file=sys.stderr)
    return f"{_machine(load, repetitions, perf_counter() - began)}\n\n{as_markdown(figures)}"


def _machine(load: float, repetitions: int, seconds: float) -> str:
    return (
        f"`python -m tests.benchmarks{' --write' if '--write' in sys.argv else ''}` on "
        f"{datetime.now(UTC).date()}: {os.cpu_count()} cores ({platform.machine()}), "
        f"load {load:.1f} before it began, Python {platform.python_version()}, {platform.system()} "
        f"{platform.release()}; {repetitions} repetitions, {seconds:.0f} s in all."
    )


def _write(text: str) -> None:
    """Replace the figures, and nothing that somebody wrote about them."""
    before, _, rest = PAGE.read_text(encoding="utf8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf8")


if __name__ == "__main__":
    main()
