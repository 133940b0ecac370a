"""Recognises texts of ours in a forwarded message, whole or in part, and tells when words differ.

Texts are compared by runs of four words, whatever their spacing, case and accents. It knows neither
the database nor people; nothing of a message is kept.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from content.agreement import find_addresses
from content.wording import find_figures, strip_accents

RUN = 4  # words
FEWEST_WORDS = 12  # of a message that is looked at; fewer may well be anybody's
_LEAST_SHARED = 8  # runs
_LEAST_SHARE = 0.5  # of the shorter of both texts
_MOST_AROUND = 60  # runs: source, dates and code below a text, and what somebody says of it
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Told:
    """A text as it was told: of which version, in which language. `around` are the figures that
    stand below it: dates, code, numbers of choices."""

    answer_id: str
    language: str
    text: str
    around: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Match:
    """`is_exact`: every word is ours; or all of our text is there, and around it neither a figure
    nor an address of others, nor much else."""

    told: Told
    is_exact: bool
    shared: int


@dataclass(slots=True)
class _Version:
    """Everything that one version says, in all languages."""

    runs: set[int] = field(default_factory=set)
    figures: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)

    def add(self, told: Told, runs: set[int]) -> None:
        self.runs |= runs
        self.figures |= find_figures(told.text) | told.around
        self.addresses |= find_addresses(told.text)

    def covers(self, message: str) -> bool:
        """Whether nothing was put around our text that could lead astray: a fee, a phone, a link,
        or much else."""
        if find_figures(message) - self.figures or find_addresses(message) - self.addresses:
            return False
        return sum(run not in self.runs for run in _spell(message)) <= _MOST_AROUND


class Shelf:
    """All texts that were ever told, ready for comparison."""

    def __init__(self, texts: Iterable[Told]) -> None:
        self._texts = list(texts)
        self._runs = [_runs_of(told.text) for told in self._texts]
        self._places: defaultdict[int, list[int]] = defaultdict(list)
        # Of each version as a whole: people paste an answer and its steps together.
        self._versions: defaultdict[str, _Version] = defaultdict(_Version)
        for place, (told, runs) in enumerate(zip(self._texts, self._runs, strict=True)):
            self._versions[told.answer_id].add(told, runs)
            for run in runs:
                self._places[run].append(place)

    def match(self, message: str) -> list[Match]:
        """Texts that the message holds or was made from, the likeliest first."""
        runs = _runs_of(message)
        shared: defaultdict[int, int] = defaultdict(int)
        for run in runs:
            for place in self._places.get(run, ()):
                shared[place] += 1
        found = [
            self._compare(place, count, runs, message)
            for place, count in shared.items()
            if self._is_enough(count, len(runs), len(self._runs[place]))
        ]
        return sorted(found, key=lambda match: (match.is_exact, match.shared), reverse=True)

    def _compare(self, place: int, shared: int, runs: set[int], message: str) -> Match:
        told = self._texts[place]
        is_part = shared == len(runs)
        is_whole = shared == len(self._runs[place])
        version = self._versions[told.answer_id]
        return Match(told, is_part or (is_whole and version.covers(message)), shared)

    @staticmethod
    def _is_enough(shared: int, of_message: int, of_text: int) -> bool:
        return shared >= _LEAST_SHARED and shared >= _LEAST_SHARE * min(of_message, of_text)


def count_words(text: str) -> int:
    return len(_WORD.findall(text))


def _runs_of(text: str) -> set[int]:
    return set(_spell(text))


def _spell(text: str) -> list[int]:
    """Every run of words, in order."""
    words = _WORD.findall(strip_accents(text))
    return [hash(tuple(words[at : at + RUN])) for at in range(len(words) - RUN + 1)]
