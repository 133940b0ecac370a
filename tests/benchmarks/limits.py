"""How much of a provider's limit is used, and what a reply waits while a broadcast runs.

The provider refuses with 429 whatever comes faster than its limit, and a refusal fails the run.
"""

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import aiohttp
from sqlalchemy import func, select

from bot.lanes import Accepted, Claim, Lane
from bot.models import Address, OutboxRow
from bot.outbox import Outbox
from bot.rates import Bucket, Rate
from bot.sender import Sender
from hub.clock import ManualClock
from hub.database import Database
from hub.jobs.loops import Jobs
from hub.vault import Vault
from tests.benchmarks.figures import Figure, milliseconds
from tests.benchmarks.population import MESSAGE, add_people, reply_to
from tests.benchmarks.sending import build_channel
from tests.benchmarks.spawning import running
from tests.broadcast.scene import Scene
from tests.databases import create_schema

LIMITS = (30, 80, 1000)
_IN_FLIGHT = 64
_WARM_SECONDS = 2.0  # the first second may send a second's worth at once, so it tells nothing
_SECONDS = 8.0
_REPLIES = 200  # of fewer, the 95th percentile is the luck of two or three
_PAUSES = (0.02, 0.08)  # seconds between replies: at any point of the broadcast's own rhythm
_RESERVE = 0.2


async def measure(folder: Path, repetitions: int) -> list[Figure]:
    used = [await _measure_use(folder, limit, repetitions) for limit in LIMITS]
    return [*used, await _measure_replies(folder, repetitions)]


async def _measure_use(folder: Path, limit: int, repetitions: int) -> Figure:
    ours = []
    for number in range(repetitions):
        people = int(limit * (_WARM_SECONDS + _SECONDS + 2))
        async with running("tests.benchmarks.provider", "telegram", str(limit)) as url:
            place = await _Place.open(folder / f"use-{limit}-{number}.db", people)
            sender = place.sender(url, limit, reserve=0.0)
            async with _Running(sender):
                await asyncio.sleep(_WARM_SECONDS + _SECONDS + 0.5)
            await place.database.close()
            ours.append(_rate(await _arrivals(url)))
    what = f"telegram, provider grants {limit:,} a second, what is used"
    return Figure("limits", what, "messages/s", ours, "the limit", [float(limit)] * repetitions)


def _rate(accepted: Sequence[float]) -> float:
    begin = accepted[0] + _WARM_SECONDS
    return sum(begin <= each < begin + _SECONDS for each in accepted) / _SECONDS


async def _arrivals(url: str) -> list[float]:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/_control/arrivals") as said:
        told = await said.json()
    if told["refused"]:
        raise RuntimeError(f"{told['refused']} messages came faster than the provider's limit")
    return list(told["accepted"])


async def _measure_replies(folder: Path, repetitions: int) -> Figure:
    """The time from a reply's commit until its acceptance is recorded: nothing else to do, and
    behind bulk."""
    idle: list[float] = []
    busy: list[float] = []
    for number in range(repetitions):
        async with running("tests.benchmarks.provider", "telegram") as url:
            for name, people, taken in (("idle", _REPLIES, idle), ("busy", 3_000, busy)):
                place = await _Place.open(folder / f"replies-{name}-{number}.db", people)
                sender = place.sender(url, LIMITS[1], reserve=_RESERVE)
                if name == "idle":
                    sender.lanes = sender.lanes[:1]
                async with _Running(sender):
                    taken.append(milliseconds(await _reply_times(place, sender), 0.95))
                await place.database.close()
    what = f"reply p95, a broadcast runs at {LIMITS[1]} a second"
    return Figure("limits", what, "ms", busy, "nothing else is sent", idle)


async def _reply_times(place: "_Place", sender: Sender) -> list[float]:
    async with place.database.read() as session:
        addresses = (await session.scalars(select(Address).limit(_REPLIES))).all()
    await asyncio.sleep(_WARM_SECONDS)
    chance, times = random.Random(1), list[float]()  # noqa: S311
    for address in addresses:
        # Apart: one after another they would be more than the rate grants, and wait for that alone.
        await asyncio.sleep(chance.uniform(*_PAUSES))
        times.append(await place.reply(sender, address))
    assert await place.count_recorded() == _REPLIES
    return times


class _Place:
    """A database with a broadcast under way to everybody in it."""

    def __init__(self, database: Database, scene: Scene) -> None:
        self.database, self.scene = database, scene
        self.outbox = _Noted(database, scene.vault)

    @classmethod
    async def open(cls, path: Path, people: int) -> "_Place":
        await create_schema(f"sqlite:///{path}")
        database, vault = Database(f"sqlite:///{path}"), Vault.generate()
        await add_people(database, vault, "telegram", people, datetime.now(UTC))
        scene = Scene(database, vault, ManualClock(datetime.now(UTC)))
        await scene.hire()
        await scene.sending(texts={language: MESSAGE.text.strip() for language in ("es", "en")})
        return cls(database, scene)

    def sender(self, url: str, rate: float, reserve: float) -> Sender:
        lanes: tuple[Lane, ...] = (self.outbox, self.scene.deliveries())
        bucket = Bucket(Rate(rate, reserve))
        return Sender(build_channel("telegram", url), lanes, bucket, _IN_FLIGHT, self.scene.clock)

    async def reply(self, sender: Sender, address: Address) -> float:
        """Seconds until the provider's word about one reply is in the outbox."""
        row = reply_to(self.scene.vault, address, self.scene.clock.now())
        recorded = self.outbox.expect(row.id)
        async with self.database.write() as session:
            session.add(row)
        began = monotonic()
        sender.nudge()
        return await recorded - began

    async def count_recorded(self) -> int:
        query = select(func.count()).where(OutboxRow.provider_id.is_not(None))
        async with self.database.read() as session:
            return await session.scalar(query) or 0


class _Noted(Outbox):
    """Says when results were in the ledger. Whoever asks the database for it again and again waits
    themselves for what bulk does next."""

    def __init__(self, database: Database, vault: Vault) -> None:
        super().__init__(database, vault)
        self._expected: dict[str, asyncio.Future[float]] = {}

    def expect(self, send_id: str) -> "asyncio.Future[float]":
        return self._expected.setdefault(send_id, asyncio.get_running_loop().create_future())

    async def claim(
        self, channel: str, limit: int, now: datetime, accepted: Sequence[Accepted] = ()
    ) -> Sequence[Claim]:
        claims = await super().claim(channel, limit, now, accepted)
        self._note(accepted)
        return claims

    async def record_accepted(self, accepted: Sequence[Accepted]) -> None:
        await super().record_accepted(accepted)
        self._note(accepted)

    def _note(self, accepted: Sequence[Accepted]) -> None:
        for each in accepted:
            self._expected[each.claim.send_id].set_result(monotonic())


class _Running:
    """The sender in a loop of its own, as the hub runs it."""

    def __init__(self, sender: Sender) -> None:
        self._sender, self._jobs = sender, Jobs()
        sender.wake = sender.go_on = self._jobs.add("sender", sender.step, every_seconds=0.05)

    async def __aenter__(self) -> None:
        await self._sender.channel.open()
        self._task = asyncio.create_task(self._jobs.run_worker())

    async def __aexit__(self, *_: object) -> None:
        self._jobs.stop()
        await self._task
        await self._sender.drain()
        await self._sender.channel.close()
