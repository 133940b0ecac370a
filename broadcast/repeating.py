"""The next time of an update that repeats: the same words, handed over anew. Approves nothing.

Words that were right a week ago may be wrong now, so each time somebody approves them again.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast.errors import UnfitError
from broadcast.models import Update
from broadcast.policy import Policy
from broadcast.versions import Draft
from broadcast.writing import compose, read_draft, submit


async def prepare_next(
    session: AsyncSession, row: Update, policy: Policy, now: datetime
) -> Update | None:
    """Write the next one and hand it over; None if there is none or it exists already.

    Called when this one starts, so that there is time to approve the next.
    """
    if row.repeat_days is None or row.repeat_until is None:
        return None
    every = timedelta(days=row.repeat_days)
    begins = (row.send_at or now) + every
    exists = select(Update.id).where(Update.repeats_id == row.id).limit(1)
    if begins > row.repeat_until or await session.scalar(exists):
        return None
    draft = await read_draft(session, row.id)
    moved = Draft(
        draft.title,
        {name: text for name, text in draft.texts.items() if name in policy.closings},
        draft.audience,
        begins,
        begins + (row.not_after - (row.send_at or now)),
        urgency=draft.urgency,
        is_life_safety=draft.is_life_safety,
        repetition=draft.repetition if begins + every <= row.repeat_until else None,
        answer_id=draft.answer_id,
        owner=draft.owner,
        templates=draft.templates,
    )
    following = await compose(
        session, moved, policy, author=row.author_id, now=now, repeats_id=row.id
    )
    # What is unfit stays a draft of its author, whose form says what to mend.
    with suppress(UnfitError):
        await submit(
            session, following.id, policy, seen_version=1, submitter=row.author_id, now=now
        )
    return following
