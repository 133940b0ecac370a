"""Learns the weights of the hub's danger detector: `nlu/.venv/bin/python nlu/train_danger.py`.

Reads the corpus `danger/`, `wishes/` and the examples in `data/`, and writes
`bot/signals/weights.json.gz`. Run it when one of them changed, and commit the file: the hub itself
learns nothing, so that its detector is there without any step of preparation. Same inputs, same
file.
"""

import gzip
import hashlib
import json
import sys
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from struct import Struct
from typing import Any, NamedTuple

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.svm import LinearSVC

NLU = Path(__file__).resolve().parent
sys.path[:0] = [str(NLU), str(NLU.parent)]

from bot.danger_weights import COUNTS, FILE, features_of  # noqa: E402
from bot.text import words  # noqa: E402

from components.danger_corpus import (  # noqa: E402
    ASKED,
    ORDINARY,
    read_corpus,
    read_wishes,
    told_in_questions,
)

Numbers = NDArray[Any]

_STRENGTH = 0.4
_CLASS_STRENGTH = 0.5
_LEAST_OFTEN = 2
_MOST_FEATURES = 80_000
_STEPS = 32_767
_CLASS_STEPS = 127
# Asked of the last answer. "Et si je rate le jour" sounds like despair where no such question is
# known.
_SHORT_QUESTIONS = frozenset(
    f"dialogue.{name}"
    for name in ("ask_cost", "ask_where", "ask_time", "ask_needs", "ask_problem", "more")
)


class Question(NamedTuple):
    """An example of an intent, in one language."""

    text: str
    intent: str
    language: str


def _settings() -> dict[str, Any]:
    pipeline = yaml.safe_load((NLU / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    return dict(pipeline[0])


def read_examples() -> list[tuple[str, str]]:
    """The corpus, whose independent lines count twice, and what is ordinary beside it."""
    corpus = (*read_corpus(), *read_corpus(files=ASKED))
    told = [(said.text, said.danger) for said in corpus]
    return told + [(text, ORDINARY) for text in ordinary_examples()]


def ordinary_examples() -> Iterator[str]:
    """Wishes to the bot; of the topics' examples those that the model in Rasa learns from too; and
    every short question: two or three words can mean much."""
    yield from (each.text for each in read_wishes() if each.tells_nothing)
    every = _settings()["ordinary_every"]
    for at, question in enumerate(read_questions()):
        if at % every == 0 or question.intent in _SHORT_QUESTIONS:
            yield question.text


def read_questions() -> Iterator[Question]:
    """Every example in `data/` that tells of nothing, of intents where few do."""
    silent, told = frozenset(_settings()["may_disclose"]), told_in_questions()
    for path in sorted((NLU / "data").glob("??/*.yml")):
        for item in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            intent = item.get("intent", "")
            lines = () if intent in silent else item["examples"].splitlines()
            for line in filter(str.strip, lines):
                text = line.strip()[2:]
                if text not in told:
                    yield Question(text, intent, path.parent.name)


def digest_of_corpus() -> str:
    """Tells whether the weights belong to the corpus as it is."""
    digest = hashlib.sha256()
    for path in (
        *sorted((NLU / "danger").glob("*.jsonl")),
        *sorted((NLU / "wishes").glob("*.yml")),
    ):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def learn(examples: list[tuple[str, str]]) -> dict[str, Any]:
    """The weights, as they are written: those of the features that tell most, learnt once more
    without the others."""
    found = [
        Counter(
            {
                kind + name: times
                for kind, named in features_of(words(text)).items()
                for name, times in named.items()
            }
        )
        for text, _ in examples
    ]
    often = Counter(feature for features in found for feature in features)
    kept = {feature for feature, times in often.items() if times >= _LEAST_OFTEN}
    is_danger = np.asarray([label != ORDINARY for _, label in examples])
    counts, names, _ = _count(found, kept)
    first = LinearSVC(C=_STRENGTH, random_state=0).fit(counts, is_danger)
    telling = np.argsort(-np.abs(first.coef_[0]), kind="stable")[:_MOST_FEATURES]
    counts, names, rarities = _count(found, {names[at] for at in telling})
    danger = LinearSVC(C=_STRENGTH, random_state=0).fit(counts, is_danger)
    labels = [label for _, label in examples if label != ORDINARY]
    classes = LinearSVC(C=_CLASS_STRENGTH, random_state=0).fit(counts[is_danger], labels)
    return _written(danger, classes, names, rarities)


def _count(
    found: list[Counter[str]], kept: set[str]
) -> tuple[sparse.csr_matrix, list[str], Numbers]:
    """The features of each text, each kind with length one times what it counts for; the features'
    names and how rare they are."""
    blocks, names, rarities = [], [], []
    for kind, weight in COUNTS.items():
        mine = sorted(feature for feature in kept if feature[0] == kind)
        vectorizer = DictVectorizer().fit([dict.fromkeys(mine, 1.0)])
        rows = [{name: n for name, n in each.items() if name[0] == kind} for each in found]
        weigher = TfidfTransformer(sublinear_tf=True)
        weigher.fit(vectorizer.transform(rows))
        weigher.idf_ = np.round(weigher.idf_, 1)  # as it is written
        blocks.append(weigher.transform(vectorizer.transform(rows)) * weight)
        names += mine
        rarities.append(weigher.idf_)
    return sparse.hstack(blocks, format="csr"), names, np.concatenate(rarities)


def _written(
    danger: LinearSVC, classes: LinearSVC, names: list[str], rarities: Numbers
) -> dict[str, Any]:
    step = float(np.abs(danger.coef_).max()) / _STEPS
    class_step = float(np.abs(classes.coef_).max()) / _CLASS_STEPS
    rows = np.round(danger.coef_[0] / step).astype(int)
    class_rows = np.round(classes.coef_.T / class_step).astype(int)
    row = Struct(f"<h{len(classes.classes_)}b")
    packed = (row.pack(rows[at], *class_rows[at]) for at in range(len(names)))
    return {
        "classes": classes.classes_.tolist(),
        "offset": round(float(danger.intercept_[0]), 5),
        "class_offsets": [round(float(each), 5) for each in classes.intercept_],
        "step": step,
        "class_step": class_step,
        "features": {
            name: [round(rarity * 10), b64encode(each).decode()]
            for name, rarity, each in zip(names, rarities.tolist(), packed, strict=True)
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
