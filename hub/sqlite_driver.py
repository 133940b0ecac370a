"""SQLAlchemy's driver for SQLite, with one hand-over to the connection's thread for each statement.

As it comes it takes four (make a cursor, execute, fetch, close) and one more for `BEGIN`; waking a
thread costs more than most of our statements. Rows are read whole, as they are without this.
It works inside SQLAlchemy's adapter and aiosqlite, so it knows private names of both.
"""

# ruff: noqa: ANN401, SLF001 - the libraries' own signatures and names

import sqlite3
from collections import deque
from collections.abc import Sequence
from typing import Any

import aiosqlite
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    """What the last statement gave; there is no cursor of the database's between statements."""

    __slots__ = ("_description", "_last_row_id", "_row_count", "arraysize")

    _awaitable_cursor_close = False
    _adapt_connection: "SQLiteConnection"

    def __init__(self, adapt_connection: "SQLiteConnection") -> None:
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection
        self._rows = deque()
        self._description: Any = None
        self._row_count, self._last_row_id = -1, 0
        self.arraysize = 1

    @property
    def description(self) -> Any:
        return self._description

    @property
    def rowcount(self) -> int:
        return self._row_count

    @property
    def lastrowid(self) -> int:
        return self._last_row_id

    def close(self) -> None:
        self._rows.clear()

    async def _execute_async(self, operation: Any, parameters: Any) -> None:
        await self._run(operation, parameters or (), is_for_many=False)

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> None:
        await self._run(operation, seq_of_parameters, is_for_many=True)

    async def _run(self, statement: str, parameters: Any, *, is_for_many: bool) -> None:
        adapted = self._adapt_connection
        driver: Any = self._connection  # aiosqlite's, whose `_execute` has no types
        async with adapted._execute_mutex:
            first = adapted.take_opening()
            done = await driver._execute(
                _run_in_thread, driver._conn, first, statement, parameters, is_for_many
            )
        self._description, self._row_count, self._last_row_id, rows = done
        self._rows = deque(rows)


class SQLiteConnection(AsyncAdapt_aiosqlite_connection):
    """`begin` only notes how to begin: that goes with the first statement, if there is any."""

    __slots__ = ("_is_untouched", "_opening")

    _cursor_cls: type[AsyncAdapt_aiosqlite_cursor] = _Cursor

    def __init__(self, dbapi: Any, connection: Any) -> None:
        super().__init__(dbapi, connection)
        self._opening: str | None = None
        self._is_untouched = True  # since a transaction ended: nothing to commit or take back

    def begin(self, mode: str) -> None:
        self._opening = f"BEGIN {mode}"

    def take_opening(self) -> str | None:
        opening, self._opening = self._opening, None
        self._is_untouched = False
        return opening

    def cursor(self, server_side: bool = False) -> Any:  # noqa: FBT001, FBT002 - the library's
        if server_side and self._opening is not None:  # it reads as it goes, without `_Cursor`
            _Cursor(self).execute("SELECT 1")
        return super().cursor(server_side)

    def commit(self) -> None:
        self._opening = None
        if not self._is_untouched:
            super().commit()
            self._is_untouched = True

    def rollback(self) -> None:
        self._opening = None
        if not self._is_untouched:
            super().rollback()
            self._is_untouched = True


class SQLiteDriver(AsyncAdapt_aiosqlite_dbapi):
    """To be given to `create_async_engine` as its `module`."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *arg: Any, **kw: Any) -> SQLiteConnection:
        adapted = super().connect(*arg, **kw)
        return SQLiteConnection(self, adapted._connection)


def _run_in_thread(
    connection: sqlite3.Connection,
    first: str | None,
    statement: str,
    parameters: Sequence[Any],
    is_for_many: bool,  # noqa: FBT001
) -> tuple[Any, int, int | None, list[Any]]:
    cursor = connection.cursor()
    try:
        if first is not None:
            cursor.execute(first)
        if is_for_many:
            cursor.executemany(statement, parameters)
        else:
            cursor.execute(statement, parameters)
        rows = cursor.fetchall() if cursor.description else []
        return cursor.description, cursor.rowcount, cursor.lastrowid, rows
    finally:
        cursor.close()
