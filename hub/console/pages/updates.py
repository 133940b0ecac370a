"""Updates: the list, one update as people will read it, its approval, and its way to the people."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from bot.time_zones import city_of
from broadcast.approving import (
    LONGEST_REASON,
    approve,
    list_approvers,
    may_approve,
    send_back,
)
from broadcast.audience import WEEK, Audience, Count
from broadcast.checking import CHECKABLE, CHECKERS, check_language
from broadcast.errors import UntriedError, UpdateError
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
from broadcast.priority import approvals_needed, priority_of
from broadcast.reckoning import Sample, count_people, plan_update, sample_members
from broadcast.states import Move, State, can
from broadcast.subject import Finding
from broadcast.verify import verify
from broadcast.versions import short_code
from content.areas import AreaBook
from hub.console.errors import BadFormError
from hub.console.frame import Act, Card, Page, Visitor
from hub.console.menu import CONTENT
from hub.console.pages.update_control import describe_progress
from hub.console.update_form import explain_findings, load_areas, policy_of
from hub.console.update_path import steps_at, tell_next
from hub.console.update_refusals import refuse
from hub.console.update_words import CHANNELS, TONES, act_names, priority_names, state_names
from hub.console.words import names_for
from hub.i18n import noop
from hub.staff.roles import Permission

_LONGEST_COMMENT = 500
_CHECKED = frozenset({State.DRAFT, State.IN_REVIEW})
_UNDER_WAY = frozenset({State.APPROVED, State.SCHEDULED, State.SENDING, State.PAUSED})


@dataclass(frozen=True)
class Sheet:
    """One update with all that its page tells. Until it is approved its people are counted anew;
    afterwards the ledger's figures hold."""

    shown: Shown
    count: Count | None
    findings: list[Finding]
    history: list[Event]
    plan: Plan | None
    samples: list[Sample]
    book: AreaBook
    is_second_person: bool
    approvers: list[str]


async def show_updates(visitor: Visitor) -> Response:
    async with visitor.console.database.read() as session:
        rows = await list_updates(session)
    return visitor.render(
        "updates.html",
        rows=rows,
        going_first=[row for row in rows if row.urgency and row.state in _UNDER_WAY],
        states=state_names(visitor._),
        priority_of=priority_of,
        priorities=priority_names(visitor._),
        names=names_for(visitor._, visitor.console.config.names),
        tones=TONES,
    )


async def show_one(visitor: Visitor) -> Response:
    return _render(visitor, await _load(visitor))


async def approve_update(visitor: Visitor, session: AsyncSession) -> Response:
    update_id, translate = visitor.path("update_id"), visitor._
    try:
        row = await approve(
            session,
            update_id,
            policy_of(visitor.console),
            seen_hash=visitor.field("hash"),
            approver=visitor.staff.id,
            now=visitor.now,
            untried=visitor.field("untried")[:LONGEST_REASON],
        )
    except UntriedError as error:
        phrase = translate(error.staff_text)
        return _render(visitor, await _load(visitor), 422, untried_error=phrase)
    except UpdateError as error:
        raise refuse(error) from error
    if row.state == State.IN_REVIEW:
        phrase = visitor._(
            "Noted: the first of two approvals. Now somebody else has to approve it."
        )
    else:
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


async def count_cards(visitor: Visitor, session: AsyncSession) -> list[Card]:
    if not visitor.can(Permission.UPDATES_APPROVE):
        return []
    cards = []
    urgent = await list_urgent(session, visitor.now - WEEK)
    if urgent:
        if urgent[0].is_life_safety:
            advice = visitor._("To save lives, the last one passed the night too: %(reason)s")
        else:
            advice = visitor._("They passed the weekly limit. The last: %(reason)s")
        told = advice % {"reason": urgent[0].urgency}
        path = f"/updates/{urgent[0].id}"
        cards.append(Card(visitor._("Urgent updates this week"), len(urgent), told, path, "quiet"))
    rows = await list_in_review(session, visitor.staff.id)
    if not rows:
        return cards
    vital = next((row for row in rows if row.is_life_safety), None)
    if vital is not None:
        advice = visitor._("To save lives, with two approvals: %(reason)s")
        told = advice % {"reason": vital.urgency}
        path = f"/updates/{vital.id}"
        return [Card(visitor._("Updates to approve"), len(rows), told, path, "bad"), *cards]
    path = f"/updates/{rows[0].id}" if len(rows) == 1 else "/updates"
    advice = visitor._("Written by somebody else, waiting for you")
    return [Card(visitor._("Updates to approve"), len(rows), advice, path), *cards]


