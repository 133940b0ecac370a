"""The outbox: replies waiting to be sent, and what became of each: the sender's interactive lane.

A reply that may have been sent is `in_doubt` and is not blindly repeated, except a safety answer: a
repeated help line is better than none.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, exists, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.channels.registry import explain
from bot.lanes import Claim
from bot.messages import Button, Outbound, Receipt, SendError, SendOutcome, SendState, fold
from bot.models import Address, OutboxRow
from hub.database import Database, new_id
from hub.failpoints import hit
from hub.logs import get_log
from hub.vault import UnreadableValueError, Vault

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 5
_LONGEST_RETRY_SECONDS = 300.0
_MOST_DOUBLINGS = 16  # a throttled reply is tried for days; a power of its tries would overflow

_log = get_log("outbox")


class Outbox:
    """See `bot.lanes.Lane`, which this implements."""

    name = "replies"
    is_bulk = False

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def claim(self, channel: str, limit: int, now: datetime) -> Sequence[Claim]:
        async with self._database.write() as session:
            rows = (await session.execute(_due(channel, limit, now))).all()
            claims = [self._take(row, address, now) for row, address in rows]
        if claims:
            hit("outbox.claimed")
        return [claim for claim in claims if claim]

    async def record_accepted(self, claim: Claim, provider_id: str, now: datetime) -> None:
        hit("outbox.before_record")
        async with self._database.write() as session:
            row = await self._at_attempt(session, claim)
            if row is not None:
                row.state = fold(SendState(row.state), SendState.ACCEPTED)
                row.provider_id = provider_id
                row.lease_until, row.settled_at = None, now
        hit("outbox.recorded")

    async def record_error(self, claim: Claim, error: SendError, now: datetime) -> None:
        async with self._database.write() as session:
            row = await self._at_attempt(session, claim)
            if row is None or row.state != SendState.SENDING:
                return
            row.error_code, row.lease_until = error.code, None
            row.state = _state_after(error, row)
            if row.state == SendState.QUEUED:
                row.due_at = now + retry_pause(error, row.attempts)
            if error.opted_out:
                await _block(session, row.address_id, now)

    async def record_receipts(self, receipts: Sequence[Receipt], now: datetime) -> list[Receipt]:
        foreign: list[Receipt] = []
        async with self._database.write() as session:
            for receipt in receipts:
                is_ours = await self._fold(session, receipt, now)
                foreign += [] if is_ours else [receipt]
        return foreign

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
            select(OutboxRow, Address)
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
        opened = ((self._open_if_readable(row, address), row.claimed_at) for row, address in rows)
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

    def _take(self, row: OutboxRow, address: Address, now: datetime) -> Claim | None:
        row.attempts += 1
        claim = self._open_if_readable(row, address)
        if claim is None:
            row.state, row.error_code = SendState.FAILED, "unreadable"
        else:
            row.state, row.claimed_at, row.lease_until = SendState.SENDING, now, now + LEASE
        return claim

    def _open_if_readable(self, row: OutboxRow, address: Address) -> Claim | None:
        """None for a row that does not open; it must not hold up the others (F-18)."""
        try:
            return self._open(row, address)
        except UnreadableValueError:
            _log.error("outbox_unreadable", send=row.id)
            return None

    def _open(self, row: OutboxRow, address: Address) -> Claim:
        sealed = row.message_sealed
        if sealed is None:
            raise UnreadableValueError(f"outbox.message of row {row.id}: no longer kept")
        body = self._vault.open("outbox", "message", row.id, sealed)
        to = self._vault.open("addresses", "address", address.id, address.sealed)
        try:
            message = decode_message(body)
        except (ValueError, KeyError, TypeError) as error:
            raise UnreadableValueError(f"outbox.message of row {row.id}: malformed") from error
        return Claim(row.id, row.channel, to, message, row.attempts)

    async def _at_attempt(self, session: AsyncSession, claim: Claim) -> OutboxRow | None:
        query = select(OutboxRow).where(
            OutboxRow.id == claim.send_id, OutboxRow.attempts == claim.attempt
        )
        return await session.scalar(query.with_for_update())

    async def _fold(self, session: AsyncSession, receipt: Receipt, now: datetime) -> bool:
        match = OutboxRow.provider_id == receipt.provider_id
        if receipt.send_id:
            match = or_(match, OutboxRow.id == receipt.send_id)
        query = select(OutboxRow).where(OutboxRow.channel == receipt.channel, match)
        row = await session.scalar(query.limit(1).with_for_update())
        if row is None:
            return False
        before = SendState(row.state)
        # A receipt proves that the provider has the message, so it also ends a queue or a doubt.
        row.state = fold(before, receipt.state)
        row.provider_id = row.provider_id or receipt.provider_id
        if row.state != before:
            row.settled_at, row.error_code = now, receipt.error_code
        if row.state == SendState.FAILED:
            meaning = explain(row.channel, receipt.error_code)
            if meaning is not None and meaning.opted_out:
                await _block(session, row.address_id, now)
        return True


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


def encode_message(message: Outbound) -> str:
    buttons = [[button.label, button.token] for button in message.buttons]
    return json.dumps({"text": message.text, "buttons": buttons})


def decode_message(body: str) -> Outbound:
    values = json.loads(body)
    return Outbound(values["text"], tuple(Button(*button) for button in values["buttons"]))


def retry_pause(error: SendError, attempts: int) -> timedelta:
    """How long to wait: what the provider asked for, else doubling from two seconds."""
    seconds = error.retry_after or 2.0 ** min(attempts, _MOST_DOUBLINGS)
    return timedelta(seconds=min(seconds, _LONGEST_RETRY_SECONDS))


def _due(channel: str, limit: int, now: datetime) -> Select[OutboxRow, Address]:
    """Due replies, only the earliest open one of each person: replies leave in order (INV-7)."""
    other = aliased(OutboxRow)
    open_states = [SendState.QUEUED, SendState.SENDING]
    earlier = exists().where(
        other.contact_id == OutboxRow.contact_id,
        other.seq < OutboxRow.seq,
        other.state.in_(open_states),
    )
    return (
        select(OutboxRow, Address)
        .join(Address, Address.id == OutboxRow.address_id)
        .where(
            OutboxRow.state == SendState.QUEUED,
            OutboxRow.channel == channel,
            OutboxRow.due_at <= now,
            ~earlier,
        )
        .order_by(OutboxRow.seq)
        .limit(limit)
        .with_for_update(skip_locked=True, of=OutboxRow)
    )


def _state_after(error: SendError, row: OutboxRow) -> SendState:
    if error.outcome is SendOutcome.RETRY:
        throttled = error.freezes_channel or error.retry_after is not None
        return SendState.QUEUED if throttled or row.attempts < MOST_ATTEMPTS else SendState.FAILED
    if error.outcome is SendOutcome.IN_DOUBT:
        may_repeat = row.repeat_in_doubt and row.attempts < MOST_ATTEMPTS
        return SendState.QUEUED if may_repeat else SendState.IN_DOUBT
    return SendState.FAILED


async def _is_taken(session: AsyncSession, channel: str, provider_id: str) -> bool:
    """Whether the provider's message is another reply of ours, with the same words."""
    query = select(OutboxRow.seq).where(
        OutboxRow.channel == channel, OutboxRow.provider_id == provider_id
    )
    return await session.scalar(query.limit(1)) is not None


async def _block(session: AsyncSession, address_id: str, now: datetime) -> None:
    """The provider says that this person wants nothing from us: an opt-out (HUM-07)."""
    await session.execute(
        update(Address).where(Address.id == address_id).values(opted_in_at=None, blocked_at=now)
    )
