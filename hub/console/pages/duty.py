"""The roster: who reads requests when, so that the bot can say so to whoever asks for a person."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from bot.rostering import (
    MOST_WEEKS,
    BadShiftError,
    UnknownMemberError,
    add_shifts,
    is_kept,
    list_readers,
    list_shifts,
    on_duty,
    remove_shift,
)
from hub.console.errors import ConflictError
from hub.console.frame import Act, Card, Page, Visitor
from hub.console.menu import PEOPLE
from hub.i18n import noop
from hub.staff.roles import Permission

_PATH = "/duty"
_WEEK = timedelta(days=7)
_SPELLED = "%Y-%m-%dT%H:%M"


async def show_roster(visitor: Visitor) -> Response:
    async with visitor.console.database.read() as session:
        return await _page(visitor, session)


async def add(visitor: Visitor, session: AsyncSession) -> Response:
    _ = visitor._
    begins, ends = _read_moment(visitor, "starts_at"), _read_moment(visitor, "ends_at")
    weeks = _read_weeks(visitor)
    errors = {}
    if begins is None:
        errors["starts_at"] = _("Write a day and an hour.")
    if ends is None:
        errors["ends_at"] = _("Write a day and an hour.")
    if weeks is None:
        errors["weeks"] = _("Write a number of weeks, at most %(most)s.") % {"most": MOST_WEEKS}
    if begins is None or ends is None or weeks is None:
        return await _page(visitor, session, errors)
    starts = [begins + number * _WEEK for number in range(weeks)]  # the same hour on the clock
    try:
        await add_shifts(
            session,
            visitor.field("member"),
            starts,
            ends - begins,
            actor=visitor.staff.id,
            now=visitor.now,
        )
    except UnknownMemberError:
        return await _page(visitor, session, {"member": _("Choose who is on duty.")})
    except BadShiftError:
        phrase = _(
            "It cannot stand like this: it is over already, ends before it begins, is longer than "
            "a day, or this person is on duty then anyway."
        )
        return await _page(visitor, session, {"starts_at": phrase})
    return visitor.done(_PATH, _("It stands on the roster."))


async def remove(visitor: Visitor, session: AsyncSession) -> Response:
    shift_id = visitor.path("shift_id")
    if not await remove_shift(session, shift_id, actor=visitor.staff.id, now=visitor.now):
        raise ConflictError(shift_id)
    return visitor.done(_PATH, visitor._("It is off the roster."))


async def count_cards(visitor: Visitor, session: AsyncSession) -> list[Card]:
    """Who is on duty, for those who may be; nothing while nobody keeps a roster."""
    if not visitor.can(Permission.CASES_HANDLE) or not await is_kept(session):
        return []
    _ = visitor._
    now = on_duty(await list_shifts(session, visitor.now), visitor.now)
    if not now:
        advice = _("Nobody reads requests now, and the bot says so")
        return [Card(_("On duty now"), 0, advice, _PATH)]
    names = ", ".join(member.display_name for _shift, member in now)
    return [Card(_("On duty now"), len(now), names, _PATH, "good")]


async def _page(
    visitor: Visitor, session: AsyncSession, errors: dict[str, str] | None = None
) -> Response:
    shifts = await list_shifts(session, visitor.now)
    readers = await list_readers(session)
    next_hour = visitor.now.astimezone(_zone(visitor)).replace(minute=0) + timedelta(hours=1)
    return visitor.render(
        "duty.html",
        status=422 if errors else 200,
        errors=errors or {},
        is_kept=await is_kept(session),
        now_on_duty=on_duty(shifts, visitor.now),
        shifts=shifts,
        readers=[(member.id, member.display_name) for member in readers],
        hours=visitor.console.config.duty,
        member=visitor.field("member") or visitor.staff.id,
        starts_at=visitor.field("starts_at") or f"{next_hour:{_SPELLED}}",
        ends_at=visitor.field("ends_at") or f"{next_hour + timedelta(hours=8):{_SPELLED}}",
        weeks=visitor.field("weeks") or "1",
        most_weeks=MOST_WEEKS,
    )


def _read_moment(visitor: Visitor, name: str) -> datetime | None:
    try:
        typed = datetime.fromisoformat(visitor.field(name))
    except ValueError:
        return None
    return typed.replace(tzinfo=_zone(visitor))


def _read_weeks(visitor: Visitor) -> int | None:
    typed = visitor.field("weeks")[:3]
    is_number = typed.isascii() and typed.isdecimal()
    return int(typed) if is_number and 1 <= int(typed) <= MOST_WEEKS else None


def _zone(visitor: Visitor) -> ZoneInfo:
    return ZoneInfo(visitor.console.config.timezone)


PAGES = (
    Page(_PATH, Permission.CASES_HANDLE, show_roster, nav=noop("On duty"), nav_under=PEOPLE),
    Act(f"{_PATH}/add", Permission.CASES_HANDLE, add),
    Act(f"{_PATH}/{{shift_id}}/remove", Permission.CASES_HANDLE, remove),
)
