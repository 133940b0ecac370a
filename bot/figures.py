"""Reads the figures that `bot.tally` writes: how many wrote, about what, and how it ended.

`read_groups` tells whole tens and may leave the hub; everything else is for staff only.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.tally import EVERYBODY
from bot.tally_models import Cut, Ending, ReleasedCount, TopicCount, TurnCount


@dataclass(frozen=True, slots=True)
class Span:
    """Days of the platform, both ends included."""

    first: date
    last: date

    @classmethod
    def ending(cls, last: date, days: int) -> Self:
        return cls(last - timedelta(days=days - 1), last)

    def days(self) -> list[str]:
        count = (self.last - self.first).days + 1
        return [(self.first + timedelta(days=number)).isoformat() for number in range(count)]

    def bounds(self) -> tuple[str, str]:
        return self.first.isoformat(), self.last.isoformat()


@dataclass(frozen=True, slots=True)
class Flow:
    """Messages of a day that ended alike, and the replies to them."""

    day: str
    ending: Ending
    turns: int
    replies: int


@dataclass(frozen=True, slots=True)
class Group:
    """People in whole tens. A person counts once a day for each topic; `topic` '' is everybody who
    wrote, whatever about. `value` is a department's code, a language or a class of danger; '' is
    for people of whom it is not known."""

    value: str
    topic: str
    people: int


async def read_flow(
    session: AsyncSession, span: Span, *, channel: str = "", language: str = ""
) -> list[Flow]:
    """By day and ending; alarms are no ending of their own and not among them."""
    query = (
        select(
            TurnCount.day,
            TurnCount.ending,
            func.sum(TurnCount.turns),
            func.sum(TurnCount.replies),
        )
        .where(TurnCount.day.between(*span.bounds()), TurnCount.ending != Ending.ALARM)
        .group_by(TurnCount.day, TurnCount.ending)
        .order_by(TurnCount.day, TurnCount.ending)
    )
    if channel:
        query = query.where(TurnCount.channel == channel)
    if language:
        query = query.where(TurnCount.language == language)
    rows = await session.execute(query)
    return [
        Flow(day, Ending(ending), int(turns), int(replies)) for day, ending, turns, replies in rows
    ]


async def count_alarms(session: AsyncSession, span: Span) -> int:
    """How often words of danger were noticed, a person once a day; of which kind, and where, is
    told in tens only."""
    query = select(func.sum(TurnCount.turns)).where(
        TurnCount.day.between(*span.bounds()), TurnCount.ending == Ending.ALARM
    )
    return int(await session.scalar(query) or 0)


async def read_topics(session: AsyncSession, span: Span) -> dict[str, int]:
    """How many people asked about each topic, wherever they are, the most asked first."""
    people = func.sum(TopicCount.people)
    rows = await session.execute(
        select(TopicCount.topic, people)
        .where(TopicCount.day.between(*span.bounds()), TopicCount.topic != EVERYBODY)
        .group_by(TopicCount.topic)
        .order_by(people.desc(), TopicCount.topic)
    )
    return {topic: int(count) for topic, count in rows}


async def count_people(session: AsyncSession, span: Span) -> int:
    """How many wrote, a person once a day."""
    query = select(func.sum(TopicCount.people)).where(
        TopicCount.day.between(*span.bounds()), TopicCount.topic == EVERYBODY
    )
    return int(await session.scalar(query) or 0)


async def read_groups(
    session: AsyncSession, cut: Cut, span: Span, *, value: str | None = None
) -> list[Group]:
    """What may be told of areas, languages or classes of danger, and may leave the hub: see
    `hub.small_cells`. Add these up for any total; a total from elsewhere would tell the rest."""
    people = func.sum(ReleasedCount.people)
    query = (
        select(ReleasedCount.value, ReleasedCount.topic, people)
        .where(ReleasedCount.cut == cut, ReleasedCount.day.between(*span.bounds()))
        .group_by(ReleasedCount.value, ReleasedCount.topic)
        .order_by(people.desc(), ReleasedCount.value, ReleasedCount.topic)
    )
    if value is not None:
        query = query.where(ReleasedCount.value == value)
    rows = await session.execute(query)
    return [Group(each, topic, int(count)) for each, topic, count in rows]


async def read_group_days(
    session: AsyncSession, cut: Cut, value: str, span: Span
) -> dict[str, int]:
    """Everybody who wrote from an area, or in a language, by the day when a ten was full."""
    query = select(ReleasedCount.day, ReleasedCount.people).where(
        ReleasedCount.cut == cut,
        ReleasedCount.value == value,
        ReleasedCount.topic == EVERYBODY,
        ReleasedCount.day.between(*span.bounds()),
    )
    rows = await session.execute(query.order_by(ReleasedCount.day))
    return dict(rows.all())
