"""Questions of made-up people that the bot could not answer, in groups as the hub makes them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from sqlalchemy.ext.asyncio import AsyncSession

from bot.awaiting_phrases import TEXT_VERSION
from bot.question_desk import Aside, GroupState
from bot.question_models import AwaitedAnswer, AwaitState, QuestionGroup, UnansweredQuestion
from bot.unanswered import Reason
from hub.app.demodata.bulk import Row, derive_id, insert_bulk
from hub.app.demodata.crowd import Crowd
from hub.app.demodata.words import UNANSWERED
from hub.vault import Vault

_PEOPLE_FOR_ONE = 100  # one question of so many people
_DAYS = 28
_OF_GROUPS = ("id", "language", "state", "size", "first_on", "last_on", "owner", "reason", "topic")
_ANSWERED, _TOPIC = 4, "education.higher"  # the place of a group that has an answer by now
_WAITS_FOR = timedelta(days=60)
_OF_AWAITED = (
    "id",
    "contact_id",
    "address_id",
    "group_id",
    "language",
    "consent_version",
    "state",
    "agreed_on",
    "expires_on",
)
_OF_QUESTIONS = (
    "id",
    "contact_id",
    "group_id",
    "language",
    "area",
    "reason",
    "text_sealed",
    "asked_on",
)


@dataclass
class _Group:
    """What is known of a group while its questions are drawn."""

    id: str
    language: str
    days: list[date]


async def add_questions(session: AsyncSession, vault: Vault, crowd: Crowd) -> None:
    groups = [
        _Group(derive_id(crowd.seed, "group", number), language, [])
        for number, (language, _) in enumerate(UNANSWERED)
    ]
    questions = list(_questions(vault, crowd, groups))
    rows = (_row(place, group) for place, group in enumerate(groups) if group.days)
    await insert_bulk(session, QuestionGroup, _OF_GROUPS, rows)
    await insert_bulk(session, UnansweredQuestion, _OF_QUESTIONS, questions)
    await insert_bulk(session, AwaitedAnswer, _OF_AWAITED, _awaited(crowd, groups[_ANSWERED]))


def _row(place: int, group: _Group) -> Row:
    """Most wait; a sub-group writes an answer for one, one is nothing for us, and one has an answer
    that somebody waits for."""
    state, owner, reason, topic = GroupState.OPEN, None, None, None
    if place == 1:
        state, owner = GroupState.WRITING, "integration"
    elif place == 2:
        state, reason = GroupState.ASIDE, Aside.OUT_OF_SCOPE
    elif place == _ANSWERED:
        state, topic = GroupState.LEARNED, _TOPIC
    days = group.days
    return group.id, group.language, state, len(days), min(days), max(days), owner, reason, topic


def _awaited(crowd: Crowd, group: _Group) -> Iterator[Row]:
    """A few who asked it said yes to being told."""
    chance = Random(f"{crowd.seed} awaited")  # noqa: S311
    today = crowd.now.date()
    if not group.days:
        return
    for number, who in enumerate(sorted(chance.sample(range(crowd.size), min(12, crowd.size)))):
        row_id = derive_id(crowd.seed, "awaited", number)
        people = crowd.contact_id(who), crowd.address_id(who), group.id, crowd.language_of(who)
        yield row_id, *people, TEXT_VERSION, AwaitState.WAITING, today, today + _WAITS_FOR


def _questions(vault: Vault, crowd: Crowd, groups: list[_Group]) -> Iterator[Row]:
    chance = Random(f"{crowd.seed} questions")  # noqa: S311
    today: datetime = crowd.now
    for number in range(max(len(groups), crowd.size // _PEOPLE_FOR_ONE)):
        often = int(len(groups) * chance.random() ** 2)
        place = number if number < len(groups) else often  # everything was asked at least once
        group, who = groups[place], chance.randrange(crowd.size)
        text = chance.choice(UNANSWERED[place][1])
        row_id = derive_id(crowd.seed, "question", number)
        day = (today - timedelta(days=chance.randrange(_DAYS))).date()
        group.days.append(day)
        area = crowd.area_of(who)
        sealed = vault.seal("unanswered_questions", "text", row_id, text)
        contact = crowd.contact_id(who)
        reason = chance.choice(list(Reason))
        yield row_id, contact, group.id, group.language, area and area[:2], reason, sealed, day
