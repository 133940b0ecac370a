"""What became of deliveries: providers' errors and receipts, folded into the ledger's rows.

Works on rows that the caller has locked; never sends and never puts back what may have been sent.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, case, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import Receipt, SendError, SendOutcome, SendState, fold
from bot.models import Address
from bot.outbox import BEFORE_ACCEPTED, MOST_ATTEMPTS, is_any_of, retry_pause
from broadcast.models import Delivery, Update
from broadcast.reasons import Reason, meaning_of
from broadcast.states import State

_MAY_GO_ON = frozenset({State.SENDING, State.PAUSED})
_TABLE = cast("Table", Delivery.__table__)
# What the provider accepted, unless a receipt has already said more.
ACCEPT = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("of_id"), _TABLE.c.attempts == bindparam("at_attempt"))
    .values(
        state=case(
            (is_any_of(_TABLE.c.state, BEFORE_ACCEPTED), SendState.ACCEPTED.value),
            else_=_TABLE.c.state,
        ),
        provider_id=bindparam("new_provider_id"),
        lease_until=None,
        settled_at=bindparam("now", type_=_TABLE.c.settled_at.type),
    )
)


async def hold_owners(session: AsyncSession, ids: Sequence[str]) -> dict[str, Update]:
    """The updates of these deliveries by id, held so that none is stopped meanwhile."""
    owners = select(Delivery.update_id).where(Delivery.id.in_(ids))
    query = select(Update).where(Update.id.in_(owners)).order_by(Update.id)
    rows = await session.scalars(query.with_for_update(read=True))
    return {row.id: row for row in rows}


async def lock_rows(session: AsyncSession, ids: Sequence[str]) -> dict[str, Delivery]:
    query = select(Delivery).where(Delivery.id.in_(ids)).order_by(Delivery.id).with_for_update()
    return {row.id: row for row in await session.scalars(query)}


def settle_error(row: Delivery, error: SendError, update_state: State, now: datetime) -> None:
    row.error_code, row.fault, row.lease_until = error.code, error.fault, None
    row.state = _state_after(error, row)
    if row.state != SendState.QUEUED:
        row.settled_at = now
    elif update_state in _MAY_GO_ON:
        row.due_at = now + retry_pause(error, row.attempts)
    else:
        row.state, row.settled_at = SendState.CANCELLED, now
        row.error_code = Reason.EXPIRED if update_state is State.EXPIRED else Reason.STOPPED


async def lock_reported(session: AsyncSession, receipts: Sequence[Receipt]) -> list[Delivery]:
    """The rows that these receipts are about, in one order for everybody."""
    provider_ids = [receipt.provider_id for receipt in receipts]
    send_ids = [receipt.send_id for receipt in receipts if receipt.send_id]
    query = (
        select(Delivery)
        .where(or_(Delivery.provider_id.in_(provider_ids), Delivery.id.in_(send_ids)))
        .order_by(Delivery.id)
        .with_for_update()
    )
    return list(await session.scalars(query))


def find_reported(rows: Iterable[Delivery], receipt: Receipt) -> Delivery | None:
    for row in rows:
        is_named = row.id == receipt.send_id or row.provider_id == receipt.provider_id
        if is_named and row.channel == receipt.channel:
            return row
    return None


def fold_receipt(row: Delivery, receipt: Receipt, now: datetime) -> None:
    """A receipt proves that the provider has the message, so it also ends a doubt."""
    before = SendState(row.state)
    row.state = fold(before, receipt.state)
    row.provider_id = row.provider_id or receipt.provider_id
    if row.state != before:
        row.settled_at, row.error_code = now, receipt.error_code
        meaning = meaning_of(row.channel, receipt.error_code)
        row.fault = meaning.fault if meaning else None


def is_opt_out(receipt: Receipt) -> bool:
    """Whether the provider says that this person does not want our messages (STOP, blocked)."""
    meaning = meaning_of(receipt.channel, receipt.error_code)
    return receipt.state is SendState.FAILED and meaning is not None and meaning.opted_out


async def block(session: AsyncSession, address_ids: Iterable[str], now: datetime) -> None:
    ids = sorted(set(address_ids))
    if ids:
        await session.execute(
            update(Address).where(Address.id.in_(ids)).values(opted_in_at=None, blocked_at=now)
        )


def _state_after(error: SendError, row: Delivery) -> SendState:
    """At most once: only what was certainly not sent may go again."""
    if error.outcome is SendOutcome.RETRY:
        throttled = error.freezes_channel or error.retry_after is not None
        return SendState.QUEUED if throttled or row.attempts < MOST_ATTEMPTS else SendState.FAILED
    if error.outcome is SendOutcome.IN_DOUBT:
        return SendState.IN_DOUBT
    return SendState.FAILED
