"""A small language for sayings: which sequences of words mean something, however they are put.

Whoever writes the lists needs no regular expressions, and what is made of them takes a time that
grows with the length of the message only (SEC-47): gaps and repetitions are bounded.

    a|b|stem*|$list   one word of these          (a|b)     the element may be missing
    _  _2             up to three (two) words    !a|b      any one word but these
    <  >              begin, end of a clause
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.text import fold
from content.place_words import fold_sounds

_GAP = 3
_NEAR = 6  # words before a match in which its exceptions are looked for
_SHORTEST_BY_EAR = 5  # letters; shorter words are told apart by their spelling
_CLAUSES = re.compile(r"[.,;:!?¿¡()\n…•|/]+|[-–—] ")
_WORDS = re.compile(r"[^\W_]+")
_ITSELF = re.compile(r"(\w)['’`´](?=[td]\b)")  # don't, i'd
_BREAKS = re.compile(r"\n+")
_Lists = Mapping[str, Sequence[str]]


class GrammarError(Exception):
    """A saying cannot be read; the message names it."""


@dataclass(frozen=True)
class Saying:
    """One pattern with its exceptions."""

    pattern: re.Pattern[str]
    unless_before: re.Pattern[str] | None
    unless_near: re.Pattern[str] | None
    unless_within: re.Pattern[str] | None

    def is_in(self, clause: str) -> bool:
        return any(self._holds(clause, found) for found in self.pattern.finditer(clause))

    def _holds(self, clause: str, found: re.Match[str]) -> bool:
        before = "".join(f"{word} " for word in clause[: found.start()].split()[-_NEAR:])
        if self.unless_before and self.unless_before.search(before):
            return False
        if self.unless_near and self.unless_near.search(before):
            return False
        return not (self.unless_within and self.unless_within.search(found.group()))


@dataclass(frozen=True)
class Grammar:
    """What can be said, by what it means."""

    sayings: Mapping[str, Sequence[Saying]]
    slips: tuple[str, ...]

    def meanings(self, text: str) -> Iterator[str]:
        """Each meaning that a clause of the text has."""
        said = list(self._clauses(text))
        for meaning, sayings in self.sayings.items():
            if any(saying.is_in(clause) for clause in said for saying in sayings):
                yield meaning

    def _clauses(self, text: str) -> Iterator[str]:
        for line in _BREAKS.split(text):
            for clause in _CLAUSES.split(_ITSELF.sub(r"\1", fold(line))):
                spoken = [by_ear(_corrected(word, self.slips)) for word in _WORDS.findall(clause)]
                if spoken:
                    yield " ".join(spoken) + " "


def by_ear(word: str) -> str:
    """One spelling for what sounds alike; short words stay, and only letters are heard."""
    return fold_sounds(word) if len(word) >= _SHORTEST_BY_EAR else word


@lru_cache(maxsize=4096)
def _corrected(word: str, slips: tuple[str, ...]) -> str:
    """The word that this one is a slip of the thumb away from, of those that forgive slips."""
    if len(word) <= _SHORTEST_BY_EAR or word in slips:
        return word
    near = (other for other in slips if other[0] == word[0])
    return next((other for other in near if _is_slip(other, word)), word)


def _is_slip(meant: str, typed: str) -> bool:
    """Whether one letter was missed, added, exchanged, or typed before its neighbour."""
    longer = max(len(meant), len(typed))
    if abs(len(meant) - len(typed)) > 1:
        return False
    same = next((at for at, (a, b) in enumerate(zip(meant, typed, strict=False)) if a != b), longer)
    if len(meant) != len(typed):
        return meant[same + (len(meant) == longer) :] == typed[same + (len(typed) == longer) :]
    swapped = meant[same : same + 2] == typed[same : same + 2][::-1]
    return meant[same + 1 :] == typed[same + 1 :] or (
        swapped and meant[same + 2 :] == typed[same + 2 :]
    )


@cache
def read_grammar(path: Path) -> Grammar:
    """Read a file of sayings; raise `GrammarError`."""
    read = yaml.safe_load(path.read_text(encoding="utf8"))
    lists = {name: tuple(str(text).split()) for name, text in read["lists"].items()}
    sayings = {
        meaning: tuple(_read_sayings(entries, lists))
        for meaning, entries in read["sayings"].items()
    }
    return Grammar(sayings, tuple(str(read.get("slips", "")).split()))


def _read_sayings(entries: Iterable[Mapping[str, Any]], lists: _Lists) -> Iterator[Saying]:
    for entry in entries:
        after = entry.get("unless_after", ())
        unless = f"(?!{_any(after, lists)})" if after else ""
        yield Saying(
            re.compile(rf"(?<!\S){_any(entry['say'], lists)}{unless}"),
            _ending(entry.get("unless_before", ()), lists, near=False),
            _ending(entry.get("unless_near", ()), lists, near=True),
            _ending(entry.get("unless_within", ()), lists, near=True),
        )


def _ending(written: Sequence[str], lists: _Lists, *, near: bool) -> re.Pattern[str] | None:
    if not written:
        return None
    end = "" if near else r"\Z"
    return re.compile(rf"(?<!\S){_any(written, lists)}{end}")


def _any(written: Sequence[str], lists: _Lists) -> str:
    return "(?:" + "|".join(_compile(each, lists) for each in written) + ")"


def _compile(saying: str, lists: _Lists) -> str:
    return "".join(_element(element, lists) for element in saying.split())


def _element(element: str, lists: _Lists) -> str:
    if element == "<":
        return r"(?<![\s\S])"
    if element == ">":
        return r"\Z"
    if element.startswith("_"):
        return rf"(?:\S+ ){{0,{element[1:] or _GAP}}}?"
    is_optional, is_other = element.startswith("("), element.startswith("!")
    names = element.strip("()").removeprefix("!").split("|")
    words = [word for name in names if name != ">" for word in _words(name, lists)]
    one_of = "(?:" + "|".join(_word(word) for word in dict.fromkeys(words)) + ") "
    if ">" in names:
        one_of = rf"(?:\Z|{one_of})"
    made = rf"(?!{one_of})\S+ " if is_other else one_of
    return f"(?:{made})?" if is_optional else made


def _words(name: str, lists: _Lists) -> Iterator[str]:
    if not name.startswith("$"):
        yield name
    elif name[1:] in lists:
        for word in lists[name[1:]]:
            yield from _words(word, lists)
    else:
        raise GrammarError(f"{name}: no such list")


def _word(word: str) -> str:
    """What a listed word sounds like; no stem ends before a letter that changes its sound."""
    stem = fold(word.removesuffix("*"))
    if not word.endswith("*"):
        return re.escape(by_ear(stem))
    return rf"(?:{re.escape(by_ear(stem))}|{re.escape(fold_sounds(stem))}\S+)"
