"""Background loops of one process: named steps, woken or polled; failures are survived.

A loop is only a trigger. The truth is in the database, so a lost or repeated wake-up does no harm.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from hub.logs import get_log

_log = get_log("jobs")
_LONGEST_PAUSE_SECONDS = 30.0
_MOST_DOUBLINGS = 16  # a power of the count alone would overflow after hours of failures

Step = Callable[[], Awaitable[bool]]


@dataclass
class Loop:
    """One loop. `step` returns whether it did work; if so it runs again at once."""

    name: str
    step: Step
    every_seconds: float
    failures: int = 0
    is_stopping: bool = False
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        while not self.is_stopping:
            self.wake.clear()
            if not await self._step() and not self.is_stopping:
                await self._pause()

    async def _step(self) -> bool:
        try:
            worked = await self.step()
        except Exception as error:  # the edge of one job: record, back off, go on
            self.failures += 1
            _log.error(
                "loop_failed", loop=self.name, error=type(error).__name__, times=self.failures
            )
            return False
        self.failures = 0
        return worked

    async def _pause(self) -> None:
        backoff = self.every_seconds * 2.0 ** min(self.failures, _MOST_DOUBLINGS)
        timeout = min(backoff, max(self.every_seconds, _LONGEST_PAUSE_SECONDS))
        try:
            async with asyncio.timeout(timeout):
                await self.wake.wait()
        except TimeoutError:
            return


class Jobs:
    """All loops of this process."""

    def __init__(self) -> None:
        self._loops: dict[str, Loop] = {}

    def add(self, name: str, step: Step, *, every_seconds: float) -> Callable[[], None]:
        """Add a loop; the returned function wakes it (from the event loop's thread)."""
        if name in self._loops:
            raise ValueError(f"two loops named {name!r}")
        loop = self._loops[name] = Loop(name, step, every_seconds)
        return loop.wake.set

    def failures(self) -> dict[str, int]:
        """Failures in a row by loop, for readiness."""
        return {loop.name: loop.failures for loop in self._loops.values() if loop.failures}

    def stop(self) -> None:
        """Let each loop end its step and begin no other: cancelling one might cut a commit."""
        for loop in self._loops.values():
            loop.is_stopping = True
            loop.wake.set()

    async def run(self) -> None:
        """Run every loop until `stop`, or until cancelled."""
        async with asyncio.TaskGroup() as group:
            for loop in self._loops.values():
                group.create_task(loop.run(), name=loop.name)
