"""What the sender takes messages from: replies (the outbox) and broadcasts (the delivery ledger).

A lane owns its rows and their states; the sender owns pace and the call to the provider.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from bot.messages import Outbound, Receipt, SendError

# How long a claim is believed to be in living hands. A process that is alone finds its dead self's
# claims when it starts; where there are several, the others take them up soon, and each renews its
# own while it lives.
LEASE = timedelta(seconds=60)
SHORT_LEASE = timedelta(seconds=7)


@dataclass(frozen=True, slots=True)
class Claim:
    """One message that this process has committed itself to send (its row is `sending`).

    `attempt` fences: a result is recorded only if the row is still at this attempt.
    """

    send_id: str
    channel: str
    address: str = field(repr=False)
    message: Outbound = field(repr=False)
    attempt: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """A claim that the provider took over, and the id that it gave the message."""

    claim: Claim
    provider_id: str
    at: datetime


class Lane(Protocol):
    name: str
    lease: timedelta
    is_bulk: bool  # bulk lanes leave a share of the rate to replies

    async def is_waiting(self, channel: str, now: datetime) -> bool:
        """Whether anything may be due: asked before each claim, so it must cost little."""
        ...

    async def claim(
        self, channel: str, limit: int, now: datetime, accepted: Sequence[Accepted] = ()
    ) -> Sequence[Claim]:
        """Commit up to `limit` due messages as `sending` and return them; eligibility is checked in
        the same transaction, which also records what was accepted meanwhile."""
        ...

    async def record_accepted(self, accepted: Sequence[Accepted]) -> None:
        """All of it or, where this raises, nothing."""
        ...

    async def record_error(self, claim: Claim, error: SendError, now: datetime) -> None: ...

    async def record_receipts(self, receipts: Sequence[Receipt], now: datetime) -> list[Receipt]:
        """Fold receipts into this lane's rows; return those that are not this lane's."""
        ...

    async def renew(self, send_ids: Sequence[str], now: datetime) -> set[str]:
        """Give claims a new lease; those that still had one. The others are somebody else's."""
        ...

    async def recover(self, now: datetime, *, everything: bool) -> int:
        """Turn claims whose lease is over (or all, when no other sender can live) to `in_doubt`."""
        ...

    async def in_doubt(
        self, channel: str, limit: int, before: datetime
    ) -> Sequence[tuple[Claim, datetime]]:
        """Messages claimed before `before` that nobody knows to be sent or not, oldest first, each
        with the moment of its claim."""
        ...

    async def settle(self, claim: Claim, provider_id: str | None, now: datetime) -> None:
        """End a doubt: found at the provider under this id, or (None) proven absent there."""
        ...