async def _load(visitor: Visitor) -> Sheet:
    policy = policy_of(visitor.console)
    async with visitor.console.database.read() as session:
        try:
            shown = await show_update(session, visitor.path("update_id"))
        except UpdateError as error:
            raise refuse(error) from error
        row, is_checked = shown.row, shown.state in _CHECKED
        people = await count_people(session, row, policy, visitor.now) if is_checked else None
        return Sheet(
            shown=shown,
            count=people.count if people else None,
            findings=await verify(session, row, policy, visitor.now, people) if people else [],
            history=await read_history(session, row.id),
            plan=await plan_update(session, row, policy, visitor.now, people) if people else None,
            samples=await sample_members(session, row, policy, visitor.now) if people else [],
            book=await load_areas(session),
            is_second_person=await may_approve(session, row, visitor.staff.id),
            approvers=await list_approvers(session, row) if people else [],
        )


def _render(
    visitor: Visitor,
    sheet: Sheet,
    status: int = 200,
    comment_error: str = "",
    untried_error: str = "",
) -> Response:
    row, state = sheet.shown.row, sheet.shown.state
    translate = visitor._
    order = list(visitor.console.config.languages)
    decides = sheet.is_second_person and visitor.can(Permission.UPDATES_APPROVE)
    given = len(sheet.shown.approvers)
    return visitor.render(
        "updates_sheet.html",
        status=status,
        sheet=sheet,
        audience=Audience.from_json(row.audience),
        texts=sorted(sheet.shown.texts.items(), key=lambda pair: order.index(pair[0])),
        templates=sheet.shown.templates,
        faults=explain_findings([one for one in sheet.findings if one.blocks], visitor._),
        advice=explain_findings([one for one in sheet.findings if not one.blocks], visitor._),
        was_tried=not any(one.place == "trial" for one in sheet.findings),
        out_words={out: translate(words) for out, words in WORDS.items()},
        comment=visitor.field("comment"),
        comment_error=comment_error,
        untried=visitor.field("untried"),
        untried_error=untried_error,
        longest_reason=LONGEST_REASON,
        code=short_code(row.content_hash),
        steps=steps_at(state, visitor._),
        next_words=tell_next(
            state,
            visitor._,
            may_write=visitor.can(Permission.UPDATES_WRITE),
            decides=decides,
            half=given > 0,
        ),
        given=given,
        city_of=lambda zone: city_of(zone, visitor.language),
        needed=approvals_needed(row),
        priority=priority_of(row),
        priorities=priority_names(visitor._),
        decides=decides,
        may_check=state in CHECKABLE and any(visitor.can(each) for each in CHECKERS),
        may={move.value: can(state, move) for move in Move},
        names=names_for(visitor._, visitor.console.config.names),
        states=state_names(visitor._),
        acts=act_names(visitor._),
        channels=CHANNELS,
        tones=TONES,
        **describe_progress(visitor, row, sheet.shown.progress),
    )


PAGES = (
    Page("/updates", Permission.UPDATES_READ, show_updates, nav=noop("Updates"), nav_under=CONTENT),
    Page("/updates/{update_id}", Permission.UPDATES_READ, show_one),
    Act("/updates/{update_id}/approve", Permission.UPDATES_APPROVE, approve_update),
    Act("/updates/{update_id}/send-back", Permission.UPDATES_APPROVE, return_update),
    Act("/updates/{update_id}/check", Permission.UPDATES_READ, check_update),
)
