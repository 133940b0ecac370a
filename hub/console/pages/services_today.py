"""What is so today at a place, said from a phone beside it: choose the place, press what it is.

Three taps from the first page. The act itself is that of the service's own page.
"""

from starlette.responses import Response

from content.states import State
from hub.console.errors import NotFoundError
from hub.console.frame import Page, Visitor
from hub.console.service_views import Filters, load_directory, load_sheet
from hub.console.words import condition_names, span_names
from hub.staff.roles import Permission

_MOST_LINES = 60  # a thumb does not scroll further; the department and words narrow it


async def show_places(visitor: Visitor) -> Response:
    filters = Filters("", visitor.query("area"), State.APPROVED, "", visitor.query("q"))
    async with visitor.console.database.read() as session:
        found = await load_directory(session, filters, visitor.language, visitor.now)
    own = [line for line in found.lines if line.service.owner in visitor.staff.sub_groups]
    others = [line for line in found.lines if line.service.owner not in visitor.staff.sub_groups]
    lines = sorted([*own, *others], key=lambda line: line.condition is None)
    return visitor.render(
        "services_today.html",
        lines=lines[:_MOST_LINES],
        has_more=len(lines) > _MOST_LINES,
        departments=found.departments,
        filters=filters,
        conditions=condition_names(visitor._),
    )


async def show_buttons(visitor: Visitor) -> Response:
    async with visitor.console.database.read() as session:
        sheet = await load_sheet(session, visitor.path("service_id"), visitor.language, visitor.now)
    if sheet is None or sheet.state is not State.APPROVED:
        raise NotFoundError
    return visitor.render(
        "services_buttons.html",
        sheet=sheet,
        service=sheet.service,
        conditions=condition_names(visitor._),
        spans=span_names(visitor._),
        usual_span="4",
    )


PAGES = (
    Page("/services/today", Permission.SERVICES_CONDITION, show_places),
    Page("/services/{service_id}/today", Permission.SERVICES_CONDITION, show_buttons),
)
