"""Asking for an act that needs a second person, from any page of the console (PEER-11)."""

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from hub.console.errors import AlreadyRequestedError, BadFormError, NotAllowedError
from hub.console.frame import Visitor
from hub.staff.second_person import AlreadyRequestedError as WaitsError
from hub.staff.second_person import NotTheirsError, Request, request_act

REASON_FIELD = "reason"


async def ask_second_person(visitor: Visitor, session: AsyncSession, request: Request) -> Response:
    """Ask, and go to the page of the request.

    The form has a field `reason`; an act asked for without one is refused.
    """
    if not request.reason:
        raise BadFormError(REASON_FIELD)
    try:
        act = await request_act(session, request, visitor.staff, visitor.now)
    except WaitsError as error:
        raise AlreadyRequestedError(request.kind.name) from error
    except NotTheirsError as error:
        raise NotAllowedError(request.kind.name) from error
    return visitor.done(f"/requests/{act.id}", visitor._("Asked for. Now somebody else decides."))
