"""Teaches the reader of danger: `nlu/.venv/bin/python nlu/train_reader.py` (twenty minutes a
network on two cores, and 8 GB of memory).

Reads the corpus `danger/`, `wishes/` and the examples in `data/`, and writes
`components/danger_reader.npz`, which is committed.
Run it when much of the corpus has changed: an older reader stays right about what it has learnt, as
long as the classes are the same. Last digits differ from one processor to another.
"""

import argparse
import math
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")

import numpy as np

NLU = Path(__file__).resolve().parent
sys.path[:0] = [str(NLU), str(NLU.parent)]

from components.abbreviations import write_out  # noqa: E402
from components.danger_corpus import FOLDER, ORDINARY, read_corpus  # noqa: E402
from components.danger_reader import FILE, LOOKS, NETWORKS, REACHES, as_stored  # noqa: E402
from components.sentence_encoder import load_encoder  # noqa: E402
from components.text_features import by_portions, heard  # noqa: E402
from making_asides import make_asides  # noqa: E402
from train_danger import ordinary_examples, read_questions  # noqa: E402

Numbers = Any  # TensorFlow's and numpy's
QUESTIONS = FOLDER / "waiting"
_WIDTH, _JUDGE = 192, 128
_TOGETHER = 64  # texts in a step
_SORTED = 50  # steps whose texts are of like length
_MOST_WORDS = 64  # of a text in training
_EPOCHS = 8
_RATE, _WARMING, _AT_THE_END = 1.5e-3, 0.1, 0.01
_DECAY = 1e-2
_DOUBT = 0.02  # of every label
_CLASS_LOSS_COUNTS = 0.3
_LEFT_OUT = 0.2
_STEEPEST = 1.0
_NOT_A_WORD = -1e4


def read_examples() -> tuple[list[str], list[str]]:
    """Texts, and the class of danger of each or `ordinary`, as the hyperplanes learn them, and
    ordinary questions beside them, and danger that was put between questions."""
    corpus = list(read_corpus())
    asked = read_corpus(QUESTIONS)  # which it can tell from danger, as the hyperplanes cannot
    said = [(each.text, each.danger) for each in (*corpus, *asked)]
    said += [(text, ORDINARY) for text in ordinary_examples()]
    said += make_asides(corpus, list(read_questions()))
    texts, labels = zip(*said, strict=True)
    return list(texts), list(labels)


@cache
def _encoder() -> Any:
    encoder = load_encoder()
    if encoder is None:
        raise SystemExit("the package of the sentence encoder is not installed here")
    return encoder


def _read_part(texts: list[str]) -> list[Numbers]:
    said = [heard(write_out(text)) for text in texts]
    return [words[:_MOST_WORDS].astype(np.float16) for words in _encoder().read_words(said)]


def read_words(texts: list[str]) -> list[Numbers]:
    """What the encoder finds out about each word of each text, by two processes."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as workers:
        return [words for part in by_portions(_read_part, texts, workers) for words in part]


class Network:
    """The same arithmetic as in `danger_reader`, for many texts at once, and what is to be learnt.
    It also learns to tell the classes of danger apart."""

    def __init__(
        self,
        tf: Any,
        inputs: int,
        classes: int,
        chance: np.random.Generator,
        left_out: float = _LEFT_OUT,
    ) -> None:
        self._tf = tf
        self._chance = chance
        self._left_out = left_out
        self.learnt: dict[str, Any] = {}
        self._learn("words", inputs, _WIDTH)
        for at in range(len(REACHES)):
            self._learn(f"beside{at}", 3 * _WIDTH, _WIDTH)
        self._learn("look", _WIDTH, LOOKS)
        self._learn("judge", _WIDTH * (LOOKS + 2), _JUDGE)
        self._learn("say", _JUDGE, 1 + classes)

    def _learn(self, name: str, inputs: int, outputs: int) -> None:
        start = self._chance.uniform(-1, 1, (inputs, outputs)) / math.sqrt(inputs)
        self.learnt[name] = self._tf.Variable(start.astype(np.float32))
        self.learnt[f"{name}_offset"] = self._tf.Variable(np.zeros(outputs, np.float32))

    def read(self, words: Numbers, are_words: Numbers) -> Numbers:
        """The odds of danger and of each class, for `texts x words x numbers` of which some places
        hold no word."""
        tf = self._tf
        here = are_words[..., None]
        nothing = (1 - here) * _NOT_A_WORD
        rows = tf.nn.relu(self._linear("words", self._drop(words))) * here
        for at, reach in enumerate(REACHES):
            padded = tf.pad(self._drop(rows), ((0, 0), (reach, reach), (0, 0)))
            three = (padded[:, : -2 * reach], padded[:, reach:-reach], padded[:, 2 * reach :])
            beside = self._linear(f"beside{at}", tf.concat(three, 2))
            rows = (rows + tf.nn.relu(beside)) * here
        looks = tf.nn.softmax(self._linear("look", rows) + nothing, 1)
        seen = tf.einsum("ntk,ntw->nkw", looks, rows)
        parts = [
            tf.reshape(seen, (-1, LOOKS * _WIDTH)),
            tf.reduce_max(rows + nothing, 1),
            tf.reduce_sum(rows, 1) / tf.reduce_sum(here, 1),
        ]
        told = tf.nn.relu(self._linear("judge", self._drop(tf.concat(parts, 1))))
        return self._linear("say", self._drop(told))

    def _linear(self, name: str, rows: Numbers) -> Numbers:
        return self._tf.tensordot(rows, self.learnt[name], 1) + self.learnt[f"{name}_offset"]

    def _drop(self, rows: Numbers) -> Numbers:
        return self._tf.nn.dropout(rows, self._left_out)


def portions(lengths: Sequence[int], chance: np.random.Generator) -> Iterator[list[int]]:
    """Every text once, in chance's order, beside others of about its length."""
    order = chance.permutation(len(lengths))
    steps: list[list[int]] = []
    for begin in range(0, len(order), _TOGETHER * _SORTED):
        part = sorted(order[begin : begin + _TOGETHER * _SORTED].tolist(), key=lengths.__getitem__)
        steps += [part[at : at + _TOGETHER] for at in range(0, len(part), _TOGETHER)]
    yield from (steps[at] for at in chance.permutation(len(steps)))


