"""Turns messages into the numbers that the topic classifier learns from: words, pieces of words,
and sense where it can.

Pieces of words carry misspelt and unknown words. The sentence encoder is optional: without its
package the n-grams stand alone.
"""

import json
from collections.abc import Iterable
from concurrent.futures import Executor
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from components.abbreviations import write_out
from components.creole_gloss import gloss
from components.linear_classifier import Features, Numbers
from components.ngrams import NGrams, Vocabulary, pieces_of_words
from components.normalised_text import is_creole, normalise, words_of
from components.sentence_encoder import load_encoder

_FILE = "features.json"
_STEM = 5  # letters


def stems_of(text: str) -> list[str]:
    """The beginnings of the words."""
    return [word.form[:_STEM] for word in words_of(text)]


_WORDS = {"analyzer": "word", "ngram_range": (1, 2), "token_pattern": r"[^\s.,;:!?¿¡()\"]+"}
_BATCH = 250  # texts that a worker encodes at a time
_LENGTHS = (2, 5)  # letters
_PIECES = {"analyzer": "char_wb", "ngram_range": _LENGTHS, "min_df": 2}
# Beginnings of words stand in for stems, in five languages alike.
_STEMS = {"tokenizer": stems_of, "token_pattern": None, "ngram_range": (1, 2), "min_df": 2}
_COUNTS = (1.0, 1.0, 0.7)  # words, their pieces, their beginnings


class Read(NamedTuple):
    """What has been read of some texts: `words` has a row for each word of the first, and is None
    without the encoder."""

    features: Features
    words: Numbers | None


class TextFeatures:
    """Sparse n-gram weights, and beside them the encoder's dense numbers times `encoder_weight`."""

    def __init__(self, encoder_weight: float) -> None:
        self._encoder_weight = encoder_weight
        self.vectorizers = [_vectorizer(each) for each in (_WORDS, _PIECES, _STEMS)]
        self._learnt: list[Vocabulary] = []
        self._ngrams: NGrams | None = None  # until it has been fitted or restored
        self._encoder = load_encoder() if encoder_weight else None

    @property
    def uses_encoder(self) -> bool:
        return self._encoder is not None

    def fit(self, texts: list[str]) -> "TextFeatures":
        """Learn which n-grams there are."""
        return self._fit([normalise(write_out(text)) for text in texts])

    def fit_transform(
        self, texts: list[str], with_sense: int, workers: Executor
    ) -> tuple[sparse.csr_matrix, Numbers]:
        """Learn which n-grams there are; the n-grams of each text, and the sense of the first
        `with_sense`. `workers` encode meanwhile, which takes longer than both."""
        plain = [write_out(text) for text in texts]
        encoded = self._begin_to_encode(plain[:with_sense], workers)
        normal = [normalise(text) for text in plain]
        self._fit(normal)
        return self._ngrams_of(normal), self._weigh_sense(np.vstack(list(encoded)))

    def read(self, texts: list[str]) -> Read:
        """The features of each text, and the words of the first."""
        plain = [write_out(text) for text in texts]
        ngrams = self._ngrams_of([normalise(text) for text in plain])
        if self._encoder is None:
            return Read(Features(ngrams, _nothing(len(texts))), None)
        # In one call: it reads its weights from memory once for all, which is half of the time.
        words = self._encoder.read_words(list(map(heard, plain)))
        sense = self._encoder.sense_of(words)
        return Read(Features(ngrams, self._weigh_sense(sense)), words[0])

    def _fit(self, normal: list[str]) -> "TextFeatures":
        learnt = []
        for vectorizer in self.vectorizers:
            vectorizer.fit(normal)
            terms = sorted(vectorizer.vocabulary_, key=vectorizer.vocabulary_.get)
            learnt.append(Vocabulary(terms, vectorizer.idf_.astype(np.float64)))
        return self._take(learnt)

    def _ngrams_of(self, normal: list[str]) -> sparse.csr_matrix:
        if self._ngrams is None:
            raise ValueError("the features have not been fitted")
        return self._ngrams.weigh(normal)

    def _begin_to_encode(self, texts: list[str], workers: Executor) -> Iterable[Numbers]:
        if self._encoder is None:
            return [_nothing(len(texts))]
        parts = [texts[at : at + _BATCH] for at in range(0, len(texts), _BATCH)]
        return workers.map(_encode_apart, parts)

    def _weigh_sense(self, encoded: Numbers) -> Numbers:
        return encoded * np.float32(self._encoder_weight)

    def store(self, folder: Path) -> None:
        """Write vocabulary and weights as plain JSON: a model holds no code (SEC-69)."""
        learnt = [{"terms": each.terms, "idf": each.idf.tolist()} for each in self._learnt]
        stored = {"uses_encoder": self.uses_encoder, "ngrams": learnt}
        (folder / _FILE).write_text(json.dumps(stored, ensure_ascii=False), encoding="utf-8")

    def restore(self, folder: Path) -> "TextFeatures":
        """Read what `store` wrote; ValueError if the encoder is not as it was then."""
        stored = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        if stored["uses_encoder"] != self.uses_encoder:
            raise ValueError("trained with other features: train the model again")
        learnt = stored["ngrams"]
        return self._take([Vocabulary(each["terms"], np.asarray(each["idf"])) for each in learnt])

    def _take(self, learnt: list[Vocabulary]) -> "TextFeatures":
        self._learnt = learnt
        words, _, stems = (vectorizer.build_analyzer() for vectorizer in self.vectorizers)
        analysers = [words, partial(pieces_of_words, lengths=_LENGTHS), stems]
        self._ngrams = NGrams(zip(analysers, learnt, _COUNTS, strict=True))
        return self


def heard(text: str) -> str:
    """A text as the encoder gets it: Creole as French."""
    return gloss(text) if is_creole(text) else text.lower()


def _nothing(texts: int) -> Numbers:
    return np.zeros((texts, 0), dtype=np.float32)


@cache
def _encoder_apart() -> Any:
    return load_encoder()


def _encode_apart(texts: list[str]) -> Numbers:
    encoder = _encoder_apart()
    sense: Numbers = encoder.sense_of(encoder.read_words(list(map(heard, texts))))
    return sense


def _vectorizer(settings: Any) -> TfidfVectorizer:
    return TfidfVectorizer(sublinear_tf=True, dtype=np.float32, **settings)
