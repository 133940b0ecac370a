"""Who the made-up people are and when they write: drawn once, kept as a few bytes for each."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from random import Random

from hub.app.demodata.bulk import derive_id

CHANNELS = ("simulator.whatsapp", "simulator.telegram")
LANGUAGES = ("es", "en", "pt", "fr", "ht")
DAYS = 90  # the past that is made up
NOWHERE = 0xFFFF
_DAY = 86_400
_LANGUAGE_WEIGHTS = (84, 3, 3, 3, 7)
_CHANNEL_WEIGHTS = (7, 3)
# How busy each hour of the day is, in Lima's time.
_HOURS = (2, 1, 1, 1, 1, 2, 4, 7, 10, 12, 12, 11, 10, 9, 9, 10, 11, 12, 13, 13, 12, 9, 6, 3)
_LIMA_HOURS_BEHIND = 5
# Where people live by department, roughly as many as live there; the rest of the country shares 5.
_DEPARTMENTS = {"15": 62, "07": 6, "13": 9, "20": 5, "24": 4, "04": 4, "23": 3, "14": 3, "11": 3}
_ELSEWHERE = 5


@dataclass(frozen=True)
class Size:
    contacts: int
    messages: int  # in and out together
    broadcasts: int
    cases: int


@dataclass(frozen=True)
class Crowd:
    """People by number. `wrote_first` and `wrote_last` are seconds since 1970; exchanges are a
    message and its answer each, in the order of time."""

    seed: int
    now: datetime
    areas: Sequence[str]
    area: Sequence[int]
    language: bytes
    channel: bytes
    is_in: bytes  # 1: asked for updates and still does
    exchanges: Sequence[int]
    writers: Sequence[int]
    wrote_first: Sequence[int]
    wrote_last: Sequence[int]

    @cached_property
    def size(self) -> int:
        return len(self.language)

    @cached_property
    def widest(self) -> int:
        """How many digits the codes of departments have."""
        return min(len(code) for code in self.areas)

    def contact_id(self, number: int) -> str:
        return derive_id(self.seed, "contact", number)

    def address_id(self, number: int) -> str:
        return derive_id(self.seed, "address", number)

    def spell_address(self, number: int) -> str:
        """Peru has no numbers that begin with 0, so this is nobody's."""
        digits = f"0{number:08}"
        return f"+51{digits}" if self.channel_of(number) == CHANNELS[0] else digits

    def channel_of(self, number: int) -> str:
        return CHANNELS[self.channel[number]]

    def language_of(self, number: int) -> str:
        return LANGUAGES[self.language[number]]

    def area_of(self, number: int) -> str | None:
        place = self.area[number]
        return None if place == NOWHERE else self.areas[place]


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def gather_crowd(seed: int, size: Size, areas: Sequence[tuple[str, int]], now: datetime) -> Crowd:
    """`areas` are codes with the people who live there."""
    chance = Random(seed)  # noqa: S311 - made-up people want no secrecy
    exchanges = _draw_times(chance, max(1, size.messages // 2), now)
    writers = _draw_writers(chance, size.contacts, len(exchanges))
    first, last = _span(chance, size.contacts, exchanges, writers, now)
    codes = [code for code, _ in areas]
    return Crowd(
        seed=seed,
        now=now,
        areas=codes,
        area=_draw_areas(chance, size.contacts, areas),
        language=bytes(chance.choices(range(5), _LANGUAGE_WEIGHTS, k=size.contacts)),
        channel=bytes(chance.choices(range(2), _CHANNEL_WEIGHTS, k=size.contacts)),
        is_in=bytes(chance.choices((1, 0), (70, 30), k=size.contacts)),
        exchanges=exchanges,
        writers=writers,
        wrote_first=first,
        wrote_last=last,
    )


def _draw_times(chance: Random, number: int, now: datetime) -> Sequence[int]:
    """More from week to week, few at night."""
    end = int(now.timestamp())
    midnight = int(now.replace(hour=0, minute=0, second=0, microsecond=0).timestamp())
    days = chance.choices(range(DAYS), [2 * DAYS - day for day in range(DAYS)], k=number)
    hours = chance.choices(range(24), _HOURS, k=number)
    drawn = (
        midnight - day * _DAY + ((hour + _LIMA_HOURS_BEHIND) % 24) * 3600 + chance.randrange(3600)
        for day, hour in zip(days, hours, strict=True)
    )
    return array("q", sorted(each if each < end else each - _DAY for each in drawn))


def _draw_writers(chance: Random, people: int, exchanges: int) -> Sequence[int]:
    """Everybody writes once, as far as there are messages; the rest is by a few who write much."""
    once = list(range(min(people, exchanges)))
    more = [int(people * chance.random() ** 2) for _ in range(exchanges - len(once))]
    everyone = once + more
    chance.shuffle(everyone)
    return array("I", everyone)


def _span(
    chance: Random, people: int, exchanges: Sequence[int], writers: Sequence[int], now: datetime
) -> tuple[Sequence[int], Sequence[int]]:
    begun = int((now - timedelta(days=DAYS)).timestamp())
    first = array("q", [0]) * people
    last = array("q", [0]) * people
    for seconds, who in zip(exchanges, writers, strict=True):
        first[who] = first[who] or seconds
        last[who] = seconds
    for who in range(people):
        if not last[who]:
            first[who] = last[who] = begun - chance.randrange(DAYS * _DAY)
    return first, last


def _draw_areas(chance: Random, people: int, areas: Sequence[tuple[str, int]]) -> Sequence[int]:
    """Most know their district or province, some only the department, some say nothing."""
    living = {code: 0 for code, _ in areas}
    for code, population in areas:
        living[code[:2]] = living.get(code[:2], 0) + max(1, population)
    weights = [
        _DEPARTMENTS.get(code[:2], _ELSEWHERE / len(areas)) * max(1, population) / living[code[:2]]
        for code, population in areas
    ]
    silent = sum(weights) * 0.1
    places = [*range(len(areas)), NOWHERE]
    return array("H", chance.choices(places, [*weights, silent], k=people))
