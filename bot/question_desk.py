"""What staff do with unanswered questions: sort them, join what belongs together, hand them on.

Every function works within the caller's transaction, locks the group that it moves and leaves an
audit entry without words of people.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.awaiting import move_askers, wait_on
from bot.question_models import QuestionGroup, UnansweredQuestion
from bot.text import clean, fold
from content.models import Answer, Topic
from content.states import State
from hub.staff.audit import record_act
from hub.staff.models import StaffMember

MOST_EXAMPLES = 20
LONGEST_EXAMPLE = 300


class GroupState(StrEnum):
    OPEN = "open"  # nobody decided about it yet
    LEARNED = "learned"  # a topic answers it; its examples teach the next model
    WRITING = "writing"  # a sub-group writes an answer
    ANSWERED = "answered"  # that answer is told now
    ASIDE = "aside"  # not for us


class Aside(StrEnum):
    OUT_OF_SCOPE = "out_of_scope"
    NO_QUESTION = "no_question"
    SPAM = "spam"


class QuestionsMove(StrEnum):
    LEARN = "learn"
    ASSIGN = "assign"
    ANSWER = "answer"
    SET_ASIDE = "set_aside"
    REOPEN = "reopen"


_UNDECIDED = (GroupState.OPEN, GroupState.WRITING)
_DECIDED = (GroupState.LEARNED, GroupState.ANSWERED, GroupState.ASIDE)
MOVES: dict[QuestionsMove, tuple[tuple[GroupState, ...], GroupState]] = {
    QuestionsMove.LEARN: (_UNDECIDED, GroupState.LEARNED),
    QuestionsMove.ASSIGN: (_UNDECIDED, GroupState.WRITING),
    QuestionsMove.ANSWER: ((GroupState.WRITING,), GroupState.ANSWERED),
    QuestionsMove.SET_ASIDE: (_UNDECIDED, GroupState.ASIDE),
    QuestionsMove.REOPEN: ((*_DECIDED, GroupState.WRITING), GroupState.OPEN),
}


class QuestionsRefusedError(Exception):
    """Somebody decided otherwise meanwhile, or what it needs is not there."""


async def learn(
    session: AsyncSession,
    group_id: str,
    topic: str,
    examples: Sequence[str],
    member: StaffMember,
    now: datetime,
) -> None:
    """The topic answers this; the examples, as staff read them, teach the next model."""
    group = await _move(session, group_id, QuestionsMove.LEARN)
    kept = tidy_examples(examples)
    if not kept or await session.get(Topic, topic) is None:
        raise QuestionsRefusedError("no examples, or no such topic")
    group.topic, group.examples, group.wording = topic, kept, kept[0]
    group.exported_at = None
    await _note(session, group, QuestionsMove.LEARN, member, now, topic=topic, examples=len(kept))


async def assign(
    session: AsyncSession,
    group_id: str,
    owner: str,
    wording: str,
    member: StaffMember,
    now: datetime,
) -> None:
    """Hand it to a sub-group, which writes an answer; `wording` is how staff put it."""
    group = await _move(session, group_id, QuestionsMove.ASSIGN)
    group.owner, group.wording = owner, wording
    await _note(session, group, QuestionsMove.ASSIGN, member, now, owner=owner)


async def answer(
    session: AsyncSession, group_id: str, topic: str, member: StaffMember, now: datetime
) -> None:
    """Its answer is verified and told, so it is off the work list."""
    group = await _move(session, group_id, QuestionsMove.ANSWER)
    query = select(Answer.id).where(Answer.topic == topic, Answer.state == State.APPROVED).limit(1)
    if await session.scalar(query) is None:
        raise QuestionsRefusedError("the topic has no verified answer")
    group.topic = topic
    await _note(session, group, QuestionsMove.ANSWER, member, now, topic=topic)


async def set_aside(
    session: AsyncSession, group_id: str, reason: Aside, member: StaffMember, now: datetime
) -> None:
    group = await _move(session, group_id, QuestionsMove.SET_ASIDE)
    group.reason = reason
    await _note(session, group, QuestionsMove.SET_ASIDE, member, now, reason=reason)


async def reopen(session: AsyncSession, group_id: str, member: StaffMember, now: datetime) -> None:
    group = await _move(session, group_id, QuestionsMove.REOPEN)
    group.topic = group.owner = group.reason = None
    group.examples = []
    await wait_on(session, group.id)
    await _note(session, group, QuestionsMove.REOPEN, member, now)


async def join(
    session: AsyncSession, group_id: str, into_id: str, member: StaffMember, now: datetime
) -> QuestionGroup:
    """Both ask the same: move everything of an undecided group into another one."""
    group = await lock_group(session, group_id)
    into = await lock_group(session, into_id)
    if group.id == into.id or group.language != into.language or group.state != GroupState.OPEN:
        raise QuestionsRefusedError("these two cannot be joined")
    await session.execute(
        update(UnansweredQuestion)
        .where(UnansweredQuestion.group_id == group.id)
        .values(group_id=into.id)
        .execution_options(synchronize_session=False)
    )
    await move_askers(session, group.id, into.id)
    into.size += group.size
    into.again += group.size if into.decided_at else 0
    into.first_on = min(into.first_on, group.first_on)
    into.last_on = max(into.last_on, group.last_on)
    size = group.size
    await session.execute(delete(QuestionGroup).where(QuestionGroup.id == group.id))
    await record_act(
        session, now, member.id, "questions_join", "questions", into.id, joined=group_id, size=size
    )
    return into


async def delete_words(
    session: AsyncSession, group_id: str, member: StaffMember, now: datetime
) -> None:
    """Something in them points at somebody: nobody of staff reads them again."""
    group = await lock_group(session, group_id)
    asked = delete(UnansweredQuestion).where(UnansweredQuestion.group_id == group.id)
    await session.execute(asked)
    if group.wording is None and group.decided_at is None:
        await session.execute(delete(QuestionGroup).where(QuestionGroup.id == group.id))
    await record_act(session, now, member.id, "questions_delete_words", "questions", group_id)


def tidy_examples(lines: Sequence[str]) -> list[str]:
    """One line each, every question once, without the marks of what was taken out of them."""
    kept: dict[str, str] = {}
    for line in lines:
        text = " ".join(clean(_without_marks(line)).split())[:LONGEST_EXAMPLE]
        if text:
            kept.setdefault(fold(text), text)
    return list(kept.values())[:MOST_EXAMPLES]


def _without_marks(line: str) -> str:
    """Brackets mean things in the files of examples, and `[phone]` is no word of anybody's."""
    text = line
    while "[" in text and "]" in text.partition("[")[2]:
        before, _, rest = text.partition("[")
        text = f"{before} {rest.partition(']')[2]}"
    return text.translate({ord(letter): " " for letter in "[]{}()"})


async def lock_group(session: AsyncSession, group_id: str) -> QuestionGroup:
    """Nobody else decides about it meanwhile."""
    query = select(QuestionGroup).where(QuestionGroup.id == group_id).with_for_update()
    group = await session.scalar(query.execution_options(populate_existing=True))
    if group is None:
        raise QuestionsRefusedError("no such group")
    return group


async def _move(session: AsyncSession, group_id: str, move: QuestionsMove) -> QuestionGroup:
    group = await lock_group(session, group_id)
    before, after = MOVES[move]
    if group.state not in before:
        raise QuestionsRefusedError(f"{move} of what is {group.state}")
    group.state = after
    return group


async def _note(
    session: AsyncSession,
    group: QuestionGroup,
    move: QuestionsMove,
    member: StaffMember,
    now: datetime,
    **detail: object,
) -> None:
    group.decided_by = member.id
    group.decided_at = None if move is QuestionsMove.REOPEN else now
    group.again = 0
    await session.flush()
    await record_act(session, now, member.id, f"questions_{move}", "questions", group.id, **detail)
