"""Notices danger in a message, before any understanding and without it (HUM-20, INV-12).

Deterministic: weights of words, learnt from the corpus in `nlu/danger/` and kept in a file, and
lists of phrases for each language in `bot/signals/`. All languages at once, because a person in
danger does not choose the language first. Linear in the length of the message.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import yaml

from bot.danger_weights import read_danger_weights
from bot.text import fold, split_words, words

_GAP = 4
# How far a message must be from ordinary talk to be danger whatever else is known, or to be danger
# unless Rasa knows better, and how near it may be if it also holds a phrase of danger: figures of
# speech hold such phrases too. The evidence for all is in docs/danger.md.
_SURE_FROM = 1.2
_LIKELY_FROM = 0.1
_NEAR = -0.1
_FAR = -0.4
# The same for one passage of a message, since what is told in passing drowns among questions.
_PASSAGE_SURE_FROM = 1.4
_PASSAGE_LIKELY_FROM = 0.7
_STANDS_OUT = 0.3  # how much further a passage is for its class to count beside the message's
_FEWEST_WORDS = 2  # a single word tells too little
_SHORTEST_CLAUSE, _LONGEST_CLAUSE = 3, 16  # words that are a passage
_PASSAGE, _STEP = 12, 6  # words: of a longer clause, any seven in a row are in one passage
_CLAUSE = re.compile(r"[.,?!;\n]+")
_KEY = 4  # letters of a phrase's first word by which it is found
_MOST_OF_IT = 0.5  # of a clause: a phrase that is more of it is sure, and may be further away
# Words; a phrase in no more than those is sure. One word may mean much: "auxilio" is what a state
# pays too, and "socorro" a place.
_SHORTEST_TALE, _SHORTEST_CRY = 5, 3
_FOLDER = Path(__file__).parent / "signals"


class SafetyClass(StrEnum):
    """In order of precedence among listed phrases."""

    SELF_HARM = "self_harm"
    MEDICAL_EMERGENCY = "medical_emergency"
    IMMEDIATE_DANGER = "immediate_danger"
    CHILD_RISK = "child_risk"
    SEXUAL_VIOLENCE = "sexual_violence"
    AID_WORKER_ABUSE = "aid_worker_abuse"
    PARTNER_VIOLENCE = "partner_violence"
    TRAFFICKING = "trafficking"


Phrase = tuple[str, ...]
_Listed = tuple[int, SafetyClass, Phrase]  # its place in the order of precedence first


class SignalsError(Exception):
    """A file of signals is wrong; the message names file and class."""


class Noticed(NamedTuple):
    """Danger in a message; if not sure, a second opinion may say that there is none."""

    safety_class: SafetyClass
    is_sure: bool


def find_danger(text: str) -> Noticed | None:
    """The class of danger that the message signals, whatever else it says (HUM-22)."""
    said = words(text)
    danger = read_danger_weights().danger(said)
    listed, phrase = _find_phrase(said)
    if listed and danger <= _NEAR and not _stands_out(phrase, text):
        listed = None
    if listed is SafetyClass.SELF_HARM:
        return Noticed(listed, is_sure=True)  # whatever else it is, somebody may not live on
    if listed is None and len(said) < _FEWEST_WORDS:
        return None
    passage, told = _gravest_passage(text, said)
    if danger <= _LIKELY_FROM and told <= _PASSAGE_LIKELY_FROM:
        # Whoever cries for help says little else; in more harmless words it may be a film.
        few = _SHORTEST_CRY if len(phrase) == 1 else _SHORTEST_TALE
        is_sure = len(said) <= few or _is_most(phrase, said)
        return Noticed(listed, is_sure) if listed else None
    # The questions around a passage are of no class, but their words would sway one.
    parts = (said, passage) if told > danger + _STANDS_OUT else (said,)
    likeliest = SafetyClass(read_danger_weights().likeliest(*parts))
    is_sure = listed is not None or danger > _SURE_FROM or told > _PASSAGE_SURE_FROM
    return Noticed(likeliest, is_sure)


def _gravest_passage(text: str, said: Sequence[str]) -> tuple[Sequence[str], float]:
    """The passage that is furthest from ordinary talk, and how far; none where it is all of what
    was `said`, or too little."""
    passages = (each for each in _passages(text) if len(each) < len(said))
    weighed = ((each, read_danger_weights().danger(each)) for each in passages)
    return max(weighed, key=itemgetter(1), default=((), -math.inf))


def _passages(text: str) -> Iterator[Sequence[str]]:
    """The words of each clause; of a long one, as who speaks or never types a comma sends it, some
    words at a time."""
    for clause in _CLAUSE.split(fold(text.replace("\n", ". "))):
        said = split_words(clause)
        if len(said) > _LONGEST_CLAUSE:
            behind = len(said) - _PASSAGE + _STEP
            yield from (said[at : at + _PASSAGE] for at in range(0, behind, _STEP))
        elif len(said) >= _SHORTEST_CLAUSE:
            yield said


def _stands_out(phrase: Phrase, text: str) -> bool:
    """In its own clause: a greeting, or that all is well otherwise, must not hide what it tells."""
    for clause in (text, *_CLAUSE.split(text)):
        said = words(clause)
        if any(_matches(phrase, said, start) for start in range(len(said))):
            from_ = _FAR if _is_most(phrase, said) else _NEAR
            if len(said) <= len(phrase) or read_danger_weights().danger(said) > from_:
                return True
    return False


def _is_most(phrase: Phrase, said: Sequence[str]) -> bool:
    return len(phrase) > len(said) * _MOST_OF_IT


def _find_phrase(said: Sequence[str]) -> tuple[SafetyClass | None, Phrase]:
    """The gravest class of which a listed phrase was said, and the phrase."""
    index = _phrases_by_beginning()
    starts: defaultdict[str, list[int]] = defaultdict(list)
    for at, word in enumerate(said):
        for beginning in {word[:length] for length in range(_KEY + 1)}:
            starts[beginning].append(at)
    likely = [
        (*listed, places)
        for beginning, places in starts.items()
        for listed in index.get(beginning, ())
    ]
    for _, safety_class, phrase, places in sorted(likely):
        if any(_matches(phrase, said, start) for start in places):
            return safety_class, phrase
    return None, ()


@cache
def _phrases_by_beginning() -> Mapping[str, Sequence[_Listed]]:
    """Every phrase, with its place in the order of precedence, by how its first word begins."""
    listed = (
        (safety_class, phrase)
        for safety_class in SafetyClass
        for phrase in _signals()[safety_class]
    )
    index: defaultdict[str, list[_Listed]] = defaultdict(list)
    for place, (safety_class, phrase) in enumerate(listed):
        index[_beginning(phrase)].append((place, safety_class, phrase))
    return index


def _beginning(phrase: Phrase) -> str:
    """How its first word begins, in the longest form that is looked up; a gap may come first, and
    may be empty."""
    first = next((token for token in phrase if token != "_"), "")  # noqa: S105
    return first.removesuffix("*")[:_KEY]


@cache
def _signals() -> Mapping[SafetyClass, Sequence[Phrase]]:
    found: dict[SafetyClass, list[Phrase]] = {safety_class: [] for safety_class in SafetyClass}
    for path in sorted(_FOLDER.glob("*.yml")):
        for safety_class, phrase in read_signals(path):
            found[safety_class].append(phrase)
    return found


def read_signals(path: Path) -> Iterator[tuple[SafetyClass, Phrase]]:
    """The phrases of one file; raise `SignalsError` for a class that does not exist."""
    for name, phrases in yaml.safe_load(path.read_text(encoding="utf8")).items():
        if name not in {each.value for each in SafetyClass}:
            raise SignalsError(f"{path}: {name}: not a safety class")
        yield from ((SafetyClass(name), _compile(str(phrase))) for phrase in phrases)


def _compile(phrase: str) -> Phrase:
    """Folded as messages are; `*` and `_` keep their meaning."""
    tokens: list[str] = []
    for token in phrase.split():
        if token == "_":  # noqa: S105 - a gap, not a secret
            tokens.append(token)
        else:
            star = "*" if token.endswith("*") else ""
            tokens.extend(words(token))
            tokens[-1] += star
    return tuple(tokens)


def _matches(phrase: Phrase, said: Sequence[str], start: int) -> bool:
    if not phrase:
        return True
    head, rest = phrase[0], phrase[1:]
    if head == "_":
        return any(_matches(rest, said, start + skip) for skip in range(_GAP + 1))
    return start < len(said) and _is(head, said[start]) and _matches(rest, said, start + 1)


def _is(token: str, word: str) -> bool:
    return word.startswith(token[:-1]) if token.endswith("*") else word == token
