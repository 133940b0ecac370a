"""Once more to those who failed for a reason that passes. Never to whom a message may have come."""

from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import Fault, SendState
from broadcast.errors import MoveRefusedError
from broadcast.models import Delivery
from broadcast.reasons import Reason
from broadcast.states import Move, State, can, next_state
from broadcast.versions import lock_update
from hub.staff.audit import record_act

# A wrong number stays wrong and a refused text refused; a provider's bad hour ends.
_PASSING = (Fault.PROVIDER, Fault.NETWORK, Fault.ACCOUNT)


def is_worth_it(update_id: str) -> ColumnElement[bool]:
    passes = or_(Delivery.fault.in_(_PASSING), Delivery.error_code == Reason.NEVER_LEFT)
    return (
        (Delivery.update_id == update_id)
        & (Delivery.state == SendState.FAILED)
        & passes
        & Delivery.address_id.is_not(None)
    )


async def count_worth_it(session: AsyncSession, update_id: str) -> int:
    query = select(func.count()).select_from(Delivery).where(is_worth_it(update_id))
    return await session.scalar(query) or 0


async def retry_failed(session: AsyncSession, update_id: str, *, actor: str, now: datetime) -> int:
    """Put them back in the queue; how many there are. Each claim checks them anew."""
    row = await lock_update(session, update_id)
    state = State(row.state)
    if row.not_after <= now or not (can(state, Move.RETRY) or can(state, Move.PAUSE)):
        raise MoveRefusedError(f"update {update_id} is {state} and ends {row.not_after}")
    again = await session.execute(
        update(Delivery)
        .where(is_worth_it(update_id))
        .values(
            state=SendState.QUEUED,
            attempts=Delivery.attempts + 1,  # an answer to the earlier try changes nothing any more
            error_code=None,
            fault=None,
            settled_at=None,
            due_at=now,
        )
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    number = len(again.all())
    if number == 0:
        return 0
    if can(state, Move.RETRY):
        row.state, row.ended_at = next_state(state, Move.RETRY), None
    row.changed_at = now
    await record_act(
        session, now, actor, Move.RETRY, "update", row.id, version=row.version, people=number
    )
    return number
