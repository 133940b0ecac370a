"""Learns the matcher's weights from the example files that Rasa is trained on, read as data.

Complement naive Bayes: a weight is how rare a feature is among all other topics. As a program
(`python -m bot.lexical_learning EXAMPLES FILE`) it only makes the file.
"""

import hashlib
import math
import sys
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

import bot.lexical_weights
import bot.parts
import bot.text
from bot.lexical_weights import LexicalWeights, read_weights_of
from bot.parts import parts_of

_SMOOTHING = 1.0
# What the weights depend on beside the examples.
_CODE = (__file__, bot.lexical_weights.__file__, bot.parts.__file__, bot.text.__file__)


class ExamplesError(Exception):
    """The folder of examples cannot be read; the message names the file."""


def read_weights(folder: Path, kept: Path | None = None) -> LexicalWeights:
    """From `<folder>/<language>/<intent>.yml`, or from the file `kept` if it is of those."""
    paths = _find_examples(folder)
    if kept is None:
        return learn(_read_examples(paths))
    key = _digest(folder, paths)
    weights = read_weights_of(kept, key)
    if weights is None:
        weights = learn(_read_examples(paths))
        weights.save(kept, key)
    return weights


def is_kept(folder: Path, kept: Path) -> bool:
    """Whether `read_weights` has nothing to learn."""
    return read_weights_of(kept, _digest(folder, _find_examples(folder))) is not None


def learn(examples: Iterable[tuple[str, str]]) -> LexicalWeights:
    """`examples` are (intent, text)."""
    documents = [(intent, parts_of(text)) for intent, text in examples]
    frequency = Counter(feature for _, document in documents for feature in document)
    count = len(documents)
    rarities = {name: math.log((1 + count) / (1 + n)) for name, n in frequency.items()}
    return _pack(rarities, _sum_up(documents, rarities))


def read_needs(path: Path) -> dict[str, list[str]]:
    """The words that mean a need, by need; none without the file."""
    if not path.exists():
        return {}
    return {
        item["synonym"]: _lines(item["examples"]) for item in _read_items(path) if "synonym" in item
    }


def weigh(document: Mapping[str, int], rarities: Mapping[str, float]) -> dict[str, float]:
    """The features of a text that are known, as a vector of length 1."""
    vector = {
        name: math.log1p(n) * rarities[name] for name, n in document.items() if name in rarities
    }
    length = math.sqrt(sum(value * value for value in vector.values())) or 1.0
    return {name: value / length for name, value in vector.items()}


def _sum_up(
    documents: Iterable[tuple[str, Counter[str]]], rarities: Mapping[str, float]
) -> dict[str, dict[str, float]]:
    per_intent: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for intent, document in documents:
        own = per_intent[intent]
        for feature, value in weigh(document, rarities).items():
            own[feature] += value
    return dict(per_intent)


def _pack(
    rarities: Mapping[str, float], per_intent: Mapping[str, Mapping[str, float]]
) -> LexicalWeights:
    total: defaultdict[str, float] = defaultdict(float)
    for own in per_intent.values():
        for feature, value in own.items():
            total[feature] += value
    mass, smooth = sum(total.values()), _SMOOTHING * len(total)
    entries: dict[str, list[tuple[int, float]]] = {feature: [] for feature in total}
    for place, own in enumerate(per_intent.values()):
        others = mass - sum(own.values()) + smooth
        # Where an intent lacks a feature, the weight is nearly the same for all, so only the
        # differences are kept.
        for feature, value in own.items():
            with_it = math.log((total[feature] - value + _SMOOTHING) / others)
            without = math.log((total[feature] + _SMOOTHING) / others)
            entries[feature].append((place, without - with_it))
    starts, places, weights = array("I", [0]), array("H"), array("d")
    for pairs in entries.values():
        places.extend(place for place, _ in pairs)
        weights.extend(weight for _, weight in pairs)
        starts.append(len(places))
    return LexicalWeights(
        list(per_intent),
        {feature: row for row, feature in enumerate(entries)},
        array("d", (rarities[feature] for feature in entries)),
        starts,
        places,
        weights,
    )


def _find_examples(folder: Path) -> list[Path]:
    paths = sorted(folder.glob("??/*.yml"))
    if not paths:
        raise ExamplesError(f"{folder}: no examples here (config.yml: understanding.examples)")
    return paths


def _digest(folder: Path, paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in (*map(Path, _CODE), *paths):
        name = path.relative_to(folder) if path.is_relative_to(folder) else path.name
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{name} {content}\n".encode())
    return digest.hexdigest()


def _read_examples(paths: Iterable[Path]) -> Iterator[tuple[str, str]]:
    for path in paths:
        for item in _read_items(path):
            if "intent" in item:
                yield from ((item["intent"], text) for text in _lines(item["examples"]))


def _read_items(path: Path) -> list[dict[str, Any]]:
    try:
        items = yaml.load(path.read_text(encoding="utf8"), Loader=_LOADER)["nlu"]  # noqa: S506 - both are safe loaders
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise ExamplesError(f"{path}: not a file of examples ({type(error).__name__})") from error
    return list(items)


def _lines(block: str) -> list[str]:
    return [line.removeprefix("- ").strip() for line in block.splitlines() if line.strip()]


# The C loader reads the same safe subset, ten times faster: the page must answer within seconds.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


if __name__ == "__main__":
    read_weights(*map(Path, sys.argv[1:3]))
