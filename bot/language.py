"""Which of the hub's languages a short message is written in, by its small words. No network, no
model.

A chosen language always wins; this only guesses for people who have not chosen.
"""

from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from bot.text import clean, words

_FILE = Path(__file__).parent / "languages.yml"


@dataclass(frozen=True, slots=True)
class _Marks:
    """What gives one language away; `bot/languages.yml` says how each is counted."""

    small: frozenset[str]
    strong: frozenset[str]
    spellings: tuple[str, ...]


def detect_language(text: str) -> str | None:
    """The language, or None where the message does not tell ("ok", a name, a number)."""
    said = words(text)
    languages = _languages()
    scores: Counter[str] = Counter()
    for language, marks in languages.items():
        scores[language] = sum(word in marks.small for word in said)
        scores[language] += sum(word in marks.strong for word in said)
    if _is_tie(scores):
        written = clean(text).casefold()
        for language, marks in languages.items():
            scores[language] += sum(spelling in written for spelling in marks.spellings)
    (best, top), (_, second) = scores.most_common(2)
    return best if top >= 1 and top > second else None


@cache
def _languages() -> dict[str, _Marks]:
    read = yaml.safe_load(_FILE.read_text(encoding="utf8"))
    return {
        language: _Marks(
            frozenset(lists["small"]), frozenset(lists["strong"]), tuple(lists["spellings"])
        )
        for language, lists in read.items()
    }


def _is_tie(scores: Counter[str]) -> bool:
    (_, top), (_, second) = scores.most_common(2)
    return top == second


def choose_language(
    text: str,
    *,
    chosen: str | None,
    previous: str | None,
    hint: str | None,
    supported: tuple[str, ...],
    default: str,
) -> str:
    """The language to answer in: chosen by the person, else of the message, else the last one."""
    if chosen:
        return chosen
    candidates = (detect_language(text), previous, (hint or "").split("-")[0] or None)
    return next((each for each in candidates if each in supported), default)
