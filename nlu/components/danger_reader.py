"""Reads a message for danger word by word, each beside its neighbours: small convolutional
networks over what the sentence encoder has found out about every word.

The hyperplanes of `danger_head` know which words are there; who does what to whom, and that it was
a film, stands between them. What the networks were taught is in `danger_reader.npz`, by
`nlu/train_reader.py`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from components.linear_classifier import Numbers

FILE = Path(__file__).with_suffix(".npz")
REACHES = (1, 2)  # of the words on both sides that a word is read beside, in each turn
_CLASSES = "classes"
_OF = "."  # between the number of a network and a name, in the file
NETWORKS = 4  # that are taught apart: where one errs, the other often does not
LOOKS = 4  # ways of weighing the words of a message


class Told(NamedTuple):
    """How much danger there is, as the logarithm of its odds; and, if there is, how much speaks for
    each of the reader's classes: the mean of what the networks say."""

    odds: float
    classes: list[float]


class DangerReader:
    """`taught` is what `train_reader.py` wrote of each network, and `classes` are the names in
    their order; deterministic, and about a millisecond a network for a usual message."""

    def __init__(self, taught: Sequence[Mapping[str, Numbers]], classes: list[str]) -> None:
        self._taught = taught
        self.classes = classes

    def read(self, words: Numbers) -> Told:
        """What a text tells, of which `words` has one row for each word."""
        said = [_say(learnt, words) for learnt in self._taught]
        odds, *classes = np.mean(said, axis=0).tolist()
        return Told(odds, classes)


def load_reader(file: Path = FILE) -> DangerReader:
    """The reader as it was taught."""
    with np.load(file, allow_pickle=False) as kept:
        classes = kept[_CLASSES].tolist()
        taught: list[dict[str, Numbers]] = [{} for _ in range(NETWORKS)]
        for key in sorted(set(kept.files) - {_CLASSES}):
            network, name = key.split(_OF)
            taught[int(network)][name] = kept[key].astype(np.float32)
    return DangerReader(taught, classes)


def as_stored(taught: Sequence[Mapping[str, Numbers]], classes: list[str]) -> dict[str, Numbers]:
    """What `load_reader` reads, by the names in the file."""
    every = {
        f"{at}{_OF}{name}": each
        for at, learnt in enumerate(taught)
        for name, each in learnt.items()
    }
    return {**every, _CLASSES: np.asarray(classes)}


def _say(learnt: Mapping[str, Numbers], words: Numbers) -> Numbers:
    rows = np.maximum(words @ learnt["words"] + learnt["words_offset"], 0)
    for at, reach in enumerate(REACHES):
        beside = _beside(rows, reach) @ learnt[f"beside{at}"]
        rows = rows + np.maximum(beside + learnt[f"beside{at}_offset"], 0)
    looks = rows @ learnt["look"] + learnt["look_offset"]
    shares = np.exp(looks - looks.max(axis=0))
    seen = (shares / shares.sum(axis=0)).T @ rows
    both = np.concatenate([seen.ravel(), rows.max(axis=0), rows.mean(axis=0)])
    told = np.maximum(both @ learnt["judge"] + learnt["judge_offset"], 0)
    return told @ learnt["say"] + learnt["say_offset"]


def _beside(rows: Numbers, reach: int) -> Numbers:
    """Each row between the one `reach` before it and the one `reach` behind; zeros at the ends."""
    padded = np.zeros((len(rows) + 2 * reach, rows.shape[1]), np.float32)
    padded[reach:-reach] = rows
    return np.hstack([padded[: len(rows)], rows, padded[2 * reach :]])
