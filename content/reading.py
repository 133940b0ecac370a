"""Reads the files of a pack. Notes everything wrong as findings and never stops at the first.

Rules about the wording are in `check`; here only the form counts.
"""

import re
from pathlib import Path
from typing import Any

from content.documents import Fields, read_mapping
from content.findings import Findings
from content.pack import (
    LINES,
    SAFETY_CLASSES,
    SAFETY_PREFIX,
    STEPS,
    USUAL_RANK,
    AreaContent,
    Pack,
    PackSettings,
    Place,
    ServiceContent,
    StepContent,
    TopicContent,
)

_MOST_LEVELS = 3
_LARGEST_LIST = 512 * 1024  # services and areas of a whole country
_REQUIRED_OF_PACK = (
    *("name", "country", "languages", "owners", "needs", "safety_owner"),
    *("calling_code", "area_codes", "lines"),
)
_OPTIONAL_OF_SERVICE = (
    *("area", "address", "rank", "phone", "hours", "opening"),
    *("cost", "serves", "bring", "notes", "languages"),
)
_TOPIC = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


def read_pack(folder: Path, findings: Findings) -> Pack | None:
    """Everything in `folder`; None if `pack.yml` itself cannot be used."""
    settings = read_pack_settings(folder, findings)
    if settings is None:
        return None
    topics = [_read_topic(path, findings) for path in sorted(folder.glob("topics/*.yml"))]
    return Pack(
        settings,
        (*(topic for topic in topics if topic), *_read_safety(folder, settings, findings)),
        _read_services(folder, findings),
        _read_areas(folder, findings),
    )


def read_pack_settings(folder: Path, findings: Findings) -> PackSettings | None:
    """`pack.yml` alone; None if it cannot be used at all."""
    fields = read_mapping(folder / "pack.yml", "pack.yml", findings)
    if fields is None:
        return None
    fields.allow(_REQUIRED_OF_PACK, ("left_out", "in_preparation"))
    return PackSettings(
        name=fields.text("name"),
        country=fields.text("country"),
        languages=fields.texts("languages"),
        owners=fields.texts("owners"),
        needs=fields.texts("needs"),
        safety_owner=fields.text("safety_owner"),
        left_out=tuple(_read_texts(entry) for entry in fields.mappings("left_out")),
        in_preparation=fields.texts("in_preparation"),
        calling_code=_read_calling_code(fields),
        area_codes=_read_area_codes(fields),
        lines=_read_lines(fields),
    )


def _read_calling_code(fields: Fields) -> str:
    code = fields.text("calling_code")
    if "calling_code" in fields and not re.fullmatch(r"[1-9]\d{0,2}", code):
        fields.error("calling_code", f"{code!r} is none; write one to three digits, such as '51'")
    return code


def _read_area_codes(fields: Fields) -> tuple[int, ...]:
    lengths = tuple(int(number) for number in fields.numbers("area_codes"))
    ascends = list(lengths) == sorted({*lengths})
    if "area_codes" in fields and not (
        ascends and 1 <= len(lengths) <= _MOST_LEVELS and lengths[0] > 0 and lengths[-1] <= 6
    ):
        message = "must be one to three growing numbers of digits, at most 6, such as [2, 4, 6]"
        fields.error("area_codes", message)
    return lengths


def _read_lines(fields: Fields) -> dict[str, str]:
    lines = fields.mapping("lines")
    if lines is None:
        return {}
    lines.allow(LINES)
    for name in lines:
        if not lines.text(name):
            lines.error(name, "is empty; write the number, or the name and the number")
    return {name: lines.text(name) for name in LINES if lines.text(name)}


def _read_topic(path: Path, findings: Findings) -> TopicContent | None:
    name = f"topics/{path.name}"
    fields = read_mapping(path, name, findings)
    if fields is None:
        return None
    fields.allow(
        ("topic", "owner", "sensitive", "handover", "title", "need", "related", "sources", "texts"),
        ("more",),
    )
    topic = fields.text("topic")
    if not _TOPIC.fullmatch(topic):
        fields.error("topic", "must be words joined by dots, such as `asylum.apply`")
    if topic != path.stem:
        fields.error("topic", f"must be as the file is named: {path.stem}")
    lines: dict[str, int] = {key: fields.line_of(key) for key in fields}
    return TopicContent(
        topic=path.stem,
        owner=fields.text("owner"),
        sensitive=fields.flag("sensitive"),
        handover=fields.flag("handover"),
        titles=_read_languages(fields, "title", lines),
        need=fields.text("need") or None,
        related=fields.texts("related"),
        sources=_read_sources(fields, lines),
        texts=_read_languages(fields, "texts", lines),
        more=_read_steps(fields, lines),
        place=Place(name, lines),
    )


