"""What became of deliveries: providers' errors and receipts, folded into the ledger's rows.

Works on rows that the caller has locked; never sends and never puts back what may have been sent.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Select, Table, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.ledgers import accept_in
from bot.messages import Receipt, SendError, SendState, fold
from bot.outbox import retry_pause, state_after
from broadcast.models import Delivery, Update
from broadcast.reasons import Reason, meaning_of
from broadcast.states import State

_MAY_GO_ON = frozenset({State.SENDING, State.PAUSED})
_TABLE = cast("Table", Delivery.__table__)
ACCEPT = accept_in(_TABLE)

_NAME = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("of_id"))
    .values(provider_id=bindparam("new_provider_id"))
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
    row.state = state_after(error, row.attempts)
    if row.state != SendState.QUEUED:
        row.settled_at = now
    elif update_state in _MAY_GO_ON:
        row.due_at = now + retry_pause(error, row.attempts)
    else:
        row.state, row.settled_at = SendState.CANCELLED, now
        row.error_code = Reason.EXPIRED if update_state is State.EXPIRED else Reason.STOPPED


@dataclass
class Reported:
    """A delivery that a receipt is about, as it stands and as it will."""

    id: str
    channel: str
    address_id: str | None
    state: SendState
    provider_id: str | None
    error_code: str | None
    fault: str | None
    settled_at: datetime | None
    is_newly_named: bool = field(default=False, init=False)  # by the receipt: we never heard


@dataclass
class ReportedRows:
    """Deliveries by our id and by the provider's."""

    by_id: dict[tuple[str, str], Reported] = field(default_factory=dict)
    by_provider: dict[tuple[str, str], Reported] = field(default_factory=dict)

    def find(self, receipt: Receipt) -> Reported | None:
        ours = self.by_id.get((receipt.channel, receipt.send_id)) if receipt.send_id else None
        return ours or self.by_provider.get((receipt.channel, receipt.provider_id))

    def add(self, row: Reported) -> None:
        self.by_id[row.channel, row.id] = row
        if row.provider_id is not None:
            self.by_provider.setdefault((row.channel, row.provider_id), row)


async def lock_reported(session: AsyncSession, receipts: Sequence[Receipt]) -> ReportedRows:
    """The rows that these receipts are about, in one order for everybody."""
    rows = ReportedRows()
    for found in await session.execute(select_reported(receipts)):
        rows.add(Reported(*found))
    return rows


def select_reported(receipts: Sequence[Receipt]) -> Select[*tuple[Any, ...]]:
    of_ours = {each.send_id for each in receipts if each.send_id}
    of_theirs = {each.provider_id for each in receipts if not each.send_id}
    return (
        select(*(_TABLE.c[each.name] for each in fields(Reported) if each.init))
        .where(or_(_TABLE.c.id.in_(of_ours), _TABLE.c.provider_id.in_(of_theirs)))
        .order_by(_TABLE.c.id)
        .with_for_update()
    )


async def write_reported(session: AsyncSession, rows: Iterable[Reported]) -> None:
    """One statement for all rows that met the same fate: a flood of receipts has few fates."""
    connection = await session.connection()
    alike: defaultdict[tuple[object, ...], list[Reported]] = defaultdict(list)
    for row in rows:
        alike[row.state, row.error_code, row.fault, row.settled_at].append(row)
    for (state, error_code, fault, settled_at), some in alike.items():
        await connection.execute(
            update(_TABLE)
            .where(_TABLE.c.id.in_([row.id for row in some]))
            .values(state=state, error_code=error_code, fault=fault, settled_at=settled_at)
        )
    named = [
        {"of_id": row.id, "new_provider_id": row.provider_id}
        for some in alike.values()
        for row in some
        if row.is_newly_named
    ]
    if named:
        await connection.execute(_NAME, named)


def fold_receipt(row: Reported, receipt: Receipt, now: datetime) -> bool:
    """A receipt proves that the provider has the message, so it also ends a doubt. Whether it
    changed anything."""
    before = SendState(row.state)
    row.state = fold(before, receipt.state)
    if row.provider_id is None:
        row.provider_id, row.is_newly_named = receipt.provider_id, True
    if row.state is before:
        return row.is_newly_named
    row.settled_at, row.error_code = now, receipt.error_code
    meaning = meaning_of(row.channel, receipt.error_code)
    row.fault = meaning.fault if meaning else None
    return True


def is_opt_out(receipt: Receipt) -> bool:
    """Whether the provider says that this person does not want our messages (STOP, blocked)."""
    meaning = meaning_of(receipt.channel, receipt.error_code)
    return receipt.state is SendState.FAILED and meaning is not None and meaning.opted_out
