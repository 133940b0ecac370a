"""What the Rasa process needs, beside the bars: the time until it answers, its memory, the time for
a message, and whether either grows over many messages.

The messages are the held-apart ones, over and over, from one asker who waits for each answer. To
understand a message is timed apart, in a process of its own without dialogue, server and HTTP.
"""

import asyncio
import json
import re
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from bot.rasa import RasaClient
from bot.understanding import Question
from hub.database import new_id
from tests.benchmarks.asking import EVALUATION, read_messages
from tests.benchmarks.figures import Figure, milliseconds
from tests.nlu.rasa_process import SECRET, Rasa, run_nlu

QUICK, FULL = 5_000, 100_000
_BAR = "the bar"
_READY_SECONDS, _MEGABYTES, _P50, _P95 = 15.0, 1_024.0, 10.0, 40.0
_SETTLED_AFTER = 10  # the first tenth of the messages fills caches
_START_SECONDS = 120.0
_RESIDENT = re.compile(r"^VmRSS:\s+(\d+) kB", re.MULTILINE)


class _Run(NamedTuple):
    """Seconds until it answered, for each message understood and for each answered; megabytes when
    settled and at the end."""

    ready: float
    parses: list[float]
    taken: list[float]
    settled: float
    ended: float


async def measure(folder: Path, repetitions: int, *, messages: int = QUICK) -> list[Figure]:
    runs = [await _run_once(folder / f"rasa-{at}.log", messages) for at in range(repetitions)]
    return list(_figures(runs, messages))


async def _run_once(log: Path, messages: int) -> _Run:
    began = perf_counter()
    server = await asyncio.to_thread(Rasa.start, log)
    client = RasaClient(server.url(""), SECRET, deadline=10)
    try:
        async with asyncio.timeout(_START_SECONDS):
            while not await client.is_ready():
                await asyncio.sleep(0.05)
        ready = perf_counter() - began
        taken, settled = list[float](), 0.0
        for number, text in enumerate(islice(cycle(read_messages()), messages)):
            if number == messages // _SETTLED_AFTER:
                settled = _resident(server.process.pid)
            asked = perf_counter()
            await client.understand(Question(new_id(), text))
            taken.append(perf_counter() - asked)
        ended = _resident(server.process.pid)
    finally:
        await client.close()
        server.stop()
    return _Run(ready, await asyncio.to_thread(_time_parses), taken, settled, ended)


def _time_parses() -> list[float]:
    ended = run_nlu("tests/time_parses.py", str(EVALUATION.resolve()))
    assert ended.returncode == 0, ended.stderr
    seconds: list[float] = json.loads(ended.stdout.splitlines()[-1])
    return seconds


def _resident(pid: int) -> float:
    """Megabytes of memory that a process holds."""
    found = _RESIDENT.search(Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    assert found is not None
    return int(found.group(1)) / 1024


def _figures(runs: list[_Run], messages: int) -> Iterator[Figure]:
    def beside(what: str, unit: str, values: list[float], bar: float) -> Figure:
        return Figure("rasa", what, unit, values, _BAR, [bar] * len(values))

    yield beside("ready after its start", "s", [run.ready for run in runs], _READY_SECONDS)
    for share, bar in ((0.50, _P50), (0.95, _P95)):
        parses = [milliseconds(run.parses, share) for run in runs]
        yield beside(f"a message understood, p{share * 100:.0f}", "ms", parses, bar)
        turns = [milliseconds(run.taken, share) for run in runs]
        what = f"a turn over HTTP, p{share * 100:.0f}"
        yield Figure("rasa", what, "ms", turns, "a message understood", parses)
    ended = [run.ended for run in runs]
    yield beside(f"memory after {messages:,} messages", "MB", ended, _MEGABYTES)
    settled = [run.settled for run in runs]
    yield Figure("rasa", "the same", "MB", ended, f"after {messages // _SETTLED_AFTER:,}", settled)
