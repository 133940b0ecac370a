"""Topics and services as tables of text and back, column by column, the same for XLSX and CSV.

A list stands one item a line; a line break inside an item is written `\\n`, a backslash `\\\\`.
"""

import re
from collections.abc import Callable, Iterable, Sequence

from content.findings import Findings
from content.pack import (
    SAFETY_CLASSES,
    SAFETY_PREFIX,
    STEPS,
    USUAL_RANK,
    Pack,
    Place,
    ServiceContent,
    StepContent,
    TopicContent,
)
from content.sheet_files import Row, Table

TOPICS, SOURCES, SERVICES = "topics", "sources", "services"
_TOPIC_KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_TOPIC = ("topic", "owner", "sensitive", "handover", "need", "related")
_SOURCE = ("id", "name", "url", "date", "confidence", "facts", "says")
_SERVICE = ("key", "owner", "organisation", "area", "address", "needs", "rank", "phone", "opening")
_SERVICE_TEXTS = ("name", "hours", "cost", "serves", "bring", "notes")
_SERVICE_SOURCE = ("name", "url", "date", "confidence")
_YES = frozenset(("true", "verdadero", "sí", "si", "yes"))
_NO = frozenset(("false", "falso", "no"))


def columns_of(table: str, languages: Iterable[str]) -> tuple[str, ...]:
    """The columns of a table, of all of which a file must have each."""
    spoken = tuple(languages)
    if table == SOURCES:
        return ("topic", *_SOURCE)
    if table == TOPICS:
        told = ("title", "texts", *(f"more.{step}" for step in STEPS))
        return (*_TOPIC, *(f"{field}.{language}" for language in spoken for field in told))
    texts = (f"{field}.{language}" for field in _SERVICE_TEXTS for language in spoken)
    return (*_SERVICE, *texts, "languages", *(f"source.{field}" for field in _SERVICE_SOURCE))


def to_tables(pack: Pack) -> list[Table]:
    """Languages as the pack lists them, then any other that something is written in."""
    used = {language for topic in pack.topics for language in topic.languages}
    used |= {each for one in pack.services for texts in _texts_of(one) for each in texts}
    named = pack.settings.every_language
    spoken = (*named, *sorted(used - {*named}))
    topics = [_from_topic(topic, spoken) for topic in pack.topics]
    sources = [
        {"topic": topic.topic, **_from_source(source)}
        for topic in pack.topics
        for source in topic.sources
    ]
    services = [to_cells(service, spoken) for service in pack.services]
    tables = ((TOPICS, topics), (SOURCES, sources), (SERVICES, services))
    return [
        Table(
            name, columns_of(name, spoken), tuple(Row(n, cells) for n, cells in enumerate(rows, 2))
        )
        for name, rows in tables
    ]


def _from_topic(topic: TopicContent, spoken: Sequence[str]) -> dict[str, str]:
    cells = {
        "topic": topic.topic,
        "owner": topic.owner,
        "sensitive": str(topic.sensitive).lower(),
        "handover": str(topic.handover).lower(),
        "need": topic.need or "",
        "related": join(topic.related),
    }
    for language in spoken:
        cells[f"title.{language}"] = topic.titles.get(language, "")
        cells[f"texts.{language}"] = topic.texts.get(language, "")
        for step in topic.more:
            cells[f"more.{step.step}.{language}"] = step.texts.get(language, "")
    return cells


def _from_source(source: dict[str, object]) -> dict[str, str]:
    cells = {name: str(source.get(name, "")) for name in _SOURCE}
    says = source.get("says", ())
    return cells | {"says": join(says if isinstance(says, list | tuple) else ())}


def _texts_of(service: ServiceContent) -> tuple[dict[str, str], ...]:
    return (
        service.names,
        service.hours,
        service.cost,
        service.serves,
        service.bring,
        service.notes,
    )


def to_cells(service: ServiceContent, spoken: Sequence[str]) -> dict[str, str]:
    """The row of a service, by column."""
    cells = {
        "key": service.key,
        "owner": service.owner,
        "organisation": service.organisation,
        "area": service.area or "",
        "address": service.address or "",
        "needs": join(service.needs),
        "rank": "" if service.rank == USUAL_RANK else str(service.rank),
        "phone": service.phone or "",
        "opening": join(service.opening),
        "languages": join(service.languages),
    }
    for field, texts in zip(_SERVICE_TEXTS, _texts_of(service), strict=True):
        cells |= {f"{field}.{language}": texts.get(language, "") for language in spoken}
    return cells | {f"source.{name}": service.source.get(name, "") for name in _SERVICE_SOURCE}


def join(items: Iterable[str]) -> str:
    return "\n".join(item.replace("\\", "\\\\").replace("\n", "\\n") for item in items)


def split(text: str) -> tuple[str, ...]:
    """What `join` was given; empty lines are passed over."""
    lines = (line.strip() for line in text.splitlines())
    return tuple(re.sub(r"\\(.)", _unescape, line) for line in lines if line)


def _unescape(found: re.Match[str]) -> str:
    return "\n" if found[1] == "n" else found[1]


