"""Says how much a message sounds like danger, and like which: a linear classifier over words and
their pieces, and beside it a kernel machine over the sentence encoder's numbers.

Disclosures avoid the words of danger, so likeness of sense matters more than words: at the same
share of false alarms the kernel finds a third more than hyperplanes do (docs/danger.md).
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from sklearn.svm import SVC

from components import linear_classifier
from components.danger_corpus import ORDINARY
from components.linear_classifier import Features, Numbers, Weights

_CACHE = 1500  # MB for libsvm's kernel rows while training
_WORDS, _SENSE = "danger_words.npz", "danger_sense.npz"


class Sense(NamedTuple):
    """A kernel machine: the danger in a message is the weighed likeness to these messages."""

    known: Numbers
    weights: Numbers
    offset: float
    gamma: float
    squares: Numbers  # of the lengths of `known`, which would cost more than all the rest

    def distances(self, encoded: Numbers) -> Numbers:
        """Positive where a message sounds like danger; the encoder's vectors have length one."""
        likeness = encoded @ self.known.T
        gaps = np.square(encoded).sum(1)[:, None] + self.squares - 2 * likeness
        found: Numbers = np.exp(-self.gamma * gaps) @ self.weights + self.offset
        return found


class DangerHead(NamedTuple):
    """What was learnt; `sense` is None where the encoder's package is not installed."""

    words: Weights
    sense: Sense | None

    def read(self, features: Features) -> tuple[str, float]:
        """The likeliest class of danger and how much danger there is, in the row that has most of
        it. The measure is a sum of distances; zero lies between danger and ordinary talk.
        """
        distances = features.sparse @ self.words.sparse + self.words.offsets
        safe = self.words.names.index(ORDINARY)
        danger = -distances[:, safe]
        if self.sense is not None:
            danger = danger + self.sense.distances(features.dense)
        row = int(np.argmax(danger))
        classes = np.where(np.arange(distances.shape[1]) == safe, -np.inf, distances[row])
        return self.words.names[int(np.argmax(classes))], float(danger[row])

    def store(self, folder: Path) -> None:
        """Write plain arrays: a model holds no code (SEC-69)."""
        np.savez(folder / _WORDS, **self.words._asdict())
        if self.sense is not None:
            learnt = self.sense._asdict()
            del learnt["squares"]
            np.savez(folder / _SENSE, **learnt)


def restore(folder: Path) -> DangerHead:
    """Read what `store` wrote."""
    with np.load(folder / _WORDS, allow_pickle=False) as stored:
        numbers = (stored[part] for part in ("sparse", "dense", "offsets"))
        words = Weights(stored["names"].tolist(), *numbers)
    if not (folder / _SENSE).exists():
        return DangerHead(words, None)
    with np.load(folder / _SENSE, allow_pickle=False) as stored:
        known = stored["known"].astype(np.float32)
        sense = _sense(known, stored["weights"], float(stored["offset"]), float(stored["gamma"]))
    return DangerHead(words, sense)


def fit_words(words: sparse.csr_matrix, labels: list[str], strength: float) -> Weights:
    """One hyperplane for each class of danger, and one for ordinary talk."""
    return linear_classifier.fit(Features(words, np.zeros((len(labels), 0))), labels, strength)


def fit_sense(encoded: Numbers, labels: list[str], settings: dict[str, Any]) -> Sense | None:
    """Danger against ordinary talk, whatever the class; None without an encoder."""
    if not encoded.shape[1]:
        return None
    is_danger = np.asarray([label != ORDINARY for label in labels])
    gamma, strength = settings["danger_gamma"], settings["danger_kernel_strength"]
    machine = SVC(C=strength, gamma=gamma, cache_size=_CACHE).fit(encoded, is_danger)
    return _sense(
        machine.support_vectors_.astype(np.float16),
        machine.dual_coef_[0].astype(np.float32),
        float(machine.intercept_[0]),
        float(gamma),
    )


def _sense(known: Numbers, weights: Numbers, offset: float, gamma: float) -> Sense:
    return Sense(known, weights, offset, gamma, np.square(known).sum(1))
