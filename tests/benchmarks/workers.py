"""Messages a second of an update through two worker processes on PostgreSQL, beside one of them.

No limit binds; the provider, PostgreSQL and the workers share the cores of this machine, so with a
provider that answers at once the rate says mostly who waits for whom on two cores. The processor
time that all workers together need for a message, and PostgreSQL for them, tells what sharing the
work costs, whatever else the machine does. A real provider is farther away: with one that takes 20
ms or a quarter of a second, a worker waits for its window and not for a core, and the rate says
whether workers stand in each other's way.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from sqlalchemy import func, select, text

from bot.messages import SendState
from broadcast.models import Delivery
from broadcast.states import State
from hub.clock import ManualClock
from hub.database import Database
from hub.migrations.running import migrate
from hub.vault import Vault
from tests.benchmarks.figures import Figure
from tests.benchmarks.population import MESSAGE, add_people
from tests.benchmarks.spawning import running
from tests.broadcast.scene import Scene
from tests.chaos.costs import spent_by
from tests.cluster.workers import Cluster, Member
from tests.databases import PostgresServer
from tests.servers.telegram import TOKEN

PEOPLE = 6000
IN_FLIGHT = 64
_SETTLED = 0.15  # of a core: a worker that has just started still learns and sweeps
_SETTLE_SECONDS = 1.0
_LOOK_SECONDS = 0.05
_PROVIDERS = {
    "a provider that answers at once": ("telegram",),
    "a provider that answers after 20 ms": ("far", "0.02"),
    "a provider that answers after 250 ms": ("far", "0.25"),
}


@dataclass(frozen=True, slots=True)
class Sent:
    """Messages a second; for each, milliseconds of processor time."""

    per_second: float
    by_workers: float
    by_database: float


async def measure(folder: Path, repetitions: int) -> list[Figure]:
    figures = list[Figure]()
    async with _place(folder) as (scene, url):
        for provider, arguments in _PROVIDERS.items():
            async with _workers(folder, url, *arguments) as cluster:
                figures += await _measure(provider, scene, cluster, repetitions)
    return figures


async def _measure(provider: str, scene: Scene, cluster: Cluster, repetitions: int) -> list[Figure]:
    one, two = list[Sent](), list[Sent]()
    for _ in range(repetitions):
        one.append(await _send_with(1, scene, cluster))
        two.append(await _send_with(2, scene, cluster))
    what = f"two workers, updates lane, {IN_FLIGHT} in flight each, PostgreSQL, {provider}"
    return [
        _figure(what, "messages/s", "per_second", one, two),
        _figure(f"{what}, processor", "ms/message", "by_workers", one, two),
        _figure(f"{what}, processor of PostgreSQL", "ms/message", "by_database", one, two),
    ]


def _figure(what: str, unit: str, of: str, one: Sequence[Sent], two: Sequence[Sent]) -> Figure:
    samples, baseline = ([getattr(each, of) for each in some] for some in (two, one))
    return Figure("workers", what, unit, samples, "one worker", baseline)


@asynccontextmanager
async def _place(folder: Path) -> AsyncIterator[tuple[Scene, str]]:
    server = await asyncio.to_thread(PostgresServer.start)
    url, vault = server.new_database(), Vault.generate()
    vault.save(folder / "keys.json")
    database = Database(url, pool_size=4)
    try:
        await migrate(database)
        scene = Scene(database, vault, ManualClock(datetime.now(UTC) - timedelta(hours=1)))
        await scene.hire()
        await add_people(database, vault, "telegram", PEOPLE, scene.clock.now())
        yield scene, url
    finally:
        await database.close()
        server.stop()


@asynccontextmanager
async def _workers(folder: Path, url: str, *provider: str) -> AsyncIterator[Cluster]:
    async with running("tests.benchmarks.provider", *provider) as address:
        cluster = _cluster(folder, url, address)
        try:
            yield cluster
        finally:
            await cluster.end()


def _cluster(folder: Path, url: str, provider: str) -> Cluster:
    return Cluster(
        folder,
        url,
        environment={
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_BASE": provider,
            "CHASQUI_PUBLIC_URL": "http://127.0.0.1:9",  # by webhook: nothing polls meanwhile
        },
        settings={
            "understanding": {"rasa": False},
            "broadcast": {"undo_seconds": 0, "quiet_from": None, "most_per_week": None},
            "channels": {"telegram": {"rate_per_second": 100_000, "in_flight": IN_FLIGHT}},
        },
    )


async def _send_with(workers: int, scene: Scene, cluster: Cluster) -> Sent:
    """What it took from the moment that a worker begins the update until all results are recorded.
    They begin it themselves, as they do in life: who does tells the others."""
    ours = await _connections(scene.database)
    members = [await cluster.start("worker") for _ in range(workers)]
    assert all(each.is_running for each in members), members[-1].log
    for member in members:
        await _until_settled(member)
    texts = {language: MESSAGE.text.strip() for language in ("es", "en")}
    update_id = await scene.approved(texts=texts)
    while await scene.state(update_id) is not State.SENDING:
        await asyncio.sleep(_LOOK_SECONDS)
    spent_before = {pid: spent_by(pid) for pid in await _connections(scene.database) - ours}
    began, by_workers_before = perf_counter(), _processor_seconds(members)
    while await _open(scene.database, update_id):
        await asyncio.sleep(_LOOK_SECONDS)
    elapsed = perf_counter() - began
    by_workers = _processor_seconds(members) - by_workers_before
    theirs = await _connections(scene.database) - ours  # some were opened meanwhile
    by_database = sum(spent_by(pid) - spent_before.get(pid, 0.0) for pid in theirs)
    for member in members:
        assert await member.stop() == 0, member.log
    states = (await scene.progress(update_id)).by_state
    assert states[SendState.ACCEPTED] == PEOPLE, states
    return Sent(PEOPLE / elapsed, by_workers * 1000 / PEOPLE, by_database * 1000 / PEOPLE)


async def _until_settled(member: Member) -> None:
    before, share = _processor_seconds([member]), 1.0
    while share > _SETTLED:
        await asyncio.sleep(_SETTLE_SECONDS)
        now = _processor_seconds([member])
        before, share = now, (now - before) / _SETTLE_SECONDS


def _processor_seconds(members: Iterable[Member]) -> float:
    return sum(spent_by(member.process.pid) for member in members)


async def _connections(database: Database) -> set[int]:
    """The processes of PostgreSQL that serve connections."""
    query = text("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'")
    async with database.read() as session:
        return set(await session.scalars(query))


async def _open(database: Database, update_id: str) -> int:
    query = select(func.count()).where(
        Delivery.update_id == update_id,
        Delivery.state.in_((SendState.QUEUED, SendState.SENDING)),
    )
    async with database.read() as session:
        return await session.scalar(query) or 0
