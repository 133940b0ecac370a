"""Multinomial logistic regression on sparse and dense features side by side.

scikit-learn's takes one matrix; the encoder's dense numbers in a sparse one made its training four
times slower for the same result (docs/nlu.md). Every class weighs the same, however many examples.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize
from sklearn.utils.class_weight import compute_sample_weight

Numbers = NDArray[Any]


class Features(NamedTuple):
    """One row for each text, in both parts; the dense part may have no columns."""

    sparse: sparse.csr_matrix
    dense: Numbers


class Weights(NamedTuple):
    """One column for each class, in the order of `names`."""

    names: list[str]
    sparse: Numbers
    dense: Numbers
    offsets: Numbers

    def shares(self, features: Features) -> Numbers:
        """The probability of each class, for each row."""
        return _softmax(features.sparse @ self.sparse + features.dense @ self.dense + self.offsets)


def fit(features: Features, labels: list[str], strength: float, max_iter: int) -> Weights:
    """Learn the weights; a greater `strength` means less regularisation (scikit-learn's `C`)."""
    names, truth = np.unique(labels, return_inverse=True)
    problem = _Problem(features, truth, compute_sample_weight("balanced", labels), strength)
    start = np.zeros(problem.rows * len(names))
    options = {"maxiter": max_iter, "ftol": 1e-6, "gtol": 1e-2}
    found = minimize(problem.loss, start, jac=True, method="L-BFGS-B", options=options)
    return Weights(names.tolist(), *problem.split(found.x.astype(np.float32)))


def _softmax(scores: Numbers) -> Numbers:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    total: Numbers = powers.sum(axis=1, keepdims=True)
    shares: Numbers = powers / total
    return shares


class _Problem:
    def __init__(
        self, features: Features, truth: Numbers, importance: Numbers, strength: float
    ) -> None:
        self._features = features
        self._turned = features.sparse.T.tocsr()
        self._truth = np.eye(truth.max() + 1, dtype=np.float32)[truth]
        self._importance = importance.astype(np.float32)
        self._strength = strength
        self._widths = np.cumsum([features.sparse.shape[1], features.dense.shape[1]])
        self.rows = int(self._widths[-1]) + 1

    def split(self, flat: Numbers) -> list[Numbers]:
        """The weights of the sparse and the dense features, and the offsets."""
        weights = flat.reshape(self.rows, -1)
        first, second, offsets = np.split(weights, self._widths)
        return [np.ascontiguousarray(first), second, offsets[0]]

    def loss(self, flat: Numbers) -> tuple[float, Numbers]:
        """The regularised log-loss and its gradient."""
        weights = flat.astype(np.float32)
        shares = Weights([], *self.split(weights)).shares(self._features)
        likelihood = np.log(np.maximum((shares * self._truth).sum(axis=1), 1e-30))
        miss = (shares - self._truth) * self._importance[:, None]
        parts = [self._turned @ miss, self._features.dense.T @ miss, miss.sum(axis=0)[None]]
        regular = weights.reshape(self.rows, -1) / self._strength
        regular[-1] = 0
        slope = np.vstack(parts) + regular
        loss = -float((self._importance * likelihood).sum(dtype=np.float64))
        return loss + float((weights @ regular.ravel()) / 2), slope.ravel().astype(np.float64)
