"""Requests about one's own data that come to a desk, and the days in which they are due (HUM-10).

Who asks in the chat is served at once (MY DATA, ERASE). What is asked for elsewhere, by word or on
paper, is noted here without a name, so that no day is forgotten. Works in the caller's transaction.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.data_request_models import DataRequest
from hub.config import DataRequestSettings
from hub.staff.audit import record_act

_SHOWN = 200


class Asked(StrEnum):
    """The rights of Peru's law 29733."""

    ACCESS = "access"
    CORRECTION = "correction"
    ERASURE = "erasure"
    OBJECTION = "objection"


class Outcome(StrEnum):
    DONE = "done"
    NOTHING_KEPT = "nothing_kept"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"


class AlreadyClosedError(Exception):
    """There is no such request, or it has its outcome."""


def due_on(kind: Asked, asked_at: datetime, settings: DataRequestSettings) -> datetime:
    days = settings.access_days if kind is Asked.ACCESS else settings.other_days
    return asked_at + timedelta(days=days)


async def note_request(
    session: AsyncSession,
    kind: Asked,
    asked_at: datetime,
    settings: DataRequestSettings,
    *,
    actor: str,
    now: datetime,
) -> DataRequest:
    due_at = due_on(kind, asked_at, settings)
    row = DataRequest(kind=kind, asked_at=asked_at, due_at=due_at, noted_by=actor)
    session.add(row)
    await session.flush()
    await record_act(
        session, now, actor, "note_data_request", "data_request", str(row.number), asked=kind
    )
    return row


async def close_request(
    session: AsyncSession, number: int, outcome: Outcome, *, actor: str, now: datetime
) -> None:
    """Raise `AlreadyClosedError` if somebody was faster."""
    row = await session.get(DataRequest, number, with_for_update=True)
    if row is None or row.closed_at is not None:
        raise AlreadyClosedError(number)
    row.closed_at, row.closed_by, row.outcome = now, actor, outcome
    await session.flush()
    await record_act(
        session, now, actor, "close_data_request", "data_request", str(number), result=outcome
    )


async def list_requests(session: AsyncSession) -> Sequence[DataRequest]:
    """The open ones first, by the day on which they are due; then the last that were closed."""
    waiting = select(DataRequest).where(DataRequest.closed_at.is_(None))
    closed = select(DataRequest).where(DataRequest.closed_at.is_not(None))
    return [
        *await session.scalars(waiting.order_by(DataRequest.due_at, DataRequest.number)),
        *await session.scalars(closed.order_by(DataRequest.closed_at.desc()).limit(_SHOWN)),
    ]


async def count_due(session: AsyncSession, before: datetime) -> int:
    """Open requests that are due before this moment."""
    query = select(func.count()).where(DataRequest.closed_at.is_(None), DataRequest.due_at < before)
    return await session.scalar(query) or 0
