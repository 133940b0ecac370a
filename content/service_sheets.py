"""Many services from one spreadsheet: read as plain data, compared with what is there, proposed.

What a file says is set beside the newest version of each service. A row that says what is told, or
what waits, changes nothing, and a service without a row stays as it is. What others are working on,
and what was withdrawn, is passed over and named: an older sheet must not undo either.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import PurePath

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from content.exporting import NothingToExportError, by_telling
from content.findings import Finding, Findings
from content.models import Service
from content.pack import Pack, PackSettings, ServiceContent
from content.rows import read_settings, to_service
from content.service_editing import find_faults
from content.sheet_columns import SERVICES, find_wrong_columns, to_cells, to_services, to_tables
from content.sheet_files import Table, unpack_csv, unpack_workbook
from content.spreadsheets import SheetError
from content.states import State

MOST_SERVICES = 2_000
_ZIP = b"PK"
_LONGEST_NAME = 80
_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")
_LIMITS = {"organisation": 200, "address": 200, "phone": 80}
_TOLD = frozenset({State.APPROVED, State.IN_REVIEW, State.EXPIRED})


class PassedOver(StrEnum):
    """Why a row that differs is left alone."""

    WAITING = "waiting"  # a version that others wrote, or a pack brought beside what is told
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Change:
    """`before` is None for a new service; `seen` is the hash of its version, empty for a new one;
    `cells` are the columns that differ, as they were and as they would be."""

    content: ServiceContent
    before: ServiceContent | None
    seen: str
    cells: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file would do; nothing is done yet."""

    changes: tuple[Change, ...]
    unchanged: int
    passed_over: tuple[tuple[ServiceContent, PassedOver], ...]

    @property
    def new(self) -> list[Change]:
        return [change for change in self.changes if change.before is None]

    @property
    def changed(self) -> list[Change]:
        return [change for change in self.changes if change.before]


async def read_table(session: AsyncSession) -> Table:
    """The services as `chasqui content sheets export` writes them."""
    settings = await _need_settings(session)
    rows = sorted(
        await session.scalars(select(Service).where(Service.state.in_(_TOLD))), key=by_telling
    )
    newest = {row.key: to_service(row) for row in rows}
    services = tuple(newest[key] for key in sorted(newest))
    return next(one for one in to_tables(Pack(settings, (), services, ())) if one.name == SERVICES)


def unpack_table(raw: bytes, file_name: str) -> Table:
    """The services of a workbook or a CSV file, whatever its name; raise `SheetError`. Asks nobody,
    and may take a moment."""
    findings = Findings()
    shown = PurePath(file_name.replace("\\", "/")).name[:_LONGEST_NAME] or SERVICES
    if raw.startswith(_ZIP):
        tables = unpack_workbook(raw, shown, (SERVICES,), findings)
    else:
        found = unpack_csv(raw, shown, SERVICES, findings)
        tables = [found] if found else []
    if tables and len(tables[0].rows) > MOST_SERVICES:
        findings.error(shown, 1, "file", f"has more than {MOST_SERVICES} rows; split it")
    _refuse(findings.errors)
    return tables[0]


async def plan_services(session: AsyncSession, table: Table, member_id: str) -> Plan:
    """What the table would change; raise `SheetError` for any fault in it."""
    settings = await _need_settings(session)
    findings = Findings()
    find_wrong_columns(table, settings.every_language, findings)
    _refuse(findings.errors)
    contents = to_services(table, findings)
    for content in contents:
        _check_limits(content, findings)
    _refuse(findings.errors)
    faults = await find_faults(session, contents, settings)
    keys = {content.place.line_of("key"): content.key for content in contents}
    _refuse([_without_key(fault, keys[fault.line]) for fault in faults])
    return await _compare(session, contents, settings, member_id)


async def _compare(
    session: AsyncSession,
    contents: Sequence[ServiceContent],
    settings: PackSettings,
    member_id: str,
) -> Plan:
    versions: dict[str, list[Service]] = {content.key: [] for content in contents}
    query = select(Service).where(Service.key.in_(versions)).order_by(Service.version)
    for row in await session.scalars(query):
        versions[row.key].append(row)
    changes, passed_over = [], []
    for content in contents:
        rows = versions[content.key]
        told = max((row for row in rows if row.state in _TOLD), key=by_telling, default=None)
        known = [
            to_service(row) for row in {id(row): row for row in (told, *rows[-1:]) if row}.values()
        ]
        if any(not _differing(each, content, settings) for each in known):
            continue
        newest = rows[-1] if rows else None
        if newest and (why := _why_not(newest, told, member_id)):
            passed_over.append((content, why))
            continue
        before = to_service(newest) if newest else None
        cells = _differing(before, content, settings)
        changes.append(Change(content, before, newest.hash if newest else "", cells))
    unchanged = len(contents) - len(changes) - len(passed_over)
    return Plan(tuple(changes), unchanged, tuple(passed_over))


def _why_not(newest: Service, told: Service | None, member_id: str) -> PassedOver | None:
    if newest.state == State.WITHDRAWN:
        return PassedOver.WITHDRAWN
    if newest.state != State.IN_REVIEW:
        return None
    writers = {newest.author, newest.submitted_by, *newest.edited_by} - {None}
    is_theirs = writers == {member_id}
    is_what_was_exported = newest is told and not writers
    return None if is_theirs or is_what_was_exported else PassedOver.WAITING


def _differing(
    before: ServiceContent | None, after: ServiceContent, settings: PackSettings
) -> tuple[tuple[str, str, str], ...]:
    old = _cells(before, settings) if before else {}
    new = _cells(after, settings)
    return tuple(
        (name, old.get(name, ""), new.get(name, ""))
        for name in {**new, **old}
        if old.get(name, "") != new.get(name, "")
    )


def _cells(content: ServiceContent, settings: PackSettings) -> dict[str, str]:
    """As a file would say it again, so that spaces at an end are no change."""
    cells = to_cells(content, settings.every_language)
    return {
        name: "\n".join(line.rstrip() for line in text.strip().splitlines())
        for name, text in cells.items()
    }


def _check_limits(content: ServiceContent, findings: Findings) -> None:
    """What the rules of a pack do not look at and the database does not take."""
    place = content.place
    if not _KEY.fullmatch(content.key):
        message = "must be small letters, digits and _, such as `office_brena`"
        findings.error(place.path, place.line_of("key"), "key", message)
    for name, most in _LIMITS.items():
        if len(getattr(content, name) or "") > most:
            message = f"has more than {most} characters; shorten it"
            findings.error(place.path, place.line_of(name), name, message)
    if not content.source.get("url", "https://").startswith(("https://", "http://")):
        message = "must start with https:// or http://"
        findings.error(place.path, place.line_of("source.url"), "source.url", message)


def _without_key(finding: Finding, key: str) -> Finding:
    return replace(finding, field=finding.field.removeprefix(f"{key}."))


async def _need_settings(session: AsyncSession) -> PackSettings:
    settings = await read_settings(session)
    if settings is None:
        raise NothingToExportError("import a pack first: `chasqui content import`")
    return settings


def _refuse(errors: Sequence[Finding]) -> None:
    if errors:
        raise SheetError(sorted(errors))
