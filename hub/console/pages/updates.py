"""Updates: the list, one update as people will read it, its approval, and its way to the people."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from broadcast.approving import approve, may_approve, send_back
from broadcast.audience import WEEK, Audience, Count, count_audience
from broadcast.checking import CHECKABLE, CHECKERS, check_language
from broadcast.control import pause, resume, stop
from broadcast.errors import UpdateError
from broadcast.listing import (
    Event,
    Shown,
    list_in_review,
    list_updates,
    list_urgent,
    read_history,
    show_update,
)
from broadcast.plan import WORDS, Plan
from broadcast.progress import read_progress
from broadcast.reckoning import plan_update, sample_members
from broadcast.states import Move, State, can
from broadcast.subject import Finding
from broadcast.verify import verify
from broadcast.versions import short_code
from content.areas import AreaBook
from hub.console.errors import BadFormError
from hub.console.frame import Act, Card, Page, Visitor
from hub.console.update_form import explain_findings, load_areas, policy_of
from hub.console.update_refusals import refuse
from hub.console.update_words import CHANNELS, TONES, act_names, delivery_names, state_names
from hub.console.words import names_for
from hub.i18n import noop
from hub.staff.roles import Permission

_LONGEST_COMMENT = 500
_CHECKED = frozenset({State.DRAFT, State.IN_REVIEW})
_AHEAD = _CHECKED | {State.APPROVED, State.SCHEDULED}


@dataclass(frozen=True)
class Sheet:
    """One update with all that its page tells. `count` is of now, the ledger's of the start."""

    shown: Shown
    count: Count
    findings: list[Finding]
    history: list[Event]
    plan: Plan | None
    samples: list[tuple[str, str]]
    book: AreaBook
    is_second_person: bool


async def show_updates(visitor: Visitor) -> Response:
    async with visitor.console.database.read() as session:
        rows = await list_updates(session)
        people = {row.id: (await read_progress(session, row.id)).total for row in rows}
    return visitor.render(
        "updates.html", rows=rows, people=people, states=state_names(visitor._), tones=TONES
    )


async def show_one(visitor: Visitor) -> Response:
    """The page asks again every two seconds; what changed its state is loaded as a whole."""
    sheet = await _load(visitor)
    seen = visitor.query("seen")
    if seen and seen != sheet.shown.state and "hx-request" in visitor.request.headers:
        return Response(status_code=204, headers={"HX-Refresh": "true"})
    return _render(visitor, sheet)


async def approve_update(visitor: Visitor, session: AsyncSession) -> Response:
    update_id = visitor.path("update_id")
    try:
        await approve(
            session,
            update_id,
            policy_of(visitor.console),
            seen_hash=visitor.field("hash"),
            approver=visitor.staff.id,
            now=visitor.now,
        )
    except UpdateError as error:
        raise refuse(error) from error
    phrase = visitor._("Approved. A short countdown begins; until it ends you can stop it.")
    return visitor.done(f"/updates/{update_id}", phrase)


async def return_update(visitor: Visitor, session: AsyncSession) -> Response:
    update_id, comment = visitor.path("update_id"), visitor.field("comment")
    version = visitor.field("version")[:9]
    if not version.isdecimal():
        raise BadFormError("no version")
    if not comment or len(comment) > _LONGEST_COMMENT:
        phrase = visitor._("Say in a few words what should change")
        return _render(visitor, await _load(visitor), 422, phrase)
    try:
        await send_back(
            session,
            update_id,
            seen_version=int(version),
            reviewer=visitor.staff.id,
            comment=comment,
            now=visitor.now,
        )
    except UpdateError as error:
        raise refuse(error) from error
    return visitor.done(f"/updates/{update_id}", visitor._("Sent back to its author."))


async def check_update(visitor: Visitor, session: AsyncSession) -> Response:
    """For writers and approvers alike: whoever of them speaks the language."""
    update_id = visitor.path("update_id")
    try:
        await check_language(
            session,
            update_id,
            visitor.field("language"),
            seen_hash=visitor.field("seen"),
            checker=visitor.staff.id,
            now=visitor.now,
        )
    except UpdateError as error:
        raise refuse(error) from error
    return visitor.done(f"/updates/{update_id}", visitor._("Noted: you read it in this language."))


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


