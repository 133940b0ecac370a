"""The inbox: every inbound message is stored once, before its ack, and taken in order per person.

Nothing is decided here. A message leaves the inbox only through `bot.turns`, which ends it in the
same transaction that writes the replies.
"""

import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import (
    BindParameter,
    Integer,
    Row,
    Table,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from bot.addresses import person_index
from bot.lanes import LEASE
from bot.messages import Coordinates, Inbound, InboundKind
from bot.models import InboxRow
from bot.text import clean
from bot.withheld import IsPublished, withhold
from hub.clock import Clock
from hub.database import Database, insert_new, new_id
from hub.failpoints import hit
from hub.gathering import Gatherer
from hub.logs import get_log
from hub.vault import UnreadableValueError, Vault

_log = get_log("inbox")

MOST_ATTEMPTS = 3
# How long a claim, and a turn's end, wait for others to share their transaction, while many come.
COMPANY_SECONDS = 0.02


class InboxState(StrEnum):
    RECEIVED = "received"
    PROCESSING = "processing"
    ANSWERED = "answered"
    IGNORED = "ignored"
    QUARANTINED = "quarantined"


# The table itself, where the objects of SQLAlchemy would cost more than the statement.
_TABLE = cast("Table", InboxRow.__table__)
_MOMENT = _TABLE.c.due_at.type
_IDS: BindParameter[Sequence[str]] = bindparam("ids", expanding=True)

# Statements made once: to make them anew takes longer than to carry them out.
_OTHER = _TABLE.alias()
# The oldest due messages, at most one of each person and none of a person being answered.
_NEXT_DUE = (
    select(
        InboxRow.seq,
        InboxRow.id,
        InboxRow.channel,
        InboxRow.message_id,
        InboxRow.person_index,
        InboxRow.payload_sealed,
        InboxRow.attempts,
        InboxRow.received_at,
    )
    .where(
        InboxRow.state == InboxState.RECEIVED,
        InboxRow.due_at <= bindparam("now", type_=_MOMENT),
        ~exists().where(
            _OTHER.c.person_index == _TABLE.c.person_index,
            or_(
                _OTHER.c.state == InboxState.PROCESSING,
                and_(_OTHER.c.state == InboxState.RECEIVED, _OTHER.c.seq < _TABLE.c.seq),
            ),
        ),
    )
    .order_by(InboxRow.seq)
    .limit(bindparam("most", type_=Integer()))
    .with_for_update(skip_locked=True, of=InboxRow)
)
_TAKE = (
    update(_TABLE)
    .where(_TABLE.c.seq.in_(bindparam("numbers", expanding=True)))
    .values(
        state=InboxState.PROCESSING,
        attempts=_TABLE.c.attempts + 1,
        lease_until=bindparam("until", type_=_MOMENT),
    )
)
_HELD = (
    select(_TABLE.c.id, _TABLE.c.attempts)
    .where(_TABLE.c.id.in_(_IDS), _TABLE.c.state == InboxState.PROCESSING)
    .with_for_update()
)
_END = (
    update(_TABLE)
    .where(_TABLE.c.id.in_(_IDS))
    .values(
        state=bindparam("new_state"),
        reason=bindparam("why"),
        ended_at=bindparam("now", type_=_MOMENT),
        lease_until=None,
    )
)
_END_AND_FORGET = _END.values(payload_sealed=None)


@dataclass(frozen=True, slots=True)
class Work:
    """A message that this process has claimed; `attempt` fences against a slower twin."""

    id: str
    person: bytes
    inbound: Inbound
    attempt: int
    received_at: datetime


_UNREADABLE = Work(
    "",
    b"",
    Inbound("", "", "", InboundKind.TEXT, datetime.min.replace(tzinfo=UTC)),
    0,
    datetime.min.replace(tzinfo=UTC),
)


class Inbox:
    def __init__(
        self,
        database: Database,
        vault: Vault,
        clock: Clock,
        locate: Callable[[Coordinates], str | None],
        published: Callable[[], Awaitable[IsPublished]] | None = None,
        lease: timedelta = LEASE,
    ) -> None:
        """`published` tells which phone numbers are the hub's own to tell (`bot.published`)."""
        self._database = database
        self._vault = vault
        self._clock = clock
        self._locate = locate
        self._published = published
        self.lease = lease
        self.wake: Callable[[], None] = lambda: None
        self._storing = Gatherer(self._store_together)
        self._claiming = Gatherer(self._claim_together, linger_seconds=COMPANY_SECONDS)

    async def receive(self, messages: Sequence[Inbound]) -> int:
        """Store what is new and commit; return how many were new. Acknowledge only after this."""
        if not messages:
            return 0
        published = await self._published() if self._published else None
        reduced = [self._reduce(message, published) for message in messages]
        stored = await self._storing.do(reduced)
        hit("inbox.after_commit")
        self.wake()
        return stored

    async def claim(self) -> Work | None:
        """Take the oldest message whose person has no earlier one open; count the attempt first."""
        while True:
            work = await self._claiming.do(None)
            if work is not _UNREADABLE:
                return work

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

    async def renew(self, ids: Sequence[str]) -> None:
        """Keep messages that are being answered from being taken for a dead process's."""
        now = self._clock.now()
        async with self._database.write() as session:
            await session.execute(
                update(_TABLE)
                .where(
                    _TABLE.c.id.in_(ids),
                    _TABLE.c.state == InboxState.PROCESSING,
                    _TABLE.c.lease_until > now,
                )
                .values(lease_until=now + self.lease)
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

    async def _store_together(self, requests: Sequence[Sequence[Inbound]]) -> list[int]:
        """Store what several webhooks brought, reduced, in one transaction; how many of each were
        new."""
        rows = [[self._new_row(message) for message in messages] for messages in requests]
        async with self._database.write() as session:
            everything = [row for each in rows for row in each]
            new = await insert_new(session, InboxRow, everything)
            hit("inbox.before_commit")
        return [sum(row["id"] in new for row in each) for each in rows]

    async def _claim_together(self, asked: Sequence[None]) -> list[Work | None]:
        """One message for each who asks, each of another person."""
        now = self._clock.now()
        async with self._database.write() as session:
            connection = await session.connection()
            rows = (await connection.execute(_NEXT_DUE, {"now": now, "most": len(asked)})).all()
            if rows:
                taken = {"numbers": [row.seq for row in rows], "until": now + self.lease}
                await connection.execute(_TAKE, taken)
        if rows:
            hit("inbox.claimed")
        works: list[Work | None] = [await self._open_or_quarantine(row) for row in rows]
        return works + [None] * (len(asked) - len(works))

    async def _open_or_quarantine(self, row: Row[*tuple[Any, ...]]) -> Work:
        try:
            return self._open(row)
        except UnreadableValueError:
            _log.error("inbox_unreadable", inbound=row.id)
            await self._quarantine(row.id)
            return _UNREADABLE

    def _new_row(self, message: Inbound) -> dict[str, object]:
        row_id, now = new_id(), self._clock.now()
        payload = _encode(message)
        return {
            "id": row_id,
            "channel": message.channel,
            "message_id": message.message_id,
            "person_index": person_index(self._vault, message.channel, message.address),
            "payload_sealed": self._vault.seal("inbox", "payload", row_id, payload),
            "state": InboxState.RECEIVED,
            "attempts": 0,
            "received_at": now,
            "due_at": now,
        }

    def _reduce(self, message: Inbound, published: IsPublished | None) -> Inbound:
        """Before anything is written, coordinates become a district (HUM-04), and what identifies
        a person leaves the text (HUM-03)."""
        message = reduce_text(message, published)
        if message.coordinates is None:
            return message
        return replace(message, coordinates=None, area=self._locate(message.coordinates))

    def _open(self, row: Row[*tuple[Any, ...]]) -> Work:
        inbound = open_inbound(self._vault, row)
        if row.person_index is None:
            raise UnreadableValueError(f"inbox.person of row {row.id}: no longer kept")
        return Work(row.id, row.person_index, inbound, row.attempts + 1, row.received_at)


def open_inbound(vault: Vault, row: InboxRow | Row[*tuple[Any, ...]]) -> Inbound:
    """The message of a stored row; raise `UnreadableValueError` if it is no longer kept."""
    if row.payload_sealed is None:
        raise UnreadableValueError(f"inbox.payload of row {row.id}: no longer kept")
    payload = vault.open("inbox", "payload", row.id, row.payload_sealed)
    try:
        return _decode(row.channel, row.message_id, payload)
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableValueError(f"inbox.payload of row {row.id}: malformed") from error


def reduce_text(message: Inbound, published: IsPublished | None = None) -> Inbound:
    """The message without what identifies a person; it says which kinds that was."""
    if not message.text:
        return message
    text = clean(message.text)
    reduced = withhold(text, published) if published else withhold(text)
    return replace(message, text=reduced.text, withheld=tuple(reduced.kinds))


@dataclass(frozen=True, slots=True)
class End:
    """How a message is closed. `forget` drops what was said at once: a disclosure is not kept
    (HUM-29)."""

    work: Work
    state: InboxState
    reason: str | None = None
    forget: bool = False


async def end_messages(session: AsyncSession, ends: Sequence[End], now: datetime) -> set[str]:
    """Close messages within the caller's transaction; the ids of those that no other worker has
    by now."""
    attempts = {end.work.id: end.work.attempt for end in ends}
    connection = await session.connection()
    held = await connection.execute(_HELD, {"ids": sorted(attempts)})
    ours = {row_id for row_id, attempt in held if attempts[row_id] == attempt}
    ways: defaultdict[tuple[InboxState, str | None, bool], list[str]] = defaultdict(list)
    for end in ends:
        if end.work.id in ours:
            ways[end.state, end.reason, end.forget].append(end.work.id)
    for (state, reason, forget), ids in ways.items():
        ended = {"ids": ids, "new_state": state, "why": reason, "now": now}
        await connection.execute(_END_AND_FORGET if forget else _END, ended)
    return ours


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
            "withheld": message.withheld,
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
        withheld=tuple(values.get("withheld", ())),
    )
