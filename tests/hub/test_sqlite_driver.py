"""SQLite is asked through one hand-over to its thread for each statement."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from hub.database import Database
from hub.sqlite_driver import SQLiteConnection


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{path}")
    async with database.write() as session:
        await session.execute(text("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT)"))
    yield database
    await database.close()


class HandOvers:
    """Counts what each connection's thread is given to do."""

    def __init__(self, database: Database) -> None:
        self.number = 0
        event.listen(database.engine.sync_engine, "checkout", self._listen)

    def _listen(self, connection: object, *_: object) -> None:
        driver: Any = cast("SQLiteConnection", connection).driver_connection
        if isinstance(driver._tx, _CountedQueue):
            return
        driver._tx = _CountedQueue(driver._tx, self)


class _CountedQueue:
    def __init__(self, queue: Any, counter: HandOvers) -> None:
        self._queue, self._counter = queue, counter

    def put_nowait(self, item: object) -> None:
        self._counter.number += 1
        self._queue.put_nowait(item)


async def add(session: AsyncSession, number: int) -> None:
    await session.execute(text("INSERT INTO things VALUES (:id, 'a')"), {"id": number})


async def add_twice(database: Database) -> None:
    async with database.write() as session:
        await add(session, 1)
        await add(session, 1)


async def test_a_statement_and_the_begin_before_it_are_one_hand_over(tmp_path: Path) -> None:
    async with opened(tmp_path / "one.db") as database:
        handed = HandOvers(database)
        async with database.write() as session:
            await add(session, 1)
            found = await session.execute(text("SELECT id, name FROM things"))
            assert found.all() == [(1, "a")]
        assert handed.number == 3  # two statements and the commit


async def test_many_rows_are_one_hand_over_and_counted(tmp_path: Path) -> None:
    async with opened(tmp_path / "many.db") as database:
        handed = HandOvers(database)
        async with database.write() as session:
            connection = await session.connection()
            rows = [{"id": number} for number in range(50)]
            done = await connection.execute(text("INSERT INTO things VALUES (:id, 'b')"), rows)
            assert done.rowcount == 50
        assert handed.number == 2


async def test_a_transaction_without_statements_costs_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path / "none.db") as database:
        handed = HandOvers(database)
        async with database.write() as session:
            await session.connection()
        assert handed.number == 0


async def test_what_failed_is_taken_back_and_the_connection_goes_on(tmp_path: Path) -> None:
    async with opened(tmp_path / "back.db") as database:
        with pytest.raises(IntegrityError):
            await add_twice(database)
        async with database.write() as session:
            assert (await session.execute(text("SELECT id FROM things"))).all() == []
            await add(session, 2)
        async with database.read() as session:
            assert await session.scalar(text("SELECT id FROM things")) == 2


async def test_a_stream_reads_inside_the_transaction_that_was_begun(tmp_path: Path) -> None:
    async with opened(tmp_path / "stream.db") as database:
        async with database.write() as session:
            await add(session, 1)
        async with database.read() as session:
            rows = await session.stream(text("SELECT id FROM things"))
            async with database.write() as other:
                await add(other, 2)
            assert [row.id async for row in rows] == [1]
            assert await session.scalar(text("SELECT count(*) FROM things")) == 1


async def test_a_writer_keeps_other_processes_out_from_its_first_statement(tmp_path: Path) -> None:
    async with opened(tmp_path / "two.db") as database:
        theirs = sqlite3.connect(tmp_path / "two.db", timeout=0, isolation_level=None)
        async with database.write() as session:
            await session.execute(text("SELECT 1"))
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                theirs.execute("BEGIN IMMEDIATE")
        theirs.execute("BEGIN IMMEDIATE")
        theirs.close()
