"""Reads the corpus of danger and ordinary talk (`danger/<language>.jsonl`) that the danger head
learns from, and the wishes (`wishes/<language>.yml`) that the wish head learns from. Wishes are
ordinary talk too: to be left alone sounds like despair, and an agent like one who wants favours.

Neither is a list of intents: what they teach are further questions about every message.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

_NLU = Path(__file__).resolve().parent.parent
FOLDER, WISHES = _NLU / "danger", _NLU / "wishes"
ORDINARY = "ordinary"
_MAY_TELL = frozenset({ORDINARY, "help"})  # talk that only sounds like a wish, and calls for help
# Where intents of the dialogue are wishes too, and which are near enough to one to teach nothing.
SAME_WISH = {
    "dialogue.human": "person",
    "dialogue.language": "language",
    "dialogue.opt_in": "start",
}
NEAR_WISHES = frozenset({"dialogue.who_are_you", "dialogue.complaint_bot"})
ASKED = "asked_*.jsonl"  # by authors who had seen neither the rest nor the detector
_QUESTIONS = "questions_*.jsonl"  # examples of topics in `data/`, as two readers marked them


class Said(NamedTuple):
    """One message of the corpus; `danger` is a safety class or `ordinary`."""

    text: str
    danger: str
    form: str
    language: str


class Wish(NamedTuple):
    """One message of `wishes/`; `wish` is a command, or `ordinary` for talk that sounds alike."""

    text: str
    wish: str

    @property
    def tells_nothing(self) -> bool:
        """Nobody who says it is in danger for all that it says."""
        return self.wish not in _MAY_TELL


def read_corpus(folder: Path = FOLDER, files: str = "*.jsonl") -> Iterator[Said]:
    """Every line of every language; ValueError names file and line of one that is wrong."""
    for path in sorted(folder.glob(files)):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            yield _read_line(line, path, number)


def told_in_questions(folder: Path = FOLDER) -> frozenset[str]:
    """Examples of topics that tell of danger, so that nobody learns them as ordinary talk."""
    corpus = read_corpus(folder, _QUESTIONS)
    return frozenset(said.text for said in corpus if said.danger != ORDINARY)


def read_wishes(folder: Path = WISHES) -> Iterator[Wish]:
    """Every line of every language, of every wish and of none."""
    for path in sorted(folder.glob("*.yml")):
        for wish, texts in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            yield from (Wish(text, wish) for text in texts)


def _read_line(line: str, path: Path, number: int) -> Said:
    try:
        entry = json.loads(line)
        danger = entry["class"] or ORDINARY
        return Said(entry["text"], danger, entry["form"], path.stem[-2:])
    except (ValueError, KeyError, TypeError) as problem:
        raise ValueError(f"{path.name}:{number}: {type(problem).__name__}") from None
