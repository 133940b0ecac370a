"""Questions that the bot could not answer: groups of like ones, and what becomes of each.

Nobody who asked is shown. Those who said yes to it are told of an answer from `question_askers`.
"""

from collections.abc import Awaitable
from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from bot.question_desk import (
    LONGEST_EXAMPLE,
    Aside,
    GroupState,
    QuestionsRefusedError,
    answer,
    assign,
    delete_words,
    join,
    learn,
    reopen,
    set_aside,
    tidy_examples,
)
from bot.unanswered import Reason
from hub.console.answer_views import list_owners
from hub.console.errors import ConflictError, NotFoundError
from hub.console.frame import PREFIX, Act, Card, Page, Visitor
from hub.console.menu import CONTENT
from hub.console.question_views import (
    TO_TELL,
    Filters,
    count_groups,
    load_group,
    load_groups,
    load_topics,
)
from hub.console.words import aside_names, names_for
from hub.i18n import Translate, noop
from hub.staff.models import StaffMember
from hub.staff.roles import Permission

_TONES = {
    GroupState.OPEN: "wait",
    GroupState.WRITING: "wait",
    GroupState.LEARNED: "good",
    GroupState.ANSWERED: "good",
    GroupState.ASIDE: "quiet",
}


async def show_questions(visitor: Visitor) -> Response:
    chosen = {
        name: visitor.query(name)
        for name in ("state", "language", "area", "owner", "reason", "told")
    }
    filters = Filters(**chosen, after=visitor.query("after"))
    console = visitor.console
    async with console.database.read() as session:
        found = await load_groups(session, console.vault, filters, visitor.now.date())
        owners = await list_owners(session)
    return visitor.render(
        "questions.html",
        found=found,
        filters=filters,
        owners=owners,
        address=f"{PREFIX}/questions?{urlencode({**chosen, 'after': ''})}",
        states=_state_names(visitor._),
        reasons=_reason_names(visitor._),
        tones=_TONES,
        names=names_for(visitor._, console.config.names),
    )


async def show_question(visitor: Visitor) -> Response:
    return await _render(visitor)


async def learn_examples(visitor: Visitor, session: AsyncSession) -> Response:
    examples = tidy_examples(visitor.field("examples").splitlines())
    topics = await load_topics(session, visitor.language)
    errors = {}
    if visitor.field("topic") not in topics:
        errors["topic"] = visitor._("Choose the topic that answers this")
    if not examples:
        errors["examples"] = visitor._("Leave at least one question")
    if errors:
        return await _render(visitor, 422, errors)
    topic, member = visitor.field("topic"), await _member(visitor, session)
    await _doing(visitor, learn(session, _id(visitor), topic, examples, member, visitor.now))
    return visitor.done("/questions", visitor._("Kept. The next model learns from it."))


async def hand_on(visitor: Visitor, session: AsyncSession) -> Response:
    owner, wording = visitor.field("owner"), visitor.field("wording")
    errors = {}
    if owner not in await list_owners(session):
        errors["owner"] = visitor._("Choose a sub-group")
    if not wording or len(wording) > LONGEST_EXAMPLE:
        errors["wording"] = visitor._("Put the question in your own words, in 300 characters")
    if errors:
        return await _render(visitor, 422, errors)
    member = await _member(visitor, session)
    await _doing(visitor, assign(session, _id(visitor), owner, wording, member, visitor.now))
    return visitor.done("/questions", visitor._("It is on that sub-group's list now."))


async def mark_answered(visitor: Visitor, session: AsyncSession) -> Response:
    if visitor.field("answered_by") not in await load_topics(session, visitor.language):
        errors = {"answered_by": visitor._("Choose the topic that answers this")}
        return await _render(visitor, 422, errors)
    member = await _member(visitor, session)
    done = answer(session, _id(visitor), visitor.field("answered_by"), member, visitor.now)
    try:
        await done
    except QuestionsRefusedError:
        errors = {"answered_by": visitor._("This topic has no verified answer yet")}
        return await _render(visitor, 422, errors)
    return visitor.done("/questions", visitor._("Marked as answered."))


async def put_aside(visitor: Visitor, session: AsyncSession) -> Response:
    if visitor.field("why") not in set(Aside):
        return await _render(visitor, 422, {"why": visitor._("Choose why")})
    member, why = await _member(visitor, session), Aside(visitor.field("why"))
    await _doing(visitor, set_aside(session, _id(visitor), why, member, visitor.now))
    return visitor.done("/questions", visitor._("Set aside."))


async def open_again(visitor: Visitor, session: AsyncSession) -> Response:
    member = await _member(visitor, session)
    await _doing(visitor, reopen(session, _id(visitor), member, visitor.now))
    return visitor.done(f"/questions/{_id(visitor)}", visitor._("It waits to be sorted again."))


