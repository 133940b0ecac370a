"""What the pages of questions show: groups with an example each, and one group with what belongs to
it. Reads only, and no more than a page of groups.

No page shows who asked, how many of a place, or when within a day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.asker_desk import Askers, find_askers, waits_for_what_is_told
from bot.question_desk import GroupState
from bot.question_grouping import open_question, read_some
from bot.question_models import QuestionGroup, UnansweredQuestion
from content.models import Answer, AnswerText, AreaRow, Topic
from content.states import State
from hub.i18n import FALLBACK
from hub.staff.models import StaffMember
from hub.vault import Vault

LINES = 25
_MOST_SHOWN = 8
_MOST_LIKE_IT = 25
MOST_COUNTED = 100
TO_TELL = "told"  # beside the states, among what waits
_WORK = (GroupState.OPEN, GroupState.WRITING)


@dataclass(frozen=True)
class Filters:
    """`after` is the place in the list after which to go on: the size and the id of a group."""

    state: str
    language: str
    area: str
    owner: str
    reason: str
    told: str = ""  # "now": those of which somebody waits to be told an answer that is there
    after: str = ""


@dataclass(frozen=True)
class Line:
    group: QuestionGroup
    words: str  # one question of it, or how staff put it

    @property
    def place(self) -> str:
        return f"{self.group.size}.{self.group.id}"


@dataclass(frozen=True)
class Found:
    lines: Sequence[Line]
    has_more: bool
    departments: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Sheet:
    """One group, and those who wait for its answer. `like_it` are undecided groups of its language
    that it may be joined with."""

    group: QuestionGroup
    words: Sequence[str]
    reasons: Sequence[str]
    told: Sequence[str]  # topics that were told and did not help
    places: Sequence[str]
    decided_by: str
    like_it: Sequence[Line]
    askers: Askers


async def load_groups(session: AsyncSession, vault: Vault, filters: Filters, today: date) -> Found:
    query = _filtered(select(QuestionGroup), filters, today)
    query = query.order_by(QuestionGroup.size.desc(), QuestionGroup.id.desc()).limit(LINES + 1)
    groups: list[QuestionGroup] = list(await session.scalars(query))
    departments = await session.execute(
        select(AreaRow.code, AreaRow.name)
        .where(func.length(AreaRow.code) == 2)
        .order_by(AreaRow.name)
    )
    return Found(
        lines=await _with_words(session, vault, groups[:LINES]),
        has_more=len(groups) > LINES,
        departments=[(code, name) for code, name in departments],
    )


def _filtered(
    query: Select[tuple[QuestionGroup]], filters: Filters, today: date
) -> Select[tuple[QuestionGroup]]:
    if filters.told:
        query = query.where(waits_for_what_is_told(today))
    else:
        states = [filters.state] if filters.state else list(_WORK)
        query = query.where(QuestionGroup.state.in_(states))
    if filters.language:
        query = query.where(QuestionGroup.language == filters.language)
    if filters.owner:
        query = query.where(QuestionGroup.owner == filters.owner)
    asked = UnansweredQuestion.group_id == QuestionGroup.id
    if filters.area:
        query = query.where(exists().where(asked, UnansweredQuestion.area == filters.area))
    if filters.reason:
        query = query.where(exists().where(asked, UnansweredQuestion.reason == filters.reason))
    size, _, group_id = filters.after.partition(".")
    if size.isdecimal() and len(size) < 10 and group_id:
        smaller = QuestionGroup.size < int(size)
        same = and_(QuestionGroup.size == int(size), QuestionGroup.id < group_id)
        query = query.where(or_(smaller, same))
    return query


async def _with_words(
    session: AsyncSession, vault: Vault, groups: Sequence[QuestionGroup]
) -> list[Line]:
    asked = await read_some(session, [group.id for group in groups], 1)
    lines = []
    for group in groups:
        said = [open_question(vault, one) for one in asked.get(group.id, ())]
        lines.append(Line(group, group.wording or next(iter(said), "")))
    return lines


async def load_group(
    session: AsyncSession, vault: Vault, group_id: str, today: date
) -> Sheet | None:
    group = await session.get(QuestionGroup, group_id)
    if group is None:
        return None
    asked = (await read_some(session, [group.id], _MOST_SHOWN)).get(group.id, [])
    words = dict.fromkeys(text for one in asked if (text := open_question(vault, one)))
    codes = await _distinct(session, UnansweredQuestion.area, group)
    areas = await session.scalars(
        select(AreaRow.name).where(AreaRow.code.in_(codes)).order_by(AreaRow.name)
    )
    member = await session.get(StaffMember, group.decided_by) if group.decided_by else None
    return Sheet(
        group=group,
        words=list(words),
        reasons=await _distinct(session, UnansweredQuestion.reason, group),
        told=await _distinct(session, UnansweredQuestion.topic, group),
        places=list(areas),
        decided_by=member.display_name if member else "",
        like_it=await _load_like(session, vault, group),
        askers=await find_askers(session, group, today),
    )


async def _distinct(session: AsyncSession, column: object, group: QuestionGroup) -> list[str]:
    found = await session.scalars(
        select(column).where(UnansweredQuestion.group_id == group.id).distinct()  # type: ignore[call-overload]
    )
    return sorted(value for value in found if value)


async def _load_like(session: AsyncSession, vault: Vault, group: QuestionGroup) -> list[Line]:
    query = (
        select(QuestionGroup)
        .where(
            QuestionGroup.state.in_(_WORK),
            QuestionGroup.language == group.language,
            QuestionGroup.id != group.id,
        )
        .order_by(QuestionGroup.size.desc(), QuestionGroup.id.desc())
        .limit(_MOST_LIKE_IT)
    )
    return await _with_words(session, vault, list(await session.scalars(query)))


async def load_topics(session: AsyncSession, language: str) -> dict[str, str]:
    """Topics that people ask about, each with the title of what is told of it, by title."""
    keys = await session.scalars(select(Topic.key).where(~Topic.key.startswith("safety.")))
    titles = await session.execute(
        select(Answer.topic, AnswerText.language, AnswerText.title)
        .join(AnswerText, AnswerText.answer_id == Answer.id)
        .where(Answer.state == State.APPROVED, AnswerText.language.in_((language, FALLBACK)))
    )
    said: dict[tuple[str, str], str] = {(key, each): title for key, each, title in titles if title}
    named = {key: said.get((key, language)) or said.get((key, FALLBACK)) or key for key in keys}
    return dict(sorted(named.items(), key=lambda pair: pair[1].casefold()))


async def count_groups(
    session: AsyncSession, member: StaffMember, today: date
) -> Mapping[str, int]:
    """How many wait, counted no further than `MOST_COUNTED`, since these are for the home page."""
    mine = QuestionGroup.owner.in_(member.sub_groups)
    wanted = {
        GroupState.OPEN: QuestionGroup.state == GroupState.OPEN,
        GroupState.WRITING: and_(QuestionGroup.state == GroupState.WRITING, mine),
        TO_TELL: waits_for_what_is_told(today),
    }
    counts = {}
    for name, which in wanted.items():
        some = select(QuestionGroup.id).where(which).limit(MOST_COUNTED).subquery()
        counts[str(name)] = await session.scalar(select(func.count()).select_from(some)) or 0
    return counts
