"""Knows places: which area a name, a message or a pin means, and which areas lie within another.

A pin is turned into an area and forgotten: its coordinates are never stored or logged (HUM-04).
"""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Self

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from content.area_codes import Level
from content.models import AreaRow
from content.place_words import (
    EVERYDAY,
    fold_sounds,
    is_placed,
    normalise,
    strip_article,
    strip_leads,
)
from hub.database import Database

_SHORTEST_GUESS = 5  # letters; shorter words are too like one another to be corrected
_ALIKE = 82
# Letters that may be wrong, by how many a name is written with: most words of a message name no
# place, so fewer are forgiven there, and least where no word such as `en` stands before it.
_WRONG_WHERE_PLACED = ((10, 2), (6, 1))
_WRONG_ELSEWHERE = ((12, 2), (7, 1))
_NAMESAKES_WITHIN = 2  # points of likeness that count as a tie, told apart by population
_LONGEST_NAME = 6  # words
_READ_CHARACTERS = 600
_TURNS_AT_ONCE = 32
_LENGTHS = 256  # of what is compared
_DISTRICT_KM = 15
_COUNTRY_KM = 150
_FRENCH_AT = re.compile(r"\b[àÀ](?=\s)")


@dataclass(frozen=True, slots=True)
class Area:
    """A place by its code. `latitude` and `longitude` are the area's own centre."""

    code: str
    name: str
    level: Level
    parent: str | None
    population: int = 0
    latitude: float | None = None
    longitude: float | None = None
    aliases: tuple[str, ...] = ()
    is_common_word: bool = False


@dataclass(frozen=True, slots=True)
class _Mention:
    area: Area
    words: int
    is_placed: bool  # a word such as `en` stands before it
    position: int
    name_words: int  # of the name as it should be
    wrong: int = 0  # letters

    def weight(self) -> tuple[bool, int, bool, int, int]:
        is_fine = self.area.level is Level.DISTRICT
        return self.is_placed, self.name_words, is_fine, -self.wrong, -self.position


class AreaBook:
    """All areas of the pack, in memory. Names are sorted in once somebody looks for one."""

    def __init__(self, areas: Iterable[Area]) -> None:
        self._by_code = {area.code: area for area in areas}
        # A turn asks three times about the same words.
        self._find_best = lru_cache(maxsize=_TURNS_AT_ONCE)(self._find_best_of)
        self._sounds_as_long = lru_cache(maxsize=_LENGTHS)(self._find_sounds_as_long)
        self._sounds_within = lru_cache(maxsize=_LENGTHS)(self._find_sounds_within)

    @classmethod
    async def load(cls, database: Database) -> Self:
        async with database.read() as session:
            return await cls.read(session)

    @classmethod
    async def read(cls, session: AsyncSession) -> Self:
        rows = await session.execute(select(*_COLUMNS).order_by(AreaRow.code))
        return cls(to_area(row) for row in rows)

    @cached_property
    def _by_name(self) -> dict[str, list[Area]]:
        return _index(self._by_code.values(), normalise)

    @cached_property
    def _by_sound(self) -> dict[str, list[Area]]:
        return _index(self._by_code.values(), lambda name: fold_sounds(normalise(name)))

    @cached_property
    def _sounds(self) -> list[str]:
        return [sound for sound in self._by_sound if len(sound) >= _SHORTEST_GUESS]

    def __len__(self) -> int:
        return len(self._by_code)

    def get(self, code: str) -> Area | None:
        return self._by_code.get(code)

    def within(self, code: str) -> list[str]:
        """`code` and every code below it, in order; empty for an unknown code."""
        if code not in self._by_code:
            return []
        return sorted(other for other in self._by_code if other.startswith(code))

    def resolve(self, text: str) -> Area | None:
        """The area that a short reply names, misspelt or abbreviated; of namesakes the largest."""
        whole = normalise(text[:_READ_CHARACTERS])
        names = list(strip_leads(whole))
        for name in names:
            if area := self._find_named(name):
                return area
        for name in dict.fromkeys((whole, names[-1])):
            is_everyday = not EVERYDAY.isdisjoint(name.split())
            if not is_everyday and (area := self._guess(name)):
                return area
        return None

    def find_in_text(self, text: str) -> Area | None:
        """The area that a longer message names, if it names one."""
        mention = self._find_best(tuple(_split(text)))
        return mention.area if mention else None

    def without_place(self, text: str) -> str:
        """The words of the message that do not name its area, for whoever reads the rest."""
        words = _split(text)
        mention = self._find_best(tuple(words))
        if mention is None:
            return text
        return " ".join(words[: mention.position] + words[mention.position + mention.words :])

    def _find_best_of(self, words: tuple[str, ...]) -> "_Mention | None":
        return max(self._find_mentions(words), key=_Mention.weight, default=None)

    def nearest(self, latitude: float, longitude: float) -> Area | None:
        """The district whose centre is near, else the nearest province; None abroad."""
        placed = [area for area in self._by_code.values() if area.latitude is not None]
        districts = [area for area in placed if area.level is Level.DISTRICT]
        others = [area for area in placed if area.level is not Level.DISTRICT]
        for candidates, limit in ((districts, _DISTRICT_KM), (others, _COUNTRY_KM)):
            if not candidates:
                continue
            closest = min(candidates, key=lambda area: _kilometres(area, latitude, longitude))
            if _kilometres(closest, latitude, longitude) <= limit:
                return closest
        return None

    def _find_named(self, name: str) -> Area | None:
        for spelling in (name, strip_article(name)):
            found = self._by_name.get(spelling) or self._by_sound.get(fold_sounds(spelling))
            if found and spelling:
                return _largest(found, spelling)
        return None

    def _guess(self, name: str) -> Area | None:
        sound = fold_sounds(name)
        if len(sound) < _SHORTEST_GUESS:
            return None
        sounds = self._sounds_as_long(len(sound))
        close = process.extract(sound, sounds, scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=5)
        if not close:
            return None
        best = close[0][1]
        tied = [key for key, score, _ in close if score >= best - _NAMESAKES_WITHIN]
        return _largest([area for key in tied for area in self._by_sound[key]], name)

    def _find_sounds_as_long(self, length: int) -> list[str]:
        """Those that can be alike by their length alone, in their order. The ratio is twice what
        two texts have in common, of both lengths: at most that of the shorter one."""
        longest = 200 / _ALIKE - 1
        shortest = math.floor(length / longest)
        return [each for each in self._sounds if shortest <= len(each) <= length * longest + 1]

    def _find_mentions(self, words: Sequence[str]) -> Iterator[_Mention]:
        for start in range(len(words)):
            placed = is_placed(words, start)
            # The longest first; after one that is spelt as it should be no shorter one counts.
            for end in range(min(len(words), start + _LONGEST_NAME), start, -1):
                name, length = " ".join(words[start:end]), end - start
                if area := self._find_spelt(name, placed=placed):
                    yield _Mention(area, length, placed, start, length)
                    break
                if guess := self._guess_in_text(name, placed=placed):
                    area, spelling, wrong = guess
                    yield _Mention(area, length, placed, start, len(spelling.split()), wrong)

    def _find_spelt(self, name: str, *, placed: bool) -> Area | None:
        found = self._by_name.get(name)
        if not found and len(name) >= _SHORTEST_GUESS:
            found = self._by_sound.get(fold_sounds(name))
        area = _largest(found, name) if found else None
        # `ate`, `comas` or `la esperanza` are words of other meanings unless `en` comes before;
        # another name of theirs (`ate vitarte`, `gamarra`) is not.
        is_word = area is not None and area.is_common_word and not placed
        return None if is_word and area and _is_own_name(area, name) else area

    def _guess_in_text(self, name: str, *, placed: bool) -> tuple[Area, str, int] | None:
        """The area, the sound of its name, and how many letters of it are wrong. Careful, since
        most words of a message name no place: `la puerta` is not La Perla."""
        if not EVERYDAY.isdisjoint(name.split()):
            return None
        sound = fold_sounds(name)
        bare = strip_article(name)
        letters = len(bare if placed else fold_sounds(bare))
        forgiven = _forgiven(letters, placed=placed)
        close = list(self._find_close(sound, forgiven)) if forgiven else ()
        if not close:
            return None
        spelling, wrong = min(close, key=lambda each: each[1])
        areas = [area for key, far in close if far == wrong for area in self._by_sound[key]]
        area = _largest(areas, name)
        begins = placed or normalise(area.name).startswith(name[0])
        return None if area.is_common_word or not begins else (area, spelling, wrong)

    def _find_close(self, sound: str, forgiven: int) -> Iterator[tuple[str, int]]:
        """Sounds of names with at most so many letters wrong, missing, too many or swapped."""
        as_long = self._sounds_within(len(sound), forgiven)
        for key, wrong, _ in process.extract(
            sound, as_long, scorer=OSA.distance, score_cutoff=forgiven, limit=None
        ):
            yield key, int(wrong)

    def _find_sounds_within(self, length: int, letters: int) -> list[str]:
        return [each for each in self._sounds if abs(len(each) - length) <= letters]


