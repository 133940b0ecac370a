"""Services proposed by staff: a new place, or other words for one that is there.

What somebody proposes waits in review until a second person of the owning sub-group verifies it
(`content.review`); what is told stays until then. Works inside the caller's transaction.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from content.check_services import check_services
from content.findings import Finding, Findings
from content.models import AreaRow, Service
from content.pack import Pack, PackSettings, ServiceContent
from content.place_words import normalise
from content.review import NotReadyError
from content.rows import (
    fill_service,
    new_service,
    raise_revision,
    read_settings,
    to_area_content,
    to_service,
)
from content.states import MoveRefusedError, State
from hub.staff.audit import record_act
from hub.staff.models import StaffMember
from hub.staff.roles import Permission, permissions_of

_LONGEST_KEY = 48


async def propose_service(
    session: AsyncSession, content: ServiceContent, member: StaffMember, now: datetime
) -> Service:
    """Put it in review, as a new version or in place of the one that waits already. Raise
    `NotReadyError` if it breaks a rule of the pack, `MoveRefusedError` if nothing changes."""
    _demand_writer(member)
    await _demand_ready(session, [content])
    versions = (await lock_versions(session, [content.key]))[content.key]
    row = await _put_in_review(session, versions, content, member, now)
    await raise_revision(session)
    return row


async def propose_services(
    session: AsyncSession,
    contents: Mapping[str, ServiceContent],
    seen: Mapping[str, str],
    member: StaffMember,
    now: datetime,
) -> int:
    """As `propose_service`, for many by their keys: all or nothing. `seen` is the hash of the
    newest version that the member was shown, empty for a new key; raise `MoveRefusedError` if one
    moved on since."""
    _demand_writer(member)
    await _demand_ready(session, list(contents.values()))
    versions = await lock_versions(session, list(contents))
    for key, content in contents.items():
        newest = versions[key][-1].hash if versions[key] else ""
        if newest != seen[key]:
            raise MoveRefusedError(f"somebody changed {key} meanwhile")
        await _put_in_review(session, versions[key], content, member, now)
    await raise_revision(session)
    return len(contents)


def _demand_writer(member: StaffMember) -> None:
    if member.disabled_at or Permission.ANSWERS_WRITE not in permissions_of(member.roles):
        raise MoveRefusedError(f"this needs the permission {Permission.ANSWERS_WRITE}")


async def _put_in_review(
    session: AsyncSession,
    versions: Sequence[Service],
    content: ServiceContent,
    member: StaffMember,
    now: datetime,
) -> Service:
    _demand_change(versions, content)
    waiting = next((row for row in versions if row.state == State.IN_REVIEW), None)
    if waiting is None:
        number = max((row.version for row in versions), default=0) + 1
        row = new_service(content, number, State.IN_REVIEW, now)
        row.author, row.edited_by = member.id, []
        session.add(row)
        act = "propose"
    else:
        row, act = waiting, "edit"
        fill_service(row, content, now)
        row.edited_by = [*(each for each in row.edited_by if each != member.id), member.id]
    row.submitted_by = member.id
    await session.flush()
    detail = {"hash": row.hash, "version": row.version}
    await record_act(session, now, member.id, f"service_{act}", "service", row.id, **detail)
    return row


async def free_key(session: AsyncSession, name: str) -> str:
    """A key of letters and digits for a new service of this name, which no other has."""
    plain = re.sub(r"[^a-z0-9]+", "_", normalise(name)).strip("_")[:_LONGEST_KEY].strip("_")
    key = plain if plain[:1].isalpha() else f"s_{plain}".strip("_")
    taken = set(await session.scalars(select(Service.key).where(Service.key.startswith(key))))
    number = 2
    free = key
    while free in taken:
        free, number = f"{key}_{number}", number + 1
    return free


async def _demand_ready(session: AsyncSession, contents: Sequence[ServiceContent]) -> None:
    settings = await read_settings(session)
    if settings is None:
        raise MoveRefusedError("no content pack was imported yet, so nothing can be checked")
    errors = await find_faults(session, contents, settings)
    if errors:
        raise NotReadyError(errors)


async def find_faults(
    session: AsyncSession, contents: Sequence[ServiceContent], settings: PackSettings
) -> list[Finding]:
    """What the rules of the pack forbid in them."""
    codes = {content.area for content in contents if content.area}
    areas = await session.scalars(select(AreaRow).where(AreaRow.code.in_(codes)))
    findings = Findings()
    there = tuple(to_area_content(area) for area in areas)
    check_services(Pack(settings, (), tuple(contents), there), findings)
    return findings.errors


async def lock_versions(session: AsyncSession, keys: Sequence[str]) -> dict[str, list[Service]]:
    """All versions by key, the oldest first; nobody else moves them until the transaction ends."""
    found: dict[str, list[Service]] = {key: [] for key in keys}
    query = select(Service).where(Service.key.in_(keys)).order_by(Service.key, Service.version)
    for row in await session.scalars(query.with_for_update()):
        found[row.key].append(row)
    return found


def _demand_change(versions: Sequence[Service], content: ServiceContent) -> None:
    newest = versions[-1] if versions else None
    if newest is None or newest.state == State.WITHDRAWN:
        return
    if newest.hash == content.digest() and to_service(newest) == content:
        raise MoveRefusedError("nothing is changed")
