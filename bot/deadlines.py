"""Time limits of many tasks at once, kept by one timer.

`asyncio.timeout` sets a timer and takes it back for each use, which costs as much as to write a
request. Where nearly all end in time and allow the same, one timer is enough.
"""

import asyncio
from types import TracebackType
from typing import Self


class Deadlines:
    """For the tasks of one event loop."""

    def __init__(self) -> None:
        self._open: set[Deadline] = set()
        self._timer: asyncio.TimerHandle | None = None

    def within(self, seconds: float) -> "Deadline":
        """As `asyncio.timeout`, for `with`: what takes longer is cancelled and is a
        `TimeoutError`."""
        return Deadline(self, seconds)

    def add(self, deadline: "Deadline") -> None:
        self._open.add(deadline)
        if self._timer is None or deadline.at < self._timer.when() or self._timer.cancelled():
            self._look_at(deadline.at)

    def remove(self, deadline: "Deadline") -> None:
        self._open.discard(deadline)

    def _look_at(self, moment: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(moment, self._look)

    def _look(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        for each in [each for each in self._open if each.at <= now]:
            self._open.discard(each)
            each.end()
        if self._open:
            self._look_at(min(each.at for each in self._open))


class Deadline:
    __slots__ = ("_book", "_cancelled_before", "_is_over", "_task", "at")

    def __init__(self, book: Deadlines, seconds: float) -> None:
        self._book = book
        self.at = asyncio.get_running_loop().time() + seconds
        self._is_over = False

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a deadline is for a task")
        self._task, self._cancelled_before = task, task.cancelling()
        self._book.add(self)
        return self

    def end(self) -> None:
        self._is_over = True
        self._task.cancel()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._book.remove(self)
        if not self._is_over:
            return
        # Whoever else cancelled the task meanwhile wants more than an end to this.
        is_ours_alone = self._task.uncancel() <= self._cancelled_before
        if is_ours_alone and kind is not None and issubclass(kind, asyncio.CancelledError):
            raise TimeoutError from error
