"""Says how much a message sounds like danger, and like which class of it: hyperplanes over its
words and their pieces.

They know which words are there; what stands between them is read by `danger_reader`
(docs/danger.md).
"""

import numpy as np
from scipy import sparse

from components import linear_classifier
from components.danger_corpus import ORDINARY
from components.linear_classifier import Features, Weights

_DANGER = "danger"


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


def read(learnt: Weights, ngrams: sparse.csr_matrix) -> tuple[str, float]:
    """The likeliest class of danger, and how far the first message is on danger's side."""
    danger, *classes = learnt.distances(_alone(ngrams))[0]
    return learnt.names[1 + int(np.argmax(classes))], float(danger)


def _alone(ngrams: sparse.csr_matrix) -> Features:
    return Features(ngrams, np.zeros((ngrams.shape[0], 0), np.float32))
