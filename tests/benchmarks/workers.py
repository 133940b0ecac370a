"""Messages a second of an update through two worker processes on PostgreSQL, beside one of them.

No limit binds; the provider, PostgreSQL and the workers share the cores of this machine, so on two
cores the rate says mostly who waits for whom. The processor time that all workers together need for
a message tells what sharing the work costs, whatever else the machine does.
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
_SETTLE_SECONDS = 3.0  # a worker that has just started still learns and sweeps
_LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Sent:
    per_second: float
    milliseconds: float  # of the workers' processor time for each message


async def measure(folder: Path, repetitions: int) -> list[Figure]:
    one, two = [], []
    async with _place(folder) as (scene, cluster):
        for _ in range(repetitions):
            one.append(await _send_with(1, scene, cluster))
            two.append(await _send_with(2, scene, cluster))
    what = f"two workers, telegram, updates lane, {IN_FLIGHT} in flight each, PostgreSQL"
    rates = [each.per_second for each in two], [each.per_second for each in one]
    costs = [each.milliseconds for each in two], [each.milliseconds for each in one]
    return [
        Figure("workers", what, "messages/s", rates[0], "one worker", rates[1]),
        Figure("workers", f"{what}, processor", "ms/message", costs[0], "one worker", costs[1]),
    ]


@asynccontextmanager
async def _place(folder: Path) -> AsyncIterator[tuple[Scene, Cluster]]:
    server = await asyncio.to_thread(PostgresServer.start)
    url, vault = server.new_database(), Vault.generate()
    vault.save(folder / "keys.json")
    database = Database(url, pool_size=4)
    await migrate(database)
    scene = Scene(database, vault, ManualClock(datetime.now(UTC) - timedelta(hours=1)))
    await scene.hire()
    await add_people(database, vault, "telegram", PEOPLE, scene.clock.now())
    async with running("tests.benchmarks.provider", "telegram") as provider:
        cluster = _cluster(folder, url, provider)
        try:
            yield scene, cluster
        finally:
            await cluster.end()
            await database.close()
            server.stop()


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
    """What it took from the moment that the update begins until all results are recorded."""
    members = [await cluster.start("worker") for _ in range(workers)]
    assert all(each.is_running for each in members), members[-1].log
    await asyncio.sleep(_SETTLE_SECONDS)
    texts = {language: MESSAGE.text.strip() for language in ("es", "en")}
    update_id = await scene.sending(texts=texts)
    began, before = perf_counter(), _processor_seconds(members)
    while await _open(scene.database, update_id):
        await asyncio.sleep(_LOOK_SECONDS)
    elapsed, used = perf_counter() - began, _processor_seconds(members) - before
    for member in members:
        assert await member.stop() == 0, member.log
    states = (await scene.progress(update_id)).by_state
    assert states[SendState.ACCEPTED] == PEOPLE, states
    return Sent(PEOPLE / elapsed, used * 1000 / PEOPLE)


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
