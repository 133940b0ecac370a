"""What the two ledgers of sends, outbox and deliveries, do to their rows in the same way."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, Update, bindparam, case, literal, or_, update

from bot.messages import SendState, fold
from hub.database import Database

BEFORE_ACCEPTED = [
    state
    for state in SendState
    if state is not SendState.ACCEPTED and fold(state, SendState.ACCEPTED) is SendState.ACCEPTED
]


def is_any_of(column: ColumnElement[Any], values: Sequence[SendState]) -> ColumnElement[bool]:
    """`IN` as a statement for many rows at once can hold it: an expanding one cannot be."""
    return or_(*(column == literal(value.value) for value in values))


def accept_in(table: Table) -> Update:
    """What the provider accepted, unless a receipt has already said more or another attempt has
    begun; for many rows at once."""
    return (
        update(table)
        .where(table.c.id == bindparam("of_id"), table.c.attempts == bindparam("at_attempt"))
        .values(
            state=case(
                (is_any_of(table.c.state, BEFORE_ACCEPTED), SendState.ACCEPTED.value),
                else_=table.c.state,
            ),
            provider_id=bindparam("new_provider_id"),
            lease_until=None,
            settled_at=bindparam("now", type_=table.c.settled_at.type),
        )
    )


async def renew_in(
    database: Database, table: Table, send_ids: Sequence[str], now: datetime, lease: timedelta
) -> set[str]:
    """Give sends a new lease in their ledger; whose lease is over is not given another."""
    statement = (
        update(table)
        .where(
            table.c.id.in_(send_ids),
            table.c.state == SendState.SENDING,
            table.c.lease_until > now,
        )
        .values(lease_until=now + lease)
        .returning(table.c.id)
    )
    async with database.write() as session:
        return set(await session.scalars(statement))
