"""The outbox: replies waiting to be sent, and what became of each: the sender's interactive lane.

A reply that may have been sent is `in_doubt` and is not blindly repeated, except a safety answer: a
repeated help line is better than none.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    Integer,
    Table,
    and_,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.lanes import LEASE, Accepted, Claim
from bot.ledgers import accept, accept_in, renew_in
from bot.messages import (
    Button,
    Outbound,
    Receipt,
    SendError,
    SendOutcome,
    SendState,
    TemplateUse,
)
from bot.models import Address, OutboxRow
from bot.receipt_folding import block, fold_receipt, replies_of
from hub.database import Database, new_id
from hub.failpoints import hit
from hub.gathering import Gatherer
from hub.logs import get_log
from hub.vault import UnreadableValueError, Vault

MOST_ATTEMPTS = 5
MOST_RECEIPTS = 500  # folded in one transaction, when a broadcast's all come at once
_LONGEST_RETRY_SECONDS = 300.0
_MOST_DOUBLINGS = 16  # a throttled reply is tried for days; a power of its tries would overflow

_log = get_log("outbox")
# The table itself, where the objects of SQLAlchemy would cost more than the statement.
_TABLE = cast("Table", OutboxRow.__table__)


class _Sealed(NamedTuple):
    """A reply as a claim needs it. Names of a row of the library's take longer to look up than all
    else that is done with it."""

    seq: int
    id: str
    channel: str
    attempts: int
    message_sealed: bytes | None
    address_id: str
    address_sealed: bytes


_SEALED = (*(_TABLE.c[name] for name in _Sealed._fields[:-1]), Address.sealed)
_ACCEPT = accept_in(_TABLE)
_OF_A_NEW_ONE = (
    *("id", "contact_id", "address_id", "channel", "inbound_id", "part", "message_sealed"),
    *("repeat_in_doubt", "content", "state", "attempts", "created_at", "due_at"),
)

# Statements made once: to make them anew takes longer than to carry them out.
_MOMENT = _TABLE.c.due_at.type
_IS_QUEUED = and_(OutboxRow.state == SendState.QUEUED, OutboxRow.channel == bindparam("of_channel"))
_HAS_QUEUED = select(exists().where(_IS_QUEUED))
_Earlier = aliased(OutboxRow)
# Only the earliest open reply of each person: replies leave in order (INV-7).
_DUE = (
    select(*_SEALED)
    .join(Address, Address.id == OutboxRow.address_id)
    .where(
        _IS_QUEUED,
        OutboxRow.due_at <= bindparam("now", type_=_MOMENT),
        ~exists().where(
            _Earlier.contact_id == OutboxRow.contact_id,
            _Earlier.seq < OutboxRow.seq,
            or_(_Earlier.state == SendState.QUEUED, _Earlier.state == SendState.SENDING),
        ),
    )
    .order_by(OutboxRow.seq)
    .limit(bindparam("most", type_=Integer()))
    .with_for_update(skip_locked=True, of=OutboxRow)
)
_TAKE = (
    update(_TABLE)
    .where(_TABLE.c.seq.in_(bindparam("numbers", expanding=True)))
    .values(
        state=SendState.SENDING,
        attempts=_TABLE.c.attempts + 1,
        claimed_at=bindparam("now", type_=_MOMENT),
        lease_until=bindparam("until", type_=_MOMENT),
    )
)


class Outbox:
    """See `bot.lanes.Lane`, which this implements."""

    name = "replies"
    is_bulk = False

    def __init__(self, database: Database, vault: Vault, lease: timedelta = LEASE) -> None:
        self._database = database
        self._vault = vault
        self.lease = lease
        self._goes_on: dict[str, bool] = {}  # channels whose last claim found all it asked for
        self._folding = Gatherer(self._fold_together, most=MOST_RECEIPTS)

    async def is_waiting(self, channel: str, now: datetime) -> bool:
        """Asked without the lock on writing; most wake-ups find nothing."""
        del now
        if self._goes_on.get(channel):
            return True
        asked = {"of_channel": channel}
        return await self._database.read_whole(
            lambda connection: bool(connection.scalar(_HAS_QUEUED, asked))
        )

    async def claim(
        self, channel: str, limit: int, now: datetime, accepted: Sequence[Accepted] = ()
    ) -> Sequence[Claim]:
        for _ in accepted:
            hit("outbox.before_record")
        asked = {"of_channel": channel, "now": now, "most": limit}
        claims, looked_at = await self._database.write_whole(
            lambda connection: self._claim_some(connection, asked, accepted)
        )
        self._goes_on[channel] = looked_at == limit
        for _ in accepted:
            hit("outbox.recorded")
        if claims:
            hit("outbox.claimed")
        return claims

    def _claim_some(
        self, connection: Connection, asked: Mapping[str, Any], accepted: Sequence[Accepted]
    ) -> tuple[list[Claim], int]:
        """Claims, and how many rows were looked at to find them."""
        accept(connection, _ACCEPT, accepted)
        rows = [_Sealed._make(row) for row in connection.execute(_DUE, asked)]
        opened = [(row.seq, self._open_if_readable(row, row.attempts + 1)) for row in rows]
        now, taken = asked["now"], [seq for seq, claim in opened if claim]
        if taken:
            connection.execute(_TAKE, {"numbers": taken, "now": now, "until": now + self.lease})
        _give_up(connection, [seq for seq, claim in opened if not claim])
        return [claim for _, claim in opened if claim], len(rows)

    async def record_accepted(self, accepted: Sequence[Accepted]) -> None:
        for _ in accepted:
            hit("outbox.before_record")
        await self._database.write_whole(lambda connection: accept(connection, _ACCEPT, accepted))
        for _ in accepted:
            hit("outbox.recorded")

    async def record_error(self, claim: Claim, error: SendError, now: datetime) -> None:
        async with self._database.write() as session:
            row = await self._at_attempt(session, claim)
            if row is None or row.state != SendState.SENDING:
                return
            row.error_code, row.lease_until = error.code, None
            row.state = state_after(error, row.attempts, may_repeat=row.repeat_in_doubt)
            if row.state == SendState.QUEUED:
                row.due_at = now + retry_pause(error, row.attempts)
            if error.opted_out:
                await block(session, [row.address_id], now)

    async def record_receipts(self, receipts: Sequence[Receipt], now: datetime) -> list[Receipt]:
        return await self._folding.do((receipts, now))

    async def _fold_together(
        self, asked: Sequence[tuple[Sequence[Receipt], datetime]]
    ) -> list[list[Receipt]]:
        """Fold what several webhooks brought, in one transaction; what is not ours, of each."""
        everything = [receipt for receipts, _ in asked for receipt in receipts]
        foreign: list[list[Receipt]] = []
        async with self._database.read() as session:  # most receipts are of an update's deliveries
            rows = await replies_of(session, everything)
        if not rows.by_id:
            return [list(receipts) for receipts, _ in asked]
        async with self._database.write() as session:
            rows = await replies_of(session, everything)
            for receipts, now in asked:
                left = [
                    each for each in receipts if not await fold_receipt(session, rows, each, now)
                ]
                foreign.append(left)
        return foreign

    async def renew(self, send_ids: Sequence[str], now: datetime) -> set[str]:
        return await renew_in(self._database, _TABLE, send_ids, now, self.lease)

    async def recover(self, now: datetime, *, everything: bool) -> int:
        over = true() if everything else OutboxRow.lease_until < now
        dead = (OutboxRow.state == SendState.SENDING, over)
        async with self._database.write() as session:
            again = await session.execute(
                update(OutboxRow)
                .where(*dead, OutboxRow.repeat_in_doubt)
                .values(state=SendState.QUEUED, lease_until=None)
                .returning(OutboxRow.id)
            )
            doubtful = await session.execute(
                update(OutboxRow)
                .where(*dead, ~OutboxRow.repeat_in_doubt)
                .values(state=SendState.IN_DOUBT, lease_until=None)
                .returning(OutboxRow.id)
            )
            return len(again.all()) + len(doubtful.all())

    async def in_doubt(
        self, channel: str, limit: int, before: datetime
    ) -> Sequence[tuple[Claim, datetime]]:
        """Replies claimed before `before` that nobody knows to be sent or not, oldest first, each
        with the moment of its claim."""
        query = (
            select(*_SEALED, OutboxRow.claimed_at)
            .join(Address, Address.id == OutboxRow.address_id)
            .where(
                OutboxRow.state == SendState.IN_DOUBT,
                OutboxRow.channel == channel,
                OutboxRow.claimed_at < before,
                OutboxRow.message_sealed.is_not(None),
            )
            .order_by(OutboxRow.seq)
            .limit(limit)
        )
        async with self._database.read() as session:
            rows = (await session.execute(query)).all()
        sealed = [(_Sealed._make(row[:-1]), row.claimed_at) for row in rows]
        opened = ((self._open_if_readable(row, row.attempts), at) for row, at in sealed)
        return [(claim, claimed_at) for claim, claimed_at in opened if claim and claimed_at]

    async def settle(self, claim: Claim, provider_id: str | None, now: datetime) -> None:
        """End a doubt: found at the provider, or proven absent and therefore sent again."""
        async with self._database.write() as session:
            row = await self._at_attempt(session, claim)
            if row is None or row.state != SendState.IN_DOUBT:
                return
            if provider_id is None or await _is_taken(session, row.channel, provider_id):
                row.state, row.due_at = SendState.QUEUED, now
            else:
                row.state, row.provider_id, row.settled_at = SendState.ACCEPTED, provider_id, now

    async def forget(self, before: datetime) -> int:
        """Drop the texts of replies older than `before`."""
        async with self._database.write() as session:
            result = await session.execute(
                update(OutboxRow)
                .where(OutboxRow.created_at < before, OutboxRow.message_sealed.is_not(None))
                .values(message_sealed=None, content=[])
                .returning(OutboxRow.id)
            )
            return len(result.all())

    async def counts(self) -> dict[str, int]:
        """Replies by state."""
        async with self._database.read() as session:
            query = select(OutboxRow.state, func.count()).group_by(OutboxRow.state)
            rows = await session.execute(query)
            return {row[0]: row[1] for row in rows}

    def _open_if_readable(self, row: _Sealed, attempt: int) -> Claim | None:
        """None for a row that does not open; it must not hold up the others (F-18)."""
        try:
            return self._open(row, attempt)
        except UnreadableValueError:
            _log.error("outbox_unreadable", send=row.id)
            return None

    def _open(self, row: _Sealed, attempt: int) -> Claim:
        if row.message_sealed is None:
            raise UnreadableValueError(f"outbox.message of row {row.id}: no longer kept")
        body = self._vault.open("outbox", "message", row.id, row.message_sealed)
        to = self._vault.open("addresses", "address", row.address_id, row.address_sealed)
        try:
            message = decode_message(body)
        except (ValueError, KeyError, TypeError) as error:
            raise UnreadableValueError(f"outbox.message of row {row.id}: malformed") from error
        return Claim(row.id, row.channel, to, message, attempt)

    async def _at_attempt(self, session: AsyncSession, claim: Claim) -> OutboxRow | None:
        query = select(OutboxRow).where(
            OutboxRow.id == claim.send_id, OutboxRow.attempts == claim.attempt
        )
        return await session.scalar(query.with_for_update())


def new_reply(
    vault: Vault,
    *,
    contact_id: str,
    address_id: str,
    channel: str,
    inbound_id: str | None,
    part: int,
    message: Outbound,
    content: Sequence[dict[str, object]],
    repeat_in_doubt: bool,
    now: datetime,
) -> OutboxRow:
    """A reply ready to be added to the transaction that ends its message."""
    row_id = new_id()
    return OutboxRow(
        id=row_id,
        contact_id=contact_id,
        address_id=address_id,
        channel=channel,
        inbound_id=inbound_id,
        part=part,
        message_sealed=vault.seal("outbox", "message", row_id, encode_message(message)),
        repeat_in_doubt=repeat_in_doubt,
        content=list(content),
        state=SendState.QUEUED,
        attempts=0,
        created_at=now,
        due_at=now,
    )


async def add_replies(session: AsyncSession, replies: Sequence[OutboxRow]) -> None:
    """Add new replies in their order, in one statement, past the objects of the session."""
    if replies:
        connection = await session.connection()
        rows = [{name: getattr(reply, name) for name in _OF_A_NEW_ONE} for reply in replies]
        await connection.execute(insert(_TABLE), rows)


def encode_message(message: Outbound) -> str:
    buttons = [[button.label, button.token] for button in message.buttons]
    body: dict[str, object] = {"text": message.text, "buttons": buttons}
    if message.audio is not None:
        body["audio"] = message.audio
    if message.template is not None:
        body["template"] = [message.template.sid, message.template.variables]
    return json.dumps(body)


def decode_message(body: str) -> Outbound:
    values = json.loads(body)
    buttons = tuple(Button(*button) for button in values["buttons"])
    sid, variables = values.get("template", ("", ()))
    template = TemplateUse(sid, tuple((at, value) for at, value in variables)) if sid else None
    return Outbound(values["text"], buttons, template, values.get("audio"))


def retry_pause(error: SendError, attempts: int) -> timedelta:
    """How long to wait: what the provider asked for, else doubling from two seconds."""
    seconds = error.retry_after or 2.0 ** min(attempts, _MOST_DOUBLINGS)
    return timedelta(seconds=min(seconds, _LONGEST_RETRY_SECONDS))


def _give_up(connection: Connection, numbers: Sequence[int]) -> None:
    if numbers:
        connection.execute(
            update(_TABLE)
            .where(_TABLE.c.seq.in_(numbers))
            .values(state=SendState.FAILED, attempts=_TABLE.c.attempts + 1, error_code="unreadable")
        )


def state_after(error: SendError, attempts: int, *, may_repeat: bool = False) -> SendState:
    """At most once: only what was certainly not sent goes again, and what `may_repeat` in doubt."""
    has_more = attempts < MOST_ATTEMPTS
    if error.outcome is SendOutcome.RETRY:
        throttled = error.freezes_channel or error.retry_after is not None
        return SendState.QUEUED if throttled or has_more else SendState.FAILED
    if error.outcome is SendOutcome.IN_DOUBT:
        return SendState.QUEUED if may_repeat and has_more else SendState.IN_DOUBT
    return SendState.FAILED


async def _is_taken(session: AsyncSession, channel: str, provider_id: str) -> bool:
    """Whether the provider's message is another reply of ours, with the same words."""
    query = select(OutboxRow.seq).where(
        OutboxRow.channel == channel, OutboxRow.provider_id == provider_id
    )
    return await session.scalar(query.limit(1)) is not None
