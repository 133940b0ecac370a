"""Gathers what several tasks ask for in the same moment into one run, so that they share a
transaction and its commit.

Whoever comes first starts at once, and what comes meanwhile is the next run; only that next run may
wait a moment for company. It knows neither the database nor what is asked.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from hub.logs import get_log

_log = get_log("gathering")
_MOST_AT_ONCE = 64

Item = TypeVar("Item")
Result = TypeVar("Result")


class Gatherer(Generic[Item, Result]):
    """`run` gets items in the order of their coming and gives one result for each.

    It must leave nothing behind when it raises: the items are then run again one by one, so that
    one of them spoils nothing for the others. `linger_seconds` is how long a run waits for company
    when another has just ended; a lone item after a rest never waits.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]],
        most: int = _MOST_AT_ONCE,
        linger_seconds: float = 0.0,
    ) -> None:
        self._run = run
        self._most = most
        self._linger = linger_seconds
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._worker: asyncio.Task[None] | None = None

    async def do(self, item: Item) -> Result:
        """The result for this item, or the error that it raises when it is run alone."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        self._waiting.append((item, future))
        if self._worker is None or self._worker.done() or self._worker.get_loop() is not loop:
            self._worker = loop.create_task(self._work())
        return await future

    async def _work(self) -> None:
        has_run = False
        while self._waiting:
            if has_run and self._linger and len(self._waiting) < self._most:
                await asyncio.sleep(self._linger)
            has_run = True
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            try:
                await self._run_batch(batch)
            finally:  # cancelled in the middle: nobody may wait for ever
                for _, future in batch:
                    future.cancel()

    async def _run_batch(self, batch: Sequence[tuple[Item, "asyncio.Future[Result]"]]) -> None:
        try:
            results = await self._run([item for item, _ in batch])
        except Exception as error:  # handed to whoever asked
            if len(batch) > 1:
                _log.warning("run_one_by_one", error=type(error).__name__, items=len(batch))
                for each in batch:
                    await self._run_batch([each])
            elif not batch[0][1].done():
                batch[0][1].set_exception(error)
            return
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)
