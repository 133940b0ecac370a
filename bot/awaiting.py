"""Whoever got no answer may ask to be told when there is one: offer, yes, and taking it back.

Only that yes keeps who asked, beyond the words' own short life: contact and group of questions, for
some weeks, and no words. A disclosure, an opt-out and an erasure end it (HUM-23, HUM-46).
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot import awaiting_phrases as said
from bot.bubbles import show
from bot.case_answers import Waiting
from bot.dialogue import Action
from bot.messages import Outbound
from bot.models import Address, Contact, Conversation
from bot.question_models import AwaitedAnswer, AwaitState, UnansweredQuestion
from bot.turn import (
    AwaitAnswer,
    HeardAnswer,
    KeepQuestion,
    OfAwaiting,
    Outcome,
    Reading,
    Reply,
    StopAwaiting,
    Turn,
)
from hub.database import Database
from hub.i18n import Phrases, Translate

TELL_LATER = "tell_later"  # what the button does; its value is the question's id
_MOST_BUTTONS = 3
_SIMULATED = "simulator."


@dataclass(frozen=True)
class Awaiting:
    phrases: Phrases
    days: int  # how long a yes is kept

    def offer(self, turn: Turn, outcome: Outcome) -> Outcome:
        """Add the offer to an "I do not know" whose question is kept; to nothing else."""
        kept = next((each for each in outcome.effects if isinstance(each, KeepQuestion)), None)
        if kept is None or kept.topic is not None or not outcome.replies:
            return outcome
        last = outcome.replies[-1]
        if not 0 < len(last.message.buttons) < _MOST_BUTTONS:
            return outcome  # not the words that offer ways on, or no room beside them
        _ = self.phrases.for_language(turn.language)
        choice = (said.tell_later_button(_), Action(TELL_LATER, kept.question_id))
        dialogue, buttons = outcome.dialogue.offer_more([choice])
        text = f"{last.message.text}\n\n{said.offer(_, self.days)}"
        message = Outbound(text, (*last.message.buttons, *buttons))
        replies = (*outcome.replies[:-1], replace(last, message=message))
        return replace(outcome, replies=replies, dialogue=dialogue)

    def agree(self, turn: Turn, question_id: str) -> Outcome:
        until = turn.now.date() + timedelta(days=self.days)
        effect = AwaitAnswer(question_id, turn.language, until)
        _ = self.phrases.for_language(turn.language)
        reply = Reply(Outbound(said.agreed(_, self.days)))
        return Outcome((reply,), turn.dialogue, Reading("smalltalk"), (effect,))


def announce_in_words(_: Translate, answer: Outbound, channel: str) -> tuple[Outbound, ...]:
    """An answer with words before it that say why it comes: in one message where that fits."""
    together = replace(answer, text=f"{said.here_it_is(_)}\n\n{answer.text}")
    shown = show(together, channel.removeprefix(_SIMULATED))
    if shown.length <= shown.limit:
        return (together,)
    return (Outbound(said.here_it_is(_)), answer)


@dataclass(frozen=True)
class AwaitedBook:
    database: Database

    async def count(self, tracker_id: str) -> int:
        """How many answers whoever has this dialogue waits for."""
        query = (
            select(func.count(AwaitedAnswer.id))
            .join(Conversation, Conversation.contact_id == AwaitedAnswer.contact_id)
            .where(Conversation.tracker_id == tracker_id)
        )
        async with self.database.read() as session:
            return await session.scalar(query) or 0

    async def announced(self, tracker_id: str) -> Waiting | None:
        """The topic that a template to whoever has this dialogue stands for, the last if several
        do."""
        query = (
            select(AwaitedAnswer.topic, AwaitedAnswer.due_at)
            .join(Conversation, Conversation.contact_id == AwaitedAnswer.contact_id)
            .where(
                Conversation.tracker_id == tracker_id,
                AwaitedAnswer.state == AwaitState.ANNOUNCED,
            )
            .order_by(AwaitedAnswer.due_at.desc())
            .limit(1)
        )
        async with self.database.read() as session:
            found = (await session.execute(query)).first()
        return Waiting(found.due_at, topic=found.topic) if found else None


async def apply_to_awaited(
    session: AsyncSession, contact: Contact, address: Address, effect: OfAwaiting, today: date
) -> None:
    match effect:
        case AwaitAnswer():
            await _await(session, contact, address, effect, today)
        case HeardAnswer(topic):
            await session.execute(
                delete(AwaitedAnswer).where(
                    AwaitedAnswer.contact_id == contact.id,
                    AwaitedAnswer.state == AwaitState.ANNOUNCED,
                    AwaitedAnswer.topic == topic,
                )
            )
        case StopAwaiting():
            await forget_awaited_of(session, contact.id)


async def _await(
    session: AsyncSession, contact: Contact, address: Address, agreed: AwaitAnswer, today: date
) -> None:
    """Once for each group of questions, however often somebody says yes. If the words were deleted
    meanwhile, nobody can find an answer to them, and nothing is kept."""
    question = await session.get(UnansweredQuestion, agreed.question_id)
    if question is None or question.contact_id != contact.id:
        return
    same = AwaitedAnswer.question_id == question.id
    if question.group_id is not None:
        same |= AwaitedAnswer.group_id == question.group_id
    known = select(AwaitedAnswer.id).where(AwaitedAnswer.contact_id == contact.id, same)
    if await session.scalar(known.limit(1)) is not None:
        return
    session.add(
        AwaitedAnswer(
            contact_id=contact.id,
            address_id=address.id,
            question_id=None if question.group_id else question.id,
            group_id=question.group_id,
            language=agreed.language,
            consent_version=said.TEXT_VERSION,
            state=AwaitState.WAITING,
            agreed_on=today,
            expires_on=agreed.until,
        )
    )


async def follow_question(session: AsyncSession, question: UnansweredQuestion) -> None:
    """The question found its group: from now on that group is what its asker waits for."""
    mine = AwaitedAnswer.question_id == question.id
    known = exists().where(
        AwaitedAnswer.contact_id == question.contact_id,
        AwaitedAnswer.group_id == question.group_id,
    )
    if await session.scalar(select(known)):
        await session.execute(delete(AwaitedAnswer).where(mine))
        return
    await session.execute(
        update(AwaitedAnswer)
        .where(mine)
        .values(group_id=question.group_id, question_id=None)
        .execution_options(synchronize_session=False)
    )


async def move_askers(session: AsyncSession, group_id: str, into_id: str) -> None:
    """Who waits for one group waits for another, each once."""
    other = aliased(AwaitedAnswer)
    twice = exists().where(other.contact_id == AwaitedAnswer.contact_id, other.group_id == into_id)
    mine = AwaitedAnswer.group_id == group_id
    await session.execute(
        delete(AwaitedAnswer).where(mine, twice).execution_options(synchronize_session=False)
    )
    await session.execute(
        update(AwaitedAnswer)
        .where(mine)
        .values(group_id=into_id)
        .execution_options(synchronize_session=False)
    )


async def wait_on(session: AsyncSession, group_id: str) -> int:
    """Nobody is to be told yet; how many were about to be."""
    back = (
        update(AwaitedAnswer)
        .where(AwaitedAnswer.group_id == group_id, AwaitedAnswer.state == AwaitState.DUE)
        .values(state=AwaitState.WAITING, topic=None, due_at=None)
        .returning(AwaitedAnswer.id)
        .execution_options(synchronize_session=False)
    )
    return len((await session.execute(back)).all())


async def forget_awaited_of(session: AsyncSession, contact_id: str) -> None:
    await session.execute(delete(AwaitedAnswer).where(AwaitedAnswer.contact_id == contact_id))


async def forget_awaited(session: AsyncSession, today: date) -> int:
    """Delete what was promised until a day that is over, or announced and not fetched by then."""
    over = delete(AwaitedAnswer).where(AwaitedAnswer.expires_on < today)
    return len((await session.execute(over.returning(AwaitedAnswer.id))).all())
