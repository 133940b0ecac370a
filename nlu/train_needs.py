"""Learns the weights by which the hub reads what kind of place somebody looks for:
`nlu/.venv/bin/python nlu/train_needs.py`.

Reads `needs/` and `data/lookups/needs.yml`, and of `data/` the topics that a need stands behind;
writes `bot/needs.json.gz`. Run it when one of them changed, and commit the file: the hub learns
nothing itself. Same inputs, same file.
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

from bot.needs import FILE  # noqa: E402
from bot.parts import parts_of  # noqa: E402

_STRENGTH = 0.5
_OWN_COUNT = 4
_LEAST_OFTEN = 4
_STEPS = 127

# Topics whose questions are, for somebody who looks for a place, questions for this need.
_BEHIND = {
    "asylum.apply": "asylum_office",
    "asylum.card": "asylum_office",
    "cash.assistance": "cash",
    "connectivity.communication": "connectivity",
    "documents.lost": "police",
    "education.enrol": "education",
    "education.higher": "education",
    "education.papers": "education",
    "emergency.numbers": "hotline",
    "food.assistance": "food",
    "health.hiv_tb": "health",
    "health.mental": "psychosocial",
    "health.pregnancy_child": "health",
    "health.sis": "health",
    "health.vaccination": "health",
    "legal.orientation": "legal",
    "regularization.appointments": "immigration_office",
    "regularization.ce": "immigration_office",
    "regularization.ptp": "immigration_office",
    "shelter.temporary": "shelter",
    "work.complaint": "legal",
}

Example = tuple[str, str]


def read_needs() -> list[Example]:
    """Messages written for a need, and the names of needs."""
    written = [
        (text, need)
        for path in sorted((NLU / "needs").glob("*.yml"))
        for need, texts in yaml.safe_load(path.read_text(encoding="utf-8")).items()
        for text in texts
    ]
    named = [
        (text, item["synonym"])
        for item in _items(NLU / "data" / "lookups" / "needs.yml")
        for text in _lines(item["examples"])
    ]
    return written + named


def read_topics() -> Iterator[Example]:
    """What people ask about topics that a need stands behind."""
    for topic, need in _BEHIND.items():
        for path in sorted((NLU / "data").glob(f"??/{topic}.yml")):
            for item in _items(path):
                yield from ((text, need) for text in _lines(item["examples"]))


def _items(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"])


def _lines(block: str) -> list[str]:
    return [line.strip().removeprefix("- ") for line in block.splitlines() if line.strip()]


def learn(own: list[Example], topics: list[Example]) -> dict[str, Any]:
    """The weights, as they are written."""
    examples = [*own * _OWN_COUNT, *topics]
    found = [set(parts_of(text)) for text, _ in examples]
    often = Counter(feature for features in found for feature in features)
    kept = [
        dict.fromkeys((f for f in sorted(features) if often[f] >= _LEAST_OFTEN), 1.0)
        for features in found
    ]
    vectorizer, weigher = DictVectorizer(), TfidfTransformer()
    counts = weigher.fit_transform(vectorizer.fit_transform(kept))
    machine = LinearSVC(C=_STRENGTH, class_weight="balanced", random_state=0)
    machine.fit(counts, [need for _, need in examples])
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
    learnt = learn(read_needs(), list(read_topics()))
    body = json.dumps(learnt, ensure_ascii=False, separators=(",", ":")).encode()
    FILE.write_bytes(gzip.compress(body, 9, mtime=0))
    print(f"{len(learnt['features'])} features, {FILE.stat().st_size / 1e6:.2f} MB: {FILE.name}")


if __name__ == "__main__":
    main()
