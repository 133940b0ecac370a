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
        self._thread = ThreadPoolExecutor(1, "sqlite")

    async def carry_out(self, work: Callable[[Connection], Result]) -> Result:
        """Whoever is cancelled meanwhile waits for the end, so that nothing goes on behind their
        back, and the work is taken back unless it is being committed already."""
        task = _Task(self._engine, work)
        done = asyncio.get_running_loop().run_in_executor(self._thread, task.run)
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            task.is_unwanted = True
            await asyncio.wait([done])
            raise

    def close(self) -> None:
        self._thread.shutdown()
        self._engine.dispose()


@dataclass
class _Task(Generic[Result]):
    engine: Engine
    work: Callable[[Connection], Result]
    is_unwanted: bool = False

    def run(self) -> Result:
        with self.engine.connect() as connection, connection.begin() as transaction:
            result = self.work(connection)
            if self.is_unwanted:
                transaction.rollback()
            return result
