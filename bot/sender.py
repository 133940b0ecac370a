"""The one place that sends: claim, commit, call the provider with no database held, record.

Lanes are asked in order, so replies go ahead of broadcasts; one bucket a channel sets the pace.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic

from bot.channels.base import Channel
from bot.lanes import Claim, Lane
from bot.messages import Fault, Receipt, SendError, SendOutcome
from bot.rates import Bucket
from hub.clock import Clock
from hub.failpoints import hit
from hub.logs import get_log

_log = get_log("sender")
_ACCOUNT_PAUSE_SECONDS = 30.0
_CALL_SECONDS = 20.0
# Bulk is claimed in few large transactions: when half of the window is free, else some time after
# the last claim. Where the rate holds it back that is soon; where calls hang, it is later.
_PACED_SECONDS = 0.02
_CROWDED_SECONDS = 0.25
_LONGEST_WAIT_SECONDS = 0.02


@dataclass
class Sender:
    """Sends for one channel. `step` fits `hub.jobs`: it returns whether it found anything to do.

    `in_flight` is the most messages that are claimed and not yet recorded: if this process is
    killed, no more than those are in doubt.
    """

    channel: Channel
    lanes: Sequence[Lane]
    bucket: Bucket
    in_flight: int
    clock: Clock
    time: Callable[[], float] = monotonic
    wake: Callable[[], None] = lambda: None
    _running: set[asyncio.Task[None]] = field(default_factory=set)
    _room: asyncio.Event = field(default_factory=asyncio.Event)
    _wanted: int = 0  # how much of the window the step waits for
    _bulk_at: float = float("-inf")

    async def step(self) -> bool:
        found = 0
        for lane in self.lanes:
            found += await self._start(lane)
        if self._running:
            await self._wait_for_room()
        return found > 0 or len(self._running) >= self.in_flight

    async def drain(self) -> None:
        """Wait for the sends under way, at shutdown."""
        while self._running:
            await asyncio.wait(self._running)

    async def _wait_for_room(self) -> None:
        """Until half of the window is free again, or nothing is under way; never for long. Each
        step looks into the database, so there must not be one for every message."""
        self._wanted = self._half if self._free < self._half else self.in_flight
        self._room.clear()
        timer = asyncio.get_running_loop().call_later(_LONGEST_WAIT_SECONDS, self._room.set)
        try:
            await self._room.wait()
        finally:
            timer.cancel()

    @property
    def _free(self) -> int:
        return self.in_flight - len(self._running)

    @property
    def _half(self) -> int:
        return (self.in_flight + 1) // 2

    async def _start(self, lane: Lane) -> int:
        granted = self._grant(lane)
        if granted == 0:
            return 0
        claims = await lane.claim(self.channel.name, granted, self.clock.now())
        if lane.is_bulk:
            self._bulk_at = self.time()
        self.bucket.give_back(granted - len(claims))
        for claim in claims:
            task = asyncio.create_task(self._send(lane, claim))
            self._running.add(task)
            task.add_done_callback(self._ended)
        return len(claims)

    def _grant(self, lane: Lane) -> int:
        free, now = self._free, self.time()
        granted = self.bucket.take(free, now, bulk=lane.is_bulk) if free > 0 else 0
        if not lane.is_bulk or granted >= self._half:
            return granted
        pause = _CROWDED_SECONDS if granted == free else _PACED_SECONDS
        if now - self._bulk_at >= pause or not self._running:
            return granted
        self.bucket.give_back(granted)
        return 0

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        if not task.cancelled() and task.exception() is not None:
            # The row stays `sending` until its lease ends, then is in doubt: not lost, not resent.
            _log.error("record_failed", error=type(task.exception()).__name__)
        if self._free >= self._wanted:
            self._room.set()
        self.wake()

    async def _send(self, lane: Lane, claim: Claim) -> None:
        hit("sender.before_call")
        try:
            provider_id = await self._call(claim)
        except SendError as error:
            self._slow_down(error)
            _log.info(
                "send_failed", send=claim.send_id, outcome=error.outcome, code=error.code or "-"
            )
            await lane.record_error(claim, error, self.clock.now())
            return
        hit("sender.after_call")
        await lane.record_accepted(claim, provider_id, self.clock.now())

    async def _call(self, claim: Claim) -> str:
        try:
            async with asyncio.timeout(_CALL_SECONDS):
                return await self.channel.send(claim.address, claim.message, send_id=claim.send_id)
        except TimeoutError as error:
            raise SendError(
                SendOutcome.IN_DOUBT, Fault.NETWORK, "The provider did not answer in time."
            ) from error

    def _slow_down(self, error: SendError) -> None:
        if error.freezes_channel:
            pause = error.retry_after or _ACCOUNT_PAUSE_SECONDS
            self.bucket.freeze(pause, self.time())


async def fold_receipts(lanes: Sequence[Lane], receipts: Sequence[Receipt], clock: Clock) -> int:
    """Give receipts to the lane whose messages they are about; return how many nobody knows."""
    left = list(receipts)
    for lane in lanes:
        if left:
            left = await lane.record_receipts(left, clock.now())
    return len(left)
