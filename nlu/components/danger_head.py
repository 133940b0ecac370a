"""Says how much a message sounds like danger, and like which class of it: hyperplanes over its
words and their pieces, and beside them the reader, which knows what stands between the words
(docs/danger.md).
"""

import math
from typing import NamedTuple

import numpy as np
from scipy import sparse

from components import linear_classifier
from components.danger_corpus import ORDINARY
from components.danger_reader import DangerReader
from components.linear_classifier import Features, Numbers, Weights

_DANGER = "danger"
# Whatever the reader says there, no threshold is reached; two in three questions are so far away.
_FAR = -0.8


class Summing(NamedTuple):
    """How much the reader counts beside the hyperplanes, and how a distance becomes a
    confidence."""

    reader_counts: float
    sharpness: float


def fit(ngrams: sparse.csr_matrix, labels: list[str], strength: float) -> Weights:
    """Learn from messages labelled with a class of danger or as ordinary talk: danger against
    ordinary talk, and beside it each class against the others."""
    sides = [ORDINARY if label == ORDINARY else _DANGER for label in labels]
    told = [at for at, label in enumerate(labels) if label != ORDINARY]
    every = _alone(ngrams)
    return linear_classifier.beside(
        [
            linear_classifier.fit_sides(every, sides, [_DANGER], strength),
            linear_classifier.fit(every.rows(told), [labels[at] for at in told], strength),
        ]
    )


def read(
    learnt: Weights,
    reader: DangerReader | None,
    summing: Summing,
    ngrams: sparse.csr_matrix,
    words: Numbers | None,
) -> tuple[str, float]:
    """The likeliest class of danger in the first message, and the confidence that it is danger at
    all; `words` are its words for the reader, if there are any."""
    distance, *classes = learnt.distances(_alone(ngrams[:1]))[0].tolist()
    if reader is not None and words is not None and distance > _FAR:
        distance += summing.reader_counts * reader.read(words)
    confidence = 1 / (1 + math.exp(-summing.sharpness * distance))
    return learnt.names[1 + int(np.argmax(classes))], confidence


def _alone(ngrams: sparse.csr_matrix) -> Features:
    return Features(ngrams, np.zeros((ngrams.shape[0], 0), np.float32))
