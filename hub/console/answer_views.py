"""What the answers pages show: the list, one version with its history, and what may be done to it.

Reads only. What it says about permissions explains; `content.review` decides.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from bot.tellings import Telling, read_tellings
from content.agreement import find_differences
from content.checking import find_unchecked
from content.differences import Change, find_changes
from content.models import Answer, AnswerText, Reviewed, Topic
from content.pack import TopicContent
from content.rows import read_topic
from content.states import State
from content.validity import is_due, review_on
from content.wording import strip_accents
from hub.i18n import FALLBACK
from hub.staff.models import AuditEntry, StaffMember

_OVER = frozenset({State.EXPIRED, State.WITHDRAWN})
# Not states of their own: what a list can be asked for besides.
DUE, UNCHECKED = "due", "unchecked"
HAS, LACKS = "has", "lacks"
_ORDER = {state: place for place, state in enumerate((State.IN_REVIEW, State.DRAFT))}


@dataclass(frozen=True)
class Line:
    """One version in the list."""

    answer: Answer
    owner: str
    title: str
    state: State
    is_latest: bool
    is_due: bool
    unchecked: Sequence[str]  # languages that nobody read who speaks them


@dataclass(frozen=True)
class Filters:
    owner: str
    state: str  # or DUE or UNCHECKED
    text: str
    language: str = ""
    having: str = ""  # of that language: HAS, LACKS or UNCHECKED; empty: HAS


@dataclass(frozen=True)
class Event:
    action: str
    actor: str
    entry: AuditEntry


@dataclass(frozen=True)
class Sheet:
    """One version with all that its page tells."""

    answer: Answer
    owner: str
    title: str
    state: State
    texts: Sequence[AnswerText]
    versions: Sequence[Answer]
    events: Sequence[Event]
    people: dict[str, str]
    previous: Answer | None  # the version before, with what this one changed
    changes: Sequence[Change]
    differences: dict[str, list[str]]  # by language: figures that are not those of the Spanish
    review_on: date | None
    tellings: Sequence[Telling]  # of all its versions, the newest first

    @property
    def open_version(self) -> Answer | None:
        """The topic's version that is being worked on, if any."""
        working = (State.DRAFT, State.IN_REVIEW)
        return next((one for one in self.versions if one.state in working), None)

    def is_by(self, member: StaffMember) -> bool:
        """Whether this member wrote, edited or submitted it, and so cannot verify it (PEER-10)."""
        return worked_on(self.answer, member)


def worked_on(item: Reviewed, member: StaffMember) -> bool:
    return member.id in {item.author, item.submitted_by, *item.edited_by}


def state_on(item: Reviewed, today: date) -> State:
    """Its state as people are told: an approved text whose day is over is expired at once."""
    is_over = item.valid_until is not None and item.valid_until < today
    state = State(item.state)
    return State.EXPIRED if state is State.APPROVED and is_over else state


async def list_owners(session: AsyncSession) -> list[str]:
    return list(await session.scalars(select(Topic.owner).distinct().order_by(Topic.owner)))


async def list_answers(
    session: AsyncSession,
    filters: Filters,
    language: str,
    today: date,
    languages: Sequence[str] = (),
    *,
    safety: Mapping[str, str],
) -> list[Line]:
    """Without a state, everything but old versions. A country has hundreds of texts, so the search
    may read them all, and so it can find `migracion` in `Migración`. `safety` names the texts for
    danger, which have no titles, by their topics."""
    rows = (await session.execute(select(Answer, Topic.owner).join(Topic))).all()
    texts = await _texts_by_answer(session)
    latest: dict[str, int] = {}
    for answer, _owner in rows:
        latest[answer.topic] = max(latest.get(answer.topic, 0), answer.version)
    lines = [
        Line(
            answer,
            owner,
            title_of(answer, texts.get(answer.id, []), language, safety),
            state_on(answer, today),
            latest[answer.topic] == answer.version,
            is_due(answer, today) and answer.state == State.APPROVED,
            find_unchecked(texts.get(answer.id, []), languages),
        )
        for answer, owner in rows
    ]
    found = [line for line in lines if _matches(line, filters, texts.get(line.answer.id, []))]
    return sorted(
        found, key=lambda line: (_ORDER.get(line.state, 9), line.answer.topic, -line.answer.version)
    )


async def count_in_state(session: AsyncSession, member: StaffMember, today: date) -> dict[str, int]:
    """Figures for the home page, by what they are for."""
    query = select(Answer, Topic.owner).join(Topic).options(defer(Answer.sources))
    rows = (await session.execute(query)).all()
    own = [answer for answer, owner in rows if owner in member.sub_groups]
    newest: dict[str, Answer] = {}
    for answer, _owner in sorted(rows, key=lambda row: row[0].version):
        newest[answer.topic] = answer
    return {
        "to_verify": sum(
            one.state == State.IN_REVIEW and not worked_on(one, member) for one in own
        ),
        "sent_back": sum(
            one.state == State.DRAFT and bool(one.comment) and one.author in (member.id, None)
            for one, _owner in rows
        ),
        "approved": sum(state_on(one, today) is State.APPROVED for one, _owner in rows),
        "in_review": sum(one.state == State.IN_REVIEW for one, _owner in rows),
        "due": sum(is_due(one, today) and one.state == State.APPROVED for one in own),
        "expired": sum(state_on(one, today) is State.EXPIRED for one in newest.values()),
    }