def _read_safety(
    folder: Path, settings: PackSettings, findings: Findings
) -> tuple[TopicContent, ...]:
    path = folder / "safety.yml"
    document = read_mapping(path, path.name, findings)
    if document is None:
        return ()
    document.allow(SAFETY_CLASSES)
    found = []
    for safety_class in SAFETY_CLASSES:
        fields = document.mapping(safety_class)
        if fields is None:
            continue
        fields.allow(("sources", "texts"))
        lines: dict[str, int] = {key: fields.line_of(key) for key in fields}
        found.append(
            TopicContent(
                topic=SAFETY_PREFIX + safety_class,
                owner=settings.safety_owner,
                sensitive=True,
                handover=True,
                titles={},
                need=None,
                related=(),
                sources=_read_sources(fields, lines),
                texts=_read_languages(fields, "texts", lines),
                place=Place(path.name, lines),
            )
        )
    return tuple(found)


def _read_services(folder: Path, findings: Findings) -> tuple[ServiceContent, ...]:
    path = folder / "services.yml"
    document = _read_list(path, findings)
    if document is None:
        return ()
    document.allow(("services",))
    return tuple(_read_service(fields) for fields in document.mappings("services"))


def _read_list(path: Path, findings: Findings) -> Fields | None:
    return read_mapping(path, path.name, findings, _LARGEST_LIST) if path.exists() else None


def _read_service(fields: Fields) -> ServiceContent:
    fields.allow(
        ("key", "owner", "organisation", "name", "needs", "source"),
        _OPTIONAL_OF_SERVICE,
    )
    lines: dict[str, int] = {key: fields.line_of(key) for key in fields}
    source = fields.mapping("source")
    if source:
        source.allow(("name", "date", "confidence"), ("url",))
    return ServiceContent(
        key=fields.text("key"),
        owner=fields.text("owner"),
        organisation=fields.text("organisation"),
        names=_read_languages(fields, "name", lines),
        area=fields.text("area") or None,
        address=fields.text("address") or None,
        needs=fields.texts("needs"),
        rank=int(fields.number("rank")) or USUAL_RANK,
        phone=fields.text("phone") or None,
        hours=_read_languages(fields, "hours", lines),
        cost=_read_languages(fields, "cost", lines),
        notes=_read_languages(fields, "notes", lines),
        languages=fields.texts("languages"),
        source=_read_texts(source) if source else {},
        opening=fields.texts("opening"),
        serves=_read_languages(fields, "serves", lines),
        bring=_read_languages(fields, "bring", lines),
        place=Place(fields.name, lines | {"": fields.line}),
    )


def _read_areas(folder: Path, findings: Findings) -> tuple[AreaContent, ...]:
    path = folder / "areas.yml"
    document = _read_list(path, findings)
    if document is None:
        return ()
    document.allow(("areas",))
    return tuple(_read_area(fields) for fields in document.mappings("areas"))


def _read_area(fields: Fields) -> AreaContent:
    fields.allow(("code", "name"), ("aliases", "population", "at", "common_word"))
    at = fields.numbers("at")
    if at and len(at) != 2:
        fields.error("at", "must be [latitude, longitude]")
    return AreaContent(
        code=fields.text("code"),
        name=fields.text("name"),
        aliases=fields.texts("aliases"),
        population=int(fields.number("population")),
        at=(at[0], at[1]) if len(at) == 2 else None,
        common_word=fields.flag("common_word"),
        place=Place(fields.name, {"": fields.line}),
    )


def _read_sources(fields: Fields, lines: dict[str, int]) -> tuple[dict[str, Any], ...]:
    entries = fields.mappings("sources")
    for number, entry in enumerate(entries, 1):
        entry.allow(("id", "name", "date", "confidence", "facts"), ("url", "says"))
        lines[f"sources[{number}]"] = entry.line
        lines |= {f"sources[{number}].{key}": entry.line_of(key) for key in ("date", "says")}
    return tuple(_read_source(entry) for entry in entries)


def _read_source(entry: Fields) -> dict[str, Any]:
    says = [beginning.strip() for beginning in entry.texts("says")]
    plain: dict[str, Any] = {key: entry.text(key) for key in entry if key != "says"}
    return {key: value for key, value in (plain | {"says": says}).items() if value}


def _read_steps(fields: Fields, lines: dict[str, int]) -> tuple[StepContent, ...]:
    """In the order of telling, whatever their order in the file."""
    found: dict[str, StepContent] = {}
    for entry in fields.mappings("more"):
        entry.allow(("step", "texts"))
        step = entry.text("step")
        if step not in STEPS:
            entry.error("step", f"unknown step {step!r}; known are {', '.join(STEPS)}")
        elif step in found:
            entry.error("step", f"{step} is there twice; keep one")
        else:
            nested: dict[str, int] = {}
            found[step] = StepContent(step, _read_languages(entry, "texts", nested))
            lines |= {f"more.{step}": entry.line}
            lines |= {key.replace("texts", f"more.{step}", 1): at for key, at in nested.items()}
    return tuple(found[step] for step in STEPS if step in found)


def _read_texts(fields: Fields) -> dict[str, str]:
    return {key: text for key in fields if (text := fields.text(key))}


def _read_languages(fields: Fields, key: str, lines: dict[str, int]) -> dict[str, str]:
    """Texts by language; a language with an empty text counts as missing."""
    nested = fields.mapping(key)
    if nested is None:
        return {}
    lines |= {f"{key}.{language}": nested.line_of(language) for language in nested}
    return _read_texts(nested)
