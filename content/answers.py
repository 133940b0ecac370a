"""Finds what the bot may say about a topic: only the approved, unexpired version, as stored.

It never writes, never shortens or joins texts, and never tells a text whose time is over (INV-13,
HUM-40, F-35).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Date, Row, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from content.models import Answer as AnswerRow
from content.models import AnswerText, Topic
from content.pack import SAFETY_PREFIX, STEPS
from content.revisions import Revisions
from content.sentences import begins_somewhere
from content.states import State
from hub.clock import Clock
from hub.database import Database
from hub.i18n import FALLBACK


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact was read. `date` is as the source gives it: a day, month, year or `undated`."""

    id: str
    name: str
    url: str | None
    date: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Step:
    """What may be told after an answer when the person asks for it, and where it was read first.
    `language` is the text's own, as that of an answer."""

    step: str
    text: str
    source: Source | None
    language: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One verified version in one language. `language` is the text's own: `es` where a translation
    lacks. `owner` is the sub-group that verified it, `code` what proves it (`content.proof`)."""

    topic: str
    version: int
    answer_id: str
    language: str
    text: str
    sources: tuple[Source, ...]
    verified_on: date | None
    valid_until: date | None
    is_demonstration: bool
    title: str
    related: tuple[str, ...]
    need: str | None
    handover: bool
    sensitive: bool
    owner: str
    code: str | None
    steps: tuple[Step, ...] = ()

    def step(self, name: str) -> Step | None:
        return next((step for step in self.steps if step.step == name), None)

    def after(self, name: str | None) -> Step | None:
        """The step that follows another, or the answer itself (None)."""
        names = [None, *(step.step for step in self.steps)]
        place = names.index(name) if name in names else len(names)
        return self.steps[place] if place < len(self.steps) else None


@dataclass(frozen=True, slots=True)
class BeingChecked:
    """A topic that exists but has nothing to tell now, since that day.

    Of a topic that never had a verified version there is neither title nor day.
    """

    topic: str
    title: str
    owner: str
    since: date | None


@dataclass(slots=True)
class _Shelf:
    """What was read at one revision of the content on one day. A new stamp gets a new shelf, so a
    slow reader of an old one cannot put anything onto it."""

    revision: int | None
    today: date
    found: dict[tuple[str, str], Answer | BeingChecked] = field(default_factory=dict)
    titles: dict[str, dict[str, str]] = field(default_factory=dict)
    needs: dict[str, str] | None = None


class AnswerBook:
    """Answers as they stand at the moment of the question.

    Every question looks at the content's revision first, so no process goes on telling what another
    has withdrawn.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._revisions = Revisions(database)
        self._shelf = _Shelf(None, date.min)

    async def find(self, topic: str, language: str) -> Answer | BeingChecked | None:
        """What to tell about `topic`; None if there is no such topic."""
        shelf = await self._refresh()
        found = shelf.found.get((topic, language))
        if found is None:
            async with self._database.read() as session:
                found = await _find(session, topic, language, shelf.today)
            if found is not None:
                shelf.found[topic, language] = found
        return found

    async def safety(self, safety_class: str, language: str) -> Answer | None:
        """None where no safety text is approved and in time: the caller must have safe words."""
        found = await self.find(SAFETY_PREFIX + safety_class, language)
        return found if isinstance(found, Answer) else None

    async def titles(self, language: str) -> dict[str, str]:
        """Titles of the topics that can be answered now, without safety; Spanish where missing."""
        shelf = await self._refresh()
        if language not in shelf.titles:
            async with self._database.read() as session:
                shelf.titles[language] = await _read_titles(session, language, shelf.today)
        return dict(shelf.titles[language])

    async def topics_with_need(self) -> dict[str, str]:
        """The need whose services an answer is followed by, for the topics that have one."""
        shelf = await self._refresh()
        if shelf.needs is None:
            async with self._database.read() as session:
                shelf.needs = await _read_needs(session, shelf.today)
        return dict(shelf.needs)

    async def _refresh(self) -> _Shelf:
        """The shelf of this revision and day, empty if either is new."""
        revision = await self._revisions.read()
        today = self._clock.now().date()
        if (revision, today) != (self._shelf.revision, self._shelf.today):
            self._shelf = _Shelf(revision, today)
        return self._shelf


def _is_told(today: date | BindParameter[date]) -> tuple[ColumnElement[bool], ...]:
    in_time = or_(AnswerRow.valid_until.is_(None), AnswerRow.valid_until >= today)
    return AnswerRow.state == State.APPROVED, in_time


