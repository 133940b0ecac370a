"""Counts the n-grams of messages and weighs them by how rare they are (tf-idf), one kind of n-gram
beside the other.

The arithmetic is scikit-learn's `TfidfVectorizer`, which learns the vocabulary. At each message it
checks itself anew, which took longer than counting.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import numpy as np
from scipy import sparse

from components.linear_classifier import Numbers

Analyser = Callable[[str], list[str]]
_WORDS_AT_HAND = 8192  # people's words repeat


class Vocabulary(NamedTuple):
    """The n-grams of one kind in the order of their columns, and how rare each is."""

    terms: list[str]
    idf: Numbers


class _Kind(NamedTuple):
    analyse: Analyser
    columns: dict[str, int]
    rarity: Numbers
    counts: float  # beside the other kinds
    first: int  # of its columns


def pieces_of_words(text: str, lengths: tuple[int, int]) -> list[str]:
    """What scikit-learn's analyser `char_wb` finds in a normalised text: each word's pieces, its
    ends marked with a space.
    """
    return [piece for word in text.split() for piece in _pieces(word, lengths)]


@lru_cache(maxsize=_WORDS_AT_HAND)
def _pieces(word: str, lengths: tuple[int, int]) -> tuple[str, ...]:
    padded = f" {word} "
    return tuple(
        padded[at : at + length]
        for length in range(lengths[0], min(lengths[1], len(padded)) + 1)
        for at in range(len(padded) - length + 1)
    )


class NGrams:
    """Weighs each kind by itself, so that the many pieces of words do not drown the few words."""

    def __init__(self, kinds: Iterable[tuple[Analyser, Vocabulary, float]]) -> None:
        """Each kind with how its n-grams are found and how much it counts."""
        self._kinds: list[_Kind] = []
        self._width = 0
        for analyse, vocabulary, counts in kinds:
            columns = {term: at for at, term in enumerate(vocabulary.terms)}
            counted = float(np.float32(counts))  # as the weights are kept
            self._kinds.append(_Kind(analyse, columns, vocabulary.idf, counted, self._width))
            self._width += len(columns)

    def weigh(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """One row for each text; in each kind of n-gram it has the length that the kind counts."""
        parts = [[_weigh(kind, text) for kind in self._kinds] for text in texts]
        ends = np.cumsum([0, *(sum(len(at) for at, _ in row) for row in parts)])
        everything = list(chain.from_iterable(parts))
        columns = np.concatenate([at for at, _ in everything] or [np.zeros(0, np.int32)])
        weights = np.concatenate([found for _, found in everything] or [np.zeros(0, np.float32)])
        return sparse.csr_matrix((weights, columns, ends), shape=(len(texts), self._width))


def _weigh(kind: _Kind, text: str) -> tuple[Numbers, Numbers]:
    """The columns of the n-grams that a text has, in order, and the weight of each."""
    known = [at for at in map(kind.columns.get, kind.analyse(text)) if at is not None]
    columns, times = np.unique(np.asarray(known, np.int32), return_counts=True)
    weights = (np.log(times.astype(np.float32)) + 1) * kind.rarity[columns]
    length = np.sqrt(weights @ weights) or 1.0
    return columns + kind.first, (weights / length * kind.counts).astype(np.float32)
