"""An update under way: what is polled while it is sent, and undo, pause, resume and stop."""

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from broadcast.control import pause, resume, stop
from broadcast.errors import UpdateError
from broadcast.models import Update
from broadcast.progress import Progress, read_progress
from broadcast.states import State
from broadcast.undoing import undo
from broadcast.versions import find_update
from hub.console.frame import Act, Page, Visitor
from hub.console.update_form import policy_of
from hub.console.update_refusals import refuse
from hub.console.update_words import delivery_names
from hub.staff.roles import Permission


async def show_progress(visitor: Visitor) -> Response:
    """The part of the page that asks again every second or two; it reads the ledger's figures and
    nothing else. Once the state is another one, the page is loaded as a whole."""
    async with visitor.console.database.read() as session:
        try:
            row = await find_update(session, visitor.path("update_id"))
        except UpdateError as error:
            raise refuse(error) from error
        if visitor.query("seen") not in ("", row.state):
            return Response(status_code=204, headers={"HX-Refresh": "true"})
        progress = await read_progress(session, row.id)
    return visitor.render("updates_live.html", **describe_progress(visitor, row, progress))


def describe_progress(visitor: Visitor, row: Update, progress: Progress) -> dict[str, Any]:
    """What `updates_live.html` shows."""
    state = State(row.state)
    return {
        "row": row,
        "state": state,
        "progress": progress,
        "problems": progress.problems(visitor._),
        "seconds_left": _seconds_left(visitor, row),
        "undo_seconds": int(policy_of(visitor.console).undo.total_seconds()),
        "is_resting": state in (State.SCHEDULED, State.SENDING)
        and not row.is_life_safety
        and policy_of(visitor.console).rests_at(max(visitor.now, row.starts_at or visitor.now)),
        "deliveries": delivery_names(visitor._),
    }


async def undo_update(visitor: Visitor, session: AsyncSession) -> Response:
    await _control(visitor, session, undo)
    phrase = visitor._("Taken back: nothing was sent, and it is a draft again.")
    return visitor.done(f"/updates/{visitor.path('update_id')}", phrase)


async def pause_update(visitor: Visitor, session: AsyncSession) -> Response:
    await _control(visitor, session, pause)
    phrase = visitor._("Paused. Nobody else gets it until it is resumed.")
    return visitor.done(f"/updates/{visitor.path('update_id')}", phrase)


async def resume_update(visitor: Visitor, session: AsyncSession) -> Response:
    await _control(visitor, session, resume)
    return visitor.done(f"/updates/{visitor.path('update_id')}", visitor._("It goes on."))


async def stop_update(visitor: Visitor, session: AsyncSession) -> Response:
    await _control(visitor, session, stop)
    phrase = visitor._("Stopped. Whoever has not got it yet will not get it.")
    return visitor.done(f"/updates/{visitor.path('update_id')}", phrase)


async def _control(
    visitor: Visitor, session: AsyncSession, act: Callable[..., Awaitable[object]]
) -> None:
    update_id = visitor.path("update_id")
    try:
        await act(session, update_id, actor=visitor.staff.id, now=visitor.now)
    except UpdateError as error:
        raise refuse(error) from error


def _seconds_left(visitor: Visitor, row: Update) -> int:
    """Until the end of the countdown, rounded up; 0 without one."""
    if row.starts_at is None or row.state != State.SCHEDULED:
        return 0
    return max(0, -int((visitor.now - row.starts_at).total_seconds() // 1))


PAGES = (
    Page("/updates/{update_id}/progress", Permission.UPDATES_READ, show_progress, is_polled=True),
    Act("/updates/{update_id}/undo", Permission.UPDATES_STOP, undo_update),
    Act("/updates/{update_id}/pause", Permission.UPDATES_STOP, pause_update),
    Act("/updates/{update_id}/resume", Permission.UPDATES_STOP, resume_update),
    Act("/updates/{update_id}/stop", Permission.UPDATES_STOP, stop_update),
)
