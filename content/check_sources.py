"""The rules for sources: each has a date, and each Spanish sentence with a figure has a source."""

import re
from collections.abc import Iterator
from typing import Any

from content.check_texts import Note
from content.pack import TopicContent
from content.sentences import begins_somewhere, split_sentences

CONFIDENCES = ("high", "medium", "low")
FEWEST_WORDS = 3  # of what a source says; fewer would stand in too many sentences
_DATE = re.compile(r"(19|20)\d\d(-(0[1-9]|1[0-2])((-(0[1-9]|[12]\d|3[01]))|(/(0[1-9]|1[0-2])))?)?")
_SHOWN_WORDS = 6


def check_sources(topic: TopicContent, note: Note) -> None:
    if not topic.sources:
        note.error("sources", "is empty; say where each fact was read")
    for number, source in enumerate(topic.sources, 1):
        _check_source(f"sources[{number}]", source, note)
        _check_beginnings(f"sources[{number}].says", source, topic, note)
    for field, sentence in find_untied(topic):
        shown = " ".join(sentence.split()[:_SHOWN_WORDS])
        note.warn(field, f"no source `says` “{shown} …”, which holds a figure; add its beginning")


def find_untied(topic: TopicContent) -> Iterator[tuple[str, str]]:
    """Spanish sentences with a figure that no source stands for, each with its field."""
    says = beginnings_of(topic)
    for field, sentence in sentences_with_figures(topic):
        if not any(begins_somewhere(beginning, sentence) for beginning in says):
            yield field, sentence


def sentences_with_figures(topic: TopicContent) -> Iterator[tuple[str, str]]:
    for field, text in topic.all_texts("es"):
        for sentence in split_sentences(text):
            if any(letter.isdigit() for letter in sentence):
                yield field, sentence


def beginnings_of(topic: TopicContent) -> list[str]:
    return [beginning for source in topic.sources for beginning in source.get("says", ())]


def _check_source(field: str, source: dict[str, Any], note: Note) -> None:
    date = source.get("date", "")
    if date != "undated" and not _DATE.fullmatch(date):
        wanted = "2026, 2026-03, 2026-03-31, 2025-11/12 or undated"
        note.error(f"{field}.date", f"{date!r} is no date; write {wanted}")
    if source.get("confidence") not in CONFIDENCES:
        note.error(field, f"confidence must be one of {CONFIDENCES}")


def _check_beginnings(field: str, source: dict[str, Any], topic: TopicContent, note: Note) -> None:
    texts = [text for _, text in topic.all_texts("es")]
    for beginning in source.get("says", ()):
        if len(beginning.split()) < FEWEST_WORDS:
            note.error(field, f"{beginning!r} has fewer than {FEWEST_WORDS} words; write more")
        elif not any(begins_somewhere(beginning, text) for text in texts):
            note.error(field, f"no Spanish sentence begins with {beginning!r}; copy it as written")
