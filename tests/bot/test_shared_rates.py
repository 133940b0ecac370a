"""One bucket for several processes: together never faster than one of them alone might be."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from bot.rates import Rate
from bot.shared_rates import SharedBucket
from hub.clock import ManualClock
from hub.database import Database
from tests.databases import PostgresServer

pytestmark = pytest.mark.postgres

CHANNEL = "telegram"
RATE = Rate(40, 0.25)
START = 1_000_000.0  # a monotonic clock begins anywhere


class Process:
    """A process that sends: its own connections and clock, and a bucket that it shares."""

    def __init__(self, url: str, clock: ManualClock, rate: Rate = RATE) -> None:
        self.clock, self.database = clock, Database(url, pool_size=4)
        self.bucket = SharedBucket(self.database, clock, CHANNEL, rate)
        self.seconds = START

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))
        self.seconds += seconds

    async def take(self, wanted: int, *, bulk: bool = False) -> int:
        return await self.bucket.take(wanted, self.seconds, bulk=bulk)

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """What is asked of the database meanwhile."""
        asked: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            asked.append(statement)

        engine = self.database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield asked
        finally:
            event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
async def two(
    postgres: PostgresServer, schema_in_postgres: str, clock: ManualClock
) -> AsyncIterator[list[Process]]:
    url = postgres.new_database(like=schema_in_postgres)
    processes = [Process(url, ManualClock(clock.now())) for _ in range(2)]
    yield processes
    for each in processes:
        await each.database.close()


async def test_two_processes_share_one_burst(two: list[Process]) -> None:
    # PEER-13: asked at the same moment, again and again, they get what one would have got
    asks = [process.take(3) for _ in range(8) for process in two]
    assert sum(await asyncio.gather(*asks)) == RATE.capacity


async def test_two_processes_share_one_rate(two: list[Process]) -> None:
    await two[0].take(20)
    granted = [0, 0]
    for turn in range(50):  # ten seconds
        for process in two:
            process.pass_time(0.2)
        for number in (turn % 2, (turn + 1) % 2):
            granted[number] += await two[number].take(10)
    assert abs(sum(granted) - 10 * RATE.per_second) <= 1
    assert min(granted) > 0


async def test_a_clock_that_is_ahead_makes_nothing_faster(two: list[Process]) -> None:
    two[0].pass_time(30)
    granted = 0
    for _ in range(20):  # four seconds, for both
        for process in two:
            process.pass_time(0.2)
            granted += await process.take(10)
    assert granted <= 4 * RATE.per_second + 2 * RATE.capacity


async def test_a_freeze_holds_for_all_and_no_burst_follows(two: list[Process]) -> None:
    # F-21
    await two[0].bucket.freeze(30, two[0].seconds)
    await two[1].bucket.freeze(1, two[1].seconds)  # a shorter one shortens nothing
    await two[1].bucket.give_back(15)  # what had been taken before and was not sent
    for seconds in (0, 20, 9.9):
        for process in two:
            process.pass_time(seconds)
            assert await process.take(5) == 0
    for process in two:
        process.pass_time(0.2)
    assert await two[0].take(20) + await two[1].take(20) <= 0.1 * RATE.per_second + 1e-6


async def test_a_frozen_bucket_grants_nothing_and_costs_one_statement(two: list[Process]) -> None:
    # F-21: each step asks, for as long as the provider says
    await two[0].take(1)
    await two[0].bucket.freeze(30, two[0].seconds)
    for process in two:
        with process.statements() as asked:
            assert await process.take(5) == 0
            assert await process.take(5, bulk=True) == 0
        assert len(asked) == 2


async def test_many_who_ask_a_frozen_bucket_get_nothing(two: list[Process]) -> None:
    await two[0].bucket.freeze(30, two[0].seconds)
    for process in two:
        process.pass_time(29.9)
    asks = [process.take(3, bulk=bulk) for bulk in (False, True) * 4 for process in two]
    assert sum(await asyncio.gather(*asks)) == 0


async def test_a_bucket_that_was_frozen_grants_its_rate_again(two: list[Process]) -> None:
    # F-21: not a burst at once, but no less than the rate from then on, to both together
    await two[0].take(20)
    await two[1].bucket.freeze(2, two[1].seconds)
    granted = 0
    for _ in range(40):  # eight seconds, of which two are frozen
        for process in two:
            process.pass_time(0.2)
            granted += await process.take(10)
    assert abs(granted - 6 * RATE.per_second) <= 1


async def test_a_first_use_makes_the_row_and_later_ones_do_not(two: list[Process]) -> None:
    assert await two[0].take(3) == 3
    for process in two:
        with process.statements() as asked:
            assert await process.take(3) == 3
        assert len(asked) == 1


async def test_replies_find_their_share_after_bulk_of_another_process(two: list[Process]) -> None:
    # PEER-13
    assert await two[0].take(100, bulk=True) == RATE.capacity - RATE.kept
    assert await two[1].take(100) == RATE.kept


async def test_what_was_not_used_is_there_for_the_other(two: list[Process]) -> None:
    assert await two[0].take(20) == 20
    await two[0].bucket.give_back(7)
    assert await two[1].take(20) == 7
    await two[0].bucket.give_back(1000)
    two[1].pass_time(1)
    assert await two[1].take(1000) == RATE.capacity


async def test_an_empty_bucket_is_not_asked_at_every_message(two: list[Process]) -> None:
    await two[0].take(100)
    await two[1].bucket.give_back(10)
    assert await two[0].take(5) == 0  # not asked: it said a moment ago that it is empty
    two[0].pass_time(0.1)
    assert await two[0].take(5) == 5
