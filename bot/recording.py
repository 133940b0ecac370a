"""What providers accepted, on its way into the ledger: with the next claim, else a moment later.

A transaction costs as much for one result as for thirty, and each claim opens one anyway.
"""

import asyncio
from collections.abc import Callable, Sequence

from bot.lanes import Accepted, Lane
from hub.logs import get_log

_log = get_log("sender")
# How long a result waits for a claim or for company, where the sender does not come by earlier. A
# person's next reply waits for the one before; nothing waits for an update's copy.
_SECONDS = 0.01
_BULK_SECONDS = 0.05


class Line:
    """What of a lane is under way. Each of it may be in doubt if this process dies.

    `calls` are claims whose call has not ended. `recorded` is told when results are in the ledger,
    which lets the next message of a person go.
    """

    def __init__(self, lane: Lane, recorded: Callable[[], None]) -> None:
        self.lane = lane
        self.calls = 0
        self._recorded = recorded
        self._seconds = _BULK_SECONDS if lane.is_bulk else _SECONDS
        self._accepted: list[Accepted] = []
        self._since = 0.0  # the time of the loop when the first of them came
        self._taken = 0
        self._timer: asyncio.TimerHandle | None = None
        self._flushing: set[asyncio.Task[None]] = set()

    @property
    def held(self) -> int:
        """What is certainly under way until somebody says otherwise."""
        return self.calls + self._taken

    @property
    def waiting(self) -> int:
        """What the next claim records."""
        return len(self._accepted)

    def end_call(self, accepted: Accepted | None) -> None:
        self.calls -= 1
        if accepted is None:
            return
        if not self._accepted:
            self._since = asyncio.get_running_loop().time()
        self._accepted.append(accepted)
        self._set_timer()

    def take(self) -> list[Accepted]:
        """All that waits. It must come back by `put_back`, if only what could not be recorded."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        taken, self._accepted = self._accepted, []
        self._taken += len(taken)
        return taken

    def put_back(self, taken: Sequence[Accepted], *, is_recorded: bool) -> None:
        self._taken -= len(taken)
        if not taken:
            return
        if is_recorded:
            self._recorded()
        else:
            self._accepted[:0] = taken
            self._set_timer()

    async def flush(self) -> None:
        taken = self.take()
        try:
            if taken:
                await self._record(taken)
        finally:
            self.put_back(taken, is_recorded=True)

    async def drain(self) -> None:
        await self.flush()
        if self._flushing:
            await asyncio.wait(self._flushing)

    async def _record(self, taken: Sequence[Accepted]) -> None:
        """One that cannot be recorded must not keep the others from it. Its row stays `sending`
        until its lease ends, then is in doubt: not lost, not sent again."""
        try:
            await self.lane.record_accepted(taken)
        except Exception as error:  # of whatever database
            if len(taken) == 1:
                _log.error("record_failed", error=type(error).__name__)
                return
            _log.warning("recorded_one_by_one", error=type(error).__name__, results=len(taken))
            for each in taken:
                await self._record([each])

    def _set_timer(self) -> None:
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(self._since + self._seconds, self._flush_soon)

    def _flush_soon(self) -> None:
        self._timer = None
        task = asyncio.get_running_loop().create_task(self.flush())
        self._flushing.add(task)
        task.add_done_callback(self._flushing.discard)
