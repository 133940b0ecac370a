"""What the two ledgers of sends, outbox and deliveries, do to their rows in the same way."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    String,
    Table,
    Update,
    bindparam,
    case,
    literal_column,
    null,
    update,
)
from sqlalchemy.engine import Connection

from bot.lanes import Accepted
from bot.messages import SendState, fold
from hub.database import Database

BEFORE_ACCEPTED = [
    state
    for state in SendState
    if state is not SendState.ACCEPTED and fold(state, SendState.ACCEPTED) is SendState.ACCEPTED
]


def spelled(state: SendState) -> ColumnElement[str]:
    """A state as part of a statement's text: as a parameter it would be given anew for each row,
    and SQLite could not see by it that a partial index fits."""
    return literal_column(f"'{state}'", String)


def accept_in(table: Table) -> Update:
    """What the provider accepted, unless a receipt has already said more or another attempt has
    begun; for many rows at once."""
    return (
        update(table)
        .where(table.c.id == bindparam("of_id"), table.c.attempts == bindparam("at_attempt"))
        .values(
            state=case(
                (table.c.state.in_(map(spelled, BEFORE_ACCEPTED)), spelled(SendState.ACCEPTED)),
                else_=table.c.state,
            ),
            provider_id=bindparam("new_provider_id"),
            lease_until=null(),
            settled_at=bindparam("now", type_=table.c.settled_at.type),
        )
    )


def accept(connection: Connection, statement: Update, accepted: Sequence[Accepted]) -> None:
    """In the order of ids, so that two writers cannot each wait for the other. A result counts only
    if the row is still at the attempt that it is about."""
    rows = [
        {
            "of_id": each.claim.send_id,
            "at_attempt": each.claim.attempt,
            "new_provider_id": each.provider_id,
            "now": each.at,
        }
        for each in sorted(accepted, key=_by_id)
    ]
    if rows:
        connection.execute(statement, rows)


def _by_id(accepted: Accepted) -> str:
    return accepted.claim.send_id


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
