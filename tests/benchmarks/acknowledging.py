"""How soon a webhook is acknowledged, with nothing waiting and with a thousand messages waiting."""

import asyncio
from itertools import count
from pathlib import Path

from tests.benchmarks.asking import Askers
from tests.benchmarks.figures import Figure, milliseconds
from tests.benchmarks.hub_process import (
    asking_echo_bot,
    asking_hub,
    until_quiet,
    waiting_messages,
)

WAITING = 1000
_PROBES = 100
_POSTS_AT_ONCE = 32
_SHORT_PAUSE = 0.005  # seconds between two messages
_LONG_PAUSE = 0.05  # long enough to answer the one before


async def measure(folder: Path, repetitions: int) -> list[Figure]:
    people = count(1_000_000)
    async with asking_echo_bot() as askers:
        bare = [await _probe(askers, people, _SHORT_PAUSE) for _ in range(repetitions)]
    idle, busy = [], []
    async with asking_hub(folder, rasa=False) as (askers, hub):
        for _ in range(repetitions):
            idle.append(await _probe(askers, people, _LONG_PAUSE))
            await until_quiet(hub)
        for _ in range(repetitions):
            while (missing := int(WAITING * 2.5) - await waiting_messages(hub)) > 0:
                await _post(askers, people, missing)
            busy.append(await _probe(askers, people, _SHORT_PAUSE))
            left = await waiting_messages(hub)
            assert left >= WAITING, f"only {left} were still waiting"
        assert "turn_failed" not in hub.log
    rows = (("nothing waits", idle), (f"{WAITING:,} messages wait", busy))
    return [
        Figure(
            "acknowledging",
            f"{name}, p{share:.0%}".rstrip("%"),
            "ms",
            [milliseconds(each, share) for each in runs],
            "bare server, keeps nothing",
            [milliseconds(each, share) for each in bare],
        )
        for name, runs in rows
        for share in (0.50, 0.99)
    ]


async def _probe(askers: Askers, people: "count[int]", pause: float) -> list[float]:
    """One stranger after another writes; seconds until each is acknowledged."""
    taken = []
    for _ in range(_PROBES):
        taken.append(await askers.post(next(people), "hola"))
        await asyncio.sleep(pause)
    return taken


async def _post(askers: Askers, people: "count[int]", number: int) -> None:
    async def work(share: int) -> None:
        for _ in range(share):
            await askers.post(next(people), "¿Cómo saco el carné?")

    share = number // _POSTS_AT_ONCE + 1
    await asyncio.gather(*(work(share) for _ in range(_POSTS_AT_ONCE)))
