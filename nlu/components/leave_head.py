"""Says how much a message sounds like the wish to hear no more: one hyperplane over words and
sense.

The hub reads that wish by words alone, before Rasa and without it (`bot/wishes.py`); where they
leave a doubt, sense tells more (docs/understanding.md).
"""

import numpy as np

from components import linear_classifier
from components.linear_classifier import Features, Weights

_SENSE_COUNTS = np.float32(2.0)  # beside words
_STRENGTH = 0.5
_LEAVE, _STAY = "leave", "stay"


def fit(features: Features, wishes: list[bool]) -> Weights:
    """Learn from messages of which each is such a wish or is not; the weights have one column."""
    sides = [_LEAVE if wish else _STAY for wish in wishes]
    both = Features(features.sparse, features.dense * _SENSE_COUNTS)
    side = linear_classifier.fit_side(both, sides, _LEAVE, _STRENGTH)
    return side._replace(dense=side.dense * _SENSE_COUNTS)
