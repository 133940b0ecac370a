"""Recall and correction as one act (HUM-43): what has not left stays, and a new text begins for
exactly those who may have read the wrong one. Approves nothing and sends nothing."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from broadcast.control import stop
from broadcast.errors import MoveRefusedError
from broadcast.models import Update
from broadcast.policy import Policy
from broadcast.states import ENDED, Move, State, can
from broadcast.versions import lock_update
from broadcast.writing import correct

_MAY_HAVE_LEFT = (ENDED | {State.SENDING, State.PAUSED}) - {State.WITHDRAWN}


async def recall(
    session: AsyncSession, update_id: str, policy: Policy, *, title: str, author: str, now: datetime
) -> Update:
    """Stop the update, if it is under way, and begin its correction; the new draft.

    What is with the provider at this moment cannot be called back: whoever gets it is in the
    correction's audience, which is looked up when the correction is sent.
    """
    row = await lock_update(session, update_id)
    state = State(row.state)
    if state not in _MAY_HAVE_LEFT:
        raise MoveRefusedError(f"nothing of update {update_id} has left")
    if can(state, Move.STOP):
        await stop(session, update_id, actor=author, now=now)
    return await correct(session, update_id, policy, title=title, author=author, now=now)
