"""The language gate: which languages of a version a person who speaks them has read.

Verifying says that the Spanish text is true. It says nothing of translations, unless the verifier
says so; anybody else who may verify and did not write it can check a language too. Numbers, phones,
dates and addresses are compared by machine (`content.agreement`), which proves less.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from content.models import Answer, AnswerText
from content.pack import SAFETY_PREFIX
from content.rows import raise_revision, read_topic
from content.states import MoveRefusedError, State
from hub.staff.audit import record_act
from hub.staff.models import StaffMember
from hub.staff.roles import Permission, permissions_of

_CHECKABLE = frozenset({State.IN_REVIEW, State.APPROVED})


async def check_language(
    session: AsyncSession,
    answer_id: str,
    language: str,
    member: StaffMember,
    expected_hash: str,
    now: datetime,
) -> None:
    """Note that the member read the words of this version in this language and found them right."""
    row = await session.get(Answer, answer_id, with_for_update=True)
    words = await session.get(AnswerText, (answer_id, language))
    if row is None or words is None or not words.text:
        raise MoveRefusedError("no such answer, or no text in this language")
    if member.disabled_at or Permission.ANSWERS_VERIFY not in permissions_of(member.roles):
        raise MoveRefusedError(f"this needs the permission {Permission.ANSWERS_VERIFY}")
    if State(row.state) not in _CHECKABLE:
        raise MoveRefusedError(f"cannot check a language of what is {row.state}")
    if member.id in {row.author, row.submitted_by, *row.edited_by}:
        raise MoveRefusedError("whoever wrote, edited or submitted a text cannot check it")
    if {expected_hash, (await read_topic(session, row)).digest()} != {row.hash}:
        raise MoveRefusedError("this is not the text that you saw; read it again")
    mark_checked([words], {language}, member, now)
    await session.flush()
    detail = {"language": language, "hash": row.hash}
    await record_act(session, now, member.id, "answer_check", "answer", row.id, **detail)
    await raise_revision(session)


def mark_checked(
    words: Iterable[AnswerText], languages: Collection[str], member: StaffMember, now: datetime
) -> None:
    for each in words:
        if each.language in languages:
            each.checked_by, each.checked_at = member.id, now


def find_unchecked(words: Iterable[AnswerText], languages: Sequence[str]) -> list[str]:
    """The languages that lack a text, or whose text no person has checked."""
    checked = {each.language for each in words if each.text and each.checked_by}
    return [language for language in languages if language not in checked]


@dataclass(frozen=True, slots=True)
class Gate:
    """How the answers told now stand in one language: those without a text in it, and those whose
    text nobody who speaks it has checked. Topics by name, those of safety first."""

    language: str
    told: int
    unwritten: tuple[str, ...]
    unchecked: tuple[str, ...]


async def read_gate(session: AsyncSession, languages: Sequence[str], today: date) -> list[Gate]:
    in_time = or_(Answer.valid_until.is_(None), Answer.valid_until >= today)
    query = (
        select(Answer.topic, AnswerText.language, AnswerText.checked_by)
        .join(AnswerText, AnswerText.answer_id == Answer.id)
        .where(Answer.state == State.APPROVED, in_time, AnswerText.text != "")
    )
    found: dict[str, dict[str, bool]] = {}
    for topic, language, checked_by in await session.execute(query):
        found.setdefault(topic, {})[language] = checked_by is not None
    topics = sorted(found, key=lambda topic: (not topic.startswith(SAFETY_PREFIX), topic))
    return [
        Gate(
            language=language,
            told=len(topics),
            unwritten=tuple(topic for topic in topics if language not in found[topic]),
            unchecked=tuple(topic for topic in topics if found[topic].get(language) is False),
        )
        for language in languages
    ]


def keep_checks(before: Iterable[AnswerText], after: Iterable[AnswerText]) -> None:
    """Words that did not change stay checked in a new version."""
    old = {each.language: each for each in before}
    for each in after:
        same = old.get(each.language)
        if same is not None and _said(same) == _said(each):
            each.checked_by, each.checked_at = same.checked_by, same.checked_at


async def read_words(session: AsyncSession, answer_id: str) -> list[AnswerText]:
    query = select(AnswerText).where(AnswerText.answer_id == answer_id)
    return list(await session.scalars(query.order_by(AnswerText.language)))


def _said(words: AnswerText) -> tuple[str, str, dict[str, str]]:
    return words.title, words.text, words.steps
