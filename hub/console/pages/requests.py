"""Requests: acts of power that one person asked for and another one decides (PEER-11)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from hub.console.errors import ConflictError, NotFoundError, SecondPersonNeededError
from hub.console.frame import Act, Card, Page, RequestKind, Visitor
from hub.console.menu import PLATFORM
from hub.i18n import Translate, noop
from hub.staff.act_states import ActState
from hub.staff.models import PendingAct, StaffMember
from hub.staff.roles import Permission
from hub.staff.second_person import (
    NotOpenError,
    NotTheirsError,
    approve_act,
    can_collect,
    count_to_decide,
    is_open,
    list_acts,
    refuse_act,
    withdraw_act,
)

_PAGE = 25
_TONES = {
    ActState.PENDING: "wait",
    ActState.DONE: "good",
    ActState.REFUSED: "bad",
    ActState.WITHDRAWN: "quiet",
    ActState.EXPIRED: "quiet",
}


async def show_requests(visitor: Visitor) -> Response:
    state = _asked_state(visitor)
    number = max(1, int(asked)) if (asked := visitor.query("page")[:6]).isdecimal() else 1
    async with visitor.console.database.read() as session:
        acts = await list_acts(
            session,
            _known_kinds(visitor),
            state,
            offset=(number - 1) * _PAGE,
            limit=_PAGE + 1,
        )
        people = await _names_of(session, acts)
    return visitor.render(
        "requests.html",
        acts=acts[:_PAGE],
        people=people,
        kinds=visitor.console.requests,
        state=state,
        states=_state_names(visitor._),
        standing=lambda act: _standing(visitor, act),
        page=number,
        has_more=len(acts) > _PAGE,
    )


async def show_request(visitor: Visitor) -> Response:
    async with visitor.console.database.read() as session:
        act, kind = await _find(visitor, session)
        facts = await kind.describe(visitor, session, act)
        people = await _names_of(session, [act])
    is_mine, is_waiting = act.requested_by == visitor.staff.id, is_open(act, visitor.now)
    may_decide = visitor.can(Permission.REQUESTS_DECIDE) and visitor.can(kind.act.approved_with)
    return visitor.render(
        "request.html",
        act=act,
        kind=kind,
        facts=facts,
        people=people,
        standing=_standing(visitor, act),
        can_withdraw=is_mine and is_waiting,
        can_decide=may_decide and is_waiting and not is_mine,
        is_for_me=act.object_kind == "staff" and act.object_id == visitor.staff.id,
        collect=kind.collect.format(id=act.id)
        if kind.collect and is_mine and can_collect(act, visitor.now)
        else "",
    )


async def approve(visitor: Visitor, session: AsyncSession) -> Response:
    act, kind = await _find(visitor, session)
    with _explained():
        await approve_act(
            session,
            kind.act,
            act.id,
            visitor.staff,
            seen_hash=visitor.field("hash"),
            now=visitor.now,
        )
    return visitor.done(_address(act), visitor._("Approved and done."))


async def refuse(visitor: Visitor, session: AsyncSession) -> Response:
    act, kind = await _find(visitor, session)
    with _explained():
        await refuse_act(session, kind.act, act.id, visitor.staff, visitor.now)
    return visitor.done(_address(act), visitor._("Refused. Nothing was done."))


async def withdraw(visitor: Visitor, session: AsyncSession) -> Response:
    act, _kind = await _find(visitor, session)
    with _explained():
        await withdraw_act(session, act.id, visitor.staff, visitor.now)
    return visitor.done(_address(act), visitor._("You took your request back."))


async def count_cards(visitor: Visitor, session: AsyncSession) -> list[Card]:
    kinds = [
        name
        for name, kind in visitor.console.requests.items()
        if visitor.can(kind.act.approved_with)
    ]
    if not visitor.can(Permission.REQUESTS_DECIDE) or not kinds:
        return []
    waiting = await count_to_decide(session, kinds, visitor.staff.id, visitor.now)
    title, advice = visitor._("Requests to decide"), visitor._("A colleague needs a second person")
    return [Card(title, waiting, advice, "/requests")] if waiting else []


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except NotTheirsError as error:
        raise SecondPersonNeededError from error
    except NotOpenError as error:
        raise ConflictError from error


async def _find(visitor: Visitor, session: AsyncSession) -> tuple[PendingAct, RequestKind]:
    """One's own, or one of a kind that one could ask for or decide; anything else is not there."""
    act = await session.get(PendingAct, visitor.path("act_id"))
    if act is None or act.kind not in _known_kinds(visitor):
        raise NotFoundError
    return act, visitor.console.requests[act.kind]


def _known_kinds(visitor: Visitor) -> list[str]:
    return [
        name
        for name, kind in visitor.console.requests.items()
        if visitor.can(kind.act.asked_with) or visitor.can(kind.act.approved_with)
    ]


def _asked_state(visitor: Visitor) -> ActState:
    asked = visitor.query("state")
    return ActState(asked) if asked in set(ActState) else ActState.PENDING


def _standing(visitor: Visitor, act: PendingAct) -> tuple[str, str]:
    """Tone and words. What nobody decided in time has ended, also before that is written down."""
    state = ActState(act.state)
    if state is ActState.PENDING and not is_open(act, visitor.now):
        state = ActState.EXPIRED
    return _TONES[state], _state_names(visitor._)[state]


def _state_names(_: Translate) -> dict[str, str]:
    return {
        ActState.PENDING: _("To be decided"),
        ActState.DONE: _("Approved and done"),
        ActState.REFUSED: _("Refused"),
        ActState.WITHDRAWN: _("Taken back"),
        ActState.EXPIRED: _("Nobody decided in time"),
    }


async def _names_of(session: AsyncSession, acts: list[PendingAct]) -> Mapping[str, str]:
    ids = {act.requested_by for act in acts} | {act.decided_by for act in acts if act.decided_by}
    rows = await session.execute(
        select(StaffMember.id, StaffMember.display_name).where(StaffMember.id.in_(ids))
    )
    return {row.id: row.display_name for row in rows}


def _address(act: PendingAct) -> str:
    return f"/requests/{act.id}"


PAGES = (
    Page(
        "/requests",
        Permission.REQUESTS_READ,
        show_requests,
        nav=noop("Requests"),
        nav_under=PLATFORM,
    ),
    Page("/requests/{act_id}", Permission.REQUESTS_READ, show_request),
    Act("/requests/{act_id}/approve", Permission.REQUESTS_DECIDE, approve),
    Act("/requests/{act_id}/refuse", Permission.REQUESTS_DECIDE, refuse),
    Act("/requests/{act_id}/withdraw", Permission.REQUESTS_READ, withdraw),
)
