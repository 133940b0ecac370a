"""An update to a million people: its expansion, what a message of it costs, memory, and how soon a
word against it holds.

The provider is a function that says yes at once, so that what is measured is ours: claims, ledger,
sender. Processor time is that of this process and, on PostgreSQL, of its connections.
"""

import asyncio
import resource
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.telegram import Telegram
from bot.contacts import apply_effect
from bot.messages import Inbound, InboundKind, Outbound
from bot.models import Address, Contact
from bot.sender import Sender
from bot.turn import OptOut
from broadcast.census_taking import CensusTaking
from broadcast.control import pause, resume, stop
from hub.clock import ManualClock
from hub.database import Database
from tests.benchmarks.both_databases import Place, on_both, open_bare
from tests.benchmarks.crowd import ADDRESS, OneNumberVault, add_crowd
from tests.benchmarks.figures import Figure
from tests.benchmarks.ledger import expand, expand_bare
from tests.broadcast.scene import Scene
from tests.chaos.costs import spent_by
from tests.databases import create_schema
from tests.servers.telegram import TOKEN

PEOPLE, FEW = 1_000_000, 10_000
_ROUNDS, _MESSAGES = 9, 1_000  # for the cost of one: both crowds take turns
_LONG = 100_000  # for memory
_IN_FLIGHT = 64
_MOST_EXPANSIONS = 2  # each takes a minute or two
_WARM = 500
_MEGABYTE = 1024 * 1024
_BARE = "bare INSERT … SELECT"

Act = Callable[[AsyncSession, datetime], Awaitable[object]]


async def measure(folder: Path, repetitions: int) -> list[Figure]:
    return await on_both(folder, repetitions, _measure)


async def _measure(place: Place, repetitions: int) -> list[Figure]:
    assert place.another is not None
    url = place.another()
    await create_schema(url)
    small = await _Crowd.open(place.name, url, Database(url), FEW)
    large = await _Crowd.open(place.name, place.url, place.database, PEOPLE)
    try:
        figures = await _measure_expansion(large, min(repetitions, _MOST_EXPANSIONS))
        await small.expand()
        figures.append(await _measure_cost(small, large))
        figures.append(await _measure_memory(large))
        return figures + await _measure_words(large)
    finally:
        await small.database.close()


async def _measure_expansion(crowd: "_Crowd", repetitions: int) -> list[Figure]:
    expanded, bare_expanded, peaks, before = [], [], [], []
    for number in range(repetitions):
        for turn in (0, 1):  # each goes first in turn: the second meets a larger table
            if turn == number % 2:
                before.append(_resident())
                _forget_peak()
                expanded.append(PEOPLE / await crowd.expand())
                peaks.append(_peak())
            else:
                bare_expanded.append(PEOPLE / await crowd.expand_bare(number))
    what = f"update expanded to {PEOPLE:,} people, {crowd.name}"
    return [
        Figure("million", what, "people/s", expanded, _BARE, bare_expanded),
        Figure("million", f"{what}: most memory", "MB", peaks, "before", before),
    ]


async def _measure_cost(small: "_Crowd", large: "_Crowd") -> Figure:
    """However often the rest is repeated: a round is short, and a median needs several."""
    for crowd in (small, large):
        await crowd.send(_WARM)
    costs: dict[int, list[float]] = {FEW: [], PEOPLE: []}
    for _ in range(_ROUNDS):
        for crowd in (small, large):
            costs[crowd.people].append(await crowd.send(_MESSAGES))
    what = f"processor time of a message, one of {PEOPLE:,}, {large.name}"
    base = f"one of {FEW:,}"
    return Figure("million", what, "ms/message", costs[PEOPLE], base, costs[FEW])


async def _measure_memory(crowd: "_Crowd") -> Figure:
    before = _resident()
    await crowd.send(_LONG)
    what = f"memory after {_LONG:,} messages, {crowd.name}"
    return Figure("million", what, "MB", [_resident()], "before them", [before])


async def _measure_words(crowd: "_Crowd") -> list[Figure]:
    """How long it takes while messages leave until a word is kept, after which no claim is made."""
    taken = dict[str, float]()
    async with crowd.sending() as sends:
        for what, act in _words(crowd.scene, crowd.update_id).items():
            if what != "resume":
                await sends.until_more()
            began = perf_counter()
            async with crowd.database.write() as session:
                await act(session, crowd.scene.clock.now())
            taken[what] = perf_counter() - began
            if what in ("pause", "stop"):
                await sends.until_silent()
    return [
        Figure(
            "million",
            f"{what} while {crowd.people:,} wait, {crowd.name}",
            "s",
            [seconds],
            "the bar",
            [1.0],
        )
        for what, seconds in taken.items()
    ]


