"""Messages a second of an update through two worker processes on PostgreSQL, beside one of them.

No limit binds; the provider, PostgreSQL and the workers share the cores of this machine, so with a
provider that answers at once the rate says mostly who waits for whom on two cores. The processor
time that all workers together need for a message tells what sharing the work costs, whatever else
the machine does. A real provider is far away: with one that takes a quarter of a second, a worker
waits for its window and not for a core, and the rate says whether workers stand in each other's
way.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from sqlalchemy import func, select

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
from tests.cluster.workers import Cluster, Member
from tests.databases import PostgresServer
from tests.servers.telegram import TOKEN

PEOPLE = 3000
IN_FLIGHT = 64
_SETTLED = 0.15  # of a core: a worker that has just started still learns and sweeps
_SETTLE_SECONDS = 1.0
_LOOK_SECONDS = 0.05
_FAR_SECONDS = 0.25
_FAR = f"a provider that answers after {_FAR_SECONDS * 1000:.0f} ms"
_NEAR = "a provider that answers at once"
_PROVIDERS = {_NEAR: ("telegram",), _FAR: ("far", str(_FAR_SECONDS))}


@dataclass(frozen=True, slots=True)
class Sent:
    per_second: float
    milliseconds: float  # of the workers' processor time for each message


async def measure(folder: Path, repetitions: int) -> list[Figure]:
    figures = list[Figure]()
    async with _place(folder) as (scene, url):
        for provider, arguments in _PROVIDERS.items():
            async with _workers(folder, url, *arguments) as cluster:
                figures += await _measure(provider, scene, cluster, repetitions)
    return figures


async def _measure(provider: str, scene: Scene, cluster: Cluster, repetitions: int) -> list[Figure]:
    one, two = [], []
    for _ in range(repetitions):
        one.append(await _send_with(1, scene, cluster))
        two.append(await _send_with(2, scene, cluster))
    what = f"two workers, updates lane, {IN_FLIGHT} in flight each, PostgreSQL, {provider}"
    rates = [each.per_second for each in two], [each.per_second for each in one]
    costs = [each.milliseconds for each in two], [each.milliseconds for each in one]
    return [
        Figure("workers", what, "messages/s", rates[0], "one worker", rates[1]),
        Figure("workers", f"{what}, processor", "ms/message", costs[0], "one worker", costs[1]),
    ]


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
    members = [await cluster.start("worker") for _ in range(workers)]
    assert all(each.is_running for each in members), members[-1].log
    for member in members:
        await _until_settled(member)
    texts = {language: MESSAGE.text.strip() for language in ("es", "en")}
    update_id = await scene.approved(texts=texts)
    while await scene.state(update_id) is not State.SENDING:
        await asyncio.sleep(_LOOK_SECONDS)
    began, before = perf_counter(), _processor_seconds(members)
    while await _open(scene.database, update_id):
        await asyncio.sleep(_LOOK_SECONDS)
    elapsed, used = perf_counter() - began, _processor_seconds(members) - before
    for member in members:
        assert await member.stop() == 0, member.log
    states = (await scene.progress(update_id)).by_state
    assert states[SendState.ACCEPTED] == PEOPLE, states
    return Sent(PEOPLE / elapsed, used * 1000 / PEOPLE)


async def _until_settled(member: Member) -> None:
    before, share = _processor_seconds([member]), 1.0
    while share > _SETTLED:
        await asyncio.sleep(_SETTLE_SECONDS)
        now = _processor_seconds([member])
        before, share = now, (now - before) / _SETTLE_SECONDS


def _processor_seconds(members: list[Member]) -> float:
    ticks = 0
    for member in members:
        stat = Path(f"/proc/{member.process.pid}/stat").read_text(encoding="utf8")
        user, system = stat.rpartition(")")[2].split()[11:13]
        ticks += int(user) + int(system)
    return ticks / os.sysconf("SC_CLK_TCK")


async def _open(database: Database, update_id: str) -> int:
    query = select(func.count()).where(
        Delivery.update_id == update_id,
        Delivery.state.in_((SendState.QUEUED, SendState.SENDING)),
    )
    async with database.read() as session:
        return await session.scalar(query) or 0
