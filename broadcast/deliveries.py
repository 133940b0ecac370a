"""The delivery ledger: one row per person and update. The bulk lane of the sender.

At most once: a send that may have happened is `in_doubt` and is never repeated. Every claim checks,
in its own transaction, that the words are approved and that the person still wants them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, select, true, update
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncSession

from bot.lanes import LEASE, Accepted, Claim
from bot.ledgers import accept, renew_in, spelled
from bot.messages import Fault, Outbound, Receipt, SendError, SendState
from bot.models import Address
from bot.outbox import MOST_RECEIPTS
from bot.receipt_folding import block
from broadcast.claiming import IS_ANY_DUE, Found, read_due, sort_out, write_down
from broadcast.control import cancel_in, pause_refused
from broadcast.eligibility import hold_recipients
from broadcast.models import Delivery, UpdateText
from broadcast.outcomes import (
    ACCEPT,
    Reported,
    fold_receipt,
    hold_owners,
    is_opt_out,
    lock_reported,
    lock_rows,
    settle_error,
    write_reported,
)
from broadcast.policy import Policy
from broadcast.quotas import Rooms, read_rooms
from broadcast.reasons import Reason
from broadcast.release import Release, read_releases, write_message
from broadcast.sharing import read_shares
from broadcast.states import State
from broadcast.versions import read_texts, template_of
from hub.database import Database
from hub.failpoints import hit
from hub.gathering import Gatherer
from hub.logs import get_log
from hub.vault import Vault

_log = get_log("deliveries")
_TABLE = cast("Table", Delivery.__table__)
_FAIL_SECONDS = 0.01  # how long failures wait for others to share their commit, while many come


class Deliveries:
    """See `bot.lanes.Lane`, which this implements."""

    name = "updates"
    is_bulk = True

    def __init__(
        self, database: Database, vault: Vault, policy: Policy, lease: timedelta = LEASE
    ) -> None:
        self._database = database
        self._vault = vault
        self._policy = policy
        self.lease = lease
        self._goes_on: dict[str, bool] = {}  # channels whose last claim found all it asked for
        self._folding = Gatherer(self._fold_together, most=MOST_RECEIPTS)
        self._failing = Gatherer(self._fail_together, linger_seconds=_FAIL_SECONDS)

    async def is_waiting(self, channel: str, now: datetime) -> bool:
        """Asked without the lock on writing; most wake-ups find nothing."""
        if self._goes_on.get(channel):
            return True
        asked = {"of_channel": channel, "now": now}
        return await self._database.read_whole(
            lambda connection: bool(connection.scalar(IS_ANY_DUE, asked))
        )

    async def claim(
        self, channel: str, limit: int, now: datetime, accepted: Sequence[Accepted] = ()
    ) -> Sequence[Claim]:
        """People who no longer want it are passed over until somebody does or nobody is left."""
        while True:
            claims, looked_at = await self._claim_once(channel, limit, now, accepted)
            accepted = ()
            if claims or looked_at == 0:
                self._goes_on[channel] = looked_at == limit
                return claims

    async def _claim_once(
        self, channel: str, limit: int, now: datetime, accepted: Sequence[Accepted]
    ) -> tuple[list[Claim], int]:
        """Claims, and how many rows were looked at to find them."""

        def work(connection: Connection) -> tuple[list[Claim], int]:
            accept(connection, ACCEPT, accepted)
            return self._claim_some(connection, channel, limit, now)

        for _ in accepted:
            hit("deliveries.before_record")
        found = await self._database.write_whole(work)
        for _ in accepted:
            hit("deliveries.recorded")
        hit("deliveries.claimed")
        return found

    async def record_accepted(self, accepted: Sequence[Accepted]) -> None:
        for _ in accepted:
            hit("deliveries.before_record")
        await self._database.write_whole(lambda connection: accept(connection, ACCEPT, accepted))
        for _ in accepted:
            hit("deliveries.recorded")

    async def record_error(self, claim: Claim, error: SendError, now: datetime) -> None:
        refused = await self._failing.do((claim, error, now))
        if refused is not None:
            await pause_refused(self._database, refused, now)

    async def _fail_together(
        self, errors: Sequence[tuple[Claim, SendError, datetime]]
    ) -> list[str | None]:
        """For each error, the update whose words the provider refused, if it did."""
        leaving: list[str] = []
        async with self._database.write() as session:
            owners = await hold_owners(session, [claim.send_id for claim, _, _ in errors])
            rows = await lock_rows(session, [claim.send_id for claim, _, _ in errors])
            for claim, error, now in errors:
                row = rows.get(claim.send_id)
                if row is None or row.attempts != claim.attempt or row.state != SendState.SENDING:
                    continue
                settle_error(row, error, State(owners[row.update_id].state), now)
                if error.opted_out and row.address_id:
                    leaving.append(row.address_id)
            await session.flush()
            await block(session, leaving, errors[-1][2])
        return [
            rows[claim.send_id].update_id
            if error.fault is Fault.CONTENT and claim.send_id in rows
            else None
            for claim, error, _ in errors
        ]

    async def record_receipts(self, receipts: Sequence[Receipt], now: datetime) -> list[Receipt]:
        return await self._folding.do((receipts, now))

    async def _fold_together(
        self, asked: Sequence[tuple[Sequence[Receipt], datetime]]
    ) -> list[list[Receipt]]:
        """Fold what several webhooks brought, in one transaction; what is not ours, of each."""
        changed: dict[str, Reported] = {}
        leaving: list[str] = []
        foreign: list[list[Receipt]] = []
        async with self._database.write() as session:
            rows = await lock_reported(session, [each for some, _ in asked for each in some])
            now = asked[-1][1]
            for receipts, _ in asked:
                foreign.append([each for each in receipts if rows.find(each) is None])
                for receipt in receipts:
                    row = rows.find(receipt)
                    if row is not None and fold_receipt(row, receipt, now):
                        changed[row.id] = row
                    if row is not None and is_opt_out(receipt) and row.address_id:
                        leaving.append(row.address_id)
            await write_reported(session, changed.values())
            await block(session, leaving, now)
        return foreign

    async def renew(self, send_ids: Sequence[str], now: datetime) -> set[str]:
        return await renew_in(self._database, _TABLE, send_ids, now, self.lease)

    async def recover(self, now: datetime, *, everything: bool) -> int:
        over = true() if everything else Delivery.lease_until < now
        async with self._database.write() as session:
            doubtful = await session.execute(
                update(Delivery)
                .where(Delivery.state == spelled(SendState.SENDING), over)
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
                Delivery.state == spelled(SendState.IN_DOUBT),
                Delivery.channel == channel,
                Delivery.claimed_at < before,
            )
            .order_by(Delivery.claimed_at, Delivery.id)
            .limit(limit)
        )
        async with self._database.read() as session:
            rows = (await session.scalars(query)).all()
            people = await _read_addresses(session, rows)
            texts = {row.update_id: await read_texts(session, row.update_id) for row in rows}
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

    def _claim_some(
        self, connection: Connection, channel: str, limit: int, now: datetime
    ) -> tuple[list[Claim], int]:
        releases = read_releases(connection, self._policy, now)
        _cancel_refused(connection, releases, now)
        fit = {one.update_id: one for one in releases if one.refusal is None}
        if not fit:
            return [], 0
        rows = read_due(connection, list(fit.values()), channel, limit, now)
        if not rows:
            return [], 0
        recipients = hold_recipients(
            connection, self._vault, [row.address_id for row in rows if row.address_id]
        )
        people = {one.address.contact_id for one in recipients.values()}
        free = {one.update_id for one in fit.values() if one.passes_share}
        shares = read_shares(connection, people, free, self._policy, now)
        rooms = self._read_rooms(connection, fit.values(), channel, now)
        found = sort_out(rows, fit, recipients, shares, rooms, self._policy, now)
        write_down(connection, found, now, self.lease)
        return _address(found, fit), len(rows)

    def _read_rooms(
        self, connection: Connection, releases: Iterable[Release], channel: str, now: datetime
    ) -> Rooms:
        has_window = channel in self._policy.session_windows
        sending = [one for one in releases if has_window and one.templates]
        wanted = [(one.update_id, one.owner, one.is_urgent) for one in sending]
        return read_rooms(connection, wanted, self._policy, now)

    def _open(self, address: Address) -> str:
        return self._vault.open("addresses", "address", address.id, address.sealed)

    def _claim_of(self, row: Delivery, texts: Mapping[str, UpdateText], to: str) -> Claim:
        words = texts[row.language]
        template = template_of(words) if row.template_sid else None
        message = write_message(row.language, {row.language: words.as_sent}, template)
        return Claim(row.id, row.channel, to, message, row.attempts)


def _address(found: Found, releases: Mapping[str, Release]) -> list[Claim]:
    """What is taken, each with its words, which all who read the same language share."""
    written: dict[tuple[str, str, str], Outbound] = {}
    claims = []
    for row, to in found.taken:
        template = found.by_template.get(row.id)
        key = (row.update_id, row.language, template.sid if template else "")
        message = written.get(key)
        if message is None:
            texts = releases[row.update_id].texts
            message = written[key] = write_message(row.language, texts, template)
        claims.append(Claim(row.id, row.channel, to, message, row.attempts + 1))
    return claims


def _cancel_refused(connection: Connection, releases: Iterable[Release], now: datetime) -> None:
    """Nothing of an update that is over or no longer as approved may leave, on any channel. Each
    claim writes off some of it."""
    for release in releases:
        if release.refusal is None:
            continue
        if release.refusal is Reason.UNAPPROVED:
            _log.error("update_unapproved", update=release.update_id)
        cancel_in(connection, release.update_id, release.refusal, now)


async def _at_attempt(session: AsyncSession, claim: Claim) -> Delivery | None:
    query = select(Delivery).where(Delivery.id == claim.send_id, Delivery.attempts == claim.attempt)
    return await session.scalar(query.with_for_update())


async def _read_addresses(
    session: AsyncSession, rows: Iterable[Delivery]
) -> dict[str | None, Address]:
    ids = [row.address_id for row in rows if row.address_id]
    found = await session.scalars(select(Address).where(Address.id.in_(ids)))
    return {address.id: address for address in found}
