"""Jobs in PostgreSQL: found by any process, never lost for good, and only ever a trigger.

Each `Process` is an engine of its own on the same database.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text

from hub.clock import SystemClock
from hub.database import Database
from hub.jobs.cluster import ClusterJobs
from hub.jobs.port import Queue
from hub.migrations.running import migrate
from tests.databases import PostgresServer

pytestmark = pytest.mark.postgres

NEVER = 3600.0
IN_TIME = 30.0


class Work:
    """What there is to do, as the ledger would say: steps take from it until nothing is left."""

    def __init__(self, left: int = 0, takes: float = 0.0) -> None:
        self.left, self.takes = left, takes
        self.done: list[str] = []

    def step_of(self, process: str) -> Callable[[], Awaitable[bool]]:
        async def step() -> bool:
            if self.left <= 0:
                return False
            self.left -= 1
            await asyncio.sleep(self.takes)
            self.done.append(process)
            return True

        return step


@pytest.fixture
async def database(postgres: PostgresServer) -> AsyncIterator[Database]:
    made = Database(postgres.new_database(), pool_size=2)
    await migrate(made)
    yield made
    await made.close()


@asynccontextmanager
async def process(
    database: Database, work: Work, name: str, *, works: bool = True, queue: Queue = Queue.BULK
) -> AsyncIterator[ClusterJobs]:
    jobs = ClusterJobs(database.plain_url, SystemClock())
    jobs.add("send", work.step_of(name), every_seconds=NEVER, queue=queue)
    await jobs.open()
    running = asyncio.create_task(jobs.run_worker()) if works else None
    try:
        yield jobs
    finally:
        jobs.stop()
        if running is not None:
            await running
        await jobs.close()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(IN_TIME):
        while not true():
            await asyncio.sleep(0.02)


async def count(database: Database, where: str = "true") -> int:
    async with database.read() as session:
        found = await session.scalar(
            text(f"SELECT count(*) FROM procrastinate.procrastinate_jobs WHERE {where}")
        )
    return int(found or 0)


async def change(database: Database, statement: str) -> None:
    async with database.write() as session:
        await session.execute(text("SET LOCAL search_path TO procrastinate"))
        await session.execute(text(statement))


async def test_a_process_without_steps_of_its_own_wakes_another(database: Database) -> None:
    # What a webhook brings is looked at at once, wherever the worker is.
    work = Work()
    async with (
        process(database, work, "worker"),
        process(database, work, "web", works=False) as web,
    ):
        work.left = 3
        await web.defer("send")
        await until(lambda: work.done == ["worker"] * 3)


async def test_asking_a_hundred_times_makes_one_job(database: Database) -> None:
    # PEER-01
    async with process(database, Work(), "web", works=False) as web:
        await asyncio.gather(*(web.defer("send") for _ in range(100)))
        assert await count(database) == 1


async def test_jobs_say_which_step_and_nothing_else(database: Database) -> None:
    # PEER-01, INV-9
    async with process(database, Work(), "web", works=False) as web:
        await web.defer("send")
        await web.defer_at("send", SystemClock().now())
    async with database.read() as session:
        query = "SELECT args::text FROM procrastinate.procrastinate_jobs ORDER BY id"
        found = (await session.scalars(text(query))).all()
    assert found == [
        '{"step": "send", "is_round": false}',
        '{"step": "send", "is_round": true}',
    ]


async def test_idle_processes_join_in_when_there_is_much_to_do(database: Database) -> None:
    work = Work(left=60, takes=0.05)
    async with process(database, work, "a") as first, process(database, work, "b"):
        await first.defer("send")
        await until(lambda: len(work.done) == 60)
    assert set(work.done) == {"a", "b"}


async def test_an_appointment_replaces_the_one_before_and_can_be_taken_back(
    database: Database,
) -> None:
    now = SystemClock().now()
    async with process(database, Work(), "web", works=False) as web:
        await web.defer_at("send", now + timedelta(hours=1))
        await web.defer_at("send", now + timedelta(hours=2))
        assert await count(database, "scheduled_at > now() + interval '90 minutes'") == 1
        assert await web.cancel("send")
        assert not await web.cancel("send")
        assert await count(database) == 0


async def test_an_appointment_is_kept(database: Database) -> None:
    work = Work()
    async with process(database, work, "worker") as worker:
        await until_round_is_set(database)
        work.left = 1
        await worker.defer_at("send", SystemClock().now() + timedelta(seconds=0.3))
        await until(lambda: len(work.done) == 1)


async def until_round_is_set(database: Database) -> None:
    async with asyncio.timeout(IN_TIME):
        while not await count(database, "status = 'todo' AND scheduled_at > now()"):
            await asyncio.sleep(0.05)


async def test_what_was_lost_is_put_back(database: Database) -> None:
    # PEER-04: all jobs are gone, and nobody calls
    work = Work()
    async with process(database, work, "worker"):
        await until_round_is_set(database)
        work.left = 2
        await change(database, "DELETE FROM procrastinate_jobs")
        await until(lambda: len(work.done) == 2)


async def test_what_a_dead_worker_held_is_run_by_another(database: Database) -> None:
    # PEER-04
    work = Work()
    async with process(database, work, "web", works=False) as dead:
        await dead.defer("send")
    await change(database, "INSERT INTO procrastinate_workers DEFAULT VALUES")
    await change(
        database, "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1h'"
    )
    await change(
        database,
        "UPDATE procrastinate_jobs SET status = 'doing',"
        " worker_id = (SELECT max(id) FROM procrastinate_workers)",
    )
    work.left = 1
    async with process(database, work, "living", works=False) as living:
        assert await living.sweep() >= 1
        assert await count(database, "status = 'doing'") == 0
        assert await count(database, "status = 'todo' AND scheduled_at IS NULL") == 1
        assert await living.sweep() == 0


async def test_a_step_that_fails_is_told_and_tried_again(database: Database) -> None:
    runs = 0

    async def step() -> bool:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise RuntimeError
        return False

    jobs = ClusterJobs(database.plain_url, SystemClock())
    jobs.add("bad", step, every_seconds=0.2)
    await jobs.open()
    running = asyncio.create_task(jobs.run_worker())
    await until(lambda: jobs.failures() == {"bad": 1} or runs > 1)
    await until(lambda: runs >= 2 and jobs.failures() == {})
    jobs.stop()
    await running
    await jobs.close()


async def test_stopping_lets_a_step_end(database: Database) -> None:
    # F-09
    work = Work(left=1000, takes=0.3)
    async with process(database, work, "worker") as worker:
        await worker.defer("send")
        await until(lambda: len(work.done) >= 1)
    begun = 1000 - work.left
    assert begun == len(work.done)
    assert await count(database, "status = 'doing'") == 0
