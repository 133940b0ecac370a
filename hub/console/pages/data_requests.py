"""Data requests: who asked a desk about their own data, and until when it is due (HUM-10)."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from bot.data_request_models import DataRequest
from bot.data_requests import (
    AlreadyClosedError,
    Asked,
    Outcome,
    close_request,
    count_due,
    list_requests,
    note_request,
)
from hub.console.contact_words import request_outcome_names, right_names
from hub.console.errors import BadFormError, ConflictError
from hub.console.frame import Act, Card, Page, Visitor
from hub.console.menu import PEOPLE
from hub.i18n import noop
from hub.staff.models import StaffMember
from hub.staff.roles import Permission

_PATH = "/data-requests"
_OLDEST = timedelta(days=365)
_MOST_DIGITS = 9  # PostgreSQL's integers end soon after


async def show_requests(visitor: Visitor) -> Response:
    async with visitor.console.database.read() as session:
        return await _page(visitor, session)


async def note(visitor: Visitor, session: AsyncSession) -> Response:
    _, kind = visitor._, visitor.field("kind")
    asked_at = _read_day(visitor)
    errors = {}
    if kind not in set(Asked):
        errors["kind"] = _("Choose what was asked for.")
    if asked_at is None:
        errors["asked_on"] = _("Write the day on which it came in, today at the latest.")
    if errors or asked_at is None:
        return await _page(visitor, session, errors)
    row = await note_request(
        session,
        Asked(kind),
        asked_at,
        visitor.console.config.data_requests,
        actor=visitor.staff.id,
        now=visitor.now,
    )
    phrase = _("Noted as number %(number)s. Write that number on what the person handed in.")
    return visitor.done(_PATH, phrase % {"number": row.number})


async def close(visitor: Visitor, session: AsyncSession) -> Response:
    number, outcome = visitor.path("number"), visitor.field("outcome")
    if not (number.isascii() and number.isdecimal() and len(number) <= _MOST_DIGITS):
        raise BadFormError("number")
    if outcome not in set(Outcome):
        phrase = visitor._("Choose what came of it.")
        return await _page(visitor, session, {f"outcome-{number}": phrase})
    try:
        await close_request(
            session, int(number), Outcome(outcome), actor=visitor.staff.id, now=visitor.now
        )
    except AlreadyClosedError as error:
        raise ConflictError from error
    return visitor.done(_PATH, visitor._("Closed."))


async def count_cards(visitor: Visitor, session: AsyncSession) -> list[Card]:
    if not visitor.can(Permission.CONTACTS_READ):
        return []
    _, warn = visitor._, visitor.console.config.data_requests.warn_days
    late = await count_due(session, visitor.now)
    soon = await count_due(session, visitor.now + timedelta(days=warn)) - late
    cards = [
        Card(_("Data requests: overdue"), late, _("The law's time is over"), _PATH, "bad"),
        Card(_("Data requests: due soon"), soon, _("Somebody asked about their own data"), _PATH),
    ]
    return [card for card in cards if card.count]


async def _page(
    visitor: Visitor, session: AsyncSession, errors: dict[str, str] | None = None
) -> Response:
    rows = await list_requests(session)
    ids = {row.noted_by for row in rows} | {row.closed_by for row in rows if row.closed_by}
    query = select(StaffMember.id, StaffMember.display_name).where(StaffMember.id.in_(ids))
    return visitor.render(
        "data_requests.html",
        status=422 if errors else 200,
        errors=errors or {},
        rows=rows,
        people={found.id: found.display_name for found in await session.execute(query)},
        kinds=right_names(visitor._),
        outcomes=request_outcome_names(visitor._),
        standing=lambda row: _standing(visitor, row),
        settings=visitor.console.config.data_requests,
        kind=visitor.field("kind"),
        asked_on=visitor.field("asked_on") or f"{_today(visitor):%Y-%m-%d}",
    )


def _standing(visitor: Visitor, row: DataRequest) -> tuple[str, str]:
    _ = visitor._
    if row.outcome is not None:
        return "quiet", request_outcome_names(_).get(row.outcome, row.outcome)
    days = (row.due_at - visitor.now).days
    if row.due_at <= visitor.now:
        return "bad", _("Overdue")
    soon = days < visitor.console.config.data_requests.warn_days
    words = _("Due today") if days == 0 else _("%(days)s days left") % {"days": days}
    return ("wait" if soon else "good"), words


def _read_day(visitor: Visitor) -> datetime | None:
    """The end of that day, where the desk is: the days begin to count with the next."""
    try:
        day = date.fromisoformat(visitor.field("asked_on"))
    except ValueError:
        return None
    today = _today(visitor)
    if not today - _OLDEST <= day <= today:
        return None
    return datetime.combine(day, time.max, _zone(visitor)).astimezone(visitor.now.tzinfo)


def _today(visitor: Visitor) -> date:
    return visitor.now.astimezone(_zone(visitor)).date()


def _zone(visitor: Visitor) -> ZoneInfo:
    return ZoneInfo(visitor.console.config.timezone)


PAGES = (
    Page(
        _PATH,
        Permission.CONTACTS_READ,
        show_requests,
        nav=noop("Data requests"),
        nav_under=PEOPLE,
    ),
    Act(f"{_PATH}/note", Permission.CONTACTS_READ, note),
    Act(f"{_PATH}/{{number}}/close", Permission.CONTACTS_READ, close),
)
