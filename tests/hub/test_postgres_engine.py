"""Connections that died while they rested are made anew before anybody notices."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from hub import postgres_engine
from hub.database import Database
from tests.databases import PostgresServer

pytestmark = pytest.mark.postgres


@pytest.fixture
async def two(postgres: PostgresServer) -> AsyncIterator[list[Database]]:
    url = postgres.new_database()
    databases = [Database(url, pool_size=3) for _ in range(2)]
    yield databases
    for each in databases:
        await each.close()


async def number_of(database: Database) -> int:
    """The process of the server that a transaction ran in."""
    async with database.read() as session:
        return await session.scalar(select(func.pg_backend_pid())) or 0


async def end(database: Database, number: int) -> None:
    async with database.read() as session:
        await session.execute(
            text("SELECT pg_terminate_backend(:number, 5000)"), {"number": number}
        )


async def test_a_connection_that_died_while_it_rested_is_replaced(
    two: list[Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    # INV-3
    monkeypatch.setattr(postgres_engine, "_RESTED_SECONDS", 0.0)
    ours, other = two
    number = await number_of(ours)
    await end(other, number)
    assert await number_of(ours) not in (0, number)
    assert await ours.read_whole(lambda connection: connection.scalar(select(1))) == 1


async def test_one_that_died_a_moment_after_its_use_costs_one_transaction(
    two: list[Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_engine, "_RESTED_SECONDS", 3600.0)
    ours, other = two
    number = await number_of(ours)
    assert await number_of(ours) == number, "the last one used is taken first"
    await end(other, number)
    with pytest.raises(OperationalError):
        await number_of(ours)
    assert await number_of(ours) not in (0, number)
