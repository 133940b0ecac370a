"""A connection to SQLite with a thread of its own, which is handed whole transactions.

The connections that the engine lends wake their thread for each statement, and the loop again for
each answer. Where a transaction is one plain function, once is enough.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

Result = TypeVar("Result")


class SQLiteHand:
    """Carries transactions out one after another, each begun in this `mode`."""

    def __init__(self, engine: Engine, mode: str) -> None:
        def begin(connection: Connection) -> None:
            cast("sqlite3.Connection", connection.connection.dbapi_connection).execute(
                f"BEGIN {mode}"
            )

        event.listen(engine, "begin", begin)
        self._engine = engine
        # Kept: to borrow it for each transaction would cost as much as two queries.
        self._connection: Connection | None = None
        self._thread = _new_thread()

    async def carry_out(self, work: Callable[[Connection], Result]) -> Result:
        """Whoever is cancelled meanwhile waits for the end, so that nothing goes on behind their
        back, and the work is taken back unless it is being committed already."""
        task = _Task(work)
        done = asyncio.get_running_loop().run_in_executor(self._thread, self._run, task)
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            task.is_unwanted = True
            await asyncio.wait([done])
            raise

    def close(self) -> None:
        """It opens again when it is asked again, as the engine does."""
        self._thread.submit(self._end).result()
        self._thread.shutdown()
        self._thread = _new_thread()

    def _run(self, task: "_Task[Result]") -> Result:
        if self._connection is None:
            self._connection = self._engine.connect()
        with self._connection.begin() as transaction:
            result = task.work(self._connection)
            if task.is_unwanted:
                transaction.rollback()
            return result

    def _end(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._engine.dispose()


def _new_thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "sqlite")  # begins with the first thing that it is asked


@dataclass
class _Task(Generic[Result]):
    work: Callable[[Connection], Result]
    is_unwanted: bool = False
