"""Reads the corpus of danger and ordinary talk (`danger/<language>.jsonl`) that the danger head
learns from.

The corpus is no list of intents: what it teaches is a second question about every message.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parent.parent / "danger"
ORDINARY = "ordinary"


class Said(NamedTuple):
    """One message of the corpus; `danger` is a safety class or `ordinary`."""

    text: str
    danger: str
    form: str
    language: str


def read_corpus(folder: Path = FOLDER) -> Iterator[Said]:
    """Every line of every language; ValueError names file and line of one that is wrong."""
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            yield _read_line(line, path, number)


def _read_line(line: str, path: Path, number: int) -> Said:
    try:
        entry = json.loads(line)
        danger = entry["class"] or ORDINARY
        return Said(entry["text"], danger, entry["form"], path.stem[-2:])
    except (ValueError, KeyError, TypeError) as problem:
        raise ValueError(f"{path.name}:{number}: {type(problem).__name__}") from None
