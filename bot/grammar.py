"""A small notation for what people may say, and whether a message says it. Knows no meaning.

A phrase is read from left to right; time grows with the length of the message and nothing else
(SEC-47). `bot/signals/es.yml` explains the notation by use:

    word  word*  a|b     this word, any word that begins so, one of several
    {group}              one of a group's phrases
    word?  {group}?      may be missing
    _  __                a gap of at most three words, of at most eight
    ^  $                 the beginning and the end of the message
    a & b                both, in either order, at most eight words apart
    a ! b                a, unless b is near (within six words); a !! b: unless b is anywhere
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property
from itertools import permutations
from typing import NamedTuple

from bot.spelling import Spelling, split_words

_GAPS = {"_": 3, "__": 8}
_APART = "__"
_NEAR = 6

Spans = Mapping[int, Set[int]]  # where a phrase begins, and where it may end
_NOWHERE: Spans = {}


class GrammarError(ValueError):
    """A phrase cannot be read; the message names it and says why."""


class Step(NamedTuple):
    """`atoms` are alternatives: a word, a beginning (`peg*`) or a group (`{me}`)."""

    atoms: tuple[str, ...]
    gap: int = 0
    is_optional: bool = False


@dataclass(frozen=True)
class Phrase:
    """`not_near` and `not_anywhere` are phrases in whose company this one does not count."""

    steps: tuple[Step, ...]
    not_near: tuple["Phrase", ...] = ()
    not_anywhere: tuple["Phrase", ...] = ()

    @property
    def atoms(self) -> Iterator[str]:
        for step in self.steps:
            yield from step.atoms
        for phrase in (*self.not_near, *self.not_anywhere):
            yield from phrase.atoms


def read_phrases(block: str, language: str) -> list[Phrase]:
    """The phrases of a block of text, one a line or divided by `;`. Raise `GrammarError`."""
    lines = (part.strip() for line in block.splitlines() for part in line.split(";"))
    return [phrase for line in lines if line for phrase in _read_line(line, language)]


def _read_line(line: str, language: str) -> Iterator[Phrase]:
    told, *anywhere = line.split("!!")
    told, *near = told.split("!")
    not_near = tuple(_read_phrase(part, language) for part in near)
    not_anywhere = tuple(_read_phrase(part, language) for part in anywhere)
    for order in permutations(told.split("&")):
        steps = _read_phrase(f" {_APART} ".join(order), language).steps
        yield Phrase(steps, not_near, not_anywhere)


def _read_phrase(text: str, language: str) -> Phrase:
    steps: list[Step] = []
    gap = 0
    for token in text.split():
        if token in _GAPS:
            gap = _GAPS[token]
        else:
            steps.append(_read_step(token, gap, language))
            gap = 0
    if not steps or gap or steps[0].is_optional or steps[0].gap:
        raise GrammarError(f"{text.strip()!r}: a phrase begins and ends with a word that must be")
    return Phrase(tuple(steps))


def _read_step(token: str, gap: int, language: str) -> Step:
    bare = token.removesuffix("?")
    atoms = tuple(_read_atom(part, language) for part in bare.split("|"))
    return Step(atoms, gap, is_optional=bare != token)


def _read_atom(part: str, language: str) -> str:
    if part.startswith("{") and part.endswith("}"):
        return "{" + f"{language}.{part[1:-1]}" + "}"
    if part in ("^", "$"):
        return part
    star = "*" if part.endswith("*") else ""
    words = split_words(part)
    if len(words) != 1:
        raise GrammarError(f"{part!r}: not one word")
    return words[0] + star


@dataclass(frozen=True)
class Grammar:
    """Groups of phrases by `language.name`, and how words may be spelled."""

    groups: Mapping[str, tuple[Phrase, ...]]
    spelling: Spelling = field(repr=False)

    def hear(self, text: str) -> "Heard":
        return Heard(self, split_words(text))


def check_groups(groups: Mapping[str, Iterable[Phrase]]) -> None:
    """Raise `GrammarError` for a group that does not exist or contains itself."""
    sound: set[str] = set()

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above or name not in groups:
            problem = "contains itself" if name in above else "there is no such group"
            raise GrammarError(f"{{{name}}}: {problem}")
        if name not in sound:
            for atom in (atom for phrase in groups[name] for atom in phrase.atoms):
                if atom.startswith("{"):
                    visit(atom[1:-1], (*above, name))
            sound.add(name)

    for name in groups:
        visit(name, ())


class Heard:
    """One message, ready to be asked which phrases it says. Each atom is looked up once."""

    def __init__(self, grammar: Grammar, words: list[str]) -> None:
        self.words = words
        self._grammar = grammar
        self._found: dict[str, Spans] = {}

    def says(self, phrase: Phrase) -> bool:
        spans = self._spans_of(phrase)
        if not spans or any(self._spans_of(other) for other in phrase.not_anywhere):
            return False
        excluded = {start for other in phrase.not_near for start in self._spans_of(other)}
        return not excluded or any(
            excluded.isdisjoint(range(start - _NEAR, max(ends) + _NEAR))
            for start, ends in spans.items()
        )

    @cached_property
    def _positions(self) -> dict[str, dict[int, Set[int]]]:
        """Where each known word and beginning of a word stands; `^` and `$` take no room."""
        found: dict[str, dict[int, Set[int]]] = {}
        for position, word in enumerate(self.words):
            for atom in self._grammar.spelling.read(word):
                found.setdefault(atom, {})[position] = {position + 1}
        end = len(self.words)
        return {**found, "^": {0: {0}}, "$": {end: {end}}}

    def _spans(self, atom: str) -> Spans:
        if not atom.startswith("{"):
            return self._positions.get(atom, _NOWHERE)
        if atom not in self._found:
            self._found[atom] = self._spans_of_group(atom[1:-1])
        return self._found[atom]

    def _spans_of_group(self, name: str) -> Spans:
        found: dict[int, set[int]] = {}
        for phrase in self._grammar.groups[name]:
            if self.says(phrase) if phrase.not_near or phrase.not_anywhere else True:
                for start, ends in self._spans_of(phrase).items():
                    found.setdefault(start, set()).update(ends)
        return found

    def _spans_of(self, phrase: Phrase) -> Spans:
        first, *others = phrase.steps
        found: dict[int, Set[int]] = {}
        for atom in first.atoms:
            for start, ends in self._spans(atom).items():
                reached = self._follow(ends, others)
                if reached:
                    found[start] = found.get(start, set()) | reached
        return found

    def _follow(self, ends: Set[int], steps: Iterable[Step]) -> Set[int]:
        for step in steps:
            reached = {
                end
                for atom in step.atoms
                if (spans := self._spans(atom))
                for position in ends
                for start in range(position, position + step.gap + 1)
                for end in spans.get(start, ())
            }
            ends = reached | ends if step.is_optional else reached
            if not ends:
                break
        return ends
