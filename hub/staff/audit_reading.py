"""Reading the audit log: by person, act, object and day, newest first, a page at a time.

Every filter has an index that ends with the number, so that a page costs the same however long the
log is.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.staff.models import AuditEntry

# Clocks of several processes differ a little, so numbers and moments are not in quite the same
# order; nothing of a day is missed if the search begins and ends so much apart.
_CLOCKS_DIFFER = timedelta(hours=1)


@dataclass(frozen=True)
class AuditFilter:
    """What is looked for; empty means everything. `until` is not included."""

    actor: str = ""
    action: str = ""
    object_kind: str = ""
    object_id: str = ""
    since: datetime | None = None
    until: datetime | None = None


async def list_entries(
    session: AsyncSession, wanted: AuditFilter, *, before: int | None = None, limit: int
) -> list[AuditEntry]:
    """Entries with numbers below `before`, the newest first."""
    query = select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditEntry.seq < before)
    for column in ("actor", "action", "object_kind", "object_id"):
        if value := getattr(wanted, column):
            query = query.where(getattr(AuditEntry, column) == value)
    query = await _within_days(session, query, wanted)
    return list(await session.scalars(query))


async def _within_days(
    session: AsyncSession, query: Select[AuditEntry], wanted: AuditFilter
) -> Select[AuditEntry]:
    """The moments as they are, and the numbers that they must lie between, for the index."""
    if wanted.since:
        first = await _number_at(session, wanted.since - _CLOCKS_DIFFER)
        query = query.where(AuditEntry.at >= wanted.since)
        query = query.where(AuditEntry.seq >= first) if first else query.where(AuditEntry.seq < 0)
    if wanted.until:
        end = await _number_at(session, wanted.until + _CLOCKS_DIFFER)
        query = query.where(AuditEntry.at < wanted.until)
        query = query.where(AuditEntry.seq < end) if end else query
    return query


async def _number_at(session: AsyncSession, moment: datetime) -> int | None:
    return await session.scalar(
        select(AuditEntry.seq).where(AuditEntry.at >= moment).order_by(AuditEntry.at).limit(1)
    )


async def last_number(session: AsyncSession) -> int:
    query = select(AuditEntry.seq).order_by(AuditEntry.seq.desc()).limit(1)
    return await session.scalar(query) or 0