async def count_cards(visitor: Visitor, session: AsyncSession) -> list[Card]:
    if not visitor.can(Permission.UPDATES_APPROVE):
        return []
    cards = []
    urgent = await list_urgent(session, visitor.now - WEEK)
    if urgent:
        advice = visitor._("They passed quiet hours and the weekly limit. The last: %(reason)s")
        told = advice % {"reason": urgent[0].urgency}
        path = f"/updates/{urgent[0].id}"
        cards.append(Card(visitor._("Urgent updates this week"), len(urgent), told, path, "quiet"))
    rows = [
        row
        for row in await list_in_review(session)
        if await may_approve(session, row, visitor.staff.id)
    ]
    if not rows:
        return cards
    path = f"/updates/{rows[0].id}" if len(rows) == 1 else "/updates"
    advice = visitor._("Written by somebody else, waiting for you")
    return [Card(visitor._("Updates to approve"), len(rows), advice, path), *cards]


async def _control(
    visitor: Visitor, session: AsyncSession, act: Callable[..., Awaitable[object]]
) -> None:
    update_id = visitor.path("update_id")
    try:
        await act(session, update_id, actor=visitor.staff.id, now=visitor.now)
    except UpdateError as error:
        raise refuse(error) from error


async def _load(visitor: Visitor) -> Sheet:
    policy = policy_of(visitor.console)
    async with visitor.console.database.read() as session:
        try:
            shown = await show_update(session, visitor.path("update_id"))
        except UpdateError as error:
            raise refuse(error) from error
        row, audience = shown.row, Audience.from_json(shown.row.audience)
        is_checked, is_ahead = shown.state in _CHECKED, shown.state in _AHEAD
        return Sheet(
            shown=shown,
            count=await count_audience(
                session, audience, policy, visitor.now, is_urgent=row.urgency is not None
            ),
            findings=await verify(session, row, policy, visitor.now) if is_checked else [],
            history=await read_history(session, row.id),
            plan=await plan_update(session, row, policy, visitor.now) if is_ahead else None,
            samples=await sample_members(session, row, policy, visitor.now) if is_ahead else [],
            book=await load_areas(session),
            is_second_person=await may_approve(session, row, visitor.staff.id),
        )


def _render(visitor: Visitor, sheet: Sheet, status: int = 200, comment_error: str = "") -> Response:
    row, state = sheet.shown.row, sheet.shown.state
    translate = visitor._
    order = list(visitor.console.config.languages)
    return visitor.render(
        "updates_sheet.html",
        status=status,
        sheet=sheet,
        row=row,
        state=state,
        audience=Audience.from_json(row.audience),
        texts=sorted(sheet.shown.texts.items(), key=lambda pair: order.index(pair[0])),
        templates=sheet.shown.templates,
        progress=sheet.shown.progress,
        problems=sheet.shown.progress.problems(visitor._),
        faults=explain_findings([one for one in sheet.findings if one.blocks], visitor._),
        advice=explain_findings([one for one in sheet.findings if not one.blocks], visitor._),
        out_words={out: translate(words) for out, words in WORDS.items()},
        is_resting=state is State.SENDING
        and row.urgency is None
        and policy_of(visitor.console).rests_at(visitor.now),
        comment=visitor.field("comment"),
        comment_error=comment_error,
        code=short_code(row.content_hash),
        may_check=state in CHECKABLE and any(visitor.can(each) for each in CHECKERS),
        may={move.value: can(state, move) for move in Move},
        seconds_left=_seconds_left(visitor, sheet),
        names=names_for(visitor._, visitor.console.config.names),
        states=state_names(visitor._),
        deliveries=delivery_names(visitor._),
        acts=act_names(visitor._),
        channels=CHANNELS,
        tones=TONES,
    )


def _seconds_left(visitor: Visitor, sheet: Sheet) -> int:
    """Until the end of the countdown, rounded up; 0 without one."""
    begins = sheet.shown.row.starts_at
    if begins is None or sheet.shown.state is not State.SCHEDULED:
        return 0
    return max(0, -int((visitor.now - begins).total_seconds() // 1))


PAGES = (
    Page("/updates", Permission.UPDATES_READ, show_updates, nav=noop("Updates")),
    Page("/updates/{update_id}", Permission.UPDATES_READ, show_one),
    Act("/updates/{update_id}/approve", Permission.UPDATES_APPROVE, approve_update),
    Act("/updates/{update_id}/send-back", Permission.UPDATES_APPROVE, return_update),
    Act("/updates/{update_id}/check", Permission.UPDATES_READ, check_update),
    Act("/updates/{update_id}/pause", Permission.UPDATES_STOP, pause_update),
    Act("/updates/{update_id}/resume", Permission.UPDATES_STOP, resume_update),
    Act("/updates/{update_id}/stop", Permission.UPDATES_STOP, stop_update),
)
