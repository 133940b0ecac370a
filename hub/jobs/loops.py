"""The engine of one process: a loop for each step, woken or after a pause. See `hub.jobs.port`."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from hub.clock import Clock, SystemClock
from hub.jobs.port import Queue
from hub.jobs.steps import NamedStep, Step


@dataclass
class Loop(NamedStep):
    is_stopping: bool = False
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    appointment: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        while not self.is_stopping:
            self.wake.clear()
            if not await self.attempt() and not self.is_stopping:
                await self._pause()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self.pause_seconds):
                await self.wake.wait()
        except TimeoutError:
            return

    def forget_appointment(self) -> bool:
        is_set = self.appointment is not None and not self.appointment.cancelled()
        if self.appointment is not None:
            self.appointment.cancel()
            self.appointment = None
        return is_set

    def keep_appointment(self) -> None:
        self.appointment = None
        self.wake.set()


class Jobs:
    """All loops of this process. Queues mean nothing here: no loop waits for another."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._loops: dict[str, list[Loop]] = {}

    def add(
        self,
        name: str,
        step: Step,
        *,
        every_seconds: float,
        queue: Queue = Queue.KEEPING,
        at_once: int = 1,
    ) -> Callable[[], None]:
        del queue
        if name in self._loops:
            raise ValueError(f"two loops named {name!r}")
        self._loops[name] = [
            Loop(name if at_once == 1 else f"{name}-{number}", step, every_seconds)
            for number in range(at_once)
        ]
        return lambda: self._wake(name)

    def failures(self) -> dict[str, int]:
        return {loop.name: loop.failures for loop in self._everyone() if loop.failures}

    def stop(self) -> None:
        for loop in self._everyone():
            loop.is_stopping = True
            loop.forget_appointment()
            loop.wake.set()

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def defer(self, name: str) -> None:
        self._wake(name)

    async def defer_at(self, name: str, at: datetime) -> None:
        loop, seconds = self._loops[name][0], (at - self._clock.now()).total_seconds()
        loop.forget_appointment()
        timer = asyncio.get_running_loop()
        loop.appointment = timer.call_later(max(0.0, seconds), loop.keep_appointment)

    async def cancel(self, name: str) -> bool:
        return self._loops[name][0].forget_appointment()

    async def run_worker(self) -> None:
        async with asyncio.TaskGroup() as group:
            for loop in self._everyone():
                group.create_task(loop.run(), name=loop.name)

    async def sweep(self) -> int:
        """A loop ends only with its process: nothing can be missing."""
        return 0

    def _wake(self, name: str) -> None:
        for loop in self._loops[name]:
            loop.wake.set()

    def _everyone(self) -> list[Loop]:
        return [loop for loops in self._loops.values() for loop in loops]
