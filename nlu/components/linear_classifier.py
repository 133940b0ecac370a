"""Linear classification of sparse and dense features side by side, with confidences.

One hyperplane for each class (scikit-learn's LinearSVC): against multinomial logistic regression
on the same features it is as right and trains eight times as fast (docs/nlu.md). Its distances
become confidences by a softmax whose `sharpness` is measured on messages that nothing was trained
on.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.svm import LinearSVC

Numbers = NDArray[Any]


class Features(NamedTuple):
    """One row for each text, in both parts; the dense part may have no columns."""

    sparse: sparse.csr_matrix
    dense: Numbers

    def rows(self, chosen: slice | list[int]) -> "Features":
        """The same features of some of the texts."""
        return Features(self.sparse[chosen], self.dense[chosen])


class Weights(NamedTuple):
    """One column for each class, in the order of `names`."""

    names: list[str]
    sparse: Numbers
    dense: Numbers
    offsets: Numbers

    def shares(self, features: Features, sharpness: float) -> Numbers:
        """The confidence in each class, for each row; a row sums to one."""
        distances = features.sparse @ self.sparse + features.dense @ self.dense + self.offsets
        return _softmax(sharpness * distances)


def fit(features: Features, labels: list[str], strength: float, seed: int = 0) -> Weights:
    """Learn the hyperplanes of three classes or more; a greater `strength` fits the examples
    more closely (scikit-learn's `C`).
    """
    both = sparse.hstack([features.sparse, sparse.csr_matrix(features.dense)], format="csr")
    learnt = LinearSVC(C=strength, random_state=seed).fit(both, labels)
    weights = learnt.coef_.T.astype(np.float32)
    border = features.sparse.shape[1]
    return Weights(
        learnt.classes_.tolist(),
        np.ascontiguousarray(weights[:border]),
        np.ascontiguousarray(weights[border:]),
        learnt.intercept_.astype(np.float32),
    )


def _softmax(scores: Numbers) -> Numbers:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    total: Numbers = powers.sum(axis=1, keepdims=True)
    shares: Numbers = powers / total
    return shares
