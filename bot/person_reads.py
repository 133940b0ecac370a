"""Counts whose records a staff member reads, and stops whoever reads too many (SEC-30).

Works within the caller's transaction, which must be committed also when the answer is no: the block
is what the second attempt meets.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.read_models import PersonRead, ReadingBlock
from hub.database import insert_if_new
from hub.staff.audit import record_act
from hub.staff.models import StaffMember

COUNTED_FOR = timedelta(hours=1)
# How long a record stays open to whoever found it, before they must look for it again.
OPEN_LASTS = timedelta(minutes=15)
_KEPT = timedelta(days=30)


class ReadKind(StrEnum):
    SEARCH = "search"  # found nobody
    RECORD = "record"
    CASE = "case"
    EXPORT = "export"


async def note_read(
    session: AsyncSession,
    staff_id: str,
    kind: ReadKind,
    contact_id: str | None,
    now: datetime,
    most: int,
) -> bool:
    """Count it; False if this member may not read (any more), which is recorded.

    One person counts once an hour, however often their record is opened.
    """
    # Two requests of one member at once must not both be the last that is allowed.
    await session.get_one(StaffMember, staff_id, with_for_update=True)
    if await is_blocked(session, staff_id):
        return False
    if contact_id is None or not await has_read(session, staff_id, contact_id, now - COUNTED_FOR):
        records = await _count(session, staff_id, now)
        if records >= most:
            await _block(session, staff_id, records, now)
            return False
    session.add(PersonRead(staff_id=staff_id, contact_id=contact_id, kind=kind, at=now))
    await session.execute(
        delete(PersonRead).where(PersonRead.staff_id == staff_id, PersonRead.at < now - _KEPT)
    )
    await session.flush()
    return True


async def is_blocked(session: AsyncSession, staff_id: str) -> bool:
    return await session.get(ReadingBlock, staff_id) is not None


async def has_read(
    session: AsyncSession,
    staff_id: str,
    contact_id: str,
    since: datetime,
    kind: ReadKind | None = None,
) -> bool:
    query = select(PersonRead.seq).where(
        PersonRead.staff_id == staff_id,
        PersonRead.contact_id == contact_id,
        PersonRead.at > since,
    )
    if kind is not None:
        query = query.where(PersonRead.kind == kind)
    return await session.scalar(query.limit(1)) is not None


async def list_blocks(session: AsyncSession) -> list[tuple[ReadingBlock, str]]:
    """Each with the name of whom it stops, the newest first."""
    rows = await session.execute(
        select(ReadingBlock, StaffMember.display_name)
        .join(StaffMember, StaffMember.id == ReadingBlock.staff_id)
        .order_by(ReadingBlock.at.desc())
    )
    return [(block, name) for block, name in rows]


async def lift_block(
    session: AsyncSession, staff_id: str, member: StaffMember, now: datetime
) -> bool:
    """Let them read again, counting anew; False if there is no block. Never one's own."""
    block = await session.get(ReadingBlock, staff_id, with_for_update=True)
    if block is None or staff_id == member.id:
        return False
    await session.delete(block)
    await session.execute(delete(PersonRead).where(PersonRead.staff_id == staff_id))
    await record_act(session, now, member.id, "person_reads_unblock", "staff", staff_id)
    return True


async def _count(session: AsyncSession, staff_id: str, now: datetime) -> int:
    recent = (PersonRead.staff_id == staff_id, PersonRead.at > now - COUNTED_FOR)
    people, misses = (
        await session.execute(
            select(
                func.count(PersonRead.contact_id.distinct()),
                func.count().filter(PersonRead.contact_id.is_(None)),
            ).where(*recent)
        )
    ).one()
    return int(people) + int(misses)


async def _block(session: AsyncSession, staff_id: str, records: int, now: datetime) -> None:
    if await insert_if_new(session, ReadingBlock, staff_id=staff_id, records=records, at=now):
        await record_act(
            session, now, staff_id, "person_reads_block", "staff", staff_id, records=records
        )
