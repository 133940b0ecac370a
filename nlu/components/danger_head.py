"""Says how much a message sounds like danger, and like which class of it: hyperplanes over its
words and their pieces, and beside them the reader, which knows what stands between the words
(docs/danger.md).

A message is read as a whole, and a question by its sentences and clauses too: whoever asks at
length for papers and says in passing that they are beaten is heard by that clause.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy import sparse

from components import linear_classifier
from components.danger_corpus import ORDINARY
from components.danger_reader import DangerReader, Told
from components.linear_classifier import Features, Weights
from components.text_features import Reading

_DANGER = "danger"
# Nearer than this the reader is asked; farther away it could not reach any threshold, and two in
# three questions are so far away.
_FAR = -0.8
# What a plain question must be to the reader if it is danger. Chosen on nlu/calibration
# (docs/danger.md), as are the two sorts of `Aside`.
_QUESTION_ODDS = 2.0
_IN_DOUBT = 0.0  # enough for a word that brings help, not for the safety answer
_ASIDE_WORDS = 3
_ASIDE_LIKELY = 0.0  # below it only odds of e^3 and more would do
_CLASS_COUNTS = 0.2  # how much the reader says for a class beside its hyperplane


class Hearing(NamedTuple):
    """The reader, how much it counts beside the hyperplanes, and how a distance becomes a
    confidence."""

    reader: DangerReader | None
    reader_counts: float
    sharpness: float


class Aside(NamedTuple):
    """What a part of a question must be, to the reader and to both together, if it is danger."""

    odds: float
    both: float


SENTENCE = Aside(odds=3.0, both=0.6)
CLAUSE = Aside(odds=5.0, both=0.75)  # cut where nobody said that anything ends


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


def read(learnt: Weights, by: Hearing, message: Reading, *, plainly_asks: bool) -> Heard:
    """What one message is, read as a whole. Where it `plainly_asks` something and the reader sees
    no danger, the hyperplanes only doubt: people ask about hard things in hard words."""
    distance, *classes = learnt.distances(_alone(message.ngrams))[0].tolist()
    if by.reader is None or message.words is None or distance <= _FAR:
        return _heard(learnt, by, distance, classes)
    told = by.reader.read(message.words[0])
    distance += by.reader_counts * told.odds
    if plainly_asks and told.odds < _QUESTION_ODDS:
        distance = min(distance, _IN_DOUBT)
    return _heard(learnt, by, distance, _both(classes, told))


def read_asides(learnt: Weights, by: Hearing, parts: Reading, least: Aside) -> Iterator[Heard]:
    """The parts of a message that are danger by themselves; none without the reader."""
    long = [at for at, part in enumerate(parts.texts) if len(part.split()) >= _ASIDE_WORDS]
    if by.reader is None or not long:
        return
    distances = learnt.distances(_alone(parts.ngrams[long])).tolist()
    for at, (distance, *classes) in zip(long, distances, strict=True):
        # Only now are the words of the parts read, which takes longest.
        if distance < _ASIDE_LIKELY or parts.words is None:
            continue
        told = by.reader.read(parts.words[at])
        both = distance + by.reader_counts * told.odds
        if told.odds >= least.odds and both >= least.both:
            yield _heard(learnt, by, both, _both(classes, told))


def _both(classes: list[float], told: Told) -> list[float]:
    """How much hyperplanes and reader together say for each class."""
    return [one + _CLASS_COUNTS * other for one, other in zip(classes, told.classes, strict=True)]


def _heard(learnt: Weights, by: Hearing, distance: float, classes: list[float]) -> Heard:
    confidence = 1 / (1 + math.exp(-by.sharpness * distance))
    return Heard(learnt.names[1 + int(np.argmax(classes))], confidence)


def _alone(ngrams: sparse.csr_matrix) -> Features:
    return Features(ngrams, np.zeros((ngrams.shape[0], 0), np.float32))