async def load_sheet(
    session: AsyncSession, answer_id: str, language: str, today: date, safety: Mapping[str, str]
) -> Sheet | None:
    answer = await session.get(Answer, answer_id)
    if answer is None:
        return None
    owner = await session.scalar(select(Topic.owner).where(Topic.key == answer.topic))
    texts = list(await session.scalars(select(AnswerText).where(AnswerText.answer_id == answer.id)))
    versions = list(
        await session.scalars(
            select(Answer).where(Answer.topic == answer.topic).order_by(Answer.version.desc())
        )
    )
    events, people = await load_history(session, answer, "answer")
    people |= await _names_of(session, {text.checked_by for text in texts})
    content = await read_topic(session, answer)
    previous = next((one for one in versions if one.version < answer.version), None)
    return Sheet(
        answer=answer,
        owner=owner or "",
        title=title_of(answer, texts, language, safety),
        state=state_on(answer, today),
        texts=texts,
        versions=versions,
        events=events,
        people=people,
        previous=previous,
        changes=find_changes(await read_topic(session, previous), content) if previous else (),
        differences=_compare_languages(content),
        review_on=review_on(answer),
        tellings=await read_tellings(session, [version.id for version in versions]),
    )


def _compare_languages(content: TopicContent) -> dict[str, list[str]]:
    """By language, empty where everything agrees."""
    spanish = dict(content.all_texts(FALLBACK))
    found: dict[str, list[str]] = {}
    for field, language, text in content.every_text():
        measure = spanish.get(f"{field.rpartition('.')[0]}.{FALLBACK}")
        if language != FALLBACK and measure is not None:
            found.setdefault(language, []).extend(find_differences(measure, text, language))
    return found


def title_of(
    answer: Answer, texts: Sequence[AnswerText], language: str, safety: Mapping[str, str]
) -> str:
    """In the reader's language, else in Spanish, else what danger it is for."""
    titles = {text.language: text.title for text in texts if text.title}
    known = titles.get(language) or titles.get(FALLBACK)
    return known or safety.get(answer.topic, answer.topic)


async def load_history(
    session: AsyncSession, item: Reviewed, kind: str
) -> tuple[list[Event], dict[str, str]]:
    """What happened to it, the newest first, and the names of everybody who had a hand in it."""
    entries = list(
        await session.scalars(
            select(AuditEntry)
            .where(AuditEntry.object_kind == kind, AuditEntry.object_id == item.id)
            .order_by(AuditEntry.seq.desc())
        )
    )
    ids = {item.author, item.submitted_by, item.verified_by, *item.edited_by}
    ids |= {entry.actor for entry in entries}
    people = await _names_of(session, ids)
    return [Event(entry.action, entry.actor, entry) for entry in entries], people


async def _names_of(session: AsyncSession, ids: Set[str | None]) -> dict[str, str]:
    members = await session.scalars(select(StaffMember).where(StaffMember.id.in_(ids - {None})))
    return {member.id: member.display_name for member in members}


async def _texts_by_answer(session: AsyncSession) -> dict[str, list[AnswerText]]:
    found: dict[str, list[AnswerText]] = {}
    for text in await session.scalars(select(AnswerText)):
        found.setdefault(text.answer_id, []).append(text)
    return found


def _is_in(line: Line, state: str) -> bool:
    if state == DUE:
        return line.is_due
    if state == UNCHECKED:
        return line.state in (State.IN_REVIEW, State.APPROVED) and bool(line.unchecked)
    return line.state == state


def _is_written(filters: Filters, texts: Sequence[AnswerText]) -> bool:
    """Whether the language is there, or lacks, or has words that nobody checked, as was asked."""
    words = next((each for each in texts if each.language == filters.language and each.text), None)
    if filters.having == LACKS:
        return words is None
    return words is not None and (filters.having != UNCHECKED or words.checked_by is None)


def _matches(line: Line, filters: Filters, texts: Sequence[AnswerText]) -> bool:
    if filters.owner and line.owner != filters.owner:
        return False
    if filters.state and not _is_in(line, filters.state):
        return False
    if not filters.state and line.state in _OVER and not line.is_latest:
        return False
    if filters.language and not _is_written(filters, texts):
        return False
    wanted = strip_accents(filters.text).split()
    if not wanted:
        return True
    said = strip_accents(
        " ".join((line.answer.topic, *(f"{text.title} {text.text}" for text in texts)))
    )
    return all(word in said for word in wanted)
