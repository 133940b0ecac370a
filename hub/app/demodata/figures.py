"""Counts what the made-up people wrote, so that the figures show three months of a past."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.danger import SafetyClass
from bot.inbox import InboxState
from bot.tally import EVERYBODY, Counted, Who, write_counts
from bot.tally_models import Ending
from bot.tellings import TellingCount
from hub.app.demodata.crowd import Crowd, moment
from hub.app.demodata.messages import Told, draw_answers, draw_ends
from hub.database import add_up

_ENDINGS = (
    Ending.ANSWERED,
    Ending.TALK,
    Ending.COMMAND,
    Ending.OPTIONS,
    Ending.UNKNOWN,
    Ending.HANDOVER,
)
_ENDING_WEIGHTS = (68, 10, 8, 8, 4, 2)
_ALARMED = 0.004
_REPLIES = (1, 2)


async def add_figures(
    session: AsyncSession, crowd: Crowd, told: Sequence[Told], zone: ZoneInfo
) -> None:
    for _, turns in groupby(_turns(crowd, told, zone), key=lambda turn: turn.day):
        await write_counts(session, list(turns))


async def add_tellings(session: AsyncSession, crowd: Crowd, told: Sequence[Told]) -> None:
    """How often each version was told, as the bot counts it with every reply."""
    counts: Counter[tuple[str, ...]] = Counter()
    for who, answer in zip(crowd.writers, draw_answers(crowd, told), strict=True):
        language = answer.spoken(crowd.language_of(who))
        counts[str(answer.record[0]["answer"]), crowd.channel_of(who), language] += 1
    await add_up(session, TellingCount, {key: (count,) for key, count in counts.items()})


def _turns(crowd: Crowd, told: Sequence[Told], zone: ZoneInfo) -> Iterator[Counted]:
    """In the order of time; of each person a topic once a day."""
    chance = Random(f"{crowd.seed} figures")  # noqa: S311
    ends, answers = draw_ends(crowd), draw_answers(crowd, told)
    seen: set[tuple[int, str]] = set()
    today = ""
    for number, who in enumerate(crowd.writers):
        day = moment(crowd.exchanges[number]).astimezone(zone).date().isoformat()
        if day != today:
            today, seen = day, set()
        if ends[number] is InboxState.IGNORED:
            continue
        ending = chance.choices(_ENDINGS, _ENDING_WEIGHTS)[0]
        if ends[number] is InboxState.QUARANTINED:
            ending = Ending.FAILED
        asked = (EVERYBODY, str(answers[number].record[0]["topic"]))
        topics = asked if ending is Ending.ANSWERED else asked[:1]
        fresh = tuple(topic for topic in topics if (who, topic) not in seen)
        seen.update((who, topic) for topic in fresh)
        alarm = chance.choice(list(SafetyClass)) if chance.random() < _ALARMED else None
        yield Counted(day, _who(crowd, who), ending, chance.choice(_REPLIES), fresh, alarm)


def _who(crowd: Crowd, number: int) -> Who:
    """The widest code is as long as the shortest, since codes begin with that of what is around."""
    department = (crowd.area_of(number) or "")[: crowd.widest]
    return Who(crowd.channel_of(number), crowd.language_of(number), department)
