"""The inbox: every inbound message is stored once, before its ack, and taken in order per person.

Nothing is decided here. A message leaves the inbox only through `bot.turns`, which ends it in the
same transaction that writes the replies.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Select, and_, exists, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.addresses import person_index
from bot.messages import Coordinates, Inbound, InboundKind
from bot.models import InboxRow
from bot.text import clean
from hub.clock import Clock
from hub.database import Database, insert_if_new, new_id
from hub.failpoints import hit
from hub.logs import get_log
from hub.vault import UnreadableValueError, Vault

_log = get_log("inbox")

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 3


class InboxState(StrEnum):
    RECEIVED = "received"
    PROCESSING = "processing"
    ANSWERED = "answered"
    IGNORED = "ignored"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Work:
    """A message that this process has claimed; `attempt` fences against a slower twin."""

    id: str
    person: bytes
    inbound: Inbound
    attempt: int
    received_at: datetime


class Inbox:
    def __init__(
        self,
        database: Database,
        vault: Vault,
        clock: Clock,
        locate: Callable[[Coordinates], str | None],
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._locate = locate
        self.wake: Callable[[], None] = lambda: None

    async def receive(self, messages: Sequence[Inbound]) -> int:
        """Store what is new and commit; return how many were new. Acknowledge only after this."""
        if not messages:
            return 0
        async with self._database.write() as session:
            stored = [await self._store(session, message) for message in messages]
            hit("inbox.before_commit")
        hit("inbox.after_commit")
        self.wake()
        return sum(stored)

    async def claim(self) -> Work | None:
        """Take the oldest message whose person has no earlier one open; count the attempt first."""
        now = self._clock.now()
        async with self._database.write() as session:
            row = await session.scalar(_next_due(now))
            if row is None:
                return None
            row.state = InboxState.PROCESSING
            row.attempts += 1
            row.lease_until = now + LEASE
        hit("inbox.claimed")
        try:
            return self._open(row)
        except UnreadableValueError:
            _log.error("inbox_unreadable", inbound=row.id)
            await self._quarantine(row.id)
            return await self.claim()

    async def put_back(self, work: Work) -> None:
        """Give a message back after a failure, to be tried again a little later."""
        due = self._clock.now() + timedelta(seconds=2**work.attempt)
        async with self._database.write() as session:
            await session.execute(
                update(InboxRow)
                .where(
                    InboxRow.id == work.id,
                    InboxRow.state == InboxState.PROCESSING,
                    InboxRow.attempts == work.attempt,
                )
                .values(state=InboxState.RECEIVED, due_at=due, lease_until=None)
            )

    async def recover(self, *, everything: bool) -> int:
        """Reopen messages whose worker died (all claimed ones, when no other worker can live)."""
        now = self._clock.now()
        over = true() if everything else InboxRow.lease_until < now
        async with self._database.write() as session:
            result = await session.execute(
                update(InboxRow)
                .where(InboxRow.state == InboxState.PROCESSING, over)
                .values(state=InboxState.RECEIVED, lease_until=None)
                .returning(InboxRow.id)
            )
            return len(result.all())

    async def forget(self, before: datetime) -> int:
        """Drop the payloads of ended messages older than `before`; ids stay, against replays."""
        ended = [InboxState.ANSWERED, InboxState.IGNORED, InboxState.QUARANTINED]
        async with self._database.write() as session:
            result = await session.execute(
                update(InboxRow)
                .where(
                    InboxRow.state.in_(ended),
                    InboxRow.received_at < before,
                    InboxRow.payload_sealed.is_not(None),
                )
                .values(payload_sealed=None, person_index=None)
                .returning(InboxRow.id)
            )
            return len(result.all())

    async def open_count(self) -> int:
        async with self._database.read() as session:
            query = select(func.count()).where(
                InboxRow.state.in_([InboxState.RECEIVED, InboxState.PROCESSING])
            )
            return await session.scalar(query) or 0

    async def _quarantine(self, row_id: str) -> None:
        """A row that does not open would stop its person's queue for ever (F-18)."""
        async with self._database.write() as session:
            await session.execute(
                update(InboxRow)
                .where(InboxRow.id == row_id)
                .values(
                    state=InboxState.QUARANTINED,
                    reason="unreadable",
                    ended_at=self._clock.now(),
                    lease_until=None,
                )
            )

    async def _store(self, session: AsyncSession, message: Inbound) -> bool:
        row_id, now = new_id(), self._clock.now()
        payload = _encode(self._reduce(message))
        return await insert_if_new(
            session,
            InboxRow,
            id=row_id,
            channel=message.channel,
            message_id=message.message_id,
            person_index=person_index(self._vault, message.channel, message.address),
            payload_sealed=self._vault.seal("inbox", "payload", row_id, payload),
            state=InboxState.RECEIVED,
            attempts=0,
            received_at=now,
            due_at=now,
        )

    def _reduce(self, message: Inbound) -> Inbound:
        """Coordinates become a district before anything is written (HUM-04)."""
        if message.coordinates is None:
            return message
        return replace(message, coordinates=None, area=self._locate(message.coordinates))

    def _open(self, row: InboxRow) -> Work:
        if row.payload_sealed is None or row.person_index is None:
            raise UnreadableValueError(f"inbox.payload of row {row.id}: no longer kept")
        payload = self._vault.open("inbox", "payload", row.id, row.payload_sealed)
        try:
            inbound = _decode(row.channel, row.message_id, payload)
        except (ValueError, KeyError, TypeError) as error:
            raise UnreadableValueError(f"inbox.payload of row {row.id}: malformed") from error
        return Work(row.id, row.person_index, inbound, row.attempts, row.received_at)


