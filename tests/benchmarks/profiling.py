"""Where the time goes on the way of a message: own time by part of the code, from cProfile.

The profiler slows small calls most, so these are shares to compare and not speeds.
"""

import asyncio
import cProfile
import pstats
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from bot.lexical import LexicalMatcher
from bot.messages import Inbound, InboundKind
from hub.app.hub import Hub
from hub.clock import SystemClock
from hub.vault import Vault
from tests.benchmarks.asking import read_messages
from tests.benchmarks.sending import LANES, filled_lane, send_all, send_through
from tests.benchmarks.spawning import running
from tests.chat import open_hub, prepare

_TURNS = 100
_MOST_SHOWN = 12


async def measure() -> None:
    with tempfile.TemporaryDirectory(prefix="chasqui-bench-") as name:
        folder = Path(name)
        async with running("tests.benchmarks.provider", "telegram") as url:
            for lane, fill in LANES.items():
                async with filled_lane(folder / f"{lane}.db", "telegram", fill) as filled:

                    async def send() -> None:
                        await send_through(filled, "telegram", url)

                    await _profile(f"sending, {lane} lane", send)
        await _profile_turns(folder)


async def _profile_turns(folder: Path) -> None:
    vault, clock, path = Vault.generate(), SystemClock(), folder / "hub.db"
    await prepare(f"sqlite:///{path}", vault, clock)  # type: ignore[arg-type]
    hub = await open_hub(path, vault, clock)  # type: ignore[arg-type]
    matcher: LexicalMatcher = await hub.matcher.learn()
    matcher.rank("hola")
    await _answer(hub, ["hola"] * _TURNS)  # first contacts

    async def answer() -> None:
        await _answer(hub, read_messages(_TURNS))

    await _profile("answering with the matcher, in one process", answer)
    await hub.close()


async def _answer(hub: Hub, texts: list[str]) -> None:
    now = datetime.now(UTC)
    await hub.inbox.receive(
        [
            Inbound(
                "simulator.telegram",
                f"{texts[0]}-{number}",
                f"9{number:08}",
                InboundKind.TEXT,
                now,
                text=text,
            )
            for number, text in enumerate(texts)
        ]
    )
    while await hub.turns.step():
        await asyncio.sleep(0)
    for sender in hub.senders:
        await send_all(sender)


async def _profile(name: str, work: Callable[[], Awaitable[None]]) -> None:
    profiler = cProfile.Profile()
    profiler.enable()
    await work()
    profiler.disable()
    own: Counter[str] = Counter()
    for (path, _, function), values in pstats.Stats(profiler).stats.items():  # type: ignore[attr-defined]
        own[_part_of(path, function)] += values[2]
    total = sum(own.values())
    print(f"\n{name}: {total:.1f} s under the profiler")
    for part, seconds in own.most_common(_MOST_SHOWN):
        print(f"  {seconds / total:6.1%}  {part}")


def _part_of(path: str, function: str) -> str:
    """A library by its name, ours by module, built-in functions together."""
    if "site-packages/" in path:
        return path.partition("site-packages/")[2].partition("/")[0]
    if path == "~":
        waits = ("poll" in function) or ("uvloop" in function)
        return "waiting, and the event loop itself" if waits else "built-in functions"
    for part in ("bot", "broadcast", "content", "hub"):
        if f"/{part}/" in path:
            return f"{part}/{path.rpartition(f'/{part}/')[2]}"
    return "the standard library"