def beside(texts: Sequence[Numbers]) -> tuple[Numbers, Numbers]:
    """Texts of unlike length in one array, and which of its places hold words."""
    longest = max(map(len, texts))
    words = np.zeros((len(texts), longest, texts[0].shape[1]), np.float32)
    are_words = np.zeros((len(texts), longest), np.float32)
    for at, each in enumerate(texts):
        words[at, : len(each)], are_words[at, : len(each)] = each, 1
    return words, are_words


def rate_at(share: float) -> float:
    """How far a step goes, when this share of the training is done: warming up, then a cosine."""
    if share < _WARMING:
        return _RATE * share / _WARMING
    cooled = (1 + math.cos(math.pi * (share - _WARMING) / (1 - _WARMING))) / 2
    return _RATE * (_AT_THE_END + (1 - _AT_THE_END) * cooled)


def teach(
    texts: Sequence[Numbers], labels: Sequence[str], classes: list[str], epochs: int, seed: int
) -> dict[str, Numbers]:
    """What one network learns from the words and the label of each text."""
    import tensorflow as tf

    tf.random.set_seed(seed)
    chance = np.random.default_rng(seed)
    network = Network(tf, texts[0].shape[1], len(classes), chance)
    variables = list(network.learnt.values())
    optimizer = tf.keras.optimizers.experimental.AdamW(_RATE, weight_decay=_DECAY)
    sides = np.asarray([label != ORDINARY for label in labels], np.float32)
    kinds = np.asarray([classes.index(label) if label != ORDINARY else 0 for label in labels])

    @tf.function(autograph=False, reduce_retracing=True)
    def step(words: Numbers, are_words: Numbers, side: Numbers, kind: Numbers) -> Numbers:
        with tf.GradientTape() as tape:
            told = network.read(words, are_words)
            doubted = side * (1 - 2 * _DOUBT) + _DOUBT
            wrong = tf.nn.sigmoid_cross_entropy_with_logits(doubted, told[:, 0])
            of_class = tf.nn.sparse_softmax_cross_entropy_with_logits(kind, told[:, 1:])
            loss = tf.reduce_mean(wrong + _CLASS_LOSS_COUNTS * side * of_class)
        slopes, _ = tf.clip_by_global_norm(tape.gradient(loss, variables), _STEEPEST)
        optimizer.apply_gradients(zip(slopes, variables, strict=True))
        return loss

    lengths = list(map(len, texts))
    steps = [part for _ in range(epochs) for part in portions(lengths, chance)]
    begun, losses = time.monotonic(), []
    for at, part in enumerate(steps):
        optimizer.learning_rate.assign(rate_at(at / len(steps)))
        words, are_words = beside([texts[each] for each in part])
        args = (words, are_words, sides[part], kinds[part])
        losses.append(float(step(*map(tf.constant, args))))
        if at % 200 == 199:
            spent = time.monotonic() - begun
            print(
                f"{at + 1} of {len(steps)}: {np.mean(losses[-200:]):.3f}, {spent:.0f} s", flush=True
            )
    return {name: each.numpy().astype(np.float16) for name, each in network.learnt.items()}


def main() -> None:
    """Read, teach and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=_EPOCHS, help="times that each text is read")
    parser.add_argument("--to", type=Path, default=FILE)
    chosen = parser.parse_args()
    texts, labels = read_examples()
    begun = time.monotonic()
    words = read_words(texts)
    print(f"{len(texts)} texts read in {time.monotonic() - begun:.0f} s", flush=True)
    classes = sorted(set(labels) - {ORDINARY})
    taught = [teach(words, labels, classes, chosen.epochs, seed) for seed in range(NETWORKS)]
    np.savez_compressed(chosen.to, **as_stored(taught, classes))
    print(f"{chosen.to.name}: {chosen.to.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
