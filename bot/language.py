"""Which of the hub's languages a short message is written in. No network, no model.

Small words of the language (`languages.yml`) and learnt weights of its letters (`language.json.gz`,
made by `nlu/train_language.py`) are added up. A chosen language always wins; this only guesses for
people who have not chosen.
"""

import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import yaml

from bot.text import clean, words
from bot.word_weights import read_weights

FILE = Path(__file__).parent / "language.json.gz"
_FILE = Path(__file__).parent / "languages.yml"
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_READ_CHARACTERS = 300
_SMALL_WORD = 0.7  # what a point of the small words weighs beside the learnt weights
_SURE = 0.25  # how far the first must be ahead of the second
_SURE_BY_LETTERS = 0.8  # the same where no small word speaks for any: it may be a name
_CLEARLY = 0.6  # and how far, to change the language of a conversation
# Said in every language: they tell of none.
_ANYWHERE = frozenset(
    ["stop", "start", "ok", "okay", "sis", "ptp", "wifi", "internet", "bot", "no"]
)
_FEW_WORDS = 3  # fewer never change it: people greet and thank in the language around them


@dataclass(frozen=True, slots=True)
class _Marks:
    """What gives one language away; `bot/languages.yml` says how each is counted."""

    small: frozenset[str]
    strong: frozenset[str]
    spellings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Guess:
    language: str
    ahead: float
    word_count: int
    by_letters: bool

    @property
    def is_sure(self) -> bool:
        return self.ahead >= (_SURE_BY_LETTERS if self.by_letters else _SURE)


def letters_of(text: str) -> set[str]:
    """What a language is told by: words as written, and two to four letters of them."""
    features: set[str] = set()
    for word in _WORD.findall(text[:_READ_CHARACTERS].casefold().replace("’", "'")):
        features.update(_letters_of_word(word))
    return features


@lru_cache(maxsize=20_000)
def _letters_of_word(word: str) -> tuple[str, ...]:
    padded = f"_{word}_"
    sizes = (2, 3, 4)
    parts = (padded[at : at + size] for size in sizes for at in range(len(padded) - size + 1))
    return (word, *parts)


def detect_language(text: str) -> str | None:
    """The language, or None where the message does not tell ("ok", a name, a number)."""
    guess = _guess(text)
    return guess.language if guess and guess.is_sure else None


def _guess(text: str) -> _Guess | None:
    """Names tell nothing: some word of the message must be one that the language is known by."""
    said = words(text)
    if text.lstrip().startswith("/") or _ANYWHERE.issuperset(said):
        return None
    written = clean(text).casefold()
    points = {language: _points(marks, said, written) for language, marks in _languages().items()}
    if not any(points.values()) and not _is_known(text):
        return None
    sides = _weigh(text)
    share = _SMALL_WORD / math.sqrt(max(1, len(said)))
    scores = Counter({each: sides[each] + share * points[each] for each in points})
    (best, top), (_, second) = scores.most_common(2)
    return _Guess(best, top - second, len(said), by_letters=not any(points.values()))


def _weigh(text: str) -> dict[str, float]:
    """The weights' sides, by features of this module's own."""
    return read_weights(FILE).weigh_features(letters_of(clean(text)))


def _is_known(text: str) -> bool:
    """Whether at least half of the words were met often while learning."""
    said = _WORD.findall(clean(text).casefold())
    known = sum(word in read_weights(FILE).rarity for word in said if len(word) > 1)
    return known > 0 and 2 * known >= len(said)


def _points(marks: _Marks, said: list[str], written: str) -> int:
    counted = sum((word in marks.small) + (word in marks.strong) for word in said)
    return counted + (counted > 0 and any(spelling in written for spelling in marks.spellings))


@cache
def _languages() -> dict[str, _Marks]:
    read = yaml.safe_load(_FILE.read_text(encoding="utf8"))
    return {
        language: _Marks(
            frozenset(lists["small"]), frozenset(lists["strong"]), tuple(lists["spellings"])
        )
        for language, lists in read.items()
    }


def choose_language(
    text: str,
    *,
    chosen: str | None,
    previous: str | None,
    hint: str | None,
    supported: tuple[str, ...],
    default: str,
) -> str:
    """The language to answer in: chosen by the person, else of the message, else the last one.

    A clear sentence changes the language of a conversation; a word or two do not.
    """
    if chosen:
        return chosen
    candidates = (_said(text, previous), previous, (hint or "").split("-")[0] or None)
    return next((each for each in candidates if each in supported), default)


def _said(text: str, previous: str | None) -> str | None:
    guess = _guess(text)
    if guess is None or not guess.is_sure:
        return None
    is_clear = guess.word_count >= _FEW_WORDS and guess.ahead >= _CLEARLY
    return guess.language if previous is None or is_clear else None
