"""What staff do for those who wait for an answer: look how many, have them told, call it off.

Told they are by `broadcast.asker_telling`, each at a good moment. Works within the caller's
transaction; the audit entries hold numbers and nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.awaiting import wait_on
from bot.models import Address, Contact
from bot.question_desk import GroupState, QuestionsRefusedError, lock_group
from bot.question_models import AwaitedAnswer, AwaitState, QuestionGroup
from content.models import Answer
from content.states import State
from hub.staff.audit import record_act
from hub.staff.models import StaffMember

# Time to call it off, as with an update.
UNDO = timedelta(seconds=60)
_ANSWERED = (GroupState.LEARNED, GroupState.ANSWERED)


@dataclass(frozen=True, slots=True)
class Reach:
    """How many of those who wait have this language and channel; `open` can be written to freely
    now, the others take a template."""

    language: str
    channel: str
    people: int
    open: int


@dataclass(frozen=True, slots=True)
class Askers:
    """Those of one group. `answer` is what they would be told: none if there is nothing verified,
    or nothing that may be told unasked."""

    waiting: int
    due: int
    announced: int
    answer: Answer | None
    is_sensitive: bool

    @property
    def can_be_told(self) -> bool:
        return self.waiting > 0 and self.answer is not None and not self.is_sensitive


async def find_askers(session: AsyncSession, group: QuestionGroup, today: date) -> Askers:
    counted = await session.execute(
        select(AwaitedAnswer.state, func.count())
        .where(AwaitedAnswer.group_id == group.id)
        .group_by(AwaitedAnswer.state)
    )
    counts: dict[str, int] = {row[0]: row[1] for row in counted}
    answer = await _verified(session, group, today)
    return Askers(
        waiting=counts.get(AwaitState.WAITING, 0),
        due=counts.get(AwaitState.DUE, 0),
        announced=counts.get(AwaitState.ANNOUNCED, 0),
        answer=answer,
        is_sensitive=answer is not None and answer.sensitive,
    )


async def read_reach(
    session: AsyncSession, group_id: str, windows: dict[str, timedelta], now: datetime
) -> Sequence[Reach]:
    """Of those who wait, by language and channel. `windows` are those of channels that have one."""
    is_open = or_(
        Address.channel.not_in(list(windows)),
        *(
            (Address.channel == channel) & (Address.last_inbound_at > now - window)
            for channel, window in windows.items()
        ),
    )
    language = func.coalesce(Contact.language, AwaitedAnswer.language)
    rows = await session.execute(
        select(language, Address.channel, func.count(), func.count().filter(is_open))
        .select_from(AwaitedAnswer)
        .join(Address, Address.id == AwaitedAnswer.address_id)
        .join(Contact, Contact.id == AwaitedAnswer.contact_id)
        .where(AwaitedAnswer.group_id == group_id, AwaitedAnswer.state == AwaitState.WAITING)
        .group_by(language, Address.channel)
        .order_by(language, Address.channel)
    )
    return [Reach(*row) for row in rows]


async def tell_askers(
    session: AsyncSession, group_id: str, answer_id: str, member: StaffMember, now: datetime
) -> int:
    """Have those who wait told, once the time to call it off is over; how many. `answer_id` is the
    version that was looked at: refused if another one is told by now."""
    group = await lock_group(session, group_id)
    askers = await find_askers(session, group, now.date())
    if not askers.can_be_told or askers.answer is None or askers.answer.id != answer_id:
        raise QuestionsRefusedError("nobody waits, or another answer is told by now")
    waiting = update(AwaitedAnswer).where(
        AwaitedAnswer.group_id == group.id, AwaitedAnswer.state == AwaitState.WAITING
    )
    due = waiting.values(state=AwaitState.DUE, topic=group.topic, due_at=now + UNDO)
    people = len((await session.execute(due.returning(AwaitedAnswer.id))).all())
    version = askers.answer.version
    await record_act(
        session,
        now,
        member.id,
        "questions_tell",
        "questions",
        group.id,
        people=people,
        topic=group.topic,
        version=version,
    )
    return people


async def call_off(session: AsyncSession, group_id: str, member: StaffMember, now: datetime) -> int:
    """Tell nobody who was not told yet; how many go on waiting."""
    group = await lock_group(session, group_id)
    people = await wait_on(session, group.id)
    if not people:
        raise QuestionsRefusedError("nobody is left to be told")
    await record_act(
        session, now, member.id, "questions_call_off", "questions", group.id, people=people
    )
    return people


def waits_for_what_is_told(today: date) -> ColumnElement[bool]:
    """Of groups: somebody waits though there is an answer that may be told."""
    waits = exists().where(
        AwaitedAnswer.group_id == QuestionGroup.id, AwaitedAnswer.state == AwaitState.WAITING
    )
    told = exists().where(Answer.topic == QuestionGroup.topic, ~Answer.sensitive, *_is_told(today))
    return and_(QuestionGroup.state.in_(_ANSWERED), waits, told)


async def _verified(session: AsyncSession, group: QuestionGroup, today: date) -> Answer | None:
    if group.topic is None or group.state not in _ANSWERED:
        return None
    return await session.scalar(
        select(Answer).where(Answer.topic == group.topic, *_is_told(today)).limit(1)
    )


def _is_told(today: date) -> tuple[ColumnElement[bool], ...]:
    in_time = or_(Answer.valid_until.is_(None), Answer.valid_until >= today)
    return (Answer.state == State.APPROVED, in_time)
