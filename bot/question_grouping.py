"""Puts new unanswered questions beside those that they are like, a few at a time.

It runs in the background. Single-pass clustering, as used for following topics in news: each
question joins the likest group of its language or begins one, so that a page of the console only
reads what is counted already. Staff join groups that this leaves apart.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.awaiting import follow_question
from bot.lexical import LearningMatcher, LexicalMatcher
from bot.likeness import Nearest
from bot.question_desk import GroupState
from bot.question_models import QuestionGroup, UnansweredQuestion
from hub.database import Database, new_id
from hub.vault import UnreadableValueError, Vault

_MOST_AT_ONCE = 100
_MOST_GROUPS = 1500  # of a language that a question is compared with: those asked last
_MOST_OF_A_GROUP = 3
T = TypeVar("T")


@dataclass(frozen=True)
class Grouping:
    database: Database
    vault: Vault
    matcher: LearningMatcher

    async def step(self) -> bool:
        """Take some new questions; whether there were any."""
        async with self.database.read() as session:
            new = await _find_new(session)
            known = await self._read_known(session, {one.language for one in new})
        if not new:
            return False
        matcher = await self.matcher.learn()
        texts = {one.id: self._open(one) for one in new}
        chosen = await asyncio.to_thread(_choose, new, texts, known, matcher)
        async with self.database.write() as session:
            for question, group_id in chosen:
                await _join(session, question, group_id)
        return True

    async def _read_known(
        self, session: AsyncSession, languages: set[str]
    ) -> dict[str, dict[str, list[str]]]:
        """By language and group, a few questions: those of staff before those of people."""
        known: dict[str, dict[str, list[str]]] = {}
        for language in sorted(languages):
            groups = list(
                await session.scalars(
                    select(QuestionGroup)
                    .where(QuestionGroup.language == language)
                    .order_by(QuestionGroup.last_on.desc(), QuestionGroup.id)
                    .limit(_MOST_GROUPS)
                )
            )
            asked = await read_some(session, [each.id for each in groups], _MOST_OF_A_GROUP)
            known[language] = {
                each.id: [
                    *([each.wording] if each.wording else []),
                    *each.examples[:_MOST_OF_A_GROUP],
                    *(self._open(one) for one in asked.get(each.id, ())),
                ][:_MOST_OF_A_GROUP]
                for each in groups
            }
        return known

    def _open(self, question: UnansweredQuestion) -> str:
        return open_question(self.vault, question)


def open_question(vault: Vault, question: UnansweredQuestion) -> str:
    """Its words; none if they cannot be read any more."""
    try:
        return vault.open("unanswered_questions", "text", question.id, question.text_sealed)
    except UnreadableValueError:
        return ""


async def read_some(
    session: AsyncSession, group_ids: Sequence[str], most: int
) -> dict[str, list[UnansweredQuestion]]:
    """At most so many questions of each group."""
    place = (
        func.row_number()
        .over(partition_by=UnansweredQuestion.group_id, order_by=UnansweredQuestion.id)
        .label("place")
    )
    numbered = (
        select(UnansweredQuestion.id, place)
        .where(UnansweredQuestion.group_id.in_(group_ids))
        .subquery()
    )
    query = select(UnansweredQuestion).join(
        numbered, (numbered.c.id == UnansweredQuestion.id) & (numbered.c.place <= most)
    )
    found: defaultdict[str, list[UnansweredQuestion]] = defaultdict(list)
    for row in await session.scalars(query):
        found[row.group_id or ""].append(row)
    return found


async def _find_new(session: AsyncSession) -> list[UnansweredQuestion]:
    query = (
        select(UnansweredQuestion)
        .where(UnansweredQuestion.group_id.is_(None))
        .order_by(UnansweredQuestion.asked_on, UnansweredQuestion.id)
        .limit(_MOST_AT_ONCE)
    )
    return list(await session.scalars(query))


def _choose(
    new: Sequence[UnansweredQuestion],
    texts: dict[str, str],
    known: dict[str, dict[str, list[str]]],
    matcher: LexicalMatcher,
) -> list[tuple[UnansweredQuestion, str]]:
    """The group of each, an old one or the id of a new one."""
    nearest: dict[str, Nearest] = {}
    for language, groups in known.items():
        nearest[language] = Nearest(matcher.rarity)
        for group_id, said in groups.items():
            nearest[language].add(group_id, said)
    chosen: list[tuple[UnansweredQuestion, str]] = []
    for question in new:
        text = texts[question.id]
        found = nearest[question.language].find(text)
        group_id = found or new_id()
        if found is None:
            nearest[question.language].add(group_id, [text])
        chosen.append((question, group_id))
    return chosen


async def _join(session: AsyncSession, question: UnansweredQuestion, group_id: str) -> None:
    """Nobody counts twice in a group; what was erased meanwhile counts for nothing."""
    row = await session.get(UnansweredQuestion, question.id)
    if row is None or row.group_id is not None:
        return
    group = await session.get(QuestionGroup, group_id)
    if group is None:
        group = QuestionGroup(
            id=group_id,
            language=row.language,
            state=GroupState.OPEN,
            size=0,
            again=0,
            examples=[],
            first_on=row.asked_on,
            last_on=row.asked_on,
        )
        session.add(group)
        await session.flush()
    asked_before = await session.scalar(
        select(UnansweredQuestion.id)
        .where(
            UnansweredQuestion.group_id == group_id,
            UnansweredQuestion.contact_id == row.contact_id,
        )
        .limit(1)
    )
    row.group_id = group_id
    await follow_question(session, row)
    if asked_before is None:
        await _count(session, group, row.asked_on)
    await session.flush()


async def _count(session: AsyncSession, group: QuestionGroup, asked_on: date) -> None:
    await session.execute(
        update(QuestionGroup)
        .where(QuestionGroup.id == group.id)
        .values(
            size=QuestionGroup.size + 1,
            again=QuestionGroup.again + (1 if group.decided_at else 0),
            last_on=max(group.last_on, asked_on),
        )
        .execution_options(synchronize_session="fetch")
    )
