"""Questions of made-up people that the bot could not answer, in groups as the hub makes them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from sqlalchemy.ext.asyncio import AsyncSession

from bot.question_desk import Aside, GroupState
from bot.question_models import QuestionGroup, UnansweredQuestion
from bot.unanswered import Reason
from hub.app.demodata.bulk import Row, derive_id, insert_bulk
from hub.app.demodata.crowd import Crowd
from hub.app.demodata.words import UNANSWERED
from hub.vault import Vault

_PEOPLE_FOR_ONE = 100  # one question of so many people
_DAYS = 28
_OF_GROUPS = ("id", "language", "state", "size", "first_on", "last_on", "owner", "reason")
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


def _row(place: int, group: _Group) -> Row:
    """Most wait; a sub-group writes an answer for one, and one is nothing for us."""
    state, owner, reason = GroupState.OPEN, None, None
    if place == 1:
        state, owner = GroupState.WRITING, "integration"
    elif place == 2:
        state, reason = GroupState.ASIDE, Aside.OUT_OF_SCOPE
    days = group.days
    return group.id, group.language, state, len(days), min(days), max(days), owner, reason


def _questions(vault: Vault, crowd: Crowd, groups: list[_Group]) -> Iterator[Row]:
    chance = Random(f"{crowd.seed} questions")  # noqa: S311
    today: datetime = crowd.now
    for number in range(max(len(groups), crowd.size // _PEOPLE_FOR_ONE)):
        place = int(len(groups) * chance.random() ** 2)
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
