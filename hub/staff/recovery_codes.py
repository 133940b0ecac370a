"""Codes that stand in for a lost authenticator: random, each used once, kept as hashes (SEC-21)."""

import secrets
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.staff.audit import record_act
from hub.staff.models import RecoveryCode, StaffMember
from hub.vault import Vault

HOW_MANY = 10
_DIGITS, _GROUP = 16, 4  # 53 random bits; digits, so that a telephone's number pad types them


async def renew_recovery_codes(
    session: AsyncSession, vault: Vault, member: StaffMember, *, now: datetime, actor: str
) -> list[str]:
    """New codes, of which only hashes stay; those from before are worth nothing any more."""
    codes = [_new_code() for _ in range(HOW_MANY)]
    await session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == member.id))
    session.add_all(
        RecoveryCode(code_hash=_hash(vault, member.id, code), staff_id=member.id) for code in codes
    )
    await session.flush()
    await record_act(session, now, actor, "renew_recovery_codes", "staff", member.id)
    return [_spell(code) for code in codes]


async def use_recovery_code(
    session: AsyncSession, vault: Vault, member: StaffMember, typed: str, now: datetime
) -> bool:
    """Whether it was one of theirs; it is gone afterwards. Deleting decides between two at once."""
    code = "".join(letter for letter in typed if letter.isdecimal())
    if len(code) != _DIGITS:
        return False
    used = await session.scalar(
        delete(RecoveryCode)
        .where(RecoveryCode.code_hash == _hash(vault, member.id, code))
        .returning(RecoveryCode.staff_id)
    )
    if used is None:
        return False
    left = await count_recovery_codes(session, member.id)
    await record_act(session, now, member.id, "use_recovery_code", "staff", member.id, left=left)
    return True


async def count_recovery_codes(session: AsyncSession, staff_id: str) -> int:
    counted = select(func.count()).where(RecoveryCode.staff_id == staff_id)
    return await session.scalar(counted) or 0


def _new_code() -> str:
    return "".join(secrets.choice("0123456789") for _ in range(_DIGITS))


def _spell(code: str) -> str:
    return "-".join(code[start : start + _GROUP] for start in range(0, _DIGITS, _GROUP))


def _hash(vault: Vault, staff_id: str, code: str) -> bytes:
    """Keyed, so that nobody tries codes against a stolen database."""
    return vault.index("recovery_code", f"{staff_id}\x1f{code}")