# Made once and of columns alone: to put a query together and to make objects of its rows takes
# longer than the database does.
_ANSWER = (
    select(
        AnswerRow.id,
        AnswerRow.topic,
        AnswerRow.version,
        AnswerRow.sources,
        AnswerRow.verified_at,
        AnswerRow.valid_until,
        AnswerRow.is_demonstration,
        AnswerRow.related,
        AnswerRow.need,
        AnswerRow.handover,
        AnswerRow.sensitive,
        AnswerRow.code,
        Topic.owner,
        AnswerText.language,
        AnswerText.title,
        AnswerText.text,
        AnswerText.steps,
    )
    .join(AnswerText, AnswerText.answer_id == AnswerRow.id)
    .join(Topic, Topic.key == AnswerRow.topic)
    .where(AnswerRow.topic == bindparam("topic"), *_is_told(bindparam("today", type_=Date)))
    .where(AnswerText.language.in_([bindparam("language"), FALLBACK]), AnswerText.text != "")
)


async def _find(
    session: AsyncSession, topic: str, language: str, today: date
) -> Answer | BeingChecked | None:
    asked = {"topic": topic, "language": language, "today": today}
    words = {row.language: row for row in await session.execute(_ANSWER, asked)}
    if words:
        told = words.get(language) or words[FALLBACK]
        return _to_answer(told, words.get(FALLBACK, told))
    return await _find_absence(session, topic, language, today)


async def _read_titles(session: AsyncSession, language: str, today: date) -> dict[str, str]:
    query = (
        select(AnswerRow.topic, AnswerText.language, AnswerText.title)
        .join(AnswerText, AnswerText.answer_id == AnswerRow.id)
        .where(*_is_told(today), AnswerText.language.in_({language, FALLBACK}))
        .where(AnswerText.title != "", ~AnswerRow.topic.startswith(SAFETY_PREFIX))
        .order_by(AnswerRow.topic)
    )
    rows = (await session.execute(query)).all()
    fallback = {topic: title for topic, spoken, title in rows if spoken == FALLBACK}
    return fallback | {topic: title for topic, spoken, title in rows if spoken == language}


async def _read_needs(session: AsyncSession, today: date) -> dict[str, str]:
    query = select(AnswerRow.topic, AnswerRow.need).where(*_is_told(today))
    return {topic: need for topic, need in await session.execute(query) if need}


async def _find_absence(
    session: AsyncSession, topic: str, language: str, today: date
) -> BeingChecked | None:
    owner = await session.scalar(select(Topic.owner).where(Topic.key == topic))
    if owner is None:
        return None
    last = await session.scalar(
        select(AnswerRow)
        .where(AnswerRow.topic == topic, AnswerRow.verified_at.is_not(None))
        .order_by(AnswerRow.version.desc())
        .limit(1)
    )
    if last is None:
        return BeingChecked(topic, "", owner, None)
    return BeingChecked(
        topic, await _find_title(session, last, language), owner, _since(last, today)
    )


async def _find_title(session: AsyncSession, row: AnswerRow, language: str) -> str:
    query = select(AnswerText.language, AnswerText.title).where(AnswerText.answer_id == row.id)
    titles = {words.language: words.title for words in await session.execute(query)}
    return titles.get(language) or titles.get(FALLBACK) or ""


def _since(row: AnswerRow, today: date) -> date:
    is_over = row.valid_until is not None and row.valid_until < today
    return row.valid_until if is_over and row.valid_until else row.changed_at.date()


def _to_answer(told: Row[Any], spanish: Row[Any]) -> Answer:
    """Of two rows of `_ANSWER`, the one in the language and the one in Spanish."""
    return Answer(
        topic=told.topic,
        version=told.version,
        answer_id=told.id,
        language=told.language,
        text=told.text,
        sources=tuple(to_source(source) for source in told.sources),
        verified_on=told.verified_at.date() if told.verified_at else None,
        valid_until=told.valid_until,
        is_demonstration=told.is_demonstration,
        title=told.title or spanish.title,
        related=tuple(told.related),
        need=told.need,
        handover=told.handover,
        sensitive=told.sensitive,
        owner=told.owner,
        code=told.code,
        steps=tuple(_to_steps(told, spanish)),
    )


def _to_steps(told: Row[Any], spanish: Row[Any]) -> Iterator[Step]:
    """A step that is not translated yet is told in Spanish."""
    for step in STEPS:
        source = source_of(spanish.steps.get(step, ""), told.sources)
        for each in (told, spanish):
            if each.steps.get(step):
                yield Step(step, each.steps[step], source, each.language)
                break


def source_of(spanish: str, sources: Sequence[dict[str, Any]]) -> Source | None:
    """The source of the earliest sentence that one stands for."""
    places = [
        (spanish.find(beginning), place)
        for place, source in enumerate(sources)
        for beginning in source.get("says", ())
        if begins_somewhere(beginning, spanish)
    ]
    return to_source(sources[min(places)[1]]) if places else None


def to_source(raw: dict[str, Any]) -> Source:
    return Source(raw["id"], raw["name"], raw.get("url"), raw["date"], raw["confidence"])
