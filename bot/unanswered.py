"""Which questions were left without an answer that helped, and how they are kept for staff.

Nothing is kept of danger, of a disclosure or around one, of forms and cases, and of topics that are
told with care: whoever writes of those needs help, not a better text (HUM-29). What is kept has no
identifying data any more, since it comes from the inbox (`bot.withheld`).
"""

import json
from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.awaiting import TELL_LATER, apply_to_awaited, forget_awaited_of
from bot.form_fields import form_of
from bot.messages import InboundKind
from bot.models import Address, Contact, InboxRow
from bot.question_models import QuestionGroup, UnansweredQuestion
from bot.text import words
from bot.turn import ForgetQuestions, KeepQuestion, OfAwaiting, OfQuestions, Outcome, Rate, Turn
from hub.vault import UnreadableValueError, Vault

_LONGEST = 500  # characters; a longer story is somebody's own
_FEWEST_WORDS = 2
_DEPARTMENT = 2  # digits of an area's code
_LIKELY = 0.04  # confidence from which a message may have been about a topic
# Families of topics, and single ones, of which nothing is kept whatever was said.
_WITH_CARE = ("protection.", "health.mental", "health.hiv_tb", "health.emergency", "emergency.",
              "feedback.")  # fmt: skip


class Reason(StrEnum):
    """Why a question counts as unanswered."""

    UNKNOWN = "unknown"  # the bot said that it does not know
    REFUSED = "refused"  # none of the topics that it offered
    NOT_HELPED = "not_helped"  # it answered, and the person said that it did not help


def note_question(turn: Turn, outcome: Outcome) -> Outcome:
    """Remember which message asked, by its id; keep it if this turn shows that it stays open."""
    if outcome.reading.safety_class is not None:
        dialogue = outcome.dialogue.without(TELL_LATER)
        effects = (*outcome.effects, ForgetQuestions())
        return _asked(replace(outcome, dialogue=dialogue, effects=effects), None, None)
    if _is_apart(turn):
        return _asked(outcome, None, None)
    if _is_in_words(turn) and not _refuses(outcome):
        return _note_text(turn, outcome)
    return _note_choice(turn, outcome)


def _is_in_words(turn: Turn) -> bool:
    """No button, and no digit in the place of one."""
    inbound = turn.inbound
    is_choice = turn.dialogue.chosen(inbound.choice, inbound.text) is not None
    return inbound.kind is InboundKind.TEXT and not is_choice


def _note_text(turn: Turn, outcome: Outcome) -> Outcome:
    kind = outcome.reading.kind
    may_be_kept = kind in ("unknown", "options", "answer") and _is_harmless(turn, outcome)
    if not may_be_kept:
        return _asked(outcome, None, None)
    if kind == "unknown":
        kept = KeepQuestion(Reason.UNKNOWN, turn.inbound.message_id, turn.language)
        return _asked(replace(outcome, effects=(*outcome.effects, kept)), None, None)
    return _asked(outcome, turn.inbound.message_id, outcome.reading.topic)


def _note_choice(turn: Turn, outcome: Outcome) -> Outcome:
    """A button or its digit, or words that refuse: about the message that asked before, if any."""
    asked, topic = turn.dialogue.asked, turn.dialogue.asked_topic
    if asked is None:
        return outcome
    refused = _refused_topic(outcome)
    if refused is not None and topic in (None, refused):
        kept = KeepQuestion(Reason.NOT_HELPED, asked, turn.language, refused)
        return _asked(replace(outcome, effects=(*outcome.effects, kept)), None, None)
    if topic is None and outcome.reading.kind == "unknown":
        kept = KeepQuestion(Reason.REFUSED, asked, turn.language)
        return _asked(replace(outcome, effects=(*outcome.effects, kept)), None, None)
    if topic is None and outcome.reading.kind == "answer":
        topic = outcome.reading.topic
        is_open = topic is None or not topic.startswith(_WITH_CARE)
        return _asked(outcome, asked if is_open else None, topic)
    return outcome


def _is_apart(turn: Turn) -> bool:
    """Within a form, a case or the time after a disclosure."""
    dialogue = turn.dialogue
    is_form = form_of(dialogue.rasa) is not None
    return is_form or dialogue.in_care(turn.now) or turn.person.is_held(turn.now)


