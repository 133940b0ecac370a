"""Learns the weights by which the hub tells the languages of short messages apart:
`nlu/.venv/bin/python nlu/train_language.py`.

Reads the examples in `data/`, `needs/` and `wishes/`, whole and in pieces of two and four words,
and writes `bot/language.json.gz`. Run it when many of them changed, and commit the file. Same
inputs, same file.
"""

import gzip
import json
import sys
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.svm import LinearSVC

NLU = Path(__file__).resolve().parent
sys.path[:0] = [str(NLU), str(NLU.parent)]

from bot.language import FILE, letters_of  # noqa: E402

LANGUAGES = ("es", "en", "pt", "fr", "ht")
_STRENGTH = 0.2
_LEAST_OFTEN = 12
_STEPS = 127
_PIECES = (2, 4)

Example = tuple[str, str]


def read_examples() -> Iterator[Example]:
    """(text, language), whole messages and their pieces."""
    for language in LANGUAGES:
        for text in _texts(language):
            yield text, language
            said = text.split()
            for size in _PIECES:
                yield from (
                    (" ".join(said[at : at + size]), language)
                    for at in range(0, max(1, len(said) - size), size)
                )


def _texts(language: str) -> Iterator[str]:
    for path in sorted((NLU / "data").glob(f"{language}/*.yml")):
        if path.name == "dialogue.language.yml":  # people name other languages in theirs
            continue
        for item in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            yield from (line.strip()[2:] for line in item["examples"].splitlines() if line.strip())
    for name in ("needs", "wishes"):
        read = yaml.safe_load((NLU / name / f"{language}.yml").read_text(encoding="utf-8"))
        yield from (text for texts in read.values() for text in texts)


def learn(examples: list[Example]) -> dict[str, Any]:
    """The weights, as they are written."""
    found = [letters_of(text) for text, _ in examples]
    often = Counter(feature for features in found for feature in features)
    kept = [
        dict.fromkeys((f for f in sorted(features) if often[f] >= _LEAST_OFTEN), 1.0)
        for features in found
    ]
    vectorizer, weigher = DictVectorizer(), TfidfTransformer()
    counts = weigher.fit_transform(vectorizer.fit_transform(kept))
    machine = LinearSVC(C=_STRENGTH, class_weight="balanced", random_state=0)
    machine.fit(counts, [language for _, language in examples])
    step = float(np.abs(machine.coef_).max()) / _STEPS
    rows = np.round(machine.coef_.T / step).astype(np.int8)
    tenths = np.round(weigher.idf_ * 10).astype(int)
    return {
        "classes": machine.classes_.tolist(),
        "offsets": [round(float(each), 5) for each in machine.intercept_],
        "step": step,
        "features": {
            name: [int(tenths[at]), b64encode(rows[at].tobytes()).decode()]
            for name, at in sorted(vectorizer.vocabulary_.items())
        },
    }


def main() -> None:
    """Learn and write."""
    learnt = learn(list(read_examples()))
    body = json.dumps(learnt, ensure_ascii=False, separators=(",", ":")).encode()
    FILE.write_bytes(gzip.compress(body, 9, mtime=0))
    print(f"{len(learnt['features'])} features, {FILE.stat().st_size / 1e6:.2f} MB: {FILE.name}")


if __name__ == "__main__":
    main()
