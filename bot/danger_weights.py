"""Learnt weights for the danger detector: plain numbers, no library, the same result for the same
message always.

`nlu/train_danger.py` makes the file; nothing is learnt while the hub runs.
"""

from __future__ import annotations

import gzip
import json
import math
import re
from base64 import b64decode
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from operator import mul
from pathlib import Path
from struct import Struct
from typing import NamedTuple

FILE = Path(__file__).parent / "signals" / "weights.json.gz"
# What a message is weighed by, each kind by itself, so that the many parts of words do not drown
# the few words; and how much each kind counts. Chosen on nlu/calibration: docs/danger.md.
WORDS, PARTS, STEMS, APART = "w", "p", "s", "a"
COUNTS = {WORDS: 1.0, PARTS: 1.0, STEMS: 0.7, APART: 0.5}
_PART_LENGTHS = (2, 3, 4, 5)
_STEM = 5  # letters
_FARTHEST = 4  # words; how far apart two words may stand and still be read together
_DRAWN_OUT = re.compile(r"([^\W\d_])\1")

Kinds = dict[str, Counter[str]]


class Weight(NamedTuple):
    """What one feature tells: `rarity` counts, then danger, then each class."""

    rarity: float
    danger: float
    classes: tuple[int, ...]


def features_of(told: Sequence[str]) -> Kinds:
    """How often each feature of the words occurs, by kind: words and neighbours, parts of words,
    beginnings of words and neighbours, pairs of words with others between them."""
    said = [_DRAWN_OUT.sub(r"\1", word) for word in told]
    stems = [word[:_STEM] for word in said]
    parts = Counter(part for word in said for part in _parts(word))
    apart = Counter(
        f"{first} {gap} {second}"
        for gap in range(2, _FARTHEST + 1)
        for first, second in zip(said, said[gap:], strict=False)
    )
    return {
        WORDS: _alone_and_paired(said),
        PARTS: parts,
        STEMS: _alone_and_paired(stems),
        APART: apart,
    }


def _alone_and_paired(said: Sequence[str]) -> Counter[str]:
    found = Counter(said)
    found.update(f"{first} {second}" for first, second in pairwise(said))
    return found


@lru_cache(maxsize=20_000)
def _parts(word: str) -> tuple[str, ...]:
    padded = f"_{word}_"
    return tuple(
        padded[start : start + size]
        for size in _PART_LENGTHS
        for start in range(len(padded) - size + 1)
    )


@dataclass(frozen=True)
class DangerWeights:
    """`features` are by kind and name; a class's weights are whole steps, whose size is no matter
    where only the greatest sum is asked for."""

    classes: Sequence[str]
    offset: float
    class_offsets: Sequence[float]
    class_step: float
    features: dict[str, dict[str, Weight]]

    def danger(self, said: Sequence[str]) -> float:
        """How far the words are from ordinary talk: zero at the border, more in danger."""
        shares, weights = self._shares(said)
        return sum(map(mul, shares, (weight.danger for weight in weights)), start=self.offset)

    def likeliest(self, *parts: Sequence[str]) -> str:
        """The class of danger that the words of a message would be, or of its parts together."""
        sums = [offset * len(parts) for offset in self.class_offsets]
        for said in parts:
            for share, weight in zip(*self._shares(said), strict=True):
                for at, steps in enumerate(weight.classes):
                    sums[at] += share * steps * self.class_step
        return self.classes[max(range(len(sums)), key=sums.__getitem__)]

    def _shares(self, said: Sequence[str]) -> tuple[list[float], list[Weight]]:
        """How much of the words each of its known features is, and what each tells."""
        shares: list[float] = []
        weights: list[Weight] = []
        for kind, counted in features_of(said).items():
            known = self.features[kind]
            names = sorted(known.keys() & counted.keys())  # floating-point sums depend on the order
            found = [known[name] for name in names]
            sizes = [
                weight.rarity * (1 + math.log(counted[name]))
                for name, weight in zip(names, found, strict=True)
            ]
            length = math.sqrt(sum(map(mul, sizes, sizes))) or 1.0
            shares += [size / length * COUNTS[kind] for size in sizes]
            weights += found
        return shares, weights


@cache
def read_danger_weights(path: Path = FILE) -> DangerWeights:
    """The weights in a file."""
    stored = json.loads(gzip.decompress(path.read_bytes()))
    row = Struct(f"<h{len(stored['classes'])}b")
    features: dict[str, dict[str, Weight]] = {kind: {} for kind in COUNTS}
    for name, (tenths, packed) in stored["features"].items():
        danger, *classes = row.unpack(b64decode(packed))
        weight = Weight(tenths / 10, danger * stored["step"], tuple(classes))
        features[name[0]][name[1:]] = weight
    return DangerWeights(
        stored["classes"],
        stored["offset"],
        stored["class_offsets"],
        stored["class_step"],
        features,
    )
