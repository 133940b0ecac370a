"""Topics and services out to spreadsheets and in again: all of a file or nothing, nothing approved.

A path that ends in `.xlsx` is a workbook with the sheets `topics`, `sources` and `services`; any
other is a folder with a CSV file of each name, or one such file.
"""

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from content.check import check_topic
from content.check_services import check_services
from content.exporting import NothingToExportError, load_pack
from content.findings import Finding, Findings
from content.importing import ImportResult, store_pack
from content.models import AreaRow, Topic
from content.pack import Pack, PackSettings, ServiceContent, TopicContent
from content.rows import read_settings, to_area_content
from content.sheet_columns import (
    SERVICES,
    SOURCES,
    TOPICS,
    find_wrong_columns,
    to_services,
    to_tables,
    to_topics,
)
from content.sheet_files import Table, read_csv, read_workbook, write_csv, write_workbook
from hub.clock import Clock
from hub.database import Database

_SHEETS = (TOPICS, SOURCES, SERVICES)
_NUMBERED = re.compile(r"sources\[(\d+)\]")


class SheetError(Exception):
    """The file has errors and nothing of it was imported; `findings` name each."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = tuple(findings)


async def export_sheets(database: Database, path: Path) -> list[Path]:
    """Write what `load_pack` gives; return the files written."""
    async with database.read() as session:
        tables = to_tables(await load_pack(session))
    if path.suffix.lower() == ".xlsx":
        write_workbook(tables, path)
        return [path]
    files = [(table, path / f"{table.name}.csv") for table in tables]
    for table, file in files:
        write_csv(table, file)
    return [file for _, file in files]


async def import_sheets(database: Database, path: Path, actor: str, clock: Clock) -> ImportResult:
    """What is new waits for review, as with a pack. Raise `SheetError` for any fault."""
    findings = Findings()
    tables = _read_tables(path, findings)
    _refuse(findings)
    async with database.write() as session:
        return await _store(session, tables, findings, actor, clock.now())


def _read_tables(path: Path, findings: Findings) -> dict[str, Table]:
    if path.suffix.lower() == ".xlsx":
        read = read_workbook(path, _SHEETS, findings)
    else:
        files = _find_files(path)
        if not files:
            findings.error(path.name, 1, "file", f"is none of {', '.join(_SHEETS)}, as .csv")
        read = [table for file in files if (table := read_csv(file, file.stem, findings))]
    tables = {table.name: table for table in read}
    if (TOPICS in tables) != (SOURCES in tables) and not findings.errors:
        present, lacking = (TOPICS, SOURCES) if TOPICS in tables else (SOURCES, TOPICS)
        message = f"{present} without {lacking}: bring both in together"
        findings.error(tables[present].shown, 1, "file", message)
    return tables


def _find_files(path: Path) -> list[Path]:
    """Topics and their sources belong together, whichever of the two is named."""
    names: tuple[str, ...] = _SHEETS
    if not path.is_dir():
        names = (TOPICS, SOURCES) if path.stem in (TOPICS, SOURCES) else (path.stem,)
        path = path.parent if path.stem in _SHEETS and path.suffix.lower() == ".csv" else path
    return [file for name in names if (file := path / f"{name}.csv").is_file()]


async def _store(
    session: AsyncSession,
    tables: dict[str, Table],
    findings: Findings,
    actor: str,
    now: datetime,
) -> ImportResult:
    settings = await read_settings(session)
    if settings is None:
        raise NothingToExportError("import a pack first: `chasqui content import`")
    for table in tables.values():
        find_wrong_columns(table, settings.every_language, findings)
    _refuse(findings)
    topics: list[TopicContent] = []
    services: list[ServiceContent] = []
    if TOPICS in tables:
        topics = to_topics(tables[TOPICS], tables[SOURCES], findings)
    if SERVICES in tables:
        services = to_services(tables[SERVICES], findings)
    _refuse(findings)
    await _check(session, settings, topics, services, findings)
    _refuse(_with_rows_of_sources(findings, tables, topics))
    pack = Pack(settings, tuple(topics), tuple(services), ())
    return await store_pack(session, pack, actor, now)


async def _check(
    session: AsyncSession,
    settings: PackSettings,
    topics: list[TopicContent],
    services: list[ServiceContent],
    findings: Findings,
) -> None:
    known = {*(await session.scalars(select(Topic.key))), *(topic.topic for topic in topics)}
    for topic in topics:
        check_topic(topic, settings, known, findings)
        if topic.is_safety and topic.owner != settings.safety_owner:
            line = topic.place.line_of("owner")
            message = f"safety texts belong to {settings.safety_owner}"
            findings.error(topic.place.path, line, "owner", message)
    areas = await session.scalars(select(AreaRow))
    pack = Pack(settings, (), tuple(services), tuple(to_area_content(area) for area in areas))
    check_services(pack, findings)


def _with_rows_of_sources(
    findings: Findings, tables: dict[str, Table], topics: list[TopicContent]
) -> Findings:
    """What is wrong with a source is named by its own sheet and row."""
    if TOPICS not in tables:
        return findings
    topic_at = {topic.place.line_of("topic"): topic.topic for topic in topics}
    shown, sources = tables[TOPICS].shown, tables[SOURCES]
    moved = Findings()
    for finding in findings.items:
        found = _NUMBERED.match(finding.field) if finding.path == shown else None
        if found:
            topic = topic_at[finding.line]
            rows = [row.line for row in sources.rows if row.get("topic").strip() == topic]
            field = finding.field.partition(".")[2] or "source"
            line = rows[int(found[1]) - 1]
            finding = replace(finding, path=sources.shown, line=line, field=field)  # noqa: PLW2901
        moved.items.append(finding)
    return moved


def _refuse(findings: Findings) -> None:
    if findings.errors:
        raise SheetError(sorted(findings.errors))
