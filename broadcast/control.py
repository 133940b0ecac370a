"""Running an update: start what is due, pause, resume, stop, finish, expire. Sends nothing itself.

Each step is one transaction that first locks the update, so a stop and a claim never cross.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, exists, func, or_, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import Fault, SendState
from broadcast.expanding import expand
from broadcast.models import Delivery, Update
from broadcast.policy import Policy
from broadcast.reasons import Reason
from broadcast.repeating import prepare_next
from broadcast.states import ENDED, Move, State, can, next_state
from broadcast.versions import lock_update
from hub.clock import Clock
from hub.database import Database
from hub.failpoints import hit
from hub.staff.audit import record_act

_REFUSALS_BEFORE_PAUSE = 3
_CANCELLED_AT_ONCE = 1_000
_OPEN = (SendState.QUEUED, SendState.SENDING)
_CAN_EXPIRE = [state for state in State if can(state, Move.EXPIRE)]


async def tick(database: Database, policy: Policy, clock: Clock) -> bool:
    """Move every update on that is due to move; whether any did. A step for `hub.jobs`."""
    moved = False
    for update_id in await _find_due(database, policy, clock.now()):
        async with database.write() as session:
            moved |= await _advance(session, update_id, policy, clock.now())
        hit("tick.committed")
    return moved


async def pause(session: AsyncSession, update_id: str, *, actor: str, now: datetime) -> Update:
    return await _move(session, update_id, Move.PAUSE, actor, now)


async def resume(session: AsyncSession, update_id: str, *, actor: str, now: datetime) -> Update:
    return await _move(session, update_id, Move.RESUME, actor, now)


async def stop(session: AsyncSession, update_id: str, *, actor: str, now: datetime) -> int:
    """End it for good; return how many people will not get it. What is under way goes on.

    From the commit on nothing more of it is claimed, whatever its copies say; `tick` writes down
    what the first thousand leave.
    """
    row = await _move(session, update_id, Move.STOP, actor, now)
    row.ended_at = now
    await session.flush()
    waiting = await session.scalar(
        select(func.count()).where(
            Delivery.update_id == update_id, Delivery.state == SendState.QUEUED
        )
    )
    await cancel_some(session, update_id, Reason.STOPPED, now)
    return waiting or 0


async def pause_refused(database: Database, update_id: str, now: datetime) -> None:
    """Pause an update whose words the provider refused several times: a person has to look."""
    query = select(func.count()).where(
        Delivery.update_id == update_id,
        Delivery.state == SendState.FAILED,
        Delivery.fault == Fault.CONTENT,
    )
    async with database.write() as session:
        row = await lock_update(session, update_id)
        refused = await session.scalar(query) or 0
        if refused >= _REFUSALS_BEFORE_PAUSE and can(State(row.state), Move.PAUSE):
            await _change(session, row, Move.PAUSE, "system", now)


async def _find_due(database: Database, policy: Policy, now: datetime) -> Sequence[str]:
    is_begun = or_(Update.send_at.is_(None), Update.send_at <= now + policy.undo)
    is_open = exists().where(Delivery.update_id == Update.id, Delivery.state.in_(_OPEN))
    is_waiting = exists().where(Delivery.update_id == Update.id, Delivery.state == SendState.QUEUED)
    query = select(Update.id).where(
        or_(
            and_(Update.state.in_(_CAN_EXPIRE), Update.not_after <= now),
            and_(Update.state == State.APPROVED, is_begun),
            and_(Update.state == State.SCHEDULED, Update.starts_at <= now),
            and_(Update.state == State.SENDING, ~is_open),
            and_(Update.state.in_(ENDED), is_waiting),
        )
    )
    async with database.read() as session:
        return (await session.scalars(query.order_by(Update.changed_at, Update.id))).all()


async def _advance(session: AsyncSession, update_id: str, policy: Policy, now: datetime) -> bool:
    """One step of one update, decided anew under the lock."""
    row = await lock_update(session, update_id)
    state = State(row.state)
    if state in ENDED:
        return await cancel_some(session, row.id, _reason_of(state), now) > 0
    if can(state, Move.EXPIRE) and row.not_after <= now:
        await _change(session, row, Move.EXPIRE, "system", now)
        row.ended_at = now
        await cancel_some(session, row.id, Reason.EXPIRED, now)
        return True
    if state is State.APPROVED:
        return await _schedule(session, row, policy, now)
    if state is State.SCHEDULED and row.starts_at is not None and row.starts_at <= now:
        await expand(session, row, policy, now)
        await prepare_next(session, row, policy, now)
        return True
    return state is State.SENDING and await _finish(session, row, now)


async def _schedule(session: AsyncSession, row: Update, policy: Policy, now: datetime) -> bool:
    """Begin the undo pause, so that it ends at the wanted moment if there is time enough."""
    begins = now + policy.undo
    if row.send_at is not None and row.send_at > begins:
        return False
    row.starts_at = max(begins, row.send_at or begins)
    await _change(session, row, Move.SCHEDULE, "system", now)
    return True


async def _finish(session: AsyncSession, row: Update, now: datetime) -> bool:
    query = select(func.count()).where(Delivery.update_id == row.id, Delivery.state.in_(_OPEN))
    if await session.scalar(query):
        return False
    await _change(session, row, Move.FINISH, "system", now)
    row.ended_at = now
    return True


async def _move(
    session: AsyncSession, update_id: str, move: Move, actor: str, now: datetime
) -> Update:
    row = await lock_update(session, update_id)
    await _change(session, row, move, actor, now)
    return row


async def _change(
    session: AsyncSession, row: Update, move: Move, actor: str, now: datetime
) -> None:
    row.state = next_state(State(row.state), move)
    row.changed_at = now
    await record_act(session, now, actor, move, "update", row.id, version=row.version)


async def cancel_some(session: AsyncSession, update_id: str, reason: Reason, now: datetime) -> int:
    connection = await session.connection()
    return await connection.run_sync(cancel_in, update_id, reason, now)


def cancel_in(connection: Connection, update_id: str, reason: Reason, now: datetime) -> int:
    """Some of what waits, as its index has them: a million in one transaction would keep everybody
    from being answered for a minute on SQLite."""
    waiting = (
        select(Delivery.id)
        .where(Delivery.update_id == update_id, Delivery.state == SendState.QUEUED)
        .limit(_CANCELLED_AT_ONCE)
    )
    cancelled = connection.execute(
        update(Delivery)
        .where(Delivery.id.in_(waiting), Delivery.state == SendState.QUEUED)
        .values(state=SendState.CANCELLED, error_code=reason, settled_at=now)
        .returning(Delivery.id)
    )
    return len(cancelled.all())


def _reason_of(state: State) -> Reason:
    return Reason.EXPIRED if state is State.EXPIRED else Reason.STOPPED
