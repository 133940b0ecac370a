"""The delivery ledger: one row per person and update. The bulk lane of the sender.

At most once: a send that may have happened is `in_doubt` and is never repeated. Every claim checks,
in its own transaction, that the words are approved and that the person still wants them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.lanes import Claim
from bot.messages import Fault, Outbound, Receipt, SendError, SendState, fold
from bot.models import Address
from bot.outbox import LEASE
from broadcast.control import pause_refused
from broadcast.eligibility import Recipient, hold_recipients, reason_against
from broadcast.models import Delivery, Update
from broadcast.outcomes import (
    block,
    find_reported,
    fold_receipt,
    is_opt_out,
    lock_reported,
    settle_error,
)
from broadcast.policy import Policy
from broadcast.reasons import Reason
from broadcast.release import Release, read_releases
from broadcast.states import State
from broadcast.versions import read_sent_texts
from hub.database import Database
from hub.failpoints import hit
from hub.logs import get_log
from hub.vault import Vault

_log = get_log("deliveries")


class Deliveries:
    """See `bot.lanes.Lane`, which this implements."""

    name = "updates"
    is_bulk = True

    def __init__(self, database: Database, vault: Vault, policy: Policy) -> None:
        self._database = database
        self._vault = vault
        self._policy = policy

    async def claim(self, channel: str, limit: int, now: datetime) -> Sequence[Claim]:
        """People who no longer want it are passed over until somebody does or nobody is left."""
        while True:
            claims, looked_at = await self._claim_some(channel, limit, now)
            hit("deliveries.claimed")
            if claims or looked_at == 0:
                return claims

    async def record_accepted(self, claim: Claim, provider_id: str, now: datetime) -> None:
        hit("deliveries.before_record")
        async with self._database.write() as session:
            row = await _at_attempt(session, claim)
            if row is not None:
                row.state = fold(SendState(row.state), SendState.ACCEPTED)
                row.provider_id = provider_id
                row.lease_until, row.settled_at = None, now
        hit("deliveries.recorded")

    async def record_error(self, claim: Claim, error: SendError, now: datetime) -> None:
        async with self._database.write() as session:
            owner = await _hold_owner(session, claim)
            row = await _at_attempt(session, claim)
            if owner is None or row is None or row.state != SendState.SENDING:
                return
            settle_error(row, error, State(owner.state), now)
            await session.flush()
            if error.opted_out and row.address_id:
                await block(session, [row.address_id], now)
        if error.fault is Fault.CONTENT:
            await pause_refused(self._database, owner.id, now)

    async def record_receipts(self, receipts: Sequence[Receipt], now: datetime) -> list[Receipt]:
        foreign: list[Receipt] = []
        leaving: list[str] = []
        async with self._database.write() as session:
            rows = await lock_reported(session, receipts)
            for receipt in receipts:
                row = find_reported(rows, receipt)
                if row is None:
                    foreign.append(receipt)
                    continue
                fold_receipt(row, receipt, now)
                if is_opt_out(receipt) and row.address_id:
                    leaving.append(row.address_id)
            await session.flush()
            await block(session, leaving, now)
        return foreign

    async def recover(self, now: datetime, *, everything: bool) -> int:
        over = true() if everything else Delivery.lease_until < now
        async with self._database.write() as session:
            doubtful = await session.execute(
                update(Delivery)
                .where(Delivery.state == SendState.SENDING, over)
                .values(state=SendState.IN_DOUBT, lease_until=None)
                .returning(Delivery.id)
            )
            return len(doubtful.all())

    async def in_doubt(
        self, channel: str, limit: int, before: datetime
    ) -> Sequence[tuple[Claim, datetime]]:
        """Deliveries claimed before `before` that nobody knows to be made or not, each with the
        moment of its claim; for a provider that can be asked."""
        query = (
            select(Delivery)
            .where(
                Delivery.state == SendState.IN_DOUBT,
                Delivery.channel == channel,
                Delivery.claimed_at < before,
            )
            .order_by(Delivery.claimed_at, Delivery.id)
            .limit(limit)
        )
        async with self._database.read() as session:
            rows = (await session.scalars(query)).all()
            people = await _read_addresses(session, rows)
            texts = {row.update_id: await read_sent_texts(session, row.update_id) for row in rows}
        return [
            (
                self._claim_of(row, texts[row.update_id], self._open(people[row.address_id])),
                row.claimed_at,
            )
            for row in rows
            if row.address_id in people and row.claimed_at
        ]

    async def settle(self, claim: Claim, provider_id: str | None, now: datetime) -> None:
        """End a doubt: found at the provider, or proven absent. Neither is ever sent again."""
        async with self._database.write() as session:
            row = await _at_attempt(session, claim)
            if row is None or row.state != SendState.IN_DOUBT:
                return
            row.settled_at = now
            if provider_id is None:
                row.state, row.error_code = SendState.FAILED, Reason.NEVER_LEFT
            else:
                row.state, row.provider_id = SendState.ACCEPTED, provider_id

    async def _claim_some(self, channel: str, limit: int, now: datetime) -> tuple[list[Claim], int]:
        """Claims, and how many rows were looked at to find them."""
        async with self._database.write() as session:
            releases = await read_releases(session, now)
            await _cancel_refused(session, releases, now)
            fit = {one.update_id: one for one in releases if one.refusal is None}
            if not fit:
                return [], 0
            rows = (await session.scalars(_due(fit, channel, limit, now))).all()
            recipients = await hold_recipients(session, self._vault, rows)
            claims = [
                self._take(row, recipients.get(row.address_id or ""), fit[row.update_id], now)
                for row in rows
            ]
        return [claim for claim in claims if claim], len(rows)

    def _take(
        self, row: Delivery, recipient: Recipient | None, release: Release, now: datetime
    ) -> Claim | None:
        reason = reason_against(recipient, self._policy, now)
        if recipient is None or reason is not None:
            row.state, row.error_code, row.settled_at = SendState.CANCELLED, reason, now
            return None
        row.attempts += 1
        if recipient.to is None:
            _log.error("delivery_unreadable", send=row.id)
            row.state, row.error_code, row.settled_at = SendState.FAILED, Reason.UNREADABLE, now
            return None
        row.state, row.claimed_at, row.lease_until = SendState.SENDING, now, now + LEASE
        return self._claim_of(row, release.texts, recipient.to)

    def _open(self, address: Address) -> str:
        return self._vault.open("addresses", "address", address.id, address.sealed)

    def _claim_of(self, row: Delivery, texts: Mapping[str, str], to: str) -> Claim:
        return Claim(row.id, row.channel, to, Outbound(texts[row.language]), row.attempts)


def _due(fit: Iterable[str], channel: str, limit: int, now: datetime) -> Select[Delivery]:
    return (
        select(Delivery)
        .where(
            Delivery.state == SendState.QUEUED,
            Delivery.channel == channel,
            Delivery.due_at <= now,
            Delivery.update_id.in_(list(fit)),
        )
        .order_by(Delivery.due_at, Delivery.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )


async def _cancel_refused(
    session: AsyncSession, releases: Iterable[Release], now: datetime
) -> None:
    """Nothing of an update that is over or no longer as approved may leave, on any channel."""
    for release in releases:
        if release.refusal is None:
            continue
        if release.refusal is Reason.UNAPPROVED:
            _log.error("update_unapproved", update=release.update_id)
        await session.execute(
            update(Delivery)
            .where(Delivery.update_id == release.update_id, Delivery.state == SendState.QUEUED)
            .values(state=SendState.CANCELLED, error_code=release.refusal, settled_at=now)
            .execution_options(synchronize_session=False)
        )


async def _hold_owner(session: AsyncSession, claim: Claim) -> Update | None:
    query = (
        select(Update)
        .join(Delivery, Delivery.update_id == Update.id)
        .where(Delivery.id == claim.send_id)
        .with_for_update(read=True, of=Update)
    )
    return await session.scalar(query)


async def _at_attempt(session: AsyncSession, claim: Claim) -> Delivery | None:
    query = select(Delivery).where(Delivery.id == claim.send_id, Delivery.attempts == claim.attempt)
    return await session.scalar(query.with_for_update())


async def _read_addresses(
    session: AsyncSession, rows: Iterable[Delivery]
) -> dict[str | None, Address]:
    ids = [row.address_id for row in rows if row.address_id]
    found = await session.scalars(select(Address).where(Address.id.in_(ids)))
    return {address.id: address for address in found}
