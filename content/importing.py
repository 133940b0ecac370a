"""Brings a pack into the database: all of it or nothing, and nothing approved.

New words become a version in review without an author; words that are there already are left alone,
so that importing at every start does no harm. What staff are working on is passed over and named: a
version beside theirs would have no author, so whoever wrote the words could verify them (PEER-10).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from content.area_codes import AreaCodes
from content.check import CheckResult, check_pack
from content.checking import keep_checks, read_words
from content.models import Answer, AreaRow, Service, Topic
from content.pack import AreaContent, Pack, ServiceContent, TopicContent
from content.rows import (
    is_brought,
    new_answer,
    new_area,
    new_service,
    new_words,
    note_brought,
    raise_revision,
    read_brought,
    to_area_content,
)
from content.states import Move, State, next_state
from hub.clock import Clock
from hub.database import Database
from hub.staff.audit import record_act

Row = TypeVar("Row", Answer, Service)
SERVICES = "services/"  # stands before a service's key where topics are named too


class PackError(Exception):
    """The pack has errors and nothing of it was imported; `result` names each."""

    def __init__(self, result: CheckResult) -> None:
        errors = [str(finding) for finding in result.findings]
        super().__init__("\n".join(errors) or "the pack cannot be read")
        self.result = result


@dataclass(frozen=True, slots=True)
class ImportResult:
    """`passed_over`: the topics, and services as `services/<key>`, that staff are working on."""

    new_answers: int
    unchanged_answers: int
    new_services: int
    unchanged_services: int
    changed_areas: int
    passed_over: tuple[str, ...] = ()


@dataclass(slots=True)
class _Import:
    """One import under way. `brought` is what the pack's files held last time, by topic or service;
    `busy` and `passed_over` are named like that too."""

    session: AsyncSession
    actor: str
    now: datetime
    brought: dict[str, str]
    busy: set[str]
    passed_over: list[str] = field(default_factory=list)


async def import_pack(database: Database, folder: Path, actor: str, clock: Clock) -> ImportResult:
    """Import the pack in `folder`; raise `PackError` if any file has an error."""
    checked = check_pack(folder)
    if checked.pack is None:
        raise PackError(checked)
    async with database.write() as session:
        result = await store_pack(session, checked.pack, actor, clock.now())
        passed_over = frozenset(result.passed_over)
        brought = {name: each for name, each in _digests(checked.pack) if name not in passed_over}
        await note_brought(session, brought)
        return result


async def store_pack(session: AsyncSession, pack: Pack, actor: str, now: datetime) -> ImportResult:
    """Also of what is no whole pack: a spreadsheet, translations."""
    codes = AreaCodes.of_pack(pack.settings.area_codes)
    changed_areas = await _store_areas(session, pack.areas, codes, actor, now)
    await _store_owners(session, pack.topics, actor, now)
    under_way = _Import(session, actor, now, await read_brought(session), await read_busy(session))
    answers = await _read_versions(session, Answer)
    new_answers = [
        content
        for content in pack.topics
        if await _store_answer(under_way, content, answers[content.topic])
    ]
    services = await _read_versions(session, Service)
    new_services = [
        content
        for content in pack.services
        if await _store_service(under_way, content, services[content.key])
    ]
    await raise_revision(session, pack.settings)
    left_services = sum(name.startswith(SERVICES) for name in under_way.passed_over)
    left_answers = len(under_way.passed_over) - left_services
    return ImportResult(
        new_answers=len(new_answers),
        unchanged_answers=len(pack.topics) - len(new_answers) - left_answers,
        new_services=len(new_services),
        unchanged_services=len(pack.services) - len(new_services) - left_services,
        changed_areas=changed_areas,
        passed_over=tuple(under_way.passed_over),
    )


def _digests(pack: Pack) -> Iterator[tuple[str, str]]:
    yield from ((topic.topic, topic.digest()) for topic in pack.topics)
    yield from ((SERVICES + service.key, service.digest()) for service in pack.services)


async def read_busy(session: AsyncSession) -> set[str]:
    """What staff are working on is theirs: an import beside it would get round its author."""
    keys = set()
    for kind, key, prefix in ((Answer, Answer.topic, ""), (Service, Service.key, SERVICES)):
        waiting = await session.execute(
            select(key, kind.state, kind.author, kind.edited_by).where(
                kind.state.in_((State.DRAFT, State.IN_REVIEW))
            )
        )
        keys |= {
            prefix + name
            for name, state, author, editors in waiting
            if state == State.DRAFT or author or editors
        }
    return keys


async def _store_areas(
    session: AsyncSession,
    areas: Iterable[AreaContent],
    codes: AreaCodes,
    actor: str,
    now: datetime,
) -> int:
    rows = {row.code: row for row in await session.scalars(select(AreaRow))}
    changed = [
        area
        for area in sorted(areas, key=lambda area: area.code)
        if area.code not in rows or to_area_content(rows[area.code]) != area
    ]
    for length in codes.by_length:  # what is above must be there first
        for area in changed:
            if len(area.code) == length:
                await session.merge(new_area(area, codes))
        await session.flush()
    if changed:
        named = [area.code for area in changed]
        await record_act(session, now, actor, "areas_import", "areas", "areas", codes=named)
    return len(changed)


async def _store_owners(
    session: AsyncSession, topics: Iterable[TopicContent], actor: str, now: datetime
) -> None:
    rows = {row.key: row for row in await session.scalars(select(Topic))}
    for content in topics:
        row = rows.get(content.topic)
        if row is None:
            session.add(Topic(key=content.topic, owner=content.owner))
        elif row.owner != content.owner:
            change = {"before": row.owner, "after": content.owner}
            row.owner = content.owner
            await record_act(session, now, actor, "topic_owner", "topic", row.key, **change)
    await session.flush()


async def _read_versions(session: AsyncSession, kind: type[Row]) -> dict[str, list[Row]]:
    """All versions by topic or service key, the oldest first."""
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in await session.scalars(select(kind).order_by(kind.version)):
        found[row.topic if isinstance(row, Answer) else row.key].append(row)
    return found


async def _store_answer(under_way: _Import, content: TopicContent, versions: list[Answer]) -> bool:
    if not _is_wanted(under_way, content.topic, versions, content.digest()):
        return False
    session = under_way.session
    row = new_answer(content, _next_version(versions), State.IN_REVIEW, under_way.now)
    session.add(row)
    await session.flush()
    words = new_words(row, content)
    keep_checks(await read_words(session, versions[-1].id) if versions else [], words)
    session.add_all(words)
    await _note_import(under_way, row, versions)
    return True


async def _store_service(
    under_way: _Import, content: ServiceContent, versions: list[Service]
) -> bool:
    if not _is_wanted(under_way, SERVICES + content.key, versions, content.digest()):
        return False
    row = new_service(content, _next_version(versions), State.IN_REVIEW, under_way.now)
    under_way.session.add(row)
    await under_way.session.flush()
    await _note_import(under_way, row, versions)
    return True


def _is_wanted(under_way: _Import, name: str, versions: Sequence[Row], digest: str) -> bool:
    if is_brought(under_way.brought, name, digest) or _is_known(versions, digest):
        return False
    if name in under_way.busy:
        under_way.passed_over.append(name)
        return False
    return True


def _is_known(versions: Sequence[Row], digest: str) -> bool:
    """Whether these words are the newest, are told now, or are what the last import brought.

    The last keeps an import from undoing what staff changed or withdrew since.
    """
    known = {row.hash for row in versions[-1:]}
    known |= {row.hash for row in versions if row.state == State.APPROVED}
    for row in reversed(versions):
        if row.author is None:
            known.add(row.hash)
            break
    return digest in known


def _next_version(versions: Sequence[Row]) -> int:
    return versions[-1].version + 1 if versions else 1


async def _note_import(under_way: _Import, row: Row, versions: Sequence[Row]) -> None:
    """The audit entry; and versions that an import brought and nobody verified yet give way."""
    session, actor, now = under_way.session, under_way.actor, under_way.now
    kind = "answer" if isinstance(row, Answer) else "service"
    detail = {"hash": row.hash, "version": row.version}
    await record_act(session, now, actor, f"{kind}_import", kind, row.id, **detail)
    for older in versions:
        if older.state == State.IN_REVIEW and older.author is None:
            older.state = next_state(State.IN_REVIEW, Move.WITHDRAW)
            older.changed_at = now
            detail = {"hash": older.hash, "version": older.version}
            await record_act(session, now, actor, f"{kind}_withdraw", kind, older.id, **detail)
