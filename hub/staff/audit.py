"""The audit log: one chained entry for each act (INV-11). Details carry no personal data."""

import hashlib
import json
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.staff.models import AuditEntry

GENESIS = "0" * 64
_CHAIN_LOCK = 0x6368_6173  # any number of our own; names the lock among PostgreSQL's advisory locks


async def record_act(
    session: AsyncSession,
    at: datetime,
    actor: str,
    action: str,
    object_kind: str,
    object_id: str,
    **detail: object,
) -> None:
    """Append to the chain within the caller's transaction; two writers cannot take one number."""
    await _wait_for_turn(session)
    last = await session.scalar(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1))
    entry = AuditEntry(
        seq=last.seq + 1 if last else 1,
        at=at,
        actor=actor,
        action=action,
        object_kind=object_kind,
        object_id=object_id,
        detail=detail,
        previous_hash=last.hash if last else GENESIS,
    )
    entry.hash = _digest(entry)
    session.add(entry)
    await session.flush()


async def find_break(session: AsyncSession) -> int | None:
    """The number of the first entry that does not follow from the one before it; None if whole."""
    previous, expected = GENESIS, 1
    async for entry in await session.stream_scalars(select(AuditEntry).order_by(AuditEntry.seq)):
        if not follows(entry, expected - 1, previous):
            return expected
        previous, expected = entry.hash, expected + 1
    return None


def follows(entry: AuditEntry, seq: int, previous: str) -> bool:
    """Whether this entry is whole and comes right after number `seq` with the hash `previous`."""
    return (entry.seq, entry.previous_hash, entry.hash) == (seq + 1, previous, _digest(entry))


async def _wait_for_turn(session: AsyncSession) -> None:
    """On PostgreSQL, let one transaction at a time append; SQLite has a single writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(func.pg_advisory_xact_lock(_CHAIN_LOCK)))


def _digest(entry: AuditEntry) -> str:
    content = [
        entry.seq,
        entry.at.isoformat(),
        entry.actor,
        entry.action,
        entry.object_kind,
        entry.object_id,
        entry.detail,
        entry.previous_hash,
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
