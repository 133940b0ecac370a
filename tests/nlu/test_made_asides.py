"""Messages made of a line of the corpus of danger and of questions, which teach the reader."""

import json
from collections import Counter

import pytest

from tests.nlu.rasa_process import NLU, run_nlu

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def made() -> str:
    return run_nlu("making_asides.py").stdout


@pytest.fixture(scope="module")
def corpus() -> dict[str, set[str]]:
    """The lines of each class, without the signs that a joint may take the place of."""
    lines: dict[str, set[str]] = {}
    for path in sorted((NLU / "danger").glob("*.jsonl")):
        for line in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            said = lines.setdefault(line["class"] or "ordinary", set())
            said.add(line["text"].rstrip(" ,."))
    return lines


def test_each_holds_a_line_of_its_class_and_something_else(
    made: str, corpus: dict[str, set[str]]
) -> None:
    # HUM-21
    for line in map(json.loads, made.splitlines()[::20]):
        held = [text for text in corpus[line["danger"]] if text in line["text"]]
        assert any(len(text) < len(line["text"]) for text in held), line


def test_as_many_tell_of_danger_as_of_nothing_and_of_every_class(made: str) -> None:
    # HUM-21
    classes = Counter(json.loads(line)["danger"] for line in made.splitlines())
    assert classes["ordinary"] == classes.total() - classes["ordinary"]
    assert len(classes) == 1 + 8


def test_they_are_the_same_every_time(made: str) -> None:
    assert run_nlu("making_asides.py").stdout == made