class Cells:
    """One row, read strictly: each reader notes what is wrong and answers with nothing."""

    def __init__(self, table: Table, row: Row, findings: Findings) -> None:
        self._table = table
        self._row = row
        self._findings = findings

    def error(self, column: str, message: str) -> None:
        self._findings.error(self._table.shown, self._row.line, column, message)

    def text(self, column: str) -> str:
        lines = self._row.get(column).strip().splitlines()
        return "\n".join(line.rstrip() for line in lines)

    def required(self, column: str) -> str:
        text = self.text(column)
        if not text:
            self.error(column, "is empty; fill it")
        return text

    def flag(self, column: str) -> bool:
        text = self.text(column).lower()
        if text not in _YES | _NO:
            self.error(column, "must be true or false")
        return text in _YES

    def number(self, column: str) -> int:
        text = self.text(column)
        if text and not (text.isascii() and text.isdigit() and len(text) < 5):
            self.error(column, "must be a whole number")
            return 0
        return int(text or 0)

    def texts(self, field: str) -> dict[str, str]:
        """What stands in `<field>.<language>`, by language."""
        columns = [name for name in self._table.columns if name.startswith(f"{field}.")]
        found = {name.removeprefix(f"{field}."): self.text(name) for name in columns}
        return {language: text for language, text in found.items() if text}

    def place(self) -> Place:
        """Every field that a check may name stands in this row."""
        roots = {name.split(".")[0] for name in self._table.columns} | {"", "sources", "more"}
        steps = {f"more.{step}" for step in STEPS}
        numbered = {
            f"sources[{n}]{field}" for n in range(1, 60) for field in ("", ".date", ".says")
        }
        fields = {*self._table.columns, *roots, *steps, *numbered}
        return Place(self._table.shown, dict.fromkeys(fields, self._row.line))


def to_topics(topics: Table, sources: Table, findings: Findings) -> list[TopicContent]:
    read_by_topic: dict[str, list[dict[str, object]]] = {}
    known = {row.get("topic").strip() for row in topics.rows}
    for row in sources.rows:
        cells = Cells(sources, row, findings)
        topic = cells.required("topic")
        if topic and topic not in known:
            cells.error("topic", f"the sheet {TOPICS} has no {topic!r}; add it there")
        read_by_topic.setdefault(topic, []).append(_to_source(cells))
    found = [
        _to_topic(Cells(topics, row, findings), read_by_topic.get(row.get("topic").strip(), []))
        for row in topics.rows
    ]
    _refuse_twice(topics, "topic", findings)
    return found


def _to_source(cells: Cells) -> dict[str, object]:
    for name in ("id", "name", "date", "confidence", "facts"):
        cells.required(name)
    plain: dict[str, object] = {name: cells.text(name) for name in _SOURCE}
    plain["says"] = list(split(cells.text("says")))
    return {name: value for name, value in plain.items() if value}


def _to_topic(cells: Cells, sources: list[dict[str, object]]) -> TopicContent:
    topic = cells.required("topic")
    if topic and not _TOPIC_KEY.fullmatch(topic):
        cells.error("topic", "must be words joined by dots, such as `asylum.apply`")
    if topic.startswith(SAFETY_PREFIX) and topic.removeprefix(SAFETY_PREFIX) not in SAFETY_CLASSES:
        cells.error("topic", f"no safety class; classes are {', '.join(SAFETY_CLASSES)}")
    steps = (StepContent(step, cells.texts(f"more.{step}")) for step in STEPS)
    return TopicContent(
        topic=topic,
        owner=cells.required("owner"),
        sensitive=cells.flag("sensitive"),
        handover=cells.flag("handover"),
        titles=cells.texts("title"),
        need=cells.text("need") or None,
        related=split(cells.text("related")),
        sources=tuple(sources),
        texts=cells.texts("texts"),
        more=tuple(step for step in steps if step.texts),
        place=cells.place(),
    )


def to_services(table: Table, findings: Findings) -> list[ServiceContent]:
    found = [_to_service(Cells(table, row, findings)) for row in table.rows]
    _refuse_twice(table, "key", findings)
    return found


def _to_service(cells: Cells) -> ServiceContent:
    source = {name: cells.text(f"source.{name}") for name in _SERVICE_SOURCE}
    for name in ("name", "date", "confidence"):
        cells.required(f"source.{name}")
    return ServiceContent(
        key=cells.required("key"),
        owner=cells.required("owner"),
        organisation=cells.required("organisation"),
        names=cells.texts("name"),
        area=_to_area(cells.text("area")),
        address=cells.text("address") or None,
        needs=split(cells.text("needs")),
        rank=cells.number("rank") or USUAL_RANK,
        phone=cells.text("phone") or None,
        hours=cells.texts("hours"),
        cost=cells.texts("cost"),
        notes=cells.texts("notes"),
        languages=split(cells.text("languages")),
        source={name: text for name, text in source.items() if text},
        opening=split(cells.text("opening")),
        serves=cells.texts("serves"),
        bring=cells.texts("bring"),
        place=cells.place(),
    )


def _to_area(code: str) -> str | None:
    """A code has pairs of digits; spreadsheets that take it for a number drop a leading zero."""
    if code.isascii() and code.isdigit() and len(code) % 2:
        return f"0{code}"
    return code or None


def _refuse_twice(table: Table, column: str, findings: Findings) -> None:
    seen: dict[str, int] = {}
    for row in table.rows:
        key = row.get(column).strip()
        if key in seen:
            message = f"{key} stands in row {seen[key]} too; keep one"
            findings.error(table.shown, row.line, column, message)
        seen.setdefault(key, row.line)


def find_wrong_columns(table: Table, languages: Sequence[str], findings: Findings) -> None:
    """Each column must be there, because what a file lacks would be lost with its import."""
    expected = columns_of(table.name, languages)
    missing = [column for column in expected if column not in table.columns]
    if missing:
        findings.error(
            table.shown,
            1,
            "file",
            f"lacks the columns {', '.join(missing)}; export again to see all",
        )
    fits: Callable[[str], bool] = {*expected}.__contains__
    for column in table.columns:
        if not fits(column):
            findings.error(table.shown, 1, column or "file", "unknown column; remove it")
