"""Sessions of signed-in staff: opaque tokens of which only the hash is stored (SEC-23)."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.config import ConsoleSettings
from hub.staff.models import StaffMember, StaffSession

FRESH_FOR = timedelta(minutes=10)
_TOKEN_BYTES = 32
_SEEN_EVERY = timedelta(seconds=30)  # a write for each request would queue behind everybody's


@dataclass(frozen=True)
class Limits:
    idle: timedelta
    absolute: timedelta

    @classmethod
    def of(cls, settings: ConsoleSettings) -> "Limits":
        return cls(
            timedelta(minutes=settings.idle_minutes), timedelta(hours=settings.absolute_hours)
        )

    def has_ended(self, found: StaffSession, now: datetime) -> bool:
        return now - found.last_seen_at >= self.idle or now - found.created_at >= self.absolute


async def start_session(
    session: AsyncSession, member: StaffMember, now: datetime, browser: str = ""
) -> str:
    """Begin a session and return its token, which exists nowhere else."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    session.add(
        StaffSession(
            token_hash=_hash(token),
            staff_id=member.id,
            csrf=secrets.token_urlsafe(_TOKEN_BYTES),
            browser=browser,
            created_at=now,
            last_seen_at=now,
            authenticated_at=now,
        )
    )
    await session.flush()
    return token


async def find_session(
    session: AsyncSession, token: str, now: datetime, limits: Limits
) -> tuple[StaffSession, StaffMember] | None:
    """The live session of this token with its owner; None if unknown, ended or disabled."""
    row = (
        await session.execute(
            select(StaffSession, StaffMember)
            .join(StaffMember, StaffMember.id == StaffSession.staff_id)
            .where(StaffSession.token_hash == _hash(token))
        )
    ).first()
    if row is None:
        return None
    found, member = row
    if limits.has_ended(found, now) or member.disabled_at is not None:
        return None
    return found, member


def is_due_to_be_seen(found: StaffSession, now: datetime) -> bool:
    """Whether `last_seen_at` is old enough to be worth a write."""
    return now - found.last_seen_at >= _SEEN_EVERY


def is_fresh(found: StaffSession, now: datetime) -> bool:
    """Whether password and code were given recently enough for an act that wants them fresh."""
    return now - found.authenticated_at < FRESH_FOR


async def renew_session(session: AsyncSession, found: StaffSession, now: datetime) -> str:
    """Mark as freshly authenticated under a new token and CSRF value; the old token dies."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    renewed = await session.scalar(select(StaffSession).where(StaffSession.id == found.id))
    if renewed is None:
        raise LookupError(f"session {found.id} has ended")
    renewed.token_hash = _hash(token)
    renewed.csrf = secrets.token_urlsafe(_TOKEN_BYTES)
    renewed.authenticated_at = renewed.last_seen_at = now
    await session.flush()
    return token


async def list_sessions(
    session: AsyncSession, staff_id: str, now: datetime, limits: Limits
) -> list[StaffSession]:
    found = await session.scalars(
        select(StaffSession)
        .where(StaffSession.staff_id == staff_id)
        .order_by(StaffSession.last_seen_at.desc())
    )
    return [one for one in found if not limits.has_ended(one, now)]


async def end_session(session: AsyncSession, staff_id: str, session_id: str) -> bool:
    """End one session of this staff member; False if there is none with that id."""
    ended = await session.scalar(
        delete(StaffSession)
        .where(StaffSession.staff_id == staff_id, StaffSession.id == session_id)
        .returning(StaffSession.id)
    )
    return ended is not None


async def end_sessions_of(session: AsyncSession, staff_id: str, *, keep: str = "") -> None:
    """End all sessions of a staff member, but for the one whose id is `keep`."""
    await session.execute(
        delete(StaffSession).where(StaffSession.staff_id == staff_id, StaffSession.id != keep)
    )


async def forget_ended_sessions(session: AsyncSession, now: datetime, limits: Limits) -> None:
    await session.execute(
        delete(StaffSession).where(
            (StaffSession.last_seen_at <= now - limits.idle)
            | (StaffSession.created_at <= now - limits.absolute)
        )
    )


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
