"""How alike two questions are: the cosine of the weights of their letter groups (TF-IDF).

Letter groups forgive typos and endings. How rare one is comes from the examples that the matcher
learns from, so that "quiero saber cómo" weighs little and "colegio" much; what no example has is as
rare as can be. No library: the vectors are sparse and short. It does not know sense: "como homologo
mi licencia" and "… mi titulo" meet, which is why staff see the questions of a group.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from heapq import nlargest

from rapidfuzz.distance import OSA

from bot.parts import letters_of
from bot.text import words

Vector = Mapping[str, float]
# From which likeness two questions are taken for the same; read off the pairs in
# `tests/bot/test_likeness.py`. Too high leaves more groups to join by hand, which is the safer
# mistake: a wrong group hides a question.
ALIKE = 0.58
# Groups of letters as usual as this say nothing about what a question asks.
_USUAL = 3.0
_STEEPNESS = 1.5
# Where the misspelt word is the rarest of a question, its letters are not alike enough. With every
# other word the same, one letter in a word this long is a typo.
_LETTERS_FOR_A_TYPO = 5
_LOOKED_AT = 5


def weigh(text: str, rarity: Callable[[str], float]) -> Vector:
    """The question as a vector of length one; {} if nothing in it says what it asks."""
    weights = {
        name: math.log1p(n) * max(0.0, rarity(name) - _USUAL) ** _STEEPNESS
        for name, n in letters_of(text).items()
    }
    length = math.sqrt(sum(weight * weight for weight in weights.values()))
    return {name: weight / length for name, weight in weights.items() if weight} if length else {}


class Nearest:
    """Finds the group whose nearest question is most alike; groups may be added at any time."""

    def __init__(self, rarity: Callable[[str], float]) -> None:
        self._rarity = rarity
        self._having: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        self._group_of: list[str] = []
        self._words: list[list[str]] = []

    def add(self, group_id: str, texts: Iterable[str]) -> None:
        for text in texts:
            number = len(self._group_of)
            self._group_of.append(group_id)
            self._words.append(words(text))
            for name, weight in weigh(text, self._rarity).items():
                self._having[name].append((number, weight))

    def find(self, text: str) -> str | None:
        """The id of the likest group, or None if none is alike."""
        scores: defaultdict[int, float] = defaultdict(float)
        for name, weight in weigh(text, self._rarity).items():
            for number, other in self._having.get(name, ()):
                scores[number] += weight * other
        said = words(text)
        for number in nlargest(_LOOKED_AT, scores, key=scores.__getitem__):
            if scores[number] >= ALIKE or _is_misspelt(said, self._words[number]):
                return self._group_of[number]
        return None


def _is_misspelt(first: list[str], second: list[str]) -> bool:
    """Whether both say the same but for a letter in long words; figures have no typos."""
    return len(first) == len(second) and all(
        one == other
        or (
            min(len(one), len(other)) >= _LETTERS_FOR_A_TYPO
            and (one + other).isalpha()
            and OSA.distance(one, other) == 1
        )
        for one, other in zip(first, second, strict=True)
    )
