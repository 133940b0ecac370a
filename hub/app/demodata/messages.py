"""What made-up people wrote and what the bot answered, as rows of the inbox and the outbox.

As in a database that has run for months, words and persons are gone from messages whose retention
is over, and only the rows are left.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.addresses import person_index
from bot.case_models import Rating
from bot.inbox import InboxState
from bot.messages import InboundKind, Outbound, SendState
from bot.models import InboxRow, OutboxRow
from bot.outbox import encode_message
from content.models import Answer, AnswerText
from content.pack import SAFETY_PREFIX
from content.states import State
from hub.app.demodata.bulk import Row, derive_id, insert_bulk
from hub.app.demodata.crowd import Crowd, moment
from hub.app.demodata.words import QUESTIONS
from hub.i18n import FALLBACK
from hub.vault import Vault

_ENDS = (InboxState.ANSWERED, InboxState.IGNORED, InboxState.QUARANTINED)
_END_WEIGHTS = (97, 2, 1)
_FATES = (SendState.READ, SendState.DELIVERED, SendState.SENT, SendState.FAILED, SendState.IN_DOUBT)
_FATE_WEIGHTS = (55, 25, 17, 2, 1)
_HELPED = 0.8
_OF_INBOX = (
    "id",
    "channel",
    "message_id",
    "person_index",
    "payload_sealed",
    "state",
    "received_at",
    "due_at",
    "ended_at",
)
_OF_OUTBOX = (
    "id",
    "contact_id",
    "address_id",
    "channel",
    "inbound_id",
    "message_sealed",
    "content",
    "state",
    "attempts",
    "provider_id",
    "created_at",
    "due_at",
    "claimed_at",
    "settled_at",
)
_OF_RATINGS = ("topic", "day", "helped", "count")
_RATED = 60  # one answer in so many


@dataclass(frozen=True)
class Told:
    """An answer as it is recorded with the reply that told it, and its words by language."""

    record: list[dict[str, object]]
    words: dict[str, str] = field(repr=False)

    def spoken(self, language: str) -> str:
        """The language that the words really are in."""
        return language if self.words.get(language) else FALLBACK

    def in_language(self, language: str) -> str:
        return self.words[self.spoken(language)]


async def read_told(session: AsyncSession) -> list[Told]:
    """What the bot can answer now; the first are asked for most. Not what is said in danger: that
    is never recorded beside a person."""
    rows = (
        await session.execute(
            select(Answer, AnswerText)
            .join(AnswerText, AnswerText.answer_id == Answer.id)
            .where(Answer.state == State.APPROVED, Answer.topic.not_like(f"{SAFETY_PREFIX}%"))
            .order_by(Answer.topic)
        )
    ).all()
    words: dict[str, dict[str, str]] = {}
    answers: dict[str, Answer] = {}
    for answer, text in rows:
        answers[answer.id] = answer
        words.setdefault(answer.id, {})[text.language] = text.text
    return [
        Told([{"topic": each.topic, "version": each.version, "answer": each.id}], words[each.id])
        for each in answers.values()
        if FALLBACK in words[each.id]
    ]


async def add_messages(
    session: AsyncSession, vault: Vault, crowd: Crowd, told: Sequence[Told], kept: timedelta
) -> None:
    forget_before = crowd.now - kept
    await insert_bulk(session, InboxRow, _OF_INBOX, _inbound(vault, crowd, forget_before))
    replies = _outbound(vault, crowd, told, forget_before)
    await insert_bulk(session, OutboxRow, _OF_OUTBOX, replies)
    await insert_bulk(session, Rating, _OF_RATINGS, _rate(crowd, told))


def _inbound(vault: Vault, crowd: Crowd, forget_before: datetime) -> Iterator[Row]:
    chance = Random(f"{crowd.seed} questions")  # noqa: S311
    ends = draw_ends(crowd)
    for number, who in enumerate(crowd.writers):
        at = moment(crowd.exchanges[number])
        channel, row_id = crowd.channel_of(who), derive_id(crowd.seed, "inbox", number)
        person = payload = None
        if at >= forget_before:
            spelled = crowd.spell_address(who)
            person = person_index(vault, channel, spelled)
            text = chance.choice(QUESTIONS[crowd.language_of(who)])
            payload = vault.seal("inbox", "payload", row_id, _encode(spelled, at, text))
        later = at + timedelta(seconds=1)
        yield row_id, channel, f"demo-{number}", person, payload, ends[number], at, at, later


def _encode(address: str, at: datetime, text: str) -> str:
    """As `bot.inbox` keeps a text."""
    return json.dumps(
        {
            "address": address,
            "kind": InboundKind.TEXT,
            "sent_at": at.isoformat(),
            "text": text,
            "choice": None,
            "area": None,
            "language_hint": None,
            "withheld": (),
        }
    )


def _outbound(
    vault: Vault, crowd: Crowd, told: Sequence[Told], forget_before: datetime
) -> Iterator[Row]:
    chance = Random(f"{crowd.seed} outbox")  # noqa: S311
    fates = chance.choices(_FATES, _FATE_WEIGHTS, k=len(crowd.exchanges))
    answers = draw_answers(crowd, told)
    for number, who in enumerate(crowd.writers):
        at = moment(crowd.exchanges[number] + 2)
        row_id, answer = derive_id(crowd.seed, "outbox", number), answers[number]
        sealed, record = None, list[dict[str, object]]()
        if at >= forget_before:
            message = encode_message(Outbound(answer.in_language(crowd.language_of(who))))
            sealed, record = vault.seal("outbox", "message", row_id, message), answer.record
        yield (
            row_id,
            crowd.contact_id(who),
            crowd.address_id(who),
            crowd.channel_of(who),
            derive_id(crowd.seed, "inbox", number),
            sealed,
            record,
            fates[number],
            1,
            f"demo-{row_id}",
            at,
            at,
            at,
            at + timedelta(seconds=3),
        )


def draw_ends(crowd: Crowd) -> list[InboxState]:
    """How each message ended; the same for whoever asks."""
    chance = Random(f"{crowd.seed} ends")  # noqa: S311
    return chance.choices(_ENDS, _END_WEIGHTS, k=len(crowd.exchanges))


def draw_answers(crowd: Crowd, told: Sequence[Told]) -> list[Told]:
    """What each message was answered with; the same for whoever asks."""
    chance = Random(f"{crowd.seed} answers")  # noqa: S311
    return _draw_answers(chance, told, len(crowd.exchanges))


def _draw_answers(chance: Random, told: Sequence[Told], number: int) -> list[Told]:
    weights = [1 / (place + 3) for place in range(len(told))]
    return chance.choices(told, weights, k=number)


def _rate(crowd: Crowd, told: Sequence[Told]) -> list[Row]:
    chance = Random(f"{crowd.seed} ratings")  # noqa: S311
    counts: dict[tuple[object, str, bool], int] = {}
    for answer in _draw_answers(chance, told, len(crowd.exchanges) // _RATED):
        day = moment(chance.choice(crowd.exchanges)).date().isoformat()
        key = (answer.record[0]["topic"], day, chance.random() < _HELPED)
        counts[key] = counts.get(key, 0) + 1
    return [(*key, count) for key, count in counts.items()]
