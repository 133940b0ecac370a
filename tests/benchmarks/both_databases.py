"""The same measurement on SQLite and on a PostgreSQL of our own, each also by its bare driver."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from hub.database import Database
from hub.migrations.running import migrate
from tests.benchmarks.figures import Figure
from tests.databases import PostgresServer, create_schema


@dataclass
class Bare:
    """A connection of the driver alone. Statements name their parameters `:one` as SQLite does."""

    connection: Any
    is_sqlite: bool

    def run(self, statement: str, **values: object) -> list[Any]:
        if not self.is_sqlite:
            for name in values:
                statement = statement.replace(f":{name}", f"%({name})s")
        cursor = self.connection.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else []

    def commit(self) -> None:
        self.connection.commit()


@dataclass
class Place:
    """One database with the schema, open through the hub's engine; `bare` opens it without."""

    name: str
    url: str
    database: Database
    another: Callable[[], str] | None = None  # the URL of an empty database of the same kind

    @contextmanager
    def bare(self) -> Iterator[Bare]:
        with open_bare(self.url) as bare:
            yield bare


@contextmanager
def open_bare(url: str) -> Iterator[Bare]:
    if not url.startswith("sqlite"):
        with psycopg.connect(url) as connection:
            yield Bare(connection, is_sqlite=False)
        return
    file = sqlite3.connect(url.removeprefix("sqlite:///"))
    file.execute("PRAGMA journal_mode=WAL")
    file.execute("PRAGMA synchronous=FULL")
    file.execute("PRAGMA busy_timeout=10000")
    try:
        yield Bare(file, is_sqlite=True)
    finally:
        file.close()


Measure = Callable[[Place, int], Awaitable[list[Figure]]]


async def on_both(folder: Path, repetitions: int, measure: Measure) -> list[Figure]:
    sqlite = f"sqlite:///{folder}/chasqui.db"
    numbers = count()
    figures = await _on_one(
        "SQLite",
        sqlite,
        repetitions,
        measure,
        another=lambda: f"sqlite:///{folder}/{next(numbers)}.db",
    )
    server = await asyncio.to_thread(PostgresServer.start)
    try:
        url, another = server.new_database(), server.new_database
        return figures + await _on_one("PostgreSQL", url, repetitions, measure, another=another)
    finally:
        server.stop()


async def on_kept(folder: Path, repetitions: int, measure: Measure) -> list[Figure]:
    """As `on_both`, in a folder that is filled once and measured again with later code."""
    figures = await _on_one(
        "SQLite", f"sqlite:///{folder}/chasqui.db", repetitions, measure, prepare=_upgrade
    )
    server = await asyncio.to_thread(PostgresServer.start, folder / "pg")
    try:
        url = server.ensure_database("chasqui")
        return figures + await _on_one("PostgreSQL", url, repetitions, measure, prepare=_upgrade)
    finally:
        server.pause()


async def _upgrade(url: str) -> None:
    database = Database(url)
    try:
        await migrate(database)
    finally:
        await database.close()


async def _on_one(
    name: str,
    url: str,
    repetitions: int,
    measure: Measure,
    prepare: Callable[[str], Awaitable[None]] = create_schema,
    another: Callable[[], str] | None = None,
) -> list[Figure]:
    await prepare(url)
    database = Database(url)
    try:
        return await measure(Place(name, url, database, another), repetitions)
    finally:
        await database.close()
