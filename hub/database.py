"""One way to the database, for SQLite and PostgreSQL alike. Knows no table of any part.

A transaction is opened at the edge of a request or job (`read`, `write`; `read_whole` and
`write_whole` for what is done for each message) and committed there only; code inside flushes,
never commits. No transaction may be held across a provider or Rasa call.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, TypeVar, cast

from sqlalchemy import DateTime, Dialect, MetaData, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.dml import ReturningInsert
from sqlalchemy.sql.selectable import TypedReturnsRows
from sqlalchemy.types import TypeDecorator

from hub.config import ConfigError
from hub.postgres_engine import create_postgres_engine
from hub.sqlite_driver import SQLiteConnection, SQLiteDriver
from hub.sqlite_hand import SQLiteHand

_BUSY_MILLISECONDS = 10_000
_CACHE_KILOBYTES = 8_000  # of each connection; with 2,000, as it comes, half a claim was read anew
# 16 MB: a broadcast fills what SQLite takes as it comes, a quarter, in twenty claims, and each time
# somebody waits until it is copied.
_PAGES_BEFORE_CHECKPOINT = 4_000
_SETTING = "environment: CHASQUI_DATABASE_URL"
_POOL_SIZE = 15  # connections of one process

Result = TypeVar("Result")


class Moment(TypeDecorator[datetime]):
    """A UTC moment. Refuses naive values, and gives UTC back also from SQLite, which keeps none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {datetime: Moment()}


def new_id() -> str:
    """An opaque id of 26 hexadecimal characters (104 random bits); made before the row, which binds
    sealed values to it."""
    return secrets.token_hex(13)


class Database:
    """The engine and its two kinds of transaction."""

    def __init__(self, url: str, pool_size: int = _POOL_SIZE) -> None:
        self.engine = _create_engine(url, pool_size)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        name = self.engine.url.database
        self.file = Path(name) if self.is_sqlite and name else None
        self._immediate = self.engine.execution_options(sqlite_begin="IMMEDIATE")
        # A statement without BEGIN and COMMIT around it goes to PostgreSQL and back once.
        self._at_once = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._readers = async_sessionmaker(self.engine, expire_on_commit=False)
        self._writers = async_sessionmaker(self._immediate, expire_on_commit=False)
        self._hand, self._eye = self._make_hand("IMMEDIATE"), self._make_hand("DEFERRED")
        # SQLite has one writer. Waiting here is fair; waiting in its busy handler starves.
        self._turn = asyncio.Lock() if self.is_sqlite else None

    def _make_hand(self, mode: str) -> SQLiteHand | None:
        return SQLiteHand(_create_plain_engine(self.engine.url), mode) if self.is_sqlite else None

    @property
    def plain_url(self) -> str:
        """As other programs read it, with the password: not to be shown."""
        plain = self.engine.url.set(drivername=self.engine.url.get_backend_name())
        return plain.render_as_string(hide_password=False)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        async with self._readers() as session, session.begin():
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A transaction that commits on leaving, or rolls back whole if anything raises."""
        if self._turn is None:
            async with self._writers() as session, session.begin():
                yield session
            return
        async with self._turn, self._writers() as session, session.begin():
            yield session

    async def write_whole(self, work: Callable[[Connection], Result]) -> Result:
        """As `write`, for work that is one plain function. On SQLite it is handed over whole to
        another thread: it must leave alone what others may change meanwhile."""
        if self._turn is None or self._hand is None:
            async with self._immediate.begin() as connection:
                return await connection.run_sync(work)
        async with self._turn:
            return await self._hand.carry_out(work)

    async def read_whole(self, work: Callable[[Connection], Result]) -> Result:
        """As `read`, for a short look that is one plain function: others wait for it."""
        if self._eye is None:
            async with self._at_once.connect() as connection:
                return await connection.run_sync(work)
        return await self._eye.carry_out(work)

    async def write_alone(self, statement: TypedReturnsRows[Result]) -> Result | None:
        """One statement that is a transaction of its own; the first value that it returns."""
        if self.is_sqlite:
            async with self.write() as session:
                return await session.scalar(statement)
        async with self._at_once.connect() as connection:
            return await connection.scalar(statement)

    async def close(self) -> None:
        for hand in (self._hand, self._eye):
            if hand is not None:
                hand.close()
        await self.engine.dispose()


async def insert_if_new(session: AsyncSession, model: type[Base], **values: object) -> bool:
    """Insert a row unless a unique constraint already holds its like; whether it was inserted."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    insert = sqlite.insert if is_sqlite else postgresql.insert
    key = model.__mapper__.primary_key[0]
    result = await session.execute(
        insert(model).values(**values).on_conflict_do_nothing().returning(key)
    )
    return result.first() is not None


