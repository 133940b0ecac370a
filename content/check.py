"""The rules that a pack's content must keep before it may be imported, each with its mend.

A rule looks at words and references only; whether a fact is true is for the verifying sub-group.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from content.check_services import check_areas, check_services
from content.findings import Finding, Findings
from content.pack import Pack, PackSettings, TopicContent
from content.reading import read_pack
from content.wording import (
    asks_for_identity,
    count_sentence_words,
    find_figures,
    find_sensitive_word,
)

SHORTEST_TEXT = 150
LONGEST_TEXT = 480
LONGEST_SAFETY_TEXT = 1000  # still one message on every channel
LONGEST_TITLE = 24  # a WhatsApp list row
LONGEST_AVERAGE_SENTENCE = 20
LOCK_SCREEN_CHARACTERS = 40
CONFIDENCES = ("high", "medium", "low")
_DATE = re.compile(r"(19|20)\d\d(-(0[1-9]|1[0-2])((-(0[1-9]|[12]\d|3[01]))|(/(0[1-9]|1[0-2])))?)?")


@dataclass(frozen=True, slots=True)
class Figures:
    """What a pack holds, for the summary."""

    topics: int = 0
    safety: int = 0
    texts: int = 0
    services: int = 0
    areas: int = 0
    errors: int = 0
    warnings: int = 0


@dataclass(frozen=True, slots=True)
class CheckResult:
    """`pack` is None when there are errors: such a pack cannot be imported by mistake."""

    findings: tuple[Finding, ...]
    figures: Figures
    pack: Pack | None

    @property
    def is_clean(self) -> bool:
        return self.pack is not None


def check_pack(folder: Path) -> CheckResult:
    """Read and check every file of the pack in `folder`."""
    findings = Findings()
    pack = read_pack(folder, findings)
    if pack is None:
        return CheckResult(tuple(findings.items), _count(None, findings), None)
    check_topics(pack, findings)
    check_services(pack, findings)
    check_areas(pack, findings)
    ordered = tuple(sorted(findings.items))
    return CheckResult(ordered, _count(pack, findings), None if findings.errors else pack)


def check_topics(pack: Pack, findings: Findings) -> None:
    known = {topic.topic for topic in pack.topics}
    for key, times in Counter(topic.topic for topic in pack.topics).items():
        if times > 1:
            findings.error("topics", 1, "topic", f"{key} is there {times} times; keep one")
    for topic in pack.topics:
        check_topic(topic, pack.settings, known, findings)


def check_topic(
    topic: TopicContent, settings: PackSettings, known: Iterable[str], findings: Findings
) -> None:
    """All rules for one topic; also used for a text that is edited in the console."""
    note = _Note(topic, findings)
    _check_references(topic, settings, frozenset(known), note)
    _check_titles(topic, settings, note)
    _check_sources(topic, note)
    _check_languages("texts", topic.texts, settings, note)
    for language, text in topic.texts.items():
        _check_text(topic, language, text, note)
    _check_figures(topic, note)


@dataclass(frozen=True, slots=True)
class _Note:
    topic: TopicContent
    findings: Findings

    def error(self, field: str, message: str) -> None:
        place = self.topic.place
        self.findings.error(place.path, place.line_of(field), self._shown(field), message)

    def warn(self, field: str, message: str) -> None:
        place = self.topic.place
        self.findings.warn(place.path, place.line_of(field), self._shown(field), message)

    def _shown(self, field: str) -> str:
        return f"{self.topic.safety_class}.{field}" if self.topic.is_safety else field


def _check_references(
    topic: TopicContent, settings: PackSettings, known: frozenset[str], note: _Note
) -> None:
    if topic.owner not in settings.owners:
        note.error("owner", f"unknown sub-group {topic.owner!r}; known are {settings.owners}")
    if topic.need and topic.need not in settings.needs:
        note.error("need", f"unknown need {topic.need!r}; known are {settings.needs}")
    for related in topic.related:
        if related not in known:
            note.error("related", f"no topic {related!r} in this pack; correct or remove it")
        if related == topic.topic:
            note.error("related", "names the topic itself; remove it")


def _check_titles(topic: TopicContent, settings: PackSettings, note: _Note) -> None:
    if topic.is_safety:
        return
    _check_languages("title", topic.titles, settings, note)
    for language, title in topic.titles.items():
        if len(title) > LONGEST_TITLE:
            excess = f"{len(title)} characters; a button holds {LONGEST_TITLE}"
            note.error(f"title.{language}", f"has {excess}: shorten it")


def _check_languages(
    field: str, texts: dict[str, str], settings: PackSettings, note: _Note
) -> None:
    for language in settings.languages:
        if language not in texts:
            note.error(field, f"lacks the language {language}; add it")
    for language in texts.keys() - {*settings.languages}:
        note.error(f"{field}.{language}", f"unknown language; known are {settings.languages}")


def _check_sources(topic: TopicContent, note: _Note) -> None:
    if not topic.sources:
        note.error("sources", "is empty; say where each fact was read")
    for number, source in enumerate(topic.sources, 1):
        field = f"sources[{number}]"
        date = source.get("date", "")
        if date != "undated" and not _DATE.fullmatch(date):
            wanted = "2026, 2026-03, 2026-03-31, 2025-11/12 or undated"
            note.error(f"{field}.date", f"{date!r} is no date; write {wanted}")
        if source.get("confidence") not in CONFIDENCES:
            note.error(field, f"confidence must be one of {CONFIDENCES}")


def _check_text(topic: TopicContent, language: str, text: str, note: _Note) -> None:
    field = f"texts.{language}"
    longest = LONGEST_SAFETY_TEXT if topic.is_safety else LONGEST_TEXT
    if len(text) > longest:
        note.error(field, f"has {len(text)} characters, {longest} are allowed: shorten it")
    if len(text) < SHORTEST_TEXT:
        note.error(field, f"has {len(text)} characters, {SHORTEST_TEXT} are needed: say what to do")
    if asked := asks_for_identity(text):
        note.error(field, f"asks for identity data ({asked!r}); people must never send it here")
    word = find_sensitive_word(text[:LOCK_SCREEN_CHARACTERS]) if topic.sensitive else None
    if word:
        note.error(field, f"shows {word!r} on a locked screen; begin with neutral words")
    average = count_sentence_words(text)
    if average > LONGEST_AVERAGE_SENTENCE:
        note.warn(field, f"sentences have {average:.0f} words on average; aim at 15")


def _check_figures(topic: TopicContent, note: _Note) -> None:
    """Numbers, phones and dates must be the same in every language; Spanish is the measure."""
    expected = find_figures(topic.texts.get("es", ""))
    for language, text in topic.texts.items():
        if language == "es" or "es" not in topic.texts:
            continue
        found = find_figures(text)
        differences = [f"lacks {figure}" for figure in sorted(expected - found)]
        differences += [f"adds {figure}" for figure in sorted(found - expected)]
        if differences:
            note.error(f"texts.{language}", f"{', '.join(differences)} against Spanish")


def _count(pack: Pack | None, findings: Findings) -> Figures:
    errors = len(findings.errors)
    warnings = len(findings.items) - errors
    if pack is None:
        return Figures(errors=errors, warnings=warnings)
    return Figures(
        topics=sum(not topic.is_safety for topic in pack.topics),
        safety=sum(topic.is_safety for topic in pack.topics),
        texts=sum(len(topic.texts) for topic in pack.topics),
        services=len(pack.services),
        areas=len(pack.areas),
        errors=errors,
        warnings=warnings,
    )
