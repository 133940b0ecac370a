"""What the two ledgers of sends, outbox and deliveries, do to their rows in the same way."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    String,
    Table,
    Update,
    any_,
    bindparam,
    case,
    column,
    func,
    literal_column,
    null,
    select,
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


class Acceptance(NamedTuple):
    """What the provider accepted, unless a receipt has already said more or another attempt has
    begun: a statement for each row, and one for all of them on PostgreSQL, where each costs a turn
    of its own and half as much again."""

    of_each: Update
    of_all: Update


def accept_in(table: Table) -> Acceptance:
    moment = table.c.settled_at.type
    of_each = _accept(
        table,
        bindparam("of_id"),
        bindparam("at_attempt"),
        bindparam("new_provider_id"),
        bindparam("now", type_=moment),
    )
    ids = bindparam("of_ids", type_=ARRAY(String))
    new = (
        func.unnest(
            ids,
            bindparam("at_attempts", type_=ARRAY(Integer)),
            bindparam("new_provider_ids", type_=ARRAY(String)),
            bindparam("moments", type_=ARRAY(moment)),
        )
        .table_valued("id", "attempt", "provider_id", column("at", moment))
        .render_derived("new")
    )
    held = (  # in the order of ids, whatever way the join takes
        select(table.c.id)
        .where(table.c.id == any_(ids))
        .order_by(table.c.id)
        .with_for_update()
        .cte("held")
    )
    of_all = _accept(table, new.c.id, new.c.attempt, new.c.provider_id, new.c.at)
    return Acceptance(of_each, of_all.where(table.c.id == held.c.id))


def _accept(
    table: Table,
    of_id: ColumnElement[str],
    at_attempt: ColumnElement[int],
    provider_id: ColumnElement[str],
    now: ColumnElement[datetime],
) -> Update:
    return (
        update(table)
        .where(table.c.id == of_id, table.c.attempts == at_attempt)
        .values(
            state=case(
                (table.c.state.in_(map(spelled, BEFORE_ACCEPTED)), spelled(SendState.ACCEPTED)),
                else_=table.c.state,
            ),
            provider_id=provider_id,
            lease_until=null(),
            settled_at=now,
        )
    )


def accept(connection: Connection, statement: Acceptance, accepted: Sequence[Accepted]) -> None:
    """In the order of ids, so that two writers cannot each wait for the other. A result counts only
    if the row is still at the attempt that it is about."""
    results = sorted(accepted, key=_by_id)
    if not results:
        return
    if connection.dialect.name == "postgresql":
        together = {
            "of_ids": [each.claim.send_id for each in results],
            "at_attempts": [each.claim.attempt for each in results],
            "new_provider_ids": [each.provider_id for each in results],
            "moments": [each.at for each in results],
        }
        connection.execute(statement.of_all, together)
        return
    rows = [
        {
            "of_id": each.claim.send_id,
            "at_attempt": each.claim.attempt,
            "new_provider_id": each.provider_id,
            "now": each.at,
        }
        for each in results
    ]
    connection.execute(statement.of_each, rows)


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
