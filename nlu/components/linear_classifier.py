"""Linear classification of sparse and dense features side by side, with confidences.

One hyperplane for each class (scikit-learn's LinearSVC): against multinomial logistic regression
on the same features it is as right and trains eight times as fast (docs/nlu.md). Its distances
become confidences by a softmax whose `sharpness` is measured on messages that nothing was trained
on.
"""

from collections.abc import Sequence
from concurrent.futures import Executor
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.svm import LinearSVC

Numbers = NDArray[Any]

_SHARES = 2  # of the classes, for as many workers
_OTHER = "\N{NOT SIGN}"  # no name of a class
_CLOSE = 1e-2  # a thousandth of a distance, in two thirds of the time of scikit-learn's own 1e-4


class Features(NamedTuple):
    """One row for each text, in both parts; the dense part may have no columns."""

    sparse: sparse.csr_matrix
    dense: Numbers

    def rows(self, chosen: slice | list[int]) -> "Features":
        """The same features of some of the texts."""
        return Features(self.sparse[chosen], self.dense[chosen])


class Weights(NamedTuple):
    """One column for each class, in the order of `names`. The sparse part, most of the memory of
    Rasa's process, is kept in half precision: a message needs few of its rows."""

    names: list[str]
    sparse: Numbers
    dense: Numbers
    offsets: Numbers

    def shares(self, features: Features, sharpness: float) -> Numbers:
        """The confidence in each class, for each row; a row sums to one."""
        return _softmax(sharpness * self.distances(features))

    def distances(self, features: Features) -> Numbers:
        """How far each row is on each class's side of its hyperplane."""
        rows = features.sparse
        told = np.vstack(
            [
                rows.data[first:end] @ self.sparse[rows.indices[first:end]].astype(np.float32)
                for first, end in pairwise(rows.indptr)
            ]
        )
        found: Numbers = told + features.dense @ self.dense + self.offsets
        return found

    def store(self, file: Path) -> None:
        """Write plain arrays: a model holds no code (SEC-69). Compressed here, since Rasa packs the
        model most thoroughly, which takes four times as long with numbers as they are."""
        np.savez_compressed(file, **self._asdict())

    @classmethod
    def restore(cls, file: Path) -> "Weights":
        """Read what `store` wrote."""
        with np.load(file, allow_pickle=False) as stored:
            numbers = (stored[part] for part in ("sparse", "dense", "offsets"))
            return cls(stored["names"].tolist(), *numbers)


def fit(
    features: Features,
    labels: list[str],
    strength: float,
    workers: Executor | None = None,
    tolerance: float = _CLOSE,
) -> Weights:
    """Learn a hyperplane for each class; a greater `strength` fits the examples
    more closely (scikit-learn's `C`), a greater `tolerance` stops earlier. `workers` share the
    classes: each hyperplane stands alone.
    """
    names = sorted(set(labels))
    if workers is None:
        return _fit_some(features, labels, names, strength, tolerance)
    shares = [names[at::_SHARES] for at in range(_SHARES)]
    parts = [
        workers.submit(_fit_some, features, labels, share, strength, tolerance) for share in shares
    ]
    return _join([part.result() for part in parts])


def fit_sides(features: Features, labels: list[str], names: list[str], strength: float) -> Weights:
    """Learn the hyperplane between each of `names` and everything else."""
    return _fit_some(features, labels, names, strength, _CLOSE)


def _fit_some(
    features: Features,
    labels: list[str],
    names: list[str],
    strength: float,
    tolerance: float,
) -> Weights:
    """The hyperplanes of `names`, each against all the other examples."""
    mine = frozenset(names)
    others = [label if label in mine else _OTHER for label in labels]
    both = sparse.hstack([features.sparse, sparse.csr_matrix(features.dense)], format="csr")
    learnt = LinearSVC(C=strength, tol=tolerance, random_state=0).fit(both, others)
    rows, offsets = _one_row_a_class(learnt)
    kept = [at for at, name in enumerate(learnt.classes_) if name != _OTHER]
    weights = rows[kept].T.astype(np.float32)
    border = features.sparse.shape[1]
    return Weights(
        [str(learnt.classes_[at]) for at in kept],
        np.ascontiguousarray(weights[:border], np.float16),
        np.ascontiguousarray(weights[border:]),
        offsets[kept].astype(np.float32),
    )


def _one_row_a_class(learnt: LinearSVC) -> tuple[Numbers, Numbers]:
    """Of two classes scikit-learn keeps one hyperplane, on whose positive side is the second."""
    if len(learnt.classes_) > 2:
        return learnt.coef_, learnt.intercept_
    return (
        np.vstack([-learnt.coef_, learnt.coef_]),
        np.concatenate([-learnt.intercept_, learnt.intercept_]),
    )


def beside(parts: Sequence[Weights]) -> Weights:
    """The classes of all parts, in their order."""
    return Weights(
        [name for part in parts for name in part.names],
        np.hstack([part.sparse for part in parts]),
        np.hstack([part.dense for part in parts]),
        np.concatenate([part.offsets for part in parts]),
    )


def _join(parts: list[Weights]) -> Weights:
    """Shares of the classes, whose names are then in order again."""
    every = beside(parts)
    order = np.argsort(every.names)
    return Weights(
        [every.names[at] for at in order],
        np.ascontiguousarray(every.sparse[:, order]),
        np.ascontiguousarray(every.dense[:, order]),
        every.offsets[order],
    )


def _softmax(scores: Numbers) -> Numbers:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    total: Numbers = powers.sum(axis=1, keepdims=True)
    shares: Numbers = powers / total
    return shares
