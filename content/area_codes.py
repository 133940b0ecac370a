"""How the codes of areas nest: what lies in a place begins with its code. How many digits a level
has is for each pack to say, since Peru's UBIGEO and Colombia's DIVIPOLA differ.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Level(StrEnum):
    """The finest level is that of districts, whatever a country calls it; the widest is that of
    departments, if there are two or more."""

    DEPARTMENT = "department"
    PROVINCE = "province"
    DISTRICT = "district"


@dataclass(frozen=True, slots=True)
class AreaCodes:
    """The level that a code has by its number of digits, the widest level first."""

    by_length: Mapping[int, Level]

    @classmethod
    def of_pack(cls, lengths: tuple[int, ...]) -> Self:
        levels = [Level.PROVINCE] * len(lengths)
        if levels:
            levels[0] = Level.DEPARTMENT
            levels[-1] = Level.DISTRICT
        return cls(dict(zip(lengths, levels, strict=True)))

    @classmethod
    def of_areas(cls, areas: Iterable[tuple[str, str]]) -> Self:
        """As pairs of code and level tell."""
        known = {len(code): Level(level) for code, level in areas}
        return cls({length: known[length] for length in sorted(known)})

    def level(self, code: str) -> Level | None:
        return self.by_length.get(len(code))

    def above(self, code: str) -> str | None:
        """The code of the area around it."""
        shorter = [length for length in self.by_length if length < len(code)]
        return code[: shorter[-1]] if shorter else None

    def widest(self, code: str) -> str:
        return code[: next(iter(self.by_length), len(code))]
