"""A transaction handed over whole commits, rolls back and can be given up like any other."""

import asyncio
import threading
from datetime import UTC, datetime
from functools import partial

import pytest
from sqlalchemy import insert, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from bot.models import Suppression
from hub.database import Database

NOW = datetime(2026, 11, 30, 5, 0, tzinfo=UTC)


def add(connection: Connection, index: bytes) -> int:
    connection.execute(insert(Suppression).values(index=index, at=NOW))
    return len(connection.execute(select(Suppression.index)).all())


async def indexes(database: Database) -> set[bytes]:
    async with database.read() as session:
        return set(await session.scalars(select(Suppression.index)))


async def test_it_commits_and_gives_what_the_work_gave(database: Database) -> None:
    assert await database.write_whole(lambda connection: add(connection, b"a")) == 1
    assert await database.write_whole(lambda connection: add(connection, b"b")) == 2
    assert await indexes(database) == {b"a", b"b"}


async def test_it_leaves_nothing_behind_when_it_fails(database: Database) -> None:
    def work(connection: Connection) -> None:
        add(connection, b"a")
        add(connection, b"a")

    with pytest.raises(IntegrityError):
        await database.write_whole(work)
    assert await indexes(database) == set()
    assert await database.write_whole(lambda connection: add(connection, b"a")) == 1


async def test_a_whole_look_sees_what_was_committed_and_waits_for_no_writer(
    database: Database,
) -> None:
    def look(connection: Connection) -> list[bytes]:
        return list(connection.scalars(select(Suppression.index)))

    async with database.write() as session:
        session.add(Suppression(index=b"a", at=NOW))
        await session.flush()
        assert await database.read_whole(look) == []
    assert await database.read_whole(look) == [b"a"]
    async with database.write() as session:
        session.add(Suppression(index=b"b", at=NOW))
    assert sorted(await database.read_whole(look)) == [b"a", b"b"]


async def test_writers_of_both_kinds_take_turns(database: Database) -> None:
    async def write(number: int) -> None:
        async with database.write() as session:
            session.add(Suppression(index=b"s%d" % number, at=NOW))

    whole = (database.write_whole(partial(add, index=b"w%d" % number)) for number in range(10))
    await asyncio.gather(*whole, *(write(number) for number in range(10)))
    assert len(await indexes(database)) == 20


async def test_work_that_nobody_waits_for_any_more_is_taken_back(sqlite: Database) -> None:
    begun, may_go_on = threading.Event(), threading.Event()

    def work(connection: Connection) -> None:
        add(connection, b"a")
        begun.set()
        may_go_on.wait(60)

    writing = asyncio.create_task(sqlite.write_whole(work))
    while not begun.is_set():
        await asyncio.sleep(0.001)
    writing.cancel()
    await asyncio.sleep(0)
    may_go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await indexes(sqlite) == set()


async def test_a_closed_database_opens_again_and_may_be_closed_twice(database: Database) -> None:
    await database.write_whole(lambda connection: add(connection, b"a"))
    await database.close()
    await database.close()
    assert await database.write_whole(lambda connection: add(connection, b"b")) == 2


async def test_a_statement_alone_is_committed_and_gives_its_first_value(
    database: Database,
) -> None:
    statement = insert(Suppression).values(index=b"a", at=NOW).returning(Suppression.index)
    assert await database.write_alone(statement) == b"a"
    assert await indexes(database) == {b"a"}
    with pytest.raises(IntegrityError):
        await database.write_alone(statement)
    await database.write_whole(lambda connection: add(connection, b"b"))
    assert await indexes(database) == {b"a", b"b"}
