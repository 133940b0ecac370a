"""The form of an answer: from its fields to content, and from the rules' findings to phrases."""

from collections.abc import Sequence
from dataclasses import replace

from content.check_texts import (
    LONGEST_SAFETY_TEXT,
    LONGEST_TEXT,
    LONGEST_TITLE,
    SHORTEST_TEXT,
)
from content.findings import Finding
from content.pack import SAFETY_PREFIX, TopicContent
from content.wording import asks_for_identity, find_figures
from hub.console.frame import Visitor
from hub.i18n import Translate

SOURCE_FIELDS = ("name", "url", "date", "confidence", "facts")
UNDATED = "undated"  # as packs spell it; people read and write it in their own language
_MOST_SOURCES = 20
_LONGEST_TEXT_STORED = 4000


def longest_text_of(topic: str) -> int:
    return LONGEST_SAFETY_TEXT if topic.startswith(SAFETY_PREFIX) else LONGEST_TEXT


def read_content(visitor: Visitor, before: TopicContent) -> TopicContent:
    """What the form says; the topic itself and its owner are not for this form to change."""
    languages = visitor.console.config.languages
    titles = {language: visitor.field(f"title_{language}") for language in languages}
    texts = {language: visitor.field(f"text_{language}") for language in languages}
    return replace(
        before,
        sensitive="sensitive" in visitor.choices("flags"),
        handover="handover" in visitor.choices("flags"),
        titles={language: title for language, title in titles.items() if title},
        need=visitor.field("need") or None,
        related=tuple(dict.fromkeys(visitor.field("related").replace(",", " ").split())),
        sources=tuple(_read_sources(visitor)),
        texts={language: text for language, text in texts.items() if text},
    )


def _read_sources(visitor: Visitor) -> list[dict[str, str]]:
    """Rows with a name, in their order; an id stays with its row, for texts may refer to it."""
    sources: list[dict[str, str]] = []
    for number in range(1, _MOST_SOURCES + 1):
        values = {key: visitor.field(f"source_{number}_{key}") for key in SOURCE_FIELDS}
        if values["date"].casefold() == visitor._("undated"):
            values["date"] = UNDATED
        if values["name"]:
            given = visitor.field(f"source_{number}_id") or f"s{number}"
            sources.append({"id": given, **{key: text for key, text in values.items() if text}})
    return sources


def find_form_errors(content: TopicContent, _: Translate) -> dict[str, str]:
    """What not even a draft may hold, by field."""
    errors = {}
    for language, title in content.titles.items():
        if len(title) > LONGEST_TITLE:
            errors[f"title_{language}"] = _too_long(title, LONGEST_TITLE, _)
    for language, text in content.texts.items():
        if len(text) > _LONGEST_TEXT_STORED:
            errors[f"text_{language}"] = _too_long(text, _LONGEST_TEXT_STORED, _)
    for number, source in enumerate(content.sources, 1):
        if not source.get("url", "https://").startswith(("https://", "http://")):
            errors[f"source_{number}_url"] = _("An address starts with https:// or http://")
    return errors


def explain_findings(
    findings: Sequence[Finding], content: TopicContent, languages: Sequence[str], _: Translate
) -> dict[str, str]:
    """The rules' findings as phrases, by field of the form."""
    errors: dict[str, str] = {}
    for finding in findings:
        for field, phrase in _explain(finding, content, languages, _):
            errors.setdefault(field, phrase)
    return errors


def _explain(
    finding: Finding, content: TopicContent, languages: Sequence[str], _: Translate
) -> list[tuple[str, str]]:
    field = finding.field.removeprefix(f"{content.safety_class}.")
    kind, _dot, language = field.partition(".")
    if kind == "texts" and language:
        return [(f"text_{language}", _explain_text(finding, content, language, _))]
    if kind in ("texts", "title") and not language:
        said = content.texts if kind == "texts" else content.titles
        name = "text" if kind == "texts" else "title"
        return [(f"{name}_{one}", _("Not written yet")) for one in languages if one not in said]
    if kind == "title":
        return [(f"title_{language}", _too_long(content.titles[language], LONGEST_TITLE, _))]
    return [_explain_reference(kind, finding, _)]


def _explain_text(finding: Finding, content: TopicContent, language: str, _: Translate) -> str:
    text = content.texts.get(language, "")
    if len(text) > longest_text_of(content.topic):
        return _too_long(text, longest_text_of(content.topic), _)
    if len(text) < SHORTEST_TEXT:
        words = _("Too short: %(used)s characters, at least %(limit)s are needed")
        return words % {"used": len(text), "limit": SHORTEST_TEXT}
    if asked := asks_for_identity(text):
        return _("It asks for personal data: “%(words)s”") % {"words": asked}
    different = find_figures(text) ^ find_figures(content.texts.get("es", ""))
    if language != "es" and different:
        words = _("These numbers are not the same as in the Spanish text: %(numbers)s")
        return words % {"numbers": ", ".join(sorted(different))}
    if content.sensitive:
        return _("The first words show on a locked screen: begin with neutral ones")
    return finding.message


def _explain_reference(kind: str, finding: Finding, _: Translate) -> tuple[str, str]:
    if kind == "related":
        return "related", _("One of these topics does not exist, or is this one")
    if kind == "need":
        return "need", _("Choose one of the list")
    if kind.startswith("sources["):
        number = kind.removeprefix("sources[").rstrip("]")
        if finding.field.endswith(".date"):
            return f"source_{number}_date", _("Write 2026, 2026-03, 2026-03-31 or “undated”")
        return f"source_{number}_confidence", _("Choose one of the list")
    if kind == "sources":
        return "source_1_name", _("Name at least one source")
    return kind, finding.message


def _too_long(text: str, limit: int, _: Translate) -> str:
    words = _("Too long: %(used)s characters, at most %(limit)s fit")
    return words % {"used": len(text), "limit": limit}
