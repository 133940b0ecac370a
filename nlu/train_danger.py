"""Learns the weights of the hub's danger detector: `nlu/.venv/bin/python nlu/train_danger.py`.

Reads the corpus `danger/` and the examples in `data/`, writes `bot/signals/weights.json.gz`. Run it
when either changed, and commit the file: the hub itself learns nothing, so that its detector is
there without any step of preparation. Same inputs, same file.
"""

import gzip
import hashlib
import json
import sys
from base64 import b64encode
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.svm import LinearSVC

NLU = Path(__file__).resolve().parent
sys.path[:0] = [str(NLU), str(NLU.parent)]

from bot.danger_weights import FILE, features_of  # noqa: E402

from components.danger_corpus import ORDINARY, read_corpus  # noqa: E402

_STRENGTH = 0.3
_LEAST_OFTEN = 3
_STEPS = 127


def _settings() -> dict[str, Any]:
    pipeline = yaml.safe_load((NLU / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    return dict(pipeline[0])


def read_examples() -> list[tuple[str, str]]:
    """The corpus, and of the topics' examples those that the model in Rasa learns from too."""
    settings = _settings()
    silent = frozenset(settings["may_disclose"])
    ordinary = [
        line.strip()[2:]
        for path in sorted((NLU / "data").glob("??/*.yml"))
        for item in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
        if item.get("intent", "") not in silent
        for line in item["examples"].splitlines()
        if line.strip()
    ]
    told = [(said.text, said.danger) for said in read_corpus()]
    return told + [(text, ORDINARY) for text in ordinary[:: settings["ordinary_every"]]]


def digest_of_corpus() -> str:
    """Tells whether the weights belong to the corpus as it is."""
    digest = hashlib.sha256()
    for path in sorted((NLU / "danger").glob("*.jsonl")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def learn(examples: list[tuple[str, str]]) -> dict[str, Any]:
    """The weights, as they are written."""
    found = [features_of(text) for text, _ in examples]
    often = Counter(feature for features in found for feature in features)
    kept = [
        dict.fromkeys((f for f in sorted(features) if often[f] >= _LEAST_OFTEN), 1.0)
        for features in found
    ]
    vectorizer = DictVectorizer()
    counts = vectorizer.fit_transform(kept)
    weigher = TfidfTransformer()
    machine = LinearSVC(C=_STRENGTH, random_state=0)
    machine.fit(weigher.fit_transform(counts), [label for _, label in examples])
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
    learnt = {"corpus": digest_of_corpus(), **learn(read_examples())}
    body = json.dumps(learnt, ensure_ascii=False, separators=(",", ":")).encode()
    FILE.write_bytes(gzip.compress(body, 9, mtime=0))
    print(f"{len(learnt['features'])} features, {FILE.stat().st_size / 1e6:.2f} MB: {FILE.name}")


if __name__ == "__main__":
    main()
