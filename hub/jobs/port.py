"""What both engines offer: `hub.jobs.loops` within one process, `hub.jobs.cluster` among many."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from hub.jobs.steps import Step


class Queue(StrEnum):
    """Whose turn never waits for whose."""

    INTERACTIVE = "interactive"  # somebody waits for it
    BULK = "bulk"  # taken in short slices, so that every process gets its share
    KEEPING = "keeping"


class Engine(Protocol):
    """Runs steps when there may be something to do.

    A trigger names a step and carries nothing else: what there is to do, the step reads itself.
    """

    def add(
        self,
        name: str,
        step: Step,
        *,
        every_seconds: float,
        queue: Queue = Queue.KEEPING,
        at_once: int = 1,
    ) -> Callable[[], None]:
        """Make a step known, to be run every so often and whenever the returned function is called
        (from the event loop's thread). One process runs it `at_once` times at the same time."""
        ...

    def failures(self) -> dict[str, int]:
        """Failures in a row by step, in this process, for readiness."""
        ...

    def stop(self) -> None:
        """Let each step end and begin no other: cancelling one might cut a commit."""
        ...

    async def open(self) -> None:
        """Make `defer` possible; a process that only defers needs no more."""
        ...

    async def close(self) -> None: ...

    async def defer(self, name: str) -> None:
        """Have the step run soon. While it waits for its run, asking again changes nothing."""
        ...

    async def defer_at(self, name: str, at: datetime) -> None:
        """Have the step run at a moment, instead of any that was set before."""
        ...

    async def cancel(self, name: str) -> bool:
        """Take back `defer_at`; whether there was anything to take back."""
        ...

    async def run_worker(self) -> None:
        """Run what is due, until `stop` or until cancelled."""
        ...

    async def sweep(self) -> int:
        """Mend what went missing or died with its process; how many triggers had to be."""
        ...
