"""Reads the corpus of danger and ordinary talk (`danger/<language>.jsonl`) that the danger head
learns from, and the wishes to be left alone (`wishes/<language>.yml`), which are ordinary talk that
sounds like despair.

The corpus is no list of intents: what it teaches is a second question about every message.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

_NLU = Path(__file__).resolve().parent.parent
FOLDER, WISHES = _NLU / "danger", _NLU / "wishes"
ORDINARY = "ordinary"
ASKED = "asked_*.jsonl"  # by authors who had seen neither the rest nor the detector


class Said(NamedTuple):
    """One message of the corpus; `danger` is a safety class or `ordinary`."""

    text: str
    danger: str
    form: str
    language: str


def read_corpus(folder: Path = FOLDER, files: str = "*.jsonl") -> Iterator[Said]:
    """Every line of every language; ValueError names file and line of one that is wrong."""
    for path in sorted(folder.glob(files)):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            yield _read_line(line, path, number)


def read_wishes(folder: Path = WISHES) -> Iterator[Said]:
    """Messages that wish no more messages, and nothing else."""
    for path in sorted(folder.glob("*.yml")):
        wished = yaml.safe_load(path.read_text(encoding="utf-8")).get("stop", ())
        yield from (Said(text, ORDINARY, "wish", path.stem[-2:]) for text in wished)


def _read_line(line: str, path: Path, number: int) -> Said:
    try:
        entry = json.loads(line)
        danger = entry["class"] or ORDINARY
        return Said(entry["text"], danger, entry["form"], path.stem[-2:])
    except (ValueError, KeyError, TypeError) as problem:
        raise ValueError(f"{path.name}:{number}: {type(problem).__name__}") from None
