"""A sender whose clocks obey, a channel that does as told, and lanes in memory."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.channels.base import Capabilities, Channel, WebhookRequest
from bot.channels.telegram import CAPABILITIES
from bot.lanes import LEASE, Accepted, Claim, Lane
from bot.messages import Inbound, Outbound, Receipt, SendError
from bot.rates import Bucket, Rate
from bot.sender import Sender
from hub.clock import ManualClock
from tests.bot.messages import CHANNEL


@dataclass
class Provider:
    """A channel that keeps what it accepted. `failures` come first, `gate` holds every send."""

    name: str = CHANNEL
    capabilities: Capabilities = CAPABILITIES
    accepted: list[tuple[str, str, str]] = field(default_factory=list)  # address, text, send id
    failures: deque[Exception | None] = field(default_factory=deque)
    by_address: dict[str, deque[Exception | None]] = field(
        default_factory=lambda: defaultdict(deque)
    )
    gate: asyncio.Event | None = None
    under_way: int = 0

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    def verify(self, request: WebhookRequest) -> None: ...

    def parse(self, request: WebhookRequest) -> list[Inbound | Receipt]:
        del request
        return []

    async def acknowledge(self, inbound: Inbound) -> None: ...

    async def send(self, address: str, message: Outbound, *, send_id: str) -> str:
        self.under_way += 1
        try:
            if self.gate is not None:
                await self.gate.wait()
            failures = self.by_address.get(address) or self.failures
            failure = failures.popleft() if failures else None
            if failure is not None:
                raise failure
            self.accepted.append((address, message.text, send_id))
            return f"p-{send_id}"
        finally:
            self.under_way -= 1


@dataclass
class Pace:
    """A sender with time in our hands: the monotonic one and that of the database together."""

    sender: Sender
    clock: ManualClock
    seconds: float = 1_000_000.0

    def advance(self, seconds: float) -> None:
        self.seconds += seconds
        self.clock.advance(timedelta(seconds=seconds))

    async def send_all(self) -> None:
        """Send what may be sent now; a send that ends wakes the sender once more."""
        idle = 0
        while idle < 2:
            idle = 0 if await self.sender.step() else idle + 1
            await self.sender.drain()

    async def send_all_later(self, seconds: float) -> None:
        self.advance(seconds)
        await self.send_all()


def make_pace(
    provider: Channel, lanes: Sequence[Lane], clock: ManualClock, rate: float = 1000.0
) -> Pace:
    sender = Sender(provider, lanes, Bucket(Rate(rate, 0.2)), 16, clock)
    pace = Pace(sender, clock)
    sender.time = lambda: pace.seconds
    return pace


@dataclass
class ListLane:
    """A lane in memory; see `bot.lanes.Lane`."""

    name: str
    is_bulk: bool
    lease: timedelta = LEASE
    waiting: deque[Claim] = field(default_factory=deque)
    accepted: list[str] = field(default_factory=list)
    knows: frozenset[str] = frozenset()
    receipts: list[Receipt] = field(default_factory=list)

    def fill(self, count: int) -> None:
        for number in range(count):
            send_id = f"{self.name}{number}"
            claim = Claim(send_id, CHANNEL, "900000001", Outbound(send_id), 1)
            self.waiting.append(claim)

    async def is_waiting(self, channel: str, now: datetime) -> bool:
        del channel, now
        return bool(self.waiting)

    async def claim(
        self, channel: str, limit: int, now: datetime, accepted: Sequence[Accepted] = ()
    ) -> Sequence[Claim]:
        del channel, now
        await self.record_accepted(accepted)
        return [self.waiting.popleft() for _ in range(min(limit, len(self.waiting)))]

    async def record_accepted(self, accepted: Sequence[Accepted]) -> None:
        self.accepted += [each.claim.send_id for each in accepted]

    async def record_error(self, claim: Claim, error: SendError, now: datetime) -> None:
        del error, now
        self.waiting.append(claim)

    async def record_receipts(self, receipts: Sequence[Receipt], now: datetime) -> list[Receipt]:
        del now
        self.receipts += [each for each in receipts if each.send_id in self.knows]
        return [each for each in receipts if each.send_id not in self.knows]

    async def renew(self, send_ids: Sequence[str], now: datetime) -> set[str]:
        del now
        return set(send_ids)

    async def recover(self, now: datetime, *, everything: bool) -> int:
        del now, everything
        return 0

    async def in_doubt(
        self, channel: str, limit: int, before: datetime
    ) -> Sequence[tuple[Claim, datetime]]:
        del channel, limit, before
        return []

    async def settle(self, claim: Claim, provider_id: str | None, now: datetime) -> None:
        del claim, provider_id, now
