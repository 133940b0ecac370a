"""Learns the weights by which the hub notices a wish that a command fulfils, however it is put,
above all the one to hear no more from it: `nlu/.venv/bin/python nlu/train_wishes.py`.

Reads `wishes/`, the examples in `data/` and the corpus in `danger/`, and writes
`bot/wishes.json.gz`. Run it when one of them changed, and commit the file: the hub learns nothing
itself. Same inputs, same file.
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
from scipy import sparse
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.svm import LinearSVC

NLU = Path(__file__).resolve().parent
sys.path[:0] = [str(NLU), str(NLU.parent)]

from bot.wishes import FILE, STOP, read_grammar_of_wishes  # noqa: E402
from bot.word_weights import ORDINARY, features_of  # noqa: E402

from components.danger_corpus import (  # noqa: E402
    NEAR_WISHES,
    SAME_WISH,
    read_corpus,
    read_wishes,
)

_STRENGTH = 1.0
_WISHES_COUNT = 5.0
_LOOK_ALIKES_COUNT = 3
_LEAST_OFTEN = 2
_STEPS = 127

Example = tuple[str, str]  # a text and its wish


def read_others() -> Iterator[Example]:
    """What people write otherwise; what the grammar takes for the wish to be left alone teaches
    nothing."""
    grammar = read_grammar_of_wishes()
    topics = (
        (line.strip()[2:], SAME_WISH.get(item.get("intent", ""), ORDINARY))
        for path in sorted((NLU / "data").glob("??/*.yml"))
        for item in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
        for line in item["examples"].splitlines()
        if line.strip() and item.get("intent", "") not in NEAR_WISHES
    )
    for text, wish in (*topics, *((said.text, ORDINARY) for said in read_corpus())):
        if STOP not in grammar.meanings(text):
            yield text, wish


def learn(wishes: list[Example], others: list[Example]) -> dict[str, Any]:
    """The weights, as they are written. Only features of `wishes` can tell."""
    told = {feature for text, _ in wishes for feature in features_of(text)}
    look_alikes = [each for each in wishes if each[1] == ORDINARY]
    examples = [*wishes, *look_alikes * (_LOOK_ALIKES_COUNT - 1), *others]
    found = [features_of(text) & told for text, _ in examples]
    often = Counter(feature for features in found for feature in features)
    kept = [
        dict.fromkeys((f for f in sorted(features) if often[f] >= _LEAST_OFTEN), 1.0)
        for features in found
    ]
    vectorizer, weigher = DictVectorizer(), TfidfTransformer()
    counts = weigher.fit_transform(vectorizer.fit_transform(kept))
    names = sorted({label for _, label in wishes} - {ORDINARY})
    machines = [_side(counts, [label == name for _, label in examples]) for name in names]
    sides = np.vstack([machine.coef_ for machine in machines])
    step = float(np.abs(sides).max()) / _STEPS
    rows = np.round(sides.T / step).astype(np.int8)
    tenths = np.round(weigher.idf_ * 10).astype(int)
    return {
        "classes": names,
        "offsets": [round(float(machine.intercept_[0]), 5) for machine in machines],
        "step": step,
        "features": {
            name: [int(tenths[at]), b64encode(rows[at].tobytes()).decode()]
            for name, at in sorted(vectorizer.vocabulary_.items())
        },
    }


def _side(counts: sparse.csr_matrix, is_wish: list[bool]) -> LinearSVC:
    """One wish against everything else."""
    machine = LinearSVC(C=_STRENGTH, class_weight={1: _WISHES_COUNT, 0: 1.0}, random_state=0)
    return machine.fit(counts, is_wish)


def main() -> None:
    """Learn and write."""
    learnt = learn([tuple(each) for each in read_wishes()], list(read_others()))
    body = json.dumps(learnt, ensure_ascii=False, separators=(",", ":")).encode()
    FILE.write_bytes(gzip.compress(body, 9, mtime=0))
    print(f"{len(learnt['features'])} features, {FILE.stat().st_size / 1e6:.2f} MB: {FILE.name}")


if __name__ == "__main__":
    main()
