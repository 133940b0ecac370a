"""Writes a pack's files in one canonical form, so that a review shows changes of content only.

Titles and short lists stand on one line, texts as blocks; keys keep the order of the guide.
"""

from pathlib import Path
from typing import Any

import yaml

from content.pack import (
    SAFETY_CLASSES,
    USUAL_RANK,
    AreaContent,
    Pack,
    PackSettings,
    ServiceContent,
    TopicContent,
)

_SOURCE_KEYS = ("id", "name", "url", "date", "confidence", "facts", "says")


class _Inline(dict[str, Any]):
    """A mapping that stands on one line."""


class _InlineList(list[Any]):
    """A list that stands on one line."""


class _Writer(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002
        """Indent lists below their key, as people write them."""
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: object) -> bool:
        return True


def _write_text(writer: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Writer.add_representer(str, _write_text)
_Writer.add_representer(
    _Inline,
    lambda writer, data: writer.represent_mapping(
        "tag:yaml.org,2002:map", data.items(), flow_style=True
    ),
)
_Writer.add_representer(
    _InlineList,
    lambda writer, data: writer.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True),
)


def write_pack(pack: Pack, folder: Path) -> list[Path]:
    """Write every file of `pack` below `folder`; return those whose bytes changed."""
    changed = []
    for name, text in format_pack(pack).items():
        path = folder / name
        if path.exists() and path.read_text(encoding="utf8") == text:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf8")
        changed.append(path)
    return changed


def format_pack(pack: Pack) -> dict[str, str]:
    """The canonical text of each file by its name below the pack's folder."""
    files = {"pack.yml": _dump(_settings(pack.settings))}
    files |= {
        f"topics/{topic.topic}.yml": _dump(_topic(topic, pack.settings.every_language))
        for topic in pack.topics
        if not topic.is_safety
    }
    entries = {
        "safety.yml": _safety(pack),
        "services.yml": {"services": _services(pack)},
        "areas.yml": {"areas": [_area(area) for area in sorted(pack.areas, key=_code)]},
    }
    return files | {name: _dump(entry) for name, entry in entries.items() if any(entry.values())}


def _dump(content: dict[str, Any]) -> str:
    text: str = yaml.dump(
        content, Dumper=_Writer, allow_unicode=True, sort_keys=False, width=100_000
    )
    return text


def _settings(settings: PackSettings) -> dict[str, Any]:
    content: dict[str, Any] = {
        "name": settings.name,
        "country": settings.country,
        "languages": _InlineList(settings.languages),
        "in_preparation": _InlineList(settings.in_preparation),
        "calling_code": settings.calling_code,
        "area_codes": _InlineList(settings.area_codes),
        "lines": dict(settings.lines),
        "owners": list(settings.owners),
        "needs": list(settings.needs),
        "safety_owner": settings.safety_owner,
    }
    if settings.left_out:
        content["left_out"] = [dict(entry) for entry in settings.left_out]
    return {key: value for key, value in content.items() if value}


def _safety(pack: Pack) -> dict[str, Any]:
    topics = {topic.safety_class: topic for topic in pack.topics if topic.is_safety}
    return {
        safety_class: _words(topics[safety_class], pack.settings.every_language)
        for safety_class in SAFETY_CLASSES
        if safety_class in topics
    }


def _services(pack: Pack) -> list[dict[str, Any]]:
    services = sorted(pack.services, key=lambda service: service.key)
    return [_service(service, pack.settings.every_language) for service in services]


def _code(area: AreaContent) -> str:
    return area.code


def _in_order(texts: dict[str, str], languages: tuple[str, ...]) -> dict[str, str]:
    """Languages as the pack lists them, others after."""
    order = [*languages, *sorted(texts.keys() - {*languages})]
    return {language: texts[language] for language in order if language in texts}


def _topic(topic: TopicContent, languages: tuple[str, ...]) -> dict[str, Any]:
    return {
        "topic": topic.topic,
        "owner": topic.owner,
        "sensitive": topic.sensitive,
        "handover": topic.handover,
        "title": _Inline(_in_order(topic.titles, languages)),
        "need": topic.need,
        "related": _InlineList(topic.related),
        **_words(topic, languages),
    }


def _words(topic: TopicContent, languages: tuple[str, ...]) -> dict[str, Any]:
    steps = [{"step": step.step, "texts": _blocks(step.texts, languages)} for step in topic.more]
    return {
        "sources": [
            {k: source[k] for k in _SOURCE_KEYS if k in source} for source in topic.sources
        ],
        "texts": _blocks(topic.texts, languages),
        **({"more": steps} if steps else {}),
    }


def _blocks(texts: dict[str, str], languages: tuple[str, ...]) -> dict[str, str]:
    return {language: f"{text}\n" for language, text in _in_order(texts, languages).items()}


def _service(service: ServiceContent, languages: tuple[str, ...]) -> dict[str, Any]:
    content = {
        "key": service.key,
        "owner": service.owner,
        "organisation": service.organisation,
        "name": _Inline(_in_order(service.names, languages)),
        "area": service.area,
        "address": service.address,
        "needs": _InlineList(service.needs),
        "rank": service.rank if service.rank != USUAL_RANK else None,
        "phone": service.phone,
        "hours": _Inline(_in_order(service.hours, languages)),
        "opening": _InlineList(service.opening),
        "cost": _Inline(_in_order(service.cost, languages)),
        "serves": _Inline(_in_order(service.serves, languages)),
        "bring": _Inline(_in_order(service.bring, languages)),
        "notes": _Inline(_in_order(service.notes, languages)),
        "languages": _InlineList(service.languages),
        "source": {k: service.source[k] for k in _SOURCE_KEYS if k in service.source},
    }
    return {key: value for key, value in content.items() if value}


def _area(area: AreaContent) -> _Inline:
    content = {
        "code": area.code,
        "name": area.name,
        "aliases": _InlineList(area.aliases),
        "population": area.population,
        "at": _InlineList(area.at or ()),
        "common_word": area.common_word,
    }
    return _Inline({key: value for key, value in content.items() if value})
