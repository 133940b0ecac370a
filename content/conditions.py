"""What a local desk says of a service for some hours: open, closed, full or moved.

It changes no words that were verified and ends by itself. People are told whose word it is. Works
inside the caller's transaction.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from content.models import Service, ServiceCondition
from content.rows import raise_revision
from content.states import MoveRefusedError, State
from hub.staff.audit import record_act
from hub.staff.models import Organisation, StaffMember
from hub.staff.roles import Permission, permissions_of

LONGEST = timedelta(hours=72)  # what lasts longer is a change of the service itself


class Condition(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    FULL = "full"
    MOVED = "moved"


async def set_condition(
    session: AsyncSession,
    service_id: str,
    condition: Condition,
    until: datetime,
    member: StaffMember,
    now: datetime,
) -> ServiceCondition:
    """Say it of a service that people are told; what was said before ends."""
    service = await _lock_told(session, service_id, member)
    if not now < until <= now + LONGEST:
        hours = int(LONGEST.total_seconds() // 3600)
        raise MoveRefusedError(f"say it for at most {hours} hours, from now on")
    organisation = await session.get_one(Organisation, member.organisation_id)
    await _end_open(session, service.key, member, now)
    row = ServiceCondition(
        service_key=service.key,
        condition=condition,
        organisation=organisation.name,
        set_by=member.id,
        set_at=now,
        until=until,
    )
    session.add(row)
    detail = {"condition": condition, "until": until.isoformat()}
    await _note(session, service, "service_condition", member, now, **detail)
    return row


async def end_condition(
    session: AsyncSession, service_id: str, member: StaffMember, now: datetime
) -> None:
    """Take back what was said, before its time is over."""
    service = await _lock_told(session, service_id, member)
    ended = [row.condition for row in await _end_open(session, service.key, member, now)]
    if not ended:
        raise MoveRefusedError("nothing is said of it any more")
    await _note(session, service, "service_condition_end", member, now, condition=ended[0])


async def read_conditions(
    session: AsyncSession, now: datetime, keys: Iterable[str] | None = None
) -> dict[str, ServiceCondition]:
    """What is said now, by service key; of all services, or of some."""
    query = select(ServiceCondition).where(
        ServiceCondition.ended_at.is_(None), ServiceCondition.until > now
    )
    if keys is not None:
        query = query.where(ServiceCondition.service_key.in_(list(keys)))
    return {row.service_key: row for row in await session.scalars(query)}


async def _lock_told(session: AsyncSession, service_id: str, member: StaffMember) -> Service:
    permission = Permission.SERVICES_CONDITION
    if member.disabled_at or permission not in permissions_of(member.roles):
        raise MoveRefusedError(f"this needs the permission {permission}")
    service = await session.get(Service, service_id, with_for_update=True)
    if service is None:
        raise MoveRefusedError("no such service")
    if service.state != State.APPROVED:
        raise MoveRefusedError("people are not told of this service")
    return service


async def _end_open(
    session: AsyncSession, key: str, member: StaffMember, now: datetime
) -> list[ServiceCondition]:
    """End what stands; return what was still said, for what ran out has ended by itself."""
    query = select(ServiceCondition).where(
        ServiceCondition.service_key == key, ServiceCondition.ended_at.is_(None)
    )
    standing = list(await session.scalars(query))
    for row in standing:
        row.ended_at = min(now, row.until)
        row.ended_by = member.id if now < row.until else None
    await session.flush()
    return [row for row in standing if now < row.until]


async def _note(
    session: AsyncSession,
    service: Service,
    act: str,
    member: StaffMember,
    now: datetime,
    **detail: str,
) -> None:
    await session.flush()
    await record_act(session, now, member.id, act, "service", service.id, **detail)
    await raise_revision(session)
