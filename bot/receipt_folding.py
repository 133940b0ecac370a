"""What a provider's receipts change in the replies they are about: a state moves forwards only.

Works in the transaction that it is given; `bot.outbox` says which receipts share one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.registry import explain
from bot.messages import Receipt, SendState, fold
from bot.models import Address, OutboxRow

_MOST_LOOKED_UP = 500  # receipts in one query


@dataclass(frozen=True)
class Replies:
    """The replies that some receipts are about."""

    by_id: dict[tuple[str, str], OutboxRow]
    by_provider: dict[tuple[str, str], OutboxRow]

    def find(self, receipt: Receipt) -> OutboxRow | None:
        ours = self.by_id.get((receipt.channel, receipt.send_id)) if receipt.send_id else None
        return ours or self.by_provider.get((receipt.channel, receipt.provider_id))


async def replies_of(session: AsyncSession, receipts: Sequence[Receipt]) -> Replies:
    """Locked in the order of their numbers, as every other gathering of receipts locks them."""
    rows = Replies({}, {})
    for at in range(0, len(receipts), _MOST_LOOKED_UP):
        some = receipts[at : at + _MOST_LOOKED_UP]
        match = or_(
            OutboxRow.id.in_({each.send_id for each in some if each.send_id}),
            OutboxRow.provider_id.in_({each.provider_id for each in some if not each.send_id}),
        )
        query = select(OutboxRow).where(match).order_by(OutboxRow.seq).with_for_update()
        for row in await session.scalars(query):
            rows.by_id[row.channel, row.id] = row
            if row.provider_id is not None:
                rows.by_provider.setdefault((row.channel, row.provider_id), row)
    return rows


async def fold_receipt(
    session: AsyncSession, rows: Replies, receipt: Receipt, now: datetime
) -> bool:
    """Whether the receipt is about a reply."""
    row = rows.find(receipt)
    if row is None:
        return False
    before = SendState(row.state)
    # A receipt proves that the provider has the message, so it also ends a queue or a doubt.
    row.state = fold(before, receipt.state)
    if row.provider_id is None:
        row.provider_id = receipt.provider_id
        rows.by_provider[row.channel, receipt.provider_id] = row
    if row.state != before:
        row.settled_at, row.error_code = now, receipt.error_code
    if row.state == SendState.FAILED:
        meaning = explain(row.channel, receipt.error_code)
        if meaning is not None and meaning.opted_out:
            await block(session, [row.address_id], now)
    return True


async def block(session: AsyncSession, address_ids: Iterable[str], now: datetime) -> None:
    """The provider says that these people want nothing from us: an opt-out (HUM-07)."""
    ids = sorted(set(address_ids))
    if ids:
        await session.execute(
            update(Address).where(Address.id.in_(ids)).values(opted_in_at=None, blocked_at=now)
        )
