"""What changed from one version of an answer to the next, word by word and language by language."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from content.pack import STEPS, TopicContent

_PLAIN = ("sensitive", "handover", "need", "related", "sources")


class Mark(StrEnum):
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Piece:
    mark: Mark
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """`part` is `title`, `text` or a step; `pieces` are the whole text with what came and went."""

    language: str
    part: str
    pieces: tuple[Piece, ...]


def find_changes(before: TopicContent, after: TopicContent) -> list[Change]:
    """Every text that differs, by language in the order of the newer version."""
    languages = list(dict.fromkeys([*after.texts, *sorted(after.languages | before.languages)]))
    return [
        Change(language, part, tuple(_compare(old, new)))
        for language in languages
        for part, old, new in _pairs(before, after, language)
        if old != new
    ]


def name_changes(before: TopicContent, after: TopicContent) -> list[str]:
    """Languages whose words differ, and other fields that do; what an audit entry keeps."""
    changed = dict.fromkeys(change.language for change in find_changes(before, after))
    others = [name for name in _PLAIN if getattr(before, name) != getattr(after, name)]
    return [*changed, *others]


def _pairs(
    before: TopicContent, after: TopicContent, language: str
) -> Iterator[tuple[str, str, str]]:
    yield "title", before.titles.get(language, ""), after.titles.get(language, "")
    yield "text", before.texts.get(language, ""), after.texts.get(language, "")
    old, new = before.steps_in(language), after.steps_in(language)
    for step in STEPS:
        yield step, old.get(step, ""), new.get(step, "")


def _compare(before: str, after: str) -> Iterator[Piece]:
    old, new = before.split(" "), after.split(" ")
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for what, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if what == "equal":
            yield Piece(Mark.SAME, " ".join(new[new_start:new_end]))
            continue
        if removed := " ".join(old[old_start:old_end]):
            yield Piece(Mark.REMOVED, removed)
        if added := " ".join(new[new_start:new_end]):
            yield Piece(Mark.ADDED, added)
