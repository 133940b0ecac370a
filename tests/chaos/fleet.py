"""The processes of one run: started, watched, killed with kill -9, and started again at once.

They are forked from a server that has imported everything, so that a start takes no time.
"""

import asyncio
import contextlib
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from multiprocessing.context import ForkServerProcess
from multiprocessing.process import BaseProcess
from typing import Any

from tests.chaos.costs import spent_by
from tests.chaos.worker import Orders, work

_LOOK_SECONDS = 0.01
_ORDERLY = (0, -signal.SIGTERM)  # the latter before it had begun
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.chaos.preload"])


def start(target: Callable[..., None], *arguments: Any) -> ForkServerProcess:
    process = CONTEXT.Process(target=target, args=arguments, daemon=True)
    process.start()
    return process


def warm_up() -> None:
    """Start the server that processes are forked from. Whoever starts the first one waits until it
    has imported everything, and nothing else goes on in the meantime."""
    start(_do_nothing).join()


def _do_nothing() -> None:
    pass


async def ended(process: BaseProcess) -> int:
    while process.exitcode is None:
        await asyncio.sleep(_LOOK_SECONDS)
    return process.exitcode


async def kill(process: BaseProcess) -> None:
    process.kill()
    await ended(process)


@dataclass
class Place:
    """Where one process at a time does its work."""

    orders: Orders
    process: BaseProcess
    spent: float = 0.0  # seconds of processor time, of all who were here
    _seen: float = 0.0

    def begin_again(self) -> None:
        self.process, self._seen = start(work, self.orders), 0.0

    def look(self) -> None:
        """Whoever is killed cannot be asked afterwards."""
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            seen = spent_by(self.process.pid or 0)
            self.spent, self._seen = self.spent + seen - self._seen, seen


@dataclass
class Fleet:
    """`deaths` are armed failpoints, which the starts of senders take in order."""

    note: Callable[..., None]
    deaths: deque[str]
    places: dict[str, Place] = field(default_factory=dict)
    died_at: list[str] = field(default_factory=list)  # the failpoints that were met
    senders_lost: int = 0
    senders_frozen: int = 0
    strange_ends: list[str] = field(default_factory=list)
    _killed: set[int | None] = field(default_factory=set)
    _relieved: set[int | None] = field(default_factory=set)

    def add(self, orders: Orders) -> None:
        self.places[orders.name] = Place(orders, start(work, orders))

    def arm(self, orders: Orders) -> Orders:
        takes = orders.sends and self.deaths
        return replace(orders, failpoint=self.deaths.popleft() if takes else None)

    def kill(self, name: str) -> None:
        process = self.places[name].process
        if process.exitcode is None:
            self._killed.add(process.pid)
            process.kill()

    def relieve(self, name: str) -> None:
        """Ask it to end."""
        process = self.places[name].process
        if process.exitcode is None and process.pid not in self._killed:
            self._relieved.add(process.pid)
            process.terminate()

    async def freeze(self, name: str, seconds: float) -> None:
        """It stands still for so long, as when its machine sleeps or is moved."""
        process = self.places[name].process
        if process.exitcode is not None or process.pid is None:
            return
        self.senders_frozen += 1
        _signal(process, signal.SIGSTOP)
        await asyncio.sleep(seconds)
        _signal(process, signal.SIGCONT)

    async def watch(self) -> None:
        """Until cancelled, begin again whatever ended."""
        while True:
            for place in self.places.values():
                place.look()
                if place.process.exitcode is not None:
                    self._bury(place)
                    place.orders = self.arm(place.orders)
                    place.begin_again()
            await asyncio.sleep(_LOOK_SECONDS)

    async def end(self) -> None:
        for place in self.places.values():
            place.look()
            await kill(place.process)

    def _bury(self, place: Place) -> None:
        orders, process = place.orders, place.process
        is_relieved = process.pid in self._relieved and process.exitcode in _ORDERLY
        if orders.sends and not is_relieved:
            self.senders_lost += 1
        if is_relieved or process.pid in self._killed:
            why = "relieved" if is_relieved else "killed"
            if orders.failpoint is not None:  # it never came to it: another will
                self.deaths.appendleft(orders.failpoint)
        elif process.exitcode == -signal.SIGKILL and orders.failpoint is not None:
            why = orders.failpoint
            self.died_at.append(why.partition(":")[0])
        else:
            why = f"ended with {process.exitcode}"
            self.strange_ends.append(f"{orders.name} {why}")
        self.note("died", process=orders.name, why=why)


def _signal(process: BaseProcess, number: signal.Signals) -> None:
    if process.exitcode is None and process.pid is not None:
        os.kill(process.pid, number)
