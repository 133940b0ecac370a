"""Sees to it that a SQLite database has one worker: its recovery counts on being alone (INV-2)."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class SecondWorkerError(Exception):
    """Another worker already runs on this SQLite database."""


@contextmanager
def hold_alone(database: Path) -> Iterator[None]:
    """Hold the worker's lock of this database file; the system lets go of it when we die."""
    path = database.with_name(f"{database.name}.worker")
    with path.open("w", encoding="utf8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SecondWorkerError(
                f"{database}: another worker runs on this SQLite database; "
                "several workers need PostgreSQL"
            ) from error
        yield
