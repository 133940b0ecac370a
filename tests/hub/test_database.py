"""The one way to the database: whole transactions, UTC moments, SQLite as safe as it can be."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.exc import IntegrityError, InternalError, StatementError

from bot.models import Contact, Suppression
from hub.database import Database, insert_if_new, new_id
from tests.databases import PostgresServer

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


def contact(at: datetime = NOW, **values: object) -> Contact:
    fields: dict[str, object] = {"id": new_id(), "created_at": at, "last_seen_at": at}
    return Contact(interests=[], language_is_chosen=False, **{**fields, **values})


async def contacts(database: Database) -> list[Contact]:
    async with database.read() as session:
        return list(await session.scalars(select(Contact)))


async def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    # SEC-94
    with pytest.raises(StatementError, match="time zone"):
        async with database.write() as session:
            session.add(contact(datetime(2026, 11, 22, 15, 0)))  # noqa: DTZ001
    assert await contacts(database) == []


async def test_moments_come_back_in_utc(database: Database) -> None:
    # SEC-94: whatever the zone that they were given in
    lima = NOW.astimezone(timezone(timedelta(hours=-5)))
    async with database.write() as session:
        session.add(contact(lima))
    (found,) = await contacts(database)
    assert found.created_at == NOW
    assert found.created_at.utcoffset() == timedelta(0)
    async with database.read() as session:
        query = select(Contact).where(Contact.created_at == lima, Contact.created_at <= NOW)
        assert await session.scalar(query) is not None


async def test_no_moment_stays_none(database: Database) -> None:
    async with database.write() as session:
        session.add(contact())
    assert (await contacts(database))[0].erase_after is None


async def fail_after_adding(database: Database) -> None:
    async with database.write() as session:
        session.add(contact())
        await session.flush()
        raise ZeroDivisionError


async def add_two_alike(database: Database) -> None:
    same = new_id()
    async with database.write() as session:
        session.add(contact())
        session.add(contact(id=same))
        await session.flush()
        await session.execute(
            text("INSERT INTO contacts SELECT * FROM contacts WHERE id = :id"), {"id": same}
        )


async def test_a_write_is_whole_or_nothing(database: Database) -> None:
    # F-03
    with pytest.raises(ZeroDivisionError):
        await fail_after_adding(database)
    assert await contacts(database) == []


async def test_a_write_that_breaks_a_rule_leaves_nothing(database: Database) -> None:
    with pytest.raises(IntegrityError):
        await add_two_alike(database)
    assert await contacts(database) == []


async def test_a_failed_write_does_not_block_the_next(database: Database) -> None:
    # F-12
    for _ in range(5):
        with pytest.raises(ZeroDivisionError):
            await fail_after_adding(database)
    async with asyncio.timeout(5), database.write() as session:
        session.add(contact())
    assert len(await contacts(database)) == 1


async def test_a_cancelled_write_leaves_nothing_and_blocks_nobody(database: Database) -> None:
    # F-09
    reached = asyncio.Event()

    async def hang() -> None:
        async with database.write() as session:
            session.add(contact())
            await session.flush()
            reached.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(5), database.write() as session:
        session.add(contact())
    assert len(await contacts(database)) == 1


async def test_writers_at_once_lose_nothing(database: Database) -> None:
    # F-16: no SQLITE_BUSY for anybody
    async with database.write() as session:
        session.add(contact(id="counter", area="0"))

    async def count() -> None:
        async with database.write() as session:
            row = await session.get_one(Contact, "counter", with_for_update=True)
            await asyncio.sleep(0)
            row.area = str(int(row.area or 0) + 1)

    await asyncio.gather(*(count() for _ in range(40)))
    assert (await contacts(database))[0].area == "40"


async def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    async with database.write() as session:
        session.add(contact())
        await session.flush()
        async with asyncio.timeout(5):
            assert await contacts(database) == []


async def test_two_processes_may_write_in_turn(sqlite: Database, tmp_path: Path) -> None:
    # F-16: the other process is a second engine on the same file
    other = Database(f"sqlite:///{tmp_path}/chasqui.db")

    async def add(database: Database) -> None:
        async with database.write() as session:
            found = list(await session.scalars(select(Contact)))  # what it then acts upon
            await asyncio.sleep(0)
            session.add(contact(area=str(len(found))))

    await asyncio.gather(*(add(each) for _ in range(10) for each in (sqlite, other)))
    areas = sorted(int(each.area or "") for each in await contacts(sqlite))
    assert areas == list(range(20))
    await other.close()


async def test_insert_if_new_says_which_was_new(database: Database) -> None:
    # PEER-06
    values = {"index": b"x" * 32, "at": NOW}
    async with database.write() as session:
        assert await insert_if_new(session, Suppression, **values)
        assert not await insert_if_new(session, Suppression, **values)
    async with database.write() as session:
        assert not await insert_if_new(session, Suppression, **values)
        await session.execute(delete(Suppression))
        assert await insert_if_new(session, Suppression, **values)


@pytest.mark.parametrize(
    ("name", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)]
)
async def test_sqlite_is_told_to_be_safe(sqlite: Database, name: str, value: object) -> None:
    # SEC-82: every connection, not only the first
    async with sqlite.read(), sqlite.read(), sqlite.read() as session:
        assert await session.scalar(text(f"PRAGMA {name}")) == value


async def test_sqlite_waits_rather_than_fails(sqlite: Database) -> None:
    # F-16
    async with sqlite.read() as session:
        assert await session.scalar(text("PRAGMA busy_timeout")) == 10_000


async def test_a_folder_for_sqlite_is_made(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/new/deeper/chasqui.db")
    async with database.read() as session:
        assert await session.scalar(text("SELECT 1")) == 1
    await database.close()


def test_ids_are_opaque_and_do_not_repeat() -> None:
    ids = {new_id() for _ in range(10_000)}
    assert len(ids) == 10_000
    assert all(len(each) == 26 and each.isalnum() for each in ids)


async def stand_still(database: Database) -> None:
    async with database.write() as session:
        await session.execute(text("SET LOCAL idle_in_transaction_session_timeout = '20ms'"))
        await asyncio.sleep(0.5)
        await session.execute(text("SELECT 1"))


@pytest.mark.postgres
async def test_a_transaction_that_stands_still_does_not_hold_its_rows_for_ever(
    postgres: PostgresServer,
) -> None:
    # PEER-04: its process was stopped, or its machine is gone; who opts out must not wait for it
    made = Database(postgres.new_database(), pool_size=1)
    async with made.write() as session:
        assert await session.scalar(text("SHOW idle_in_transaction_session_timeout")) == "10s"
    with pytest.raises(InternalError):
        await stand_still(made)
    async with made.write() as session:  # and the process goes on with another connection
        assert await session.scalar(text("SELECT 1")) == 1
    await made.close()