_COLUMNS = (
    AreaRow.code,
    AreaRow.name,
    AreaRow.level,
    AreaRow.parent,
    AreaRow.population,
    AreaRow.latitude,
    AreaRow.longitude,
    AreaRow.aliases,
    AreaRow.is_common_word,
)


def to_area(row: AreaRow | Row[*tuple[Any, ...]]) -> Area:
    return Area(
        code=row.code,
        name=row.name,
        level=Level(row.level),
        parent=row.parent,
        population=row.population,
        latitude=row.latitude,
        longitude=row.longitude,
        aliases=tuple(row.aliases),
        is_common_word=row.is_common_word,
    )


def _index(areas: Iterable[Area], spell: Callable[[str], str]) -> dict[str, list[Area]]:
    index: defaultdict[str, list[Area]] = defaultdict(list)
    for area in areas:
        for spelling in dict.fromkeys(spell(name) for name in (area.name, *area.aliases)):
            index[spelling].append(area)
    return dict(index)


def _split(text: str) -> list[str]:
    """The words of a message; the French `à` is told from the Spanish `a` by its accent."""
    return normalise(_FRENCH_AT.sub("en", text[:_READ_CHARACTERS])).split()


def _forgiven(letters: int, *, placed: bool) -> int:
    by_length = _WRONG_WHERE_PLACED if placed else _WRONG_ELSEWHERE
    return next((wrong for least, wrong in by_length if letters >= least), 0)


def _is_own_name(area: Area, name: str) -> bool:
    return fold_sounds(normalise(area.name)) == fold_sounds(name)


def _largest(areas: list[Area], name: str) -> Area:
    """Of namesakes the most populous; of a nest (region, province, city) the widest. One that only
    others call so comes after those whose name it is."""
    return max(areas, key=lambda a: (_is_own_name(a, name), a.population, -len(a.code)))


def _kilometres(area: Area, latitude: float, longitude: float) -> float:
    if area.latitude is None or area.longitude is None:
        return math.inf
    narrowing = math.cos(math.radians((area.latitude + latitude) / 2))
    return 111.2 * math.hypot(area.latitude - latitude, (area.longitude - longitude) * narrowing)