def _words(scene: Scene, update_id: str) -> dict[str, Act]:
    approver = scene.staff["approver"]

    async def leave(session: AsyncSession, now: datetime) -> object:
        address = (await session.scalars(select(Address).limit(1).with_for_update())).one()
        contact = await session.get_one(Contact, address.contact_id)
        said = Inbound(address.channel, "-", ADDRESS, InboundKind.TEXT, now, "BAJA")
        effect = OptOut("es", "opt_out")
        await apply_effect(session, scene.vault, contact, address, said, effect, now)
        return address.id

    return {
        "opt-out": leave,
        "pause": lambda session, now: pause(session, update_id, actor=approver, now=now),
        "resume": lambda session, now: resume(session, update_id, actor=approver, now=now),
        "stop": lambda session, now: stop(session, update_id, actor=approver, now=now),
    }


@dataclass
class _Crowd:
    """A database with so many people, and an update to all of them under way."""

    name: str
    url: str
    database: Database
    people: int
    scene: Scene
    update_id: str = ""

    @classmethod
    async def open(cls, name: str, url: str, database: Database, people: int) -> "_Crowd":
        now = datetime.now(UTC)
        scene = Scene(database, OneNumberVault.generate(), ManualClock(now))
        await scene.hire()
        with open_bare(url) as bare:
            add_crowd(bare, people, now)
        # Ahead of time, as the worker does, so that handing over and approving need not count.
        await CensusTaking(database, scene.policy, scene.clock).step()
        return cls(name, url, database, people, scene)

    async def expand(self) -> float:
        """Seconds. The update before this one is stopped, so that only the last one is sent."""
        if self.update_id:
            await self.scene_stop()
        seconds, self.update_id = await expand(self.scene, self.people)
        return seconds

    async def scene_stop(self) -> None:
        async with self.database.write() as session:
            staff, now = self.scene.staff, self.scene.clock.now()
            await stop(session, self.update_id, actor=staff["approver"], now=now)

    async def expand_bare(self, number: int) -> float:
        """Seconds, for rows of a draft, due when nobody looks."""
        target = await self.scene.compose()
        later = self.scene.clock.now() + timedelta(days=30)
        with open_bare(self.url) as bare:
            return expand_bare(bare, target, f"{number:06}", later)

    async def send(self, messages: int) -> float:
        """So many; milliseconds of processor time for each."""
        sends = _Sends(self, left=messages)
        before = await self._spent()
        while sends.channel.sent < messages:
            await sends.sender.step()
        await sends.sender.drain()
        return (await self._spent() - before) * 1000 / messages

    def sending(self) -> "_Sends":
        return _Sends(self, left=PEOPLE)

    async def _spent(self) -> float:
        """Processor seconds of this process and of its connections' servers."""
        if self.database.is_sqlite:
            return process_time()
        query = text(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND backend_type = 'client backend'"
        )
        async with self.database.read() as session:
            pids = (await session.scalars(query)).all()
        return process_time() + sum(spent_by(pid) for pid in pids)


class _YesAtOnce(Telegram):
    def __init__(self) -> None:
        super().__init__(TOKEN, "http://127.0.0.1:9", None, now=lambda: datetime.now(UTC))
        self.sent = 0

    async def send(self, address: str, message: Outbound, *, send_id: str) -> str:
        assert address == ADDRESS
        assert message.text
        assert send_id
        self.sent += 1
        return str(self.sent)


@dataclass
class _Allowance:
    """A pace that knows only how many messages may leave in all."""

    left: int

    async def take(self, wanted: int, now: float, *, bulk: bool) -> int:
        del now, bulk
        granted = min(wanted, self.left)
        self.left -= granted
        return granted

    async def give_back(self, unused: int) -> None:
        self.left += unused

    async def freeze(self, seconds: float, now: float) -> None:
        raise AssertionError(f"frozen for {seconds} s at {now}")


@dataclass
class _Sends:
    """A sender; as a context it sends meanwhile."""

    crowd: _Crowd
    left: int
    channel: _YesAtOnce = field(default_factory=_YesAtOnce)

    def __post_init__(self) -> None:
        pace, clock = _Allowance(self.left), self.crowd.scene.clock
        lanes = [self.crowd.scene.deliveries()]
        self.sender = Sender(self.channel, lanes, pace, _IN_FLIGHT, clock)

    async def __aenter__(self) -> "_Sends":
        self._task = asyncio.create_task(self._send())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        await self.sender.drain()

    async def _send(self) -> None:
        while True:
            await self.sender.step()
            await asyncio.sleep(0)

    async def until_more(self) -> None:
        wanted = self.channel.sent + _WARM
        while self.channel.sent < wanted:
            await asyncio.sleep(0.005)

    async def until_silent(self) -> None:
        """No more than what was in flight, and then nothing."""
        at_most = self.channel.sent + _IN_FLIGHT
        await asyncio.sleep(0.5)
        assert self.channel.sent <= at_most, "claims went on after the word was kept"
        now = self.channel.sent
        await asyncio.sleep(0.5)
        assert self.channel.sent == now


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="utf8").split()[1])
    return pages * resource.getpagesize() / _MEGABYTE


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="utf8")


def _peak() -> float:
    lines = Path("/proc/self/status").read_text(encoding="utf8").splitlines()
    kilobytes = next(line.split()[1] for line in lines if line.startswith("VmHWM"))
    return int(kilobytes) / 1024
