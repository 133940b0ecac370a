"""What the figures page shows: days, shares and rankings, read from the counters. Reads only.

What is told of an area, a language or a kind of danger comes in whole tens (`hub.small_cells`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.figures import (
    Flow,
    Span,
    count_alarms,
    read_flow,
    read_group_days,
    read_groups,
    read_topics,
)
from bot.tally import EVERYBODY
from bot.tally_models import Cut, Ending
from content.models import Answer, AnswerText, AreaRow, ServiceCondition
from content.states import State
from hub.i18n import FALLBACK

RANGES = (7, 30, 90)
MOST_TOPICS = 10
_FEWEST_COMPARED = 20  # a change of fewer messages than that says nothing
# What people wanted to know something with; the rest is greeting, commands and buttons.
_QUESTIONS = (
    Ending.ANSWERED,
    Ending.HANDOVER,
    Ending.OPTIONS,
    Ending.UNKNOWN,
    Ending.FAILED,
)


@dataclass(frozen=True)
class Choice:
    """What was asked for. An area is told by itself."""

    days: int
    area: str = ""
    language: str = ""
    channel: str = ""


@dataclass(frozen=True)
class Day:
    """`understood` is of a hundred questions, None on a day without any."""

    day: date
    turns: int
    replies: int
    understood: int | None


@dataclass(frozen=True)
class Shares:
    """Of the questions of the span, how many ended how."""

    answered: int
    options: int
    unknown: int

    @property
    def total(self) -> int:
        return self.answered + self.options + self.unknown

    def of_hundred(self, count: int) -> int:
        return round(100 * count / self.total) if self.total else 0


@dataclass(frozen=True)
class Messages:
    """`change` is the difference to the span before in percent, None where it would say nothing."""

    days: Sequence[Day]
    turns: int
    replies: int
    change: int | None
    shares: Shares


@dataclass(frozen=True)
class Bar:
    """One line of a ranking. `width` is of a hundred, the largest; `about` is the topic that these
    people asked about most, if ten did."""

    name: str
    people: int
    width: float
    value: str = ""
    about: str = ""


@dataclass(frozen=True)
class Alarms:
    total: int
    kinds: Sequence[Bar]


async def read_messages(session: AsyncSession, choice: Choice, span: Span) -> Messages:
    flow = await read_flow(session, span, channel=choice.channel, language=choice.language)
    earlier = Span.ending(span.first - timedelta(days=1), choice.days)
    before = await read_flow(session, earlier, channel=choice.channel, language=choice.language)
    turns = sum(each.turns for each in flow)
    return Messages(
        days=_by_day(flow, span),
        turns=turns,
        replies=sum(each.replies for each in flow),
        change=_change(sum(each.turns for each in before), turns),
        shares=_shares(flow),
    )


def _by_day(flow: Sequence[Flow], span: Span) -> list[Day]:
    found: dict[str, list[Flow]] = {day: [] for day in span.days()}
    for each in flow:
        found[each.day].append(each)
    return [_day(day, each) for day, each in found.items()]


def _day(day: str, flow: Sequence[Flow]) -> Day:
    shares = _shares(flow)
    return Day(
        date.fromisoformat(day),
        sum(each.turns for each in flow),
        sum(each.replies for each in flow),
        shares.of_hundred(shares.answered) if shares.total else None,
    )


def _shares(flow: Sequence[Flow]) -> Shares:
    ended = Counter[Ending]()
    for each in flow:
        ended[each.ending] += each.turns
    return Shares(
        answered=ended[Ending.ANSWERED] + ended[Ending.HANDOVER],
        options=ended[Ending.OPTIONS],
        unknown=ended[Ending.UNKNOWN] + ended[Ending.FAILED],
    )


def _change(before: int, now: int) -> int | None:
    return round(100 * (now - before) / before) if before >= _FEWEST_COMPARED else None


async def read_place(session: AsyncSession, area: str, span: Span) -> list[tuple[date, int]]:
    """Who wrote from an area, by the day when a ten was full."""
    found = await read_group_days(session, Cut.AREA, area, span)
    return [(date.fromisoformat(day), found.get(day, 0)) for day in span.days()]


async def rank_topics(
    session: AsyncSession, choice: Choice, span: Span, reader: str
) -> Sequence[Bar]:
    """The topics asked about most: everywhere exactly, of an area or language in whole tens."""
    if choice.area or choice.language:
        cut = Cut.AREA if choice.area else Cut.LANGUAGE
        groups = await read_groups(session, cut, span, value=choice.area or choice.language)
        asked = {each.topic: each.people for each in groups if each.topic != EVERYBODY}
    else:
        asked = await read_topics(session, span)
    top = dict(list(asked.items())[:MOST_TOPICS])
    return rank(top, await _titles(session, tuple(top), reader))


async def rank_groups(
    session: AsyncSession, cut: Cut, span: Span, names: Mapping[str, str], reader: str
) -> Sequence[Bar]:
    """Everybody who wrote, by area or language, and what each asked about most; those whose area
    is not known have no name."""
    groups = await read_groups(session, cut, span)  # the largest first
    asked: dict[str, str] = {}
    for each in groups:
        if each.topic != EVERYBODY:
            asked.setdefault(each.value, each.topic)
    titles = await _titles(session, tuple(set(asked.values())), reader) if asked else {}
    bars = rank({each.value: each.people for each in groups if each.topic == EVERYBODY}, names)
    about = {value: titles.get(topic, topic) for value, topic in asked.items()}
    return [replace(bar, about=about.get(bar.value, "")) for bar in bars]


async def read_alarms(session: AsyncSession, span: Span, names: Mapping[str, str]) -> Alarms:
    groups = await read_groups(session, Cut.ALARM, span)
    kinds = rank({each.value: each.people for each in groups}, names)
    return Alarms(await count_alarms(session, span), kinds)


async def count_conditions(session: AsyncSession, span: Span, zone: ZoneInfo) -> dict[str, int]:
    """How often staff said that a place was closed, full, moved or open again."""
    first = datetime.combine(span.first, time(), zone)
    after = datetime.combine(span.last + timedelta(days=1), time(), zone)
    rows = await session.execute(
        select(ServiceCondition.condition, func.count())
        .where(ServiceCondition.set_at >= first, ServiceCondition.set_at < after)
        .group_by(ServiceCondition.condition)
        .order_by(ServiceCondition.condition)
    )
    return dict(rows.all())


async def area_names(session: AsyncSession) -> dict[str, str]:
    """The departments by code, in the order of their names."""
    query = select(AreaRow.code, AreaRow.name).where(AreaRow.parent.is_(None))
    rows = await session.execute(query.order_by(AreaRow.name))
    return dict(rows.all())


def rank(counts: Mapping[str, int], names: Mapping[str, str]) -> list[Bar]:
    most = max(counts.values(), default=0)
    return [
        Bar(names.get(value, value), people, round(100 * people / most, 1), value)
        for value, people in counts.items()
    ]


async def _titles(session: AsyncSession, topics: Sequence[str], reader: str) -> dict[str, str]:
    """What the topics are called now, in the reader's language or Spanish."""
    rows = await session.execute(
        select(Answer.topic, AnswerText.language, AnswerText.title)
        .join(AnswerText, AnswerText.answer_id == Answer.id)
        .where(
            Answer.topic.in_(topics),
            Answer.state == State.APPROVED,
            AnswerText.language.in_((reader, FALLBACK)),
            AnswerText.title != "",
        )
    )
    found: dict[str, dict[str, str]] = {}
    for topic, language, title in rows:
        found.setdefault(topic, {})[language] = title
    return {topic: each.get(reader) or each[FALLBACK] for topic, each in found.items()}
