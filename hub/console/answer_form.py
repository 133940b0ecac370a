"""The form of an answer: from its fields to content, and from the rules' findings to phrases."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from content.agreement import find_differences
from content.check_texts import (
    LONGEST_SAFETY_TEXT,
    LONGEST_TEXT,
    LONGEST_TITLE,
    lengths_of,
)
from content.findings import Finding
from content.pack import SAFETY_PREFIX, STEPS, StepContent, TopicContent
from content.wording import asks_for_identity
from hub.console.frame import Visitor
from hub.i18n import Translate

SOURCE_FIELDS = ("name", "url", "date", "confidence", "facts", "says")
UNDATED = "undated"  # as packs spell it; people read and write it in their own language
_MOST_SOURCES = 20
_LONGEST_TEXT_STORED = 4000


def longest_text_of(topic: str) -> int:
    return LONGEST_SAFETY_TEXT if topic.startswith(SAFETY_PREFIX) else LONGEST_TEXT


def read_content(visitor: Visitor, before: TopicContent) -> TopicContent:
    """What the form says; the topic itself and its owner are not for this form to change."""
    languages = visitor.console.config.languages
    return replace(
        before,
        sensitive="sensitive" in visitor.choices("flags"),
        handover="handover" in visitor.choices("flags"),
        titles=_read_languages(visitor, "title", languages),
        need=visitor.field("need") or None,
        related=tuple(dict.fromkeys(visitor.field("related").replace(",", " ").split())),
        sources=tuple(_read_sources(visitor)),
        texts=_read_languages(visitor, "text", languages),
        more=() if before.is_safety else tuple(_read_steps(visitor, languages)),
    )


def _read_languages(visitor: Visitor, name: str, languages: Sequence[str]) -> dict[str, str]:
    texts = {language: visitor.field(f"{name}_{language}") for language in languages}
    return {language: text for language, text in texts.items() if text}


def _read_steps(visitor: Visitor, languages: Sequence[str]) -> Iterator[StepContent]:
    """A step that is empty in every language is none."""
    for step in STEPS:
        texts = _read_languages(visitor, f"step_{step}", languages)
        if texts:
            yield StepContent(step, texts)


def _read_sources(visitor: Visitor) -> list[dict[str, Any]]:
    """Rows with a name, in their order; an id stays with its row, for texts may refer to it."""
    sources: list[dict[str, Any]] = []
    for number in range(1, _MOST_SOURCES + 1):
        values: dict[str, Any] = {
            key: visitor.field(f"source_{number}_{key}") for key in SOURCE_FIELDS
        }
        if values["date"].casefold() == visitor._("undated"):
            values["date"] = UNDATED
        values["says"] = [line.strip() for line in values["says"].splitlines() if line.strip()]
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
    for field, _language, text in content.every_text():
        if len(text) > _LONGEST_TEXT_STORED:
            errors[form_field(field)] = _too_long(text, _LONGEST_TEXT_STORED, _)
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
    kind, language = _split(field)
    if kind == "title" and language:
        return [(f"title_{language}", _too_long(content.titles[language], LONGEST_TITLE, _))]
    if kind not in ("title", "texts") and not kind.startswith("more."):
        return [_explain_reference(field.partition(".")[0], finding, _)]
    if language:
        return [(form_field(field), _explain_text(finding, content, field, _))]
    said = content.titles if kind == "title" else _texts_of(content, kind)
    lacking = [one for one in languages if one not in said]
    return [(form_field(f"{kind}.{one}"), _("Not written yet")) for one in lacking]


def _split(field: str) -> tuple[str, str]:
    """What is written, and in which language: `more.where` and `es`. Empty: in all of them."""
    parts = field.split(".")
    whole = 2 if parts[0] == "more" else 1
    return ".".join(parts[:whole]), ".".join(parts[whole:])


def form_field(field: str) -> str:
    """The form's name of a field of the pack: `more.where.es` is `step_where_es`."""
    parts = field.split(".")
    names = {"texts": "text", "title": "title", "more": "step"}
    return "_".join([names[parts[0]], *parts[1:]])


def _texts_of(content: TopicContent, kind: str) -> dict[str, str]:
    """All languages of `texts` or of `more.<step>`."""
    if kind == "texts":
        return content.texts
    steps = {f"more.{step.step}": step.texts for step in content.more}
    return steps.get(kind, {})


def _explain_text(finding: Finding, content: TopicContent, field: str, _: Translate) -> str:
    kind, language = _split(field)
    texts = _texts_of(content, kind)
    text = texts.get(language, "")
    shortest, longest = lengths_of(content, field)
    if len(text) > longest:
        return _too_long(text, longest, _)
    if len(text) < shortest:
        words = _("Too short: %(used)s characters, at least %(limit)s are needed")
        return words % {"used": len(text), "limit": shortest}
    if asked := asks_for_identity(text):
        return _("It asks for personal data: “%(words)s”") % {"words": asked}
    if language != "es" and find_differences(texts.get("es", ""), text, language):
        return _explain_difference(texts.get("es", ""), text, language, _)
    if content.sensitive:
        return _("The first words show on a locked screen: begin with neutral ones")
    return finding.message


def _explain_difference(spanish: str, text: str, language: str, _: Translate) -> str:
    differences = find_differences(spanish, text, language)
    words = _("These numbers are not the same as in the Spanish text: %(numbers)s")
    # Without "lacks", "adds" and the kind: what differs says enough, in every language of staff.
    return words % {"numbers": ", ".join(sorted({each.split()[-1] for each in differences}))}


def _explain_reference(kind: str, finding: Finding, _: Translate) -> tuple[str, str]:
    if kind == "related":
        return "related", _("One of these topics does not exist, or is this one")
    if kind == "need":
        return "need", _("Choose one of the list")
    if kind.startswith("sources["):
        number = kind.removeprefix("sources[").rstrip("]")
        if finding.field.endswith(".date"):
            return f"source_{number}_date", _("Write 2026, 2026-03, 2026-03-31 or “undated”")
        if finding.field.endswith(".says"):
            words = _("Copy the first words of Spanish sentences as they stand, at least three")
            return f"source_{number}_says", words
        return f"source_{number}_confidence", _("Choose one of the list")
    if kind == "sources":
        return "source_1_name", _("Name at least one source")
    return kind, finding.message


def _too_long(text: str, limit: int, _: Translate) -> str:
    words = _("Too long: %(used)s characters, at most %(limit)s fit")
    return words % {"used": len(text), "limit": limit}