def _is_harmless(turn: Turn, outcome: Outcome) -> bool:
    text, reading = turn.inbound.text, outcome.reading
    if len(text) > _LONGEST or len(words(text)) < _FEWEST_WORDS:
        return False
    if reading.may_be_danger or form_of(outcome.dialogue.rasa) or turn.noticed is not None:
        return False
    likely = [each.topic for each in reading.alternatives if each.confidence >= _LIKELY]
    return not any(topic.startswith(_WITH_CARE) for topic in (*likely, *_told(outcome)))


def _told(outcome: Outcome) -> tuple[str, ...]:
    """The topics that the outcome tells or offers."""
    reading = outcome.reading
    offered = [outcome.dialogue.actions.get(token) for token in outcome.dialogue.numbered]
    topics = tuple(action.value for action in offered if action and action.do == "topic")
    named = (reading.topic,) if reading.topic else ()
    return (*named, *reading.topics, *(topics if reading.kind == "options" else ()))


def _refuses(outcome: Outcome) -> bool:
    return _refused_topic(outcome) is not None


def _refused_topic(outcome: Outcome) -> str | None:
    found = (each for each in outcome.effects if isinstance(each, Rate) and not each.helped)
    rating = next(found, None)
    return rating.topic if rating else None


def _asked(outcome: Outcome, message_id: str | None, topic: str | None) -> Outcome:
    dialogue = replace(outcome.dialogue, asked=message_id, asked_topic=topic)
    return replace(outcome, dialogue=dialogue)


async def apply_to_questions(
    session: AsyncSession,
    vault: Vault,
    contact: Contact,
    address: Address,
    effect: OfQuestions | OfAwaiting,
    now: datetime,
) -> None:
    match effect:
        case KeepQuestion():
            await _keep(session, vault, contact, address.channel, effect, now)
        case ForgetQuestions():
            mine = UnansweredQuestion.contact_id == contact.id
            await session.execute(delete(UnansweredQuestion).where(mine))
            await forget_awaited_of(session, contact.id)
        case _:
            await apply_to_awaited(session, contact, address, effect, now.date())


async def _keep(
    session: AsyncSession,
    vault: Vault,
    contact: Contact,
    channel: str,
    kept: KeepQuestion,
    now: datetime,
) -> None:
    text = await _words_of(session, vault, channel, kept.message_id)
    if not text:
        return
    question_id = kept.question_id
    session.add(
        UnansweredQuestion(
            id=question_id,
            contact_id=contact.id,
            language=kept.language,
            area=contact.area[:_DEPARTMENT] if contact.area else None,
            reason=kept.reason,
            topic=kept.topic,
            text_sealed=vault.seal("unanswered_questions", "text", question_id, text),
            asked_on=now.date(),
        )
    )


async def _words_of(
    session: AsyncSession, vault: Vault, channel: str, message_id: str
) -> str | None:
    """From the inbox, where they are without identifying data, or no more at all."""
    row = await session.scalar(
        select(InboxRow).where(InboxRow.channel == channel, InboxRow.message_id == message_id)
    )
    if row is None or row.payload_sealed is None:
        return None
    try:
        return str(json.loads(vault.open("inbox", "payload", row.id, row.payload_sealed))["text"])
    except (UnreadableValueError, ValueError, KeyError):
        return None


async def forget_questions(session: AsyncSession, before: date) -> int:
    """Delete the words of questions from before that day, and groups that nobody decided about and
    that have no words left; return how many questions."""
    old = delete(UnansweredQuestion).where(UnansweredQuestion.asked_on < before)
    forgotten = len((await session.execute(old.returning(UnansweredQuestion.id))).all())
    empty = (
        ~select(UnansweredQuestion.id)
        .where(UnansweredQuestion.group_id == QuestionGroup.id)
        .exists()
    )
    await session.execute(
        delete(QuestionGroup)
        .where(QuestionGroup.decided_at.is_(None), QuestionGroup.wording.is_(None), empty)
        .execution_options(synchronize_session=False)
    )
    return forgotten
