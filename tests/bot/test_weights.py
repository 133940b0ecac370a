"""The learnt weights of the danger detector: the same everywhere, and up to date."""

import gzip
import hashlib
import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.danger import SafetyClass, find_danger
from bot.danger_weights import FILE, features_of, read_danger_weights
from bot.text import words

CORPUS, WISHES = Path("nlu/danger"), Path("nlu/wishes")
# Learnt from them, so this is no measure of quality: docs/understanding.md has that.
_LEAST_REMEMBERED = 0.6
_MOST_FALSE = 0.02


def _lines(language: str) -> list[dict[str, str | None]]:
    return [
        json.loads(line)
        for path in sorted(CORPUS.glob(f"*{language}.jsonl"))
        for line in path.read_text(encoding="utf8").splitlines()
    ]


def test_the_weights_were_learnt_from_the_corpus_as_it_is() -> None:
    # HUM-21
    digest = hashlib.sha256()
    for path in (*sorted(CORPUS.glob("*.jsonl")), *sorted(WISHES.glob("*.yml"))):
        digest.update(path.read_bytes())
    stored = json.loads(gzip.decompress(FILE.read_bytes()))
    assert stored["corpus"] == digest.hexdigest(), "run nlu/train_danger.py"


@pytest.mark.parametrize("language", ["es", "en", "pt", "fr", "ht"])
def test_the_weights_tell_the_corpus_apart(language: str) -> None:
    # HUM-21
    lines = _lines(language)
    danger = [line for line in lines if line["class"] is not None]
    ordinary = [line for line in lines if line["class"] is None]
    found = sum(find_danger(str(line["text"])) is not None for line in danger)
    false = sum(find_danger(str(line["text"])) is not None for line in ordinary)
    assert found >= _LEAST_REMEMBERED * len(danger)
    assert false <= _MOST_FALSE * len(ordinary)


def test_every_class_has_weights() -> None:
    assert set(read_danger_weights().classes) == set(SafetyClass)


@given(st.text(max_size=300))
def test_any_text_can_be_weighed_and_always_alike(text: str) -> None:
    # HUM-20
    weights = read_danger_weights()
    assert math.isfinite(weights.danger(words(text)))
    assert weights.danger(words(text)) == weights.danger(words(text))
    assert weights.likeliest(words(text)) == weights.likeliest(words(text))


@given(st.text(alphabet="abc ", max_size=60))
def test_case_and_spaces_do_not_count(text: str) -> None:
    assert features_of(words(text.upper().replace(" ", "   "))) == features_of(words(text))


def test_what_a_passage_tells_counts_beside_the_whole() -> None:
    passage = words("me violaron anoche")
    whole = words(
        "a que hora abre el comedor de la ong, me violaron anoche, hago cola con la encargada"
    )
    weights = read_danger_weights()
    assert weights.likeliest(whole) == SafetyClass.AID_WORKER_ABUSE
    assert weights.likeliest(whole, passage) == SafetyClass.SEXUAL_VIOLENCE
