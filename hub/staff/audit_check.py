"""Follows the chain of the audit log bit by bit, and keeps where it got to (INV-11).

A page shows the mark and follows nothing itself. The chain is followed again from its first entry
every day, since a mark alone would not notice what was changed before it. What breaks stays marked.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.staff.audit import GENESIS, follows
from hub.staff.audit_reading import last_number
from hub.staff.models import AuditCheck, AuditEntry

AT_ONCE = 2000
ANEW_AFTER = timedelta(hours=24)
_ONLY = 1


async def find_check(session: AsyncSession) -> AuditCheck | None:
    return await session.get(AuditCheck, _ONLY)


async def follow_chain(session: AsyncSession, now: datetime, at_once: int = AT_ONCE) -> AuditCheck:
    """One step further; once the whole chain was followed, a step follows what is new."""
    check = await session.get(AuditCheck, _ONLY, with_for_update=True)
    if check is None:
        check = AuditCheck(id=_ONLY, seq=0, hash=GENESIS, whole_seq=0)
        session.add(check)
    if check.broken_seq is not None:
        return check
    if check.whole_at and now - check.whole_at >= ANEW_AFTER and check.seq == check.whole_seq:
        check.seq, check.hash = 0, GENESIS
    if await last_number(session) < max(check.seq, check.whole_seq):
        return await _mark_broken(session, check, await last_number(session) + 1, now)
    return await _follow(session, check, now, at_once)


async def _follow(
    session: AsyncSession, check: AuditCheck, now: datetime, at_once: int
) -> AuditCheck:
    entries = list(
        await session.scalars(
            select(AuditEntry)
            .where(AuditEntry.seq > check.seq)
            .order_by(AuditEntry.seq)
            .limit(at_once)
        )
    )
    for entry in entries:
        if not follows(entry, check.seq, check.hash):
            return await _mark_broken(session, check, check.seq + 1, now)
        check.seq, check.hash = entry.seq, entry.hash
    if len(entries) < at_once and check.seq >= check.whole_seq:
        if check.whole_at is None or now - check.whole_at >= ANEW_AFTER:
            check.whole_at = now
        check.whole_seq = check.seq
    await session.flush()
    return check


async def _mark_broken(
    session: AsyncSession, check: AuditCheck, seq: int, now: datetime
) -> AuditCheck:
    check.broken_seq, check.broken_at = seq, now
    await session.flush()
    return check
