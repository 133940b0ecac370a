"""The one place that sends: claim, commit, call the provider with no database held, record.

Lanes are asked in order, so replies go ahead of broadcasts; one bucket a channel sets the pace.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic

from bot.channels.base import Channel
from bot.deadlines import Deadlines
from bot.lanes import Accepted, Claim, Lane
from bot.messages import Fault, Receipt, SendError, SendOutcome
from bot.rates import Pace
from bot.recording import Line
from hub.clock import Clock
from hub.failpoints import hit
from hub.logs import get_log

_log = get_log("sender")
_ACCOUNT_PAUSE_SECONDS = 30.0
_CALL_SECONDS = 20.0
# Bulk is claimed in few large transactions: when half of the window is free, or a quarter where
# that takes long. What is free of a window whose calls end one by one waits a little for company.
_CROWDED_SECONDS = 0.05
_COMPANY_SECONDS = 0.03
_PACED_SECONDS = 0.1  # where the rate holds it back
# What the rate holds back anyway does not begin while a reply is under way, which it would hold up.
_ASIDE_SECONDS = 0.05
_LONGEST_WAIT_SECONDS = 0.02
_HELD_BACK_SECONDS = 0.05
# Clocks of several machines differ a little: we let go of a claim before others may take it up.
_SAFETY_SECONDS = 1.0
_NEVER_CALLED = SendError(
    SendOutcome.RETRY, Fault.NETWORK, "It was not sent in time and is tried again."
)


@dataclass(eq=False, slots=True)
class _Hold:
    """A claim, and until when it is ours alone (seconds of the monotonic clock)."""

    line: Line
    claim: Claim
    until: float


@dataclass
class Sender:
    """Sends for one channel. `step` fits `hub.jobs`: it returns whether it found anything to do.

    `in_flight` is the most messages that are claimed and not yet recorded: if this process is
    killed, no more than those are in doubt.
    """

    channel: Channel
    lanes: Sequence[Lane]
    bucket: Pace
    in_flight: int
    clock: Clock
    time: Callable[[], float] = monotonic
    wake: Callable[[], None] = lambda: None  # there may be something to send
    go_on: Callable[[], None] = lambda: None  # a send has ended: there is room for another
    _running: dict[asyncio.Task[Accepted | None], _Hold] = field(default_factory=dict)
    _lines: dict[int, Line] = field(default_factory=dict)
    _deadlines: Deadlines = field(default_factory=Deadlines)
    _has_room: asyncio.Event = field(default_factory=asyncio.Event)
    _wanted: int = 0  # how much of the window the step waits for
    _bulk_at: float = float("-inf")
    _freed_at: float = float("-inf")  # when the first call ended since the last claim of bulk
    _is_held_back: bool = False  # something waits, and the rate lets nothing more of it go
    _is_nudged: bool = False  # since the step began
    _is_crowded: bool = False  # what is free of the window is too little for a claim of bulk
    _is_gathering: bool = False  # the rate lets some of it go, too few for a claim
    _has_more: bool = False  # a claim of this step filled the window: the rate held nothing back

    @property
    def is_bulk(self) -> bool:
        return all(lane.is_bulk for lane in self.lanes)

    @property
    def under_way(self) -> int:
        """How many are claimed and not yet recorded."""
        return sum(line.held + line.waiting for line in self._lines.values())

    async def step(self) -> bool:
        self._is_held_back = self._is_gathering = self._is_nudged = self._is_crowded = False
        self._has_more = False
        found = 0
        for lane in self.lanes:
            found += await self._start(lane)
        goes_on = found > 0 or self._is_crowded or self.under_way >= self.in_flight
        if any(line.waiting and not line.calls for line in self._reply_lines):
            return True  # it ended while bulk was seen to, and the person's next one waits for it
        if self.under_way:
            await self._wait_for_room()
        elif self._is_gathering:
            await self._wait(_PACED_SECONDS / 2)
            self.go_on()
        return goes_on

    async def patient_step(self) -> bool:
        """A step that also says yes where the rate holds messages back, after a rest: for an engine
        that does not come again by itself as soon as a step found nothing."""
        if await self.step():
            return True
        if self._is_held_back:
            await asyncio.sleep(_HELD_BACK_SECONDS)
        return self._is_held_back

    def nudge(self) -> None:
        """There is something to send that should not wait until there is room for bulk."""
        self._is_nudged = True
        self._has_room.set()
        self.wake()

    async def drain(self) -> None:
        """Wait for the sends under way and their results, at shutdown."""
        while self._running:
            await asyncio.wait(self._running)
        for line in self._lines.values():
            await line.drain()

    async def renew(self) -> None:
        """Keep what is under way from being taken for a dead process's."""
        for lane in self.lanes:
            began = self.time()
            ours = {
                hold.claim.send_id: hold
                for hold in self._running.values()
                if hold.line.lane is lane and began < hold.until
            }
            renewed = await lane.renew(sorted(ours), self.clock.now()) if ours else set()
            for send_id in renewed:
                ours[send_id].until = _end_of_lease(lane, began)

    async def _wait_for_room(self) -> None:
        """Until enough of the window is free again, or nothing is under way; never for long. Each
        step looks into the database, so there must not be one for every message.

        Where enough is free already, since calls ended while the database claimed, the next claim
        of what there is begins beside the calls of this one."""
        enough = self._enough(self.time())
        if self._room >= enough and self._has_more:
            return
        self._wanted = enough if self._room < enough else self.in_flight
        await self._wait(_LONGEST_WAIT_SECONDS)

    async def _wait(self, seconds: float) -> None:
        if self._is_nudged:
            return
        self._has_room.clear()
        timer = asyncio.get_running_loop().call_later(seconds, self._has_room.set)
        try:
            await self._has_room.wait()
        finally:
            timer.cancel()

    @property
    def _room(self) -> int:
        """What of the window is free once all that was accepted is recorded."""
        return self.in_flight - sum(line.held for line in self._lines.values())

    def _room_beside(self, accepted: Sequence[Accepted]) -> int:
        """How many may be claimed by a claim that records just these."""
        return self.in_flight - self.under_way + len(accepted)

    @property
    def _half(self) -> int:
        return (self.in_flight + 1) // 2

    @property
    def _reply_lines(self) -> list[Line]:
        return [line for line in self._lines.values() if not line.lane.is_bulk]

    @property
    def _has_replies(self) -> bool:
        return any(line.held or line.waiting for line in self._reply_lines)

    def _line_of(self, lane: Lane) -> Line:
        line = self._lines.get(id(lane))
        if line is None:
            line = self._lines[id(lane)] = Line(lane, self._make_room)
        return line

    async def _start(self, lane: Lane) -> int:
        line = self._line_of(lane)
        accepted, is_recorded, found = line.take(), False, 0
        try:
            room = self._room_beside(accepted)
            granted = await self._grant(lane, room)
            if granted:
                found = await self._claim(line, granted, accepted)
                is_recorded = True
                self._has_more |= found == room
        finally:
            line.put_back(accepted, is_recorded=is_recorded)
        # There is nothing to wait for, but a reply that is under way goes first at the database.
        if not line.calls and not (lane.is_bulk and self._has_replies):
            await line.flush()
        return found

    async def _claim(self, line: Line, granted: int, accepted: Sequence[Accepted]) -> int:
        began = self.time()
        claims = await line.lane.claim(self.channel.name, granted, self.clock.now(), accepted)
        if line.lane.is_bulk:
            self._bulk_at = self.time()
        line.calls += len(claims)
        until = _end_of_lease(line.lane, began)
        for claim in claims:
            hold = _Hold(line, claim, until)
            task = asyncio.create_task(self._send(hold))
            self._running[task] = hold
            task.add_done_callback(self._ended)
        await self.bucket.give_back(granted - len(claims))
        return len(claims)

    async def _grant(self, lane: Lane, room: int) -> int:
        now = self.time()
        if lane.is_bulk and self._should_gather(room, now):
            self._is_crowded = True
            return 0
        if room <= 0 or not await lane.is_waiting(self.channel.name, self.clock.now()):
            return 0
        granted = await self.bucket.take(room, now, bulk=lane.is_bulk)
        self._is_held_back |= granted == 0
        if not lane.is_bulk or granted >= min(room, self._half):
            return granted
        if now - self._bulk_at >= self._pause():
            return granted
        await self.bucket.give_back(granted)
        self._is_held_back = True
        self._is_gathering = granted > 0
        return 0

    def _should_gather(self, room: int, now: float) -> bool:
        """Whether so little is free that a claim of bulk waits for more."""
        until = max(self._bulk_at + _CROWDED_SECONDS, self._freed_at + _COMPANY_SECONDS)
        return room < self._enough(now) and now < until

    def _enough(self, now: float) -> int:
        """How much of the window is worth a claim of bulk."""
        parts = 2 if now < self._bulk_at + _CROWDED_SECONDS else 4
        return -(-self.in_flight // parts)

    def _pause(self) -> float:
        """How long after the last claim of bulk the few that the rate lets go may be claimed."""
        return _PACED_SECONDS + _ASIDE_SECONDS if self._has_replies else _PACED_SECONDS

    def _ended(self, task: "asyncio.Task[Accepted | None]") -> None:
        accepted = None
        if not task.cancelled() and task.exception() is not None:
            # The row stays `sending` until its lease ends, then is in doubt: not lost, not resent.
            _log.error("record_failed", error=type(task.exception()).__name__)
        elif not task.cancelled():
            accepted = task.result()
        self._running.pop(task).line.end_call(accepted)
        if self._freed_at <= self._bulk_at:
            self._freed_at = self.time()
        self._make_room()

    def _make_room(self) -> None:
        if self._room >= self._wanted:
            self._has_room.set()
        self.go_on()

    async def _send(self, hold: _Hold) -> Accepted | None:
        lane, claim = hold.line.lane, hold.claim
        hit("sender.before_call")
        if self.time() >= hold.until:
            await self._let_go(lane, claim)
            return None
        try:
            provider_id = await self._call(claim)
        except SendError as error:
            await self._slow_down(error)
            _log.info(
                "send_failed", send=claim.send_id, outcome=error.outcome, code=error.code or "-"
            )
            await lane.record_error(claim, error, self.clock.now())
            return None
        hit("sender.after_call")
        return Accepted(claim, provider_id, self.clock.now())

    async def _let_go(self, lane: Lane, claim: Claim) -> None:
        """This process was stopped for so long that the person may have opted out since, or others
        have called the message doubtful. Only we know that it was not sent."""
        _log.warning("lease_over", send=claim.send_id)
        await lane.record_error(claim, _NEVER_CALLED, self.clock.now())
        await lane.settle(claim, None, self.clock.now())

    async def _call(self, claim: Claim) -> str:
        try:
            with self._deadlines.within(_CALL_SECONDS):
                return await self.channel.send(claim.address, claim.message, send_id=claim.send_id)
        except TimeoutError as error:
            raise SendError(
                SendOutcome.IN_DOUBT, Fault.NETWORK, "The provider did not answer in time."
            ) from error

    async def _slow_down(self, error: SendError) -> None:
        if error.freezes_channel:
            pause = error.retry_after or _ACCOUNT_PAUSE_SECONDS
            await self.bucket.freeze(pause, self.time())


def _end_of_lease(lane: Lane, began: float) -> float:
    return began + lane.lease.total_seconds() - _SAFETY_SECONDS


async def fold_receipts(lanes: Sequence[Lane], receipts: Sequence[Receipt], clock: Clock) -> int:
    """Give receipts to the lane whose messages they are about; return how many nobody knows."""
    left = list(receipts)
    for lane in lanes:
        if left:
            left = await lane.record_receipts(left, clock.now())
    return len(left)
