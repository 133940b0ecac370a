"""Turns messages into the numbers that the topic classifier learns from: words, pieces of words,
and sense where it can.

Pieces of words carry misspelt and unknown words. The sentence encoder is optional: without its
package the n-grams stand alone.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from functools import cache, cached_property, partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from components.abbreviations import write_out
from components.creole_gloss import gloss
from components.linear_classifier import Features, Numbers
from components.ngrams import Analyser, NGrams, Vocabulary, pieces_of_words
from components.normalised_text import is_creole, normalise
from components.sentence_encoder import load_encoder

_FILE = "features.json"
_STEM = 5  # letters
_WORD = re.compile(r"[^\s.,;:!?¿¡()\"]+")
_LETTERS = re.compile(r"\w+")
_LEAST_OFTEN = 2  # texts that an n-gram is in; with all of them as right, and twice as large
_BATCH = 250  # texts that a worker reads at a time

Found = TypeVar("Found")


class _Kind(NamedTuple):
    """One kind of n-gram: how they are found in a normalised text, and how much the kind counts
    beside the others."""

    analyse: Analyser
    counts: float


def _words(text: str) -> list[str]:
    return _with_pairs(_WORD.findall(text))


def _beginnings(text: str) -> list[str]:
    """They stand in for stems, in five languages alike."""
    return _with_pairs([word[:_STEM] for word in _LETTERS.findall(text)])


def _with_pairs(words: list[str]) -> list[str]:
    return words + [f"{one} {other}" for one, other in pairwise(words)]


_KINDS = (
    _Kind(_words, 1.0),
    _Kind(partial(pieces_of_words, lengths=(2, 5)), 1.0),
    _Kind(_beginnings, 0.7),
)


class Reading:
    """Some texts; what is asked of them is worked out once, when it is first asked for."""

    def __init__(self, features: "TextFeatures", texts: list[str]) -> None:
        self.texts = texts
        self._features = features

    @cached_property
    def _plain(self) -> list[str]:
        return [write_out(text) for text in self.texts]

    @cached_property
    def ngrams(self) -> sparse.csr_matrix:
        """Of each text."""
        return self._features.count(self._plain)

    @cached_property
    def words(self) -> list[Numbers] | None:
        """What the encoder says of each text: one row for a word. None without the encoder."""
        return self._features.read_words(self._plain)

    @cached_property
    def features(self) -> Features:
        """N-grams and sense of each text."""
        return Features(self.ngrams, self._features.sense_of(self.words, len(self.texts)))


class TextFeatures:
    """Sparse n-gram weights, and beside them the encoder's dense numbers times `encoder_weight`."""

    def __init__(self, encoder_weight: float) -> None:
        self._encoder_weight = encoder_weight
        self._learnt: list[Vocabulary] = []
        self._ngrams: NGrams | None = None  # until it has been fitted or restored
        self._encoder = load_encoder() if encoder_weight else None

    @property
    def uses_encoder(self) -> bool:
        return self._encoder is not None

    def fit_transform(
        self, texts: list[str], with_sense: int, workers: Executor
    ) -> tuple[sparse.csr_matrix, Numbers]:
        """Learn which n-grams there are; the n-grams of each text, and the sense of the first
        `with_sense`. `workers` encode meanwhile, which takes longer than both."""
        plain = [write_out(text) for text in texts]
        encoded = self._begin_to_encode(plain[:with_sense], workers)
        normal = [normalise(text) for text in plain]
        return self._fit(normal), self._weigh_sense(np.vstack(list(encoded)))

    def read(self, texts: list[str]) -> Reading:
        """The texts, to be asked for their features or for some of them."""
        return Reading(self, texts)

    def count(self, plain: list[str]) -> sparse.csr_matrix:
        """The n-grams of texts that are written out."""
        if self._ngrams is None:
            raise ValueError("the features have not been fitted")
        return self._ngrams.weigh([normalise(text) for text in plain])

    def read_words(self, plain: list[str]) -> list[Numbers] | None:
        """The words of texts that are written out; None without the encoder."""
        # In one call: it reads its weights from memory once for all, which is half of the time.
        return self._encoder and self._encoder.read_words(list(map(heard, plain)))

    def sense_of(self, words: list[Numbers] | None, count: int) -> Numbers:
        """What so many texts say, by their words; no columns without the encoder."""
        if self._encoder is None or not words:
            return _nothing(count)
        return self._weigh_sense(self._encoder.sense_of(words))

    def _fit(self, normal: list[str]) -> sparse.csr_matrix:
        """Learn which n-grams there are; those of each text, as `NGrams` weighs them too."""
        learnt, weighed = [], []
        for kind in _KINDS:
            vectorizer = TfidfVectorizer(
                analyzer=kind.analyse, min_df=_LEAST_OFTEN, sublinear_tf=True, dtype=np.float32
            )
            weighed.append(vectorizer.fit_transform(normal) * np.float32(kind.counts))
            terms = vectorizer.get_feature_names_out().tolist()
            learnt.append(Vocabulary(terms, vectorizer.idf_.astype(np.float64)))
        self._take(learnt)
        return sparse.hstack(weighed, format="csr")

    def _begin_to_encode(self, texts: list[str], workers: Executor) -> Iterable[Numbers]:
        if self._encoder is None:
            return [_nothing(len(texts))]
        return by_portions(_encode_apart, texts, workers)

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
        self._take([Vocabulary(each["terms"], np.asarray(each["idf"])) for each in learnt])
        return self

    def _take(self, learnt: list[Vocabulary]) -> None:
        self._learnt = learnt
        kinds = zip(_KINDS, learnt, strict=True)
        self._ngrams = NGrams((kind.analyse, each, kind.counts) for kind, each in kinds)


def by_portions(
    read: Callable[[list[str]], Found], texts: list[str], workers: Executor
) -> Iterator[Found]:
    """What `read` finds in one portion of texts after the other, while `workers` read the next."""
    return workers.map(read, [texts[at : at + _BATCH] for at in range(0, len(texts), _BATCH)])


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
