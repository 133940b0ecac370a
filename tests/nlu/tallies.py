"""Counts of right and wrong answers, by language and by kind of message, with honest intervals."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

Answer = dict[str, Any]
Message = dict[str, Any]

GROUPS = {"es": ("es",), "en, pt, fr": ("en", "pt", "fr"), "ht": ("ht",)}
_Z = 1.96


@dataclass
class Tally:
    """How many of how many, by language."""

    hits: Counter[str] = field(default_factory=Counter)
    total: Counter[str] = field(default_factory=Counter)
    missed: list[tuple[Message, Answer]] = field(default_factory=list)

    def count(self, message: Message, answer: Answer, *, hit: bool) -> None:
        self.total[message["lang"]] += 1
        self.hits[message["lang"]] += hit
        if not hit:
            self.missed.append((message, answer))

    def counts(self, languages: Iterable[str]) -> tuple[int, int]:
        spoken = tuple(languages)
        return sum(self.hits[each] for each in spoken), sum(self.total[each] for each in spoken)

    def share(self, languages: Iterable[str]) -> float | None:
        hits, total = self.counts(languages)
        return hits / total if total else None


Tallies = defaultdict[str, Tally]


def interval(hits: int, total: int) -> tuple[float, float]:
    """Wilson's interval of 95 % for a share; (0, 1) where nothing was counted."""
    if not total:
        return 0.0, 1.0
    share, square = hits / total, _Z * _Z
    middle = share + square / (2 * total)
    spread = _Z * sqrt(share * (1 - share) / total + square / (4 * total * total))
    whole = 1 + square / total
    return (middle - spread) / whole, (middle + spread) / whole