async def end_message(
    session: AsyncSession,
    work: Work,
    state: InboxState,
    reason: str | None,
    now: datetime,
    *,
    forget: bool = False,
) -> bool:
    """Close the message within the caller's transaction; False if another worker has it by now.

    `forget` drops what was said at once: a disclosure is not kept (HUM-29).
    """
    kept = {"payload_sealed": None} if forget else {}
    result = await session.execute(
        update(InboxRow)
        .where(
            InboxRow.id == work.id,
            InboxRow.state == InboxState.PROCESSING,
            InboxRow.attempts == work.attempt,
        )
        .values(state=state, reason=reason, ended_at=now, lease_until=None, **kept)
        .returning(InboxRow.id)
    )
    return result.first() is not None


def _next_due(now: datetime) -> Select[InboxRow]:
    other = aliased(InboxRow)
    earlier_or_running = exists().where(
        other.person_index == InboxRow.person_index,
        or_(
            other.state == InboxState.PROCESSING,
            and_(other.state == InboxState.RECEIVED, other.seq < InboxRow.seq),
        ),
    )
    return (
        select(InboxRow)
        .where(InboxRow.state == InboxState.RECEIVED, InboxRow.due_at <= now, ~earlier_or_running)
        .order_by(InboxRow.seq)
        .limit(1)
        .with_for_update(skip_locked=True, of=InboxRow)
    )


def _encode(message: Inbound) -> str:
    return json.dumps(
        {
            "address": message.address,
            "kind": message.kind,
            "sent_at": message.sent_at.isoformat(),
            "text": clean(message.text),
            "choice": message.choice,
            "area": message.area,
            "language_hint": message.language_hint,
        }
    )


def _decode(channel: str, message_id: str, payload: str) -> Inbound:
    values = json.loads(payload)
    return Inbound(
        channel=channel,
        message_id=message_id,
        address=values["address"],
        kind=InboundKind(values["kind"]),
        sent_at=datetime.fromisoformat(values["sent_at"]),
        text=values["text"],
        choice=values["choice"],
        area=values["area"],
        language_hint=values["language_hint"],
    )
