"""Says how much a message sounds like danger, and like which: hyperplanes over words and their
pieces, alone and beside the sentence encoder's numbers.

Disclosures avoid the words of danger, so likeness of sense helps; but the encoder does not know
every language, so the words are also heard by themselves (docs/danger.md).
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from components import linear_classifier
from components.danger_corpus import ORDINARY
from components.linear_classifier import Features, Weights

_SENSE_COUNTS = 2.0  # beside words
_FILES = {"words": "danger_words.npz", "sense": "danger_sense.npz", "classes": "danger_classes.npz"}
_DANGER = "danger"


class DangerHead(NamedTuple):
    """What was learnt: danger against ordinary talk by words, and by words and sense; and one class
    of danger against another by both."""

    words: Weights
    sense: Weights
    classes: Weights

    def joined(self) -> Weights:
        """All of it as one, for `read`: a message is multiplied with it once, not three times."""
        sense, classes = (
            part._replace(dense=part.dense * np.float32(_SENSE_COUNTS))
            for part in (self.sense, self.classes)
        )
        nothing = np.zeros((len(sense.dense), 1), np.float32)
        words = self.words._replace(dense=nothing)
        return linear_classifier.beside([words, sense, classes])

    def store(self, folder: Path) -> None:
        for part, file in _FILES.items():
            getattr(self, part).store(folder / file)


def restore(folder: Path) -> DangerHead:
    """Read what `store` wrote."""
    return DangerHead(**{part: Weights.restore(folder / file) for part, file in _FILES.items()})


def fit(features: Features, labels: list[str], settings: dict[str, Any]) -> DangerHead:
    """Learn from messages labelled with a class of danger or as ordinary talk."""
    strength = settings["danger_strength"]
    sides = [ORDINARY if label == ORDINARY else _DANGER for label in labels]
    told = [at for at, label in enumerate(labels) if label != ORDINARY]
    both = _sense(features)
    return DangerHead(
        linear_classifier.fit_sides(_words(features), sides, [_DANGER], strength),
        linear_classifier.fit_sides(both, sides, [_DANGER], strength),
        linear_classifier.fit(both.rows(told), [labels[at] for at in told], strength),
    )


def read(joined: Weights, features: Features) -> tuple[str, float]:
    """The likeliest class of danger, and how much danger there is in the first message.

    It is the sum of two distances; zero lies between danger and ordinary talk.
    """
    words, sense, *classes = joined.distances(features)[0]
    return joined.names[2 + int(np.argmax(classes))], float(words + sense)


def _words(features: Features) -> Features:
    return Features(features.sparse, features.dense[:, :0])


def _sense(features: Features) -> Features:
    return Features(features.sparse, features.dense * np.float32(_SENSE_COUNTS))
