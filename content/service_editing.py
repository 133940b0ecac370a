"""Services proposed by staff: a new place, or other words for one that is there.

What somebody proposes waits in review until a second person of the owning sub-group verifies it
(`content.review`); what is told stays until then. Works inside the caller's transaction.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from content.check_services import check_services
from content.findings import Findings
from content.models import AreaRow, Service
from content.pack import Pack, ServiceContent
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
    if member.disabled_at or Permission.ANSWERS_WRITE not in permissions_of(member.roles):
        raise MoveRefusedError(f"this needs the permission {Permission.ANSWERS_WRITE}")
    await _demand_ready(session, content)
    versions = await _lock_versions(session, content.key)
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
    await raise_revision(session)
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


async def _demand_ready(session: AsyncSession, content: ServiceContent) -> None:
    settings = await read_settings(session)
    if settings is None:
        raise MoveRefusedError("no content pack was imported yet, so nothing can be checked")
    areas: Sequence[AreaRow] = []
    if content.area:
        areas = list(await session.scalars(select(AreaRow).where(AreaRow.code == content.area)))
    findings = Findings()
    there = tuple(to_area_content(area) for area in areas)
    check_services(Pack(settings, (), (content,), there), findings)
    if findings.errors:
        raise NotReadyError(findings.errors)


async def _lock_versions(session: AsyncSession, key: str) -> list[Service]:
    query = select(Service).where(Service.key == key).order_by(Service.version).with_for_update()
    return list(await session.scalars(query))


def _demand_change(versions: Sequence[Service], content: ServiceContent) -> None:
    newest = versions[-1] if versions else None
    if newest is None or newest.state == State.WITHDRAWN:
        return
    if newest.hash == content.digest() and to_service(newest) == content:
        raise MoveRefusedError("nothing is changed")
