"""Says how much a message sounds like danger, and like which class of it: hyperplanes over its
words and their pieces, and beside them the reader, which knows what stands between the words
(docs/danger.md).

A message is read as a whole. Whoever asks at length for papers and says in passing that they are
beaten is heard by that clause.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy import sparse

from components import linear_classifier
from components.danger_corpus import ORDINARY
from components.danger_reader import DangerReader
from components.linear_classifier import Features, Numbers, Weights
from components.text_features import TextFeatures

_DANGER = "danger"
# Whatever the reader says there, no threshold is reached; two in three questions are so far away.
_FAR = -0.8


# What one clause of a question must be for both, if it is danger: chosen on nlu/calibration.
_ASIDE_FROM, _ASIDE_ODDS, _ASIDE_WORDS = 0.2, 4.0, 3


class Hearing(NamedTuple):
    """The reader, how much it counts beside the hyperplanes, and how a distance becomes a
    confidence."""

    reader: DangerReader | None
    reader_counts: float
    sharpness: float


class Heard(NamedTuple):
    """The likeliest class of danger, and the confidence that it is danger at all."""

    name: str
    confidence: float


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


def read(learnt: Weights, by: Hearing, ngrams: sparse.csr_matrix, words: Numbers | None) -> Heard:
    """What one message is; `words` are its words for the reader, if there are any."""
    distance, *classes = learnt.distances(_alone(ngrams))[0].tolist()
    if by.reader is not None and words is not None and distance > _FAR:
        distance += by.reader_counts * by.reader.read(words)
    return _heard(learnt, by, distance, classes)


def read_asides(
    learnt: Weights, by: Hearing, features: TextFeatures, pieces: list[str]
) -> Iterator[Heard]:
    """The pieces of a message that are danger by themselves to both; none without the reader."""
    told = [piece for piece in pieces if len(piece.split()) >= _ASIDE_WORDS]
    if by.reader is None or not told:
        return
    distances = learnt.distances(_alone(features.count(told)))
    for piece, (distance, *classes) in zip(told, distances.tolist(), strict=True):
        if distance < _ASIDE_FROM:
            continue
        words = features.read_words(piece)
        odds = 0.0 if words is None else by.reader.read(words)
        if odds >= _ASIDE_ODDS:
            yield _heard(learnt, by, distance + by.reader_counts * odds, classes)


def _heard(learnt: Weights, by: Hearing, distance: float, classes: list[float]) -> Heard:
    confidence = 1 / (1 + math.exp(-by.sharpness * distance))
    return Heard(learnt.names[1 + int(np.argmax(classes))], confidence)


def _alone(ngrams: sparse.csr_matrix) -> Features:
    return Features(ngrams, np.zeros((ngrams.shape[0], 0), np.float32))
