"""Rows by the hundred thousand into either database, past the objects of SQLAlchemy."""

import json
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from itertools import islice
from typing import Any, cast

from sqlalchemy import JSON, Column, Table
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from hub.database import Base

_AT_ONCE = 20_000
_CACHE_KIB = 256 * 1024  # random ids touch the whole index; SQLite's own cache holds 2 MB of it
Row = tuple[Any, ...]
_Process = Callable[[Any], Any]


def derive_id(seed: int, kind: str, number: int) -> str:
    """An id as `hub.database.new_id` makes it, and always the same one for the same thing."""
    return blake2b(f"{seed}:{kind}:{number}".encode(), digest_size=13).hexdigest()


async def insert_bulk(
    session: AsyncSession, model: type[Base], columns: Sequence[str], rows: Iterable[Row]
) -> int:
    """Insert rows that name these columns of the table; the others get their defaults, which must
    be plain ones. Returns how many rows there were."""
    connection = await session.connection()
    table = cast("Table", model.__table__)
    defaults = {
        column.name: _default(column)
        for column in table.c
        if column.default is not None and column.name not in columns and not column.primary_key
    }
    named = [table.c[name] for name in (*columns, *defaults)]
    processors = [_processor(connection, column) for column in named]
    rest = tuple(defaults.values())
    ready = (
        tuple(
            value if process is None or value is None else process(value)
            for value, process in zip((*row, *rest), processors, strict=True)
        )
        for row in rows
    )
    if connection.dialect.name == "sqlite":
        return await _insert_many(connection, table, named, ready)
    return await _copy(connection, table, named, ready)


def _default(column: Column[Any]) -> object:
    argument = getattr(column.default, "arg", None)
    return argument(None) if callable(argument) else argument


def _processor(connection: AsyncConnection, column: Column[Any]) -> _Process | None:
    if isinstance(column.type, JSON):
        return json.dumps
    return column.type.dialect_impl(connection.dialect).bind_processor(connection.dialect)


async def _insert_many(
    connection: AsyncConnection, table: Table, columns: Sequence[Column[Any]], rows: Iterable[Row]
) -> int:
    await connection.exec_driver_sql(f"PRAGMA cache_size=-{_CACHE_KIB}")
    names = ", ".join(column.name for column in columns)
    gaps = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {table.name} ({names}) VALUES ({gaps})"  # noqa: S608 - our names only
    source, number = iter(rows), 0
    while some := list(islice(source, _AT_ONCE)):
        await connection.exec_driver_sql(statement, some)
        number += len(some)
    return number


async def _copy(
    connection: AsyncConnection, table: Table, columns: Sequence[Column[Any]], rows: Iterable[Row]
) -> int:
    raw = await connection.get_raw_connection()
    driver = cast("Any", raw.driver_connection)
    names = ", ".join(column.name for column in columns)
    number = 0
    async with (
        driver.cursor() as cursor,
        cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy,
    ):
        for row in rows:
            await copy.write_row(row)
            number += 1
    return number
