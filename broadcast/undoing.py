"""Taking an approval back while nothing has left (HUM-42, F-37): the update is a draft once more.

The words stay as they are and keep their editor, so whoever takes it back may approve it again.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from broadcast.models import Update
from broadcast.states import Move, State, next_state
from broadcast.versions import lock_update, void_approvals
from hub.staff.audit import record_act


async def undo(session: AsyncSession, update_id: str, *, actor: str, now: datetime) -> Update:
    """Raise `MoveRefusedError` once sending has begun: the lock decides which of the two came
    first."""
    row = await lock_update(session, update_id)
    target = next_state(State(row.state), Move.UNDO)
    row.state, row.changed_at = target, now
    row.submitter_id = row.comment = row.starts_at = None
    await void_approvals(session, row, now)
    await record_act(
        session, now, actor, Move.UNDO, "update", row.id, version=row.version, hash=row.content_hash
    )
    await session.flush()
    return row
