"""Tells whether a text is ours: by its code, or by its words when somebody pastes it.

Every version that was ever approved has a code. Only what holds now is shown again; of anything
else one learns that it was ours and what became of it (INV-13, HUM-40). A code says nothing of the
words that it came with, so words are compared where somebody pastes them.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from content.codes import find_codes
from content.forwarding import FEWEST_WORDS, Match, Shelf, Told, count_words
from content.models import Answer, AnswerText, Topic
from content.pack import SAFETY_PREFIX
from content.revisions import Revisions
from content.states import State
from content.wording import find_figures
from hub.clock import Clock
from hub.database import Database

_MOST_CODES = 5  # looked up in one message
_FEW_WORDS = 4  # a message of so many words is about the code in it
_CHOICES = frozenset("1234")  # as they are numbered below a text


class Standing(StrEnum):
    CURRENT = "current"
    REPLACED = "replaced"  # a newer version is told
    CHECKED = "checked"  # it is over or withdrawn, and nothing is told in its place
    ALTERED = "altered"  # made from a text of ours, with other words or figures
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Proof:
    """What became of a version. `since` is when it ended; `newer` the code of what is told now."""

    standing: Standing
    code: str
    topic: str = ""
    version: int = 0
    owner: str = ""
    verified_on: date | None = None
    valid_until: date | None = None
    since: date | None = None
    newer: str | None = None
    by_words: bool = False  # the text itself was compared, not only its code

    @property
    def is_safety(self) -> bool:
        return self.topic.startswith(SAFETY_PREFIX)


class ProofBook:
    """Answers for every version ever approved, as things stand at the moment of the question."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._revisions = Revisions(database)
        self._revision: int | None = None
        self._shelf: Shelf | None = None
        self._building = asyncio.Lock()

    async def prepare(self) -> None:
        """Read the texts now; else the first messages long enough to be one of them wait for it."""
        await self._refresh()

    async def find(self, code: str) -> Proof | None:
        """What a code stands for; None if it is not ours."""
        async with self._database.read() as session:
            answer = await session.scalar(select(Answer).where(Answer.code == code))
            return await self._describe(session, answer) if answer else None

    async def recognise(self, message: str) -> Proof | None:
        """None if the message is no question about a text: then it is understood like any other."""
        codes = find_codes(message)[:_MOST_CODES]
        is_long = count_words(message) >= FEWEST_WORDS
        matches = await self._match(message) if is_long else []
        if not codes and not matches:
            return None
        async with self._database.read() as session:
            if matches:
                return await self._judge(session, matches)
            for code in codes:
                answer = await session.scalar(select(Answer).where(Answer.code == code))
                if answer is not None:
                    return await self._describe(session, answer)
        if codes and count_words(message) <= _FEW_WORDS:
            return Proof(Standing.UNKNOWN, codes[0])
        return None

    async def _match(self, message: str) -> list[Match]:
        return (await self._refresh()).match(message)

    async def _judge(self, session: AsyncSession, matches: list[Match]) -> Proof:
        """Of versions with the same words, the one that is told now."""
        best = [one for one in matches if one.is_exact] or matches[:1]
        proofs = [await self._describe_id(session, one.told.answer_id) for one in best]
        chosen = min(proofs, key=lambda proof: (proof.standing != Standing.CURRENT, -proof.version))
        if best[0].is_exact:
            return replace(chosen, by_words=True)
        return Proof(Standing.ALTERED, chosen.code, chosen.topic, chosen.version, chosen.owner)

    async def _describe_id(self, session: AsyncSession, answer_id: str) -> Proof:
        return await self._describe(session, await session.get_one(Answer, answer_id))

    async def _describe(self, session: AsyncSession, answer: Answer) -> Proof:
        today = self._clock.now().date()
        owner = await session.scalar(select(Topic.owner).where(Topic.key == answer.topic))
        told = await session.scalar(
            select(Answer).where(Answer.topic == answer.topic, Answer.state == State.APPROVED)
        )
        if told is not None and told.valid_until is not None and told.valid_until < today:
            told = None
        is_told = told is not None and told.id == answer.id
        standing = Standing.CURRENT if is_told else Standing.REPLACED
        return Proof(
            standing=standing if told else Standing.CHECKED,
            code=answer.code or "",
            topic=answer.topic,
            version=answer.version,
            owner=owner or "",
            verified_on=answer.verified_at.date() if answer.verified_at else None,
            valid_until=answer.valid_until,
            since=None if is_told else _ended_on(answer, today),
            newer=told.code if told and not is_told else None,
        )

    async def _refresh(self) -> Shelf:
        """The shelf of this revision; read and built again when content changed."""
        revision = await self._revisions.read()
        async with self._building:  # a shelf takes a second or so; one is enough
            if self._shelf is not None and revision == self._revision:
                return self._shelf
            async with self._database.read() as session:
                texts = await _read_told(session)
            self._shelf = await asyncio.to_thread(Shelf, texts)
            self._revision = revision
            return self._shelf


def _ended_on(answer: Answer, today: date) -> date:
    is_over = answer.valid_until is not None and answer.valid_until < today
    return answer.valid_until if is_over and answer.valid_until else answer.changed_at.date()


async def _read_told(session: AsyncSession) -> list[Told]:
    query = (
        select(Answer, AnswerText)
        .join(AnswerText, Answer.id == AnswerText.answer_id)
        .where(Answer.code.is_not(None))
    )
    return [
        Told(answer.id, words.language, text, _figures_around(answer))
        for answer, words in await session.execute(query)
        for text in (words.text, *words.steps.values())
    ]


def _figures_around(answer: Answer) -> frozenset[str]:
    """What is said below a text of this version: its sources, dates and code."""
    said = [str(source.get("name", "")) for source in answer.sources]
    days = (answer.verified_at, answer.valid_until)
    said += [f"{day.day} {day.year}" for day in days if day is not None]
    return _CHOICES | find_figures(" ".join([*said, answer.code or ""]))
