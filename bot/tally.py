"""Counts turns as they end, in the transaction that ends them. Keeps how many, never who.

A person counts once a day for each topic: what was counted of them stands in their own dialogue,
sealed and short-lived, and nowhere else. What somebody disclosed is counted by class alone.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.dialogue import Dialogue
from bot.tally_models import Cut, Ending, ReleasedCount, TopicCount, TurnCount, WaitingCount
from bot.turn import Reading
from content.areas import AreaBook
from hub.database import add_up
from hub.small_cells import FEWEST, release

EVERYBODY = ""  # in place of a topic: all who wrote, whatever about
_ALARM = "!"  # before a class of danger, among what was counted of a person today
_ENDINGS: Mapping[str, Ending] = {
    "answer": Ending.ANSWERED,
    "services": Ending.ANSWERED,
    "proof": Ending.ANSWERED,
    "safety": Ending.ANSWERED,
    "options": Ending.OPTIONS,
    "unknown": Ending.UNKNOWN,
    "handover": Ending.HANDOVER,
    "command": Ending.COMMAND,
    "smalltalk": Ending.TALK,
}
Key = tuple[str, ...]


class Who(NamedTuple):
    """What of a person decides into which cells they count; '' where it is not known."""

    channel: str
    language: str
    area: str


@dataclass(frozen=True, slots=True)
class Counted:
    """One turn for the figures. `topics` and `alarm` are what was not yet counted of this person
    today; the first of the topics is `EVERYBODY`."""

    day: str
    who: Who
    ending: Ending
    replies: int
    topics: tuple[str, ...] = ()
    alarm: str | None = None


@dataclass(frozen=True)
class Tally:
    """`zone` says when a day begins."""

    areas: AreaBook
    zone: ZoneInfo

    def count(
        self,
        who: Who,
        dialogue: Dialogue,
        reading: Reading,
        replies: int,
        now: datetime,
        *,
        failed: bool = False,
    ) -> tuple[Counted, Dialogue]:
        """The turn for the figures, and the dialogue that knows what was counted."""
        day = now.astimezone(self.zone).date().isoformat()
        before = dialogue.counted[1:] if dialogue.counted[:1] == (day,) else ()
        # After a failure the dialogue is not stored, so nothing may be counted that it must know.
        topics = () if failed else _fresh((EVERYBODY, *_topics(reading)), before)
        alarms = _fresh(_alarms(reading), before)
        ending = Ending.FAILED if failed else _ENDINGS.get(reading.kind, Ending.UNKNOWN)
        counted = Counted(
            day,
            who._replace(area=self._department(who.area)),
            ending,
            replies,
            topics,
            alarms[0].removeprefix(_ALARM) if alarms else None,
        )
        return counted, replace(dialogue, counted=(day, *before, *topics, *alarms))

    def _department(self, code: str) -> str:
        """The widest area around a place; '' for one that the pack does not know."""
        area = self.areas.get(code)
        while area is not None and area.parent is not None:
            code, area = area.parent, self.areas.get(area.parent)
        return code if area is not None else ""


def _topics(reading: Reading) -> tuple[str, ...]:
    if reading.safety_class is not None or _ENDINGS.get(reading.kind) is not Ending.ANSWERED:
        return ()
    return reading.topics or ((reading.topic,) if reading.topic else ())


def _alarms(reading: Reading) -> tuple[str, ...]:
    """A class with a topic is a disclosure; without one it is the care that follows (HUM-23)."""
    is_new = reading.safety_class is not None and reading.topic is not None
    return (f"{_ALARM}{reading.safety_class}",) if is_new else ()


def _fresh(things: Iterable[str], before: Sequence[str]) -> tuple[str, ...]:
    return tuple(thing for thing in dict.fromkeys(things) if thing not in before)


async def write_counts(session: AsyncSession, turns: Sequence[Counted]) -> None:
    """Add the turns to the figures: a few statements, however many they are."""
    if not turns:
        return
    await add_up(session, TurnCount, _count_turns(turns))
    people = Counter((each.day, topic) for each in turns for topic in each.topics)
    await add_up(session, TopicCount, {key: (count,) for key, count in people.items()})
    for day in sorted({each.day for each in turns}):
        await _add_to_cells(session, day, [each for each in turns if each.day == day])


def _count_turns(turns: Iterable[Counted]) -> dict[Key, tuple[int, ...]]:
    ended: Counter[Key] = Counter()
    replies: Counter[Key] = Counter()
    for each in turns:
        key = (each.day, each.who.channel, each.who.language, each.ending)
        ended[key] += 1
        replies[key] += each.replies
        if each.alarm is not None:
            ended[each.day, "", "", Ending.ALARM] += 1
    return {key: (count, replies[key]) for key, count in ended.items()}


async def _add_to_cells(session: AsyncSession, day: str, turns: Sequence[Counted]) -> None:
    cells: Counter[Key] = Counter()
    for each in turns:
        for topic in each.topics:
            cells[Cut.AREA, each.who.area, topic] += 1
            cells[Cut.LANGUAGE, each.who.language, topic] += 1
        if each.alarm is not None:
            cells[Cut.ALARM, each.alarm, EVERYBODY] += 1
    held = await add_up(session, WaitingCount, {key: (count,) for key, count in cells.items()})
    full = {key: release(people) for key, (people,) in held.items() if people >= FEWEST}
    for key, cell in sorted(full.items()):
        waiting = update(WaitingCount).filter_by(cut=key[0], value=key[1], topic=key[2])
        await session.execute(
            waiting.values(people=cell.waiting).execution_options(synchronize_session=False)
        )
    released = {(key[0], day, *key[1:]): (cell.released,) for key, cell in full.items()}
    await add_up(session, ReleasedCount, released)


async def forget_counts(session: AsyncSession, before: str) -> int:
    """Delete the figures of days before that one; return how many rows. What waits has no day."""
    forgotten = 0
    for table in (TurnCount, TopicCount, ReleasedCount):
        result = await session.execute(delete(table).where(table.day < before).returning(table.day))
        forgotten += len(result.all())
    return forgotten