async def drop_words(visitor: Visitor, session: AsyncSession) -> Response:
    member = await _member(visitor, session)
    await _doing(visitor, delete_words(session, _id(visitor), member, visitor.now))
    return visitor.done("/questions", visitor._("The words are deleted."))


async def join_with(visitor: Visitor, session: AsyncSession) -> Response:
    into = visitor.field("into")
    if not into:
        return await _render(visitor, 422, {"into": visitor._("Choose the other question")})
    member = await _member(visitor, session)
    await _doing(visitor, join(session, _id(visitor), into, member, visitor.now))
    return visitor.done(f"/questions/{into}", visitor._("Joined: both count as one now."))


async def count_cards(visitor: Visitor, session: AsyncSession) -> list[Card]:
    if not visitor.can(Permission.QUESTIONS_SORT):
        return []
    _ = visitor._
    counts = await count_groups(session, visitor.staff, visitor.now.date())
    title, advice = _("Questions without an answer"), _("What people ask and nobody sorted yet")
    sort = Card(title, counts[GroupState.OPEN], advice, "/questions?state=open")
    groups = visitor.staff.sub_groups
    owner = groups[0] if len(groups) == 1 else ""
    title, advice = _("Answers to write"), _("Questions that were handed to your sub-group")
    address = f"/questions?{urlencode({'state': 'writing', 'owner': owner})}"
    write = Card(title, counts[GroupState.WRITING], advice, address)
    title, advice = _("Answers to tell"), _("Somebody asked to be told, and now there is an answer")
    tell = Card(title, counts[TO_TELL], advice, "/questions?told=now")
    cards = (sort, write, tell) if visitor.can(Permission.QUESTIONS_TELL) else (sort, write)
    return [card for card in cards if card.count]


async def _render(
    visitor: Visitor, status: int = 200, errors: dict[str, str] | None = None
) -> Response:
    console = visitor.console
    async with console.database.read() as session:
        sheet = await load_group(session, console.vault, _id(visitor), visitor.now.date())
        topics = await load_topics(session, visitor.language)
        owners = await list_owners(session)
    if sheet is None:
        raise NotFoundError
    _, group = visitor._, sheet.group
    named = names_for(_, console.config.names)
    proposed = group.examples or tidy_examples(sheet.words)
    typed = ("topic", "examples", "owner", "wording", "answered_by", "why", "into")
    return visitor.render(
        "question.html",
        status=status,
        sheet=sheet,
        group=group,
        topics=topics,
        owner_choices=[(owner, named.owners.get(owner, owner)) for owner in owners],
        errors=errors or {},
        typed={name: visitor.field(name) for name in typed},
        examples=visitor.field("examples") or "\n".join(proposed),
        longest=LONGEST_EXAMPLE,
        states=_state_names(_),
        reasons=_reason_names(_),
        asides=aside_names(_),
        tones=_TONES,
        names=named,
    )


async def _member(visitor: Visitor, session: AsyncSession) -> StaffMember:
    return await session.get_one(StaffMember, visitor.staff.id)


async def _doing(visitor: Visitor, act: Awaitable[object]) -> None:
    try:
        await act
    except QuestionsRefusedError as error:
        raise ConflictError(_id(visitor)) from error


def _id(visitor: Visitor) -> str:
    return visitor.path("group_id")


def _state_names(_: Translate) -> dict[str, str]:
    return {
        GroupState.OPEN: _("To sort"),
        GroupState.WRITING: _("Answer being written"),
        GroupState.LEARNED: _("For the next model"),
        GroupState.ANSWERED: _("Answered"),
        GroupState.ASIDE: _("Set aside"),
    }


def _reason_names(_: Translate) -> dict[str, str]:
    return {
        Reason.UNKNOWN: _("The bot did not know"),
        Reason.REFUSED: _("None of the topics it offered"),
        Reason.NOT_HELPED: _("The answer did not help"),
    }


_ONE = "/questions/{group_id}"
PAGES = (
    Page(
        "/questions",
        Permission.QUESTIONS_SORT,
        show_questions,
        nav=noop("Questions"),
        nav_under=CONTENT,
    ),
    Page(_ONE, Permission.QUESTIONS_SORT, show_question),
    Act(f"{_ONE}/learn", Permission.QUESTIONS_SORT, learn_examples),
    Act(f"{_ONE}/assign", Permission.QUESTIONS_SORT, hand_on),
    Act(f"{_ONE}/answered", Permission.QUESTIONS_SORT, mark_answered),
    Act(f"{_ONE}/aside", Permission.QUESTIONS_SORT, put_aside),
    Act(f"{_ONE}/reopen", Permission.QUESTIONS_SORT, open_again),
    Act(f"{_ONE}/delete-words", Permission.QUESTIONS_SORT, drop_words),
    Act(f"{_ONE}/join", Permission.QUESTIONS_SORT, join_with),
)
