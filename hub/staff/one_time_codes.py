"""The second factor: time-based one-time codes (RFC 6238), each accepted once (SEC-21)."""

import hmac
from datetime import datetime

import pyotp
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from hub.staff.models import StaffMember, UsedCode
from hub.vault import Vault

STEP_SECONDS = 30
_DRIFT_STEPS = 1
_TABLE, _COLUMN = "staff_members", "totp_sealed"


def new_secret() -> str:
    """160 random bits in base 32, as authenticator apps take them."""
    return pyotp.random_base32()


def seal_secret(vault: Vault, staff_id: str, secret: str) -> bytes:
    return vault.seal(_TABLE, _COLUMN, staff_id, secret)


def enrolment_uri(secret: str, username: str) -> str:
    """The `otpauth:` address that an authenticator app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name="Chasqui")


async def use_code(
    session: AsyncSession, vault: Vault, member: StaffMember, code: str, now: datetime
) -> bool:
    """Whether the code is right and was never used; using it marks it as used."""
    if member.totp_sealed is None:
        return False
    step = _find_step(vault.open(_TABLE, _COLUMN, member.id, member.totp_sealed), code, now)
    return step is not None and await _mark_used(session, member.id, step)


def _find_step(secret: str, code: str, now: datetime) -> int | None:
    typed = "".join(code.split())
    current = int(now.timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
    matches = [
        step
        for step in range(current - _DRIFT_STEPS, current + _DRIFT_STEPS + 1)
        if hmac.compare_digest(totp.generate_otp(step).encode(), typed.encode())
    ]
    return matches[0] if matches else None


async def _mark_used(session: AsyncSession, staff_id: str, step: int) -> bool:
    """The primary key decides between two that come with the same code at once."""
    try:
        async with session.begin_nested():
            session.add(UsedCode(staff_id=staff_id, step=step))
    except IntegrityError:
        return False
    old = UsedCode.step < step - 2 * _DRIFT_STEPS - 1
    await session.execute(delete(UsedCode).where(UsedCode.staff_id == staff_id, old))
    return True
