"""Learnt weights of words for wishes, needs and languages: plain numbers, no library, the same
result for the same message always.

`nlu/train_*.py` make the files; nothing is learnt while the hub runs.
"""

from __future__ import annotations

import gzip
import json
import math
from array import array
from base64 import b64decode
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import mul
from pathlib import Path

from bot.parts import parts_of
from bot.text import words

ORDINARY = "ordinary"
_TEXTS_AT_HAND = 32  # wishes and needs are read of the same messages
_FARTHEST = 4  # words; how far apart two words may stand and still be read together


@lru_cache(maxsize=_TEXTS_AT_HAND)
def features_of(text: str) -> frozenset[str]:
    """What a message is weighed by: its parts, and pairs of words with others between them."""
    said = words(text)
    features = set(parts_of(text))
    for gap in range(2, _FARTHEST + 1):
        features.update(f"{a} ~ {b}" for a, b in zip(said, said[gap:], strict=False))
    return frozenset(features)


@dataclass(frozen=True)
class Weights:
    """`rows` hold a weight for each of `classes`, in steps of `step`; `rarity` is by feature."""

    classes: Sequence[str]
    offsets: Sequence[float]
    step: float
    rarity: dict[str, float]
    rows: dict[str, array[int]]

    def weigh(self, text: str) -> dict[str, float]:
        """How far the message is on each class's side; the side of ordinary talk is `ORDINARY`."""
        return self.weigh_features(features_of(text))

    def weigh_features(self, features: AbstractSet[str]) -> dict[str, float]:
        """The same of features that were found otherwise."""
        known = sorted(self.rarity.keys() & features)  # floating-point sums depend on their order
        rarities = [self.rarity[feature] for feature in known]
        length = math.sqrt(sum(map(mul, rarities, rarities))) or 1.0
        shares = [rarity / length * self.step for rarity in rarities]
        columns = list(zip(*(self.rows[feature] for feature in known), strict=True))
        sums = [sum(map(mul, shares, column)) for column in columns or [()] * len(self.classes)]
        return {
            name: total + offset
            for name, total, offset in zip(self.classes, sums, self.offsets, strict=True)
        }


@cache
def read_weights(path: Path) -> Weights:
    """The weights in a file."""
    stored = json.loads(gzip.decompress(path.read_bytes()))
    rows = {name: array("b", b64decode(row)) for name, (_, row) in stored["features"].items()}
    rarity = {name: tenths / 10 for name, (tenths, _) in stored["features"].items()}
    return Weights(stored["classes"], stored["offsets"], stored["step"], rarity, rows)