async def insert_new(
    session: AsyncSession, model: type[Base], rows: Sequence[Mapping[str, object]]
) -> set[str]:
    """Insert the rows that no unique constraint holds the like of, in their order; their ids.

    The rows name the same columns, `id` among them. Past the objects of the session: this is for
    the ways that every message takes.
    """
    connection = await session.connection()
    statement = _inserting(model, connection.dialect.name)
    result = await connection.execute(statement, [dict(row) for row in rows])
    return set(result.scalars())


@cache  # to make a statement anew takes longer than to carry it out
def _inserting(model: type[Base], dialect: str) -> ReturningInsert[Any]:
    table = cast("Table", model.__table__)
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return insert(table).on_conflict_do_nothing().returning(table.c.id)


async def add_up(
    session: AsyncSession, model: type[Base], counts: Mapping[tuple[str, ...], tuple[int, ...]]
) -> dict[tuple[str, ...], tuple[int, ...]]:
    """Add to the rows of a table of counters, made if they are new; what each then holds.

    Keys are the primary key's columns in order, and counts all other columns in theirs. Rows are
    written in the order of their keys, so that two writers cannot each wait for the other.
    """
    if not counts:
        return {}
    connection = await session.connection()
    keys, counters, statement = _adding(model, connection.dialect.name)
    rows = [
        dict(zip((*keys, *counters), (*key, *counts[key]), strict=True)) for key in sorted(counts)
    ]
    held = (await connection.execute(statement, rows)).mappings().all()
    return {
        tuple(row[name] for name in keys): tuple(row[name] for name in counters) for row in held
    }


@cache
def _adding(
    model: type[Base], dialect: str
) -> tuple[Sequence[str], Sequence[str], ReturningInsert[Any]]:
    """The key's columns, the counters, and the statement that adds to them."""
    table = cast("Table", model.__table__)
    keys = [column.name for column in table.primary_key]
    counters = [column.name for column in table.columns if column.name not in keys]
    new = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    added = {name: table.c[name] + new.excluded[name] for name in counters}
    statement = new.on_conflict_do_update(index_elements=keys, set_=added).returning(table)
    return keys, counters, statement


def _create_engine(url: str, pool_size: int) -> AsyncEngine:
    parsed = _read_url(url)
    if parsed.get_backend_name() == "postgresql":
        return create_postgres_engine(parsed, pool_size)
    pool: dict[str, int] = {}
    if parsed.database and parsed.database != ":memory:":
        _make_folder(Path(parsed.database).parent)
        # Kept open: each new one costs a thread and its settings.
        pool = {"pool_size": pool_size, "max_overflow": 0}
    engine = create_async_engine(
        parsed.set(drivername="sqlite+aiosqlite"),
        module=SQLiteDriver(),
        hide_parameters=True,
        **pool,
    )
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _create_plain_engine(url: URL) -> Engine:
    engine = create_engine(url.set(drivername="sqlite"), hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _read_url(url: str) -> URL:
    """The URL may hold a password, so no message quotes it."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigError(f"{_SETTING}: not the address of a database") from error
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise ConfigError(f"{_SETTING}: begins with sqlite:// or postgresql://")
    return parsed


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{_SETTING}: {folder}: {error.strerror}") from error


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    # The driver must not begin transactions by itself: `_begin_sqlite` does, with the right mode.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA wal_autocheckpoint={_PAGES_BEFORE_CHECKPOINT}")
    cursor.execute(f"PRAGMA cache_size=-{_CACHE_KILOBYTES}")
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    cast("SQLiteConnection", connection.connection.dbapi_connection).begin(mode)
