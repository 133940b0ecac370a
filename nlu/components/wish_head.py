"""Says how much a message sounds like each wish to the bot itself: to hear no more, a person, one's
data, and so on. A hyperplane for each over words and sense.

The hub reads those wishes by words alone, before Rasa and without it (`bot/wishes.py`); where they
say nothing sure, sense tells more (docs/understanding.md).
"""

import numpy as np

from components import linear_classifier
from components.danger_corpus import ORDINARY
from components.linear_classifier import Features, Weights

_SENSE_COUNTS = np.float32(2.0)  # beside words
_STRENGTH = 0.5


def fit(features: Features, wishes: list[str]) -> Weights:
    """Learn from messages with the wish of each, or `ORDINARY`; a column for each wish."""
    both = Features(features.sparse, features.dense * _SENSE_COUNTS)
    names = sorted(set(wishes) - {ORDINARY})
    sides = linear_classifier.fit_sides(both, wishes, names, _STRENGTH)
    return sides._replace(dense=sides.dense * _SENSE_COUNTS)
