"""Limits: to how many people each sub-group may send; two administrators give more for some days
(HUM-44, PEER-11)."""

from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from broadcast.caps import (
    NOBODY_NAMED,
    day_number,
    grant_extra,
    read_group_use,
    read_group_uses,
)
from hub.console.frame import Act, Page, RequestKind, Visitor
from hub.console.menu import CONTENT
from hub.console.second_person import REASON_FIELD, ask_second_person
from hub.console.update_form import policy_of
from hub.console.words import names_for
from hub.i18n import noop
from hub.staff.models import PendingAct
from hub.staff.roles import Permission
from hub.staff.second_person import ActKind, Request

_MOST_EXTRA = 1_000_000
_LIVES = (1, 3, 7)  # days
_NONE = "-"  # chosen in the form for what is sent for no sub-group


async def show_caps(visitor: Visitor) -> Response:
    async with visitor.console.database.read() as session:
        return await _page(visitor, session)


async def ask(visitor: Visitor, session: AsyncSession) -> Response:
    _, reason = visitor._, visitor.field(REASON_FIELD)
    owner, extra, days = visitor.field("owner"), visitor.field("extra"), visitor.field("days")
    errors = {}
    if _owner_of(owner) not in _owner_names(visitor) or not owner:
        errors["owner"] = _("Choose the sub-group.")
    if not _is_number(extra):
        errors["extra"] = _("Write how many people more, as a number.")
    if days not in map(str, _LIVES):
        errors["days"] = _("Choose for how long.")
    if not reason:
        errors[REASON_FIELD] = _("Say why, so that the second person can decide.")
    if errors:
        return await _page(visitor, session, errors)
    until = day_number(policy_of(visitor.console), visitor.now) + int(days) - 1
    payload = {"extra": int(extra), "until": until}
    request = Request(RAISE, "sub_group", owner, payload, reason)
    return await ask_second_person(visitor, session, request)


async def _page(
    visitor: Visitor, session: AsyncSession, errors: dict[str, str] | None = None
) -> Response:
    policy, owners = policy_of(visitor.console), _owner_names(visitor)
    uses = await read_group_uses(session, owners, policy, visitor.now)
    return visitor.render(
        "caps.html",
        status=422 if errors else 200,
        errors=errors or {},
        uses=[(name, uses[owner]) for owner, name in owners.items()],
        owners=[
            ("", visitor._("Choose…")),
            *((owner or _NONE, name) for owner, name in owners.items()),
        ],
        lives=[(str(days), _in_days(visitor, days)) for days in _LIVES],
        typed={name: visitor.field(name) for name in ("owner", "extra", "days", REASON_FIELD)},
        day_of=date.fromordinal,
    )


def _owner_names(visitor: Visitor) -> dict[str, str]:
    """Those that updates can be sent for, by the name under which they are counted."""
    named = names_for(visitor._, visitor.console.config.names).owners
    return {**named, NOBODY_NAMED: visitor._("Sent for no sub-group")}


def _owner_of(chosen: str) -> str:
    return NOBODY_NAMED if chosen == _NONE else chosen


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 7 and 0 < int(text) <= _MOST_EXTRA


def _in_days(visitor: Visitor, days: int) -> str:
    if days == 1:
        return visitor._("today only")
    return visitor._("%(days)s days, today included") % {"days": days}


async def _raise(session: AsyncSession, act: PendingAct, now: datetime) -> None:
    owner = _owner_of(act.object_id)
    await grant_extra(
        session,
        owner,
        act.payload["extra"],
        act.payload["until"],
        actor=str(act.decided_by),
        now=now,
    )


async def _describe(
    visitor: Visitor, session: AsyncSession, act: PendingAct
) -> list[tuple[str, str]]:
    _, owner = visitor._, _owner_of(act.object_id)
    use = await read_group_use(session, owner, policy_of(visitor.console), visitor.now)
    return [
        (_("Sub-group"), _owner_names(visitor).get(owner, owner)),
        (_("People more"), str(act.payload["extra"])),
        (_("Until"), f"{date.fromordinal(act.payload['until']):%d/%m/%Y}"),
        (_("Approved today"), str(use.day)),
        (_("Approved in seven days"), str(use.week)),
    ]


RAISE = ActKind("raise_cap", Permission.CAPS_RAISE, Permission.CAPS_RAISE, _raise)
REQUESTS = (RequestKind(RAISE, noop("Let a sub-group send to more people"), _describe),)
PAGES = (
    Page("/limits", Permission.UPDATES_READ, show_caps, nav=noop("Limits"), nav_under=CONTENT),
    Act("/limits/ask", Permission.CAPS_RAISE, ask),
)
