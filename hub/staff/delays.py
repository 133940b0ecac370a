"""Slows guessing down per user name and client, so that an attacker cannot lock staff out (SEC-22).

If the table cannot be read or written, the attempt fails: this limiter fails closed (PEER-12).
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from hub.staff.models import SignInDelay
from hub.vault import Vault

_FREE_FAILURES = 3
_LONGEST = timedelta(minutes=15)
_FORGET_AFTER = timedelta(days=1)


class WaitError(Exception):
    """Too many attempts: this one was not looked at, and the client waits for `seconds`."""

    def __init__(self, wait: timedelta) -> None:
        self.seconds = max(1, round(wait.total_seconds()))
        super().__init__(f"wait {self.seconds} s")


def delay_index(vault: Vault, username: str, client: str) -> bytes:
    """A keyed hash, so that the table holds no network address."""
    return vault.index("sign_in_delay", f"{username}\x1f{client}")


async def count_attempt(session: AsyncSession, index: bytes, now: datetime) -> None:
    """Count an attempt before it is looked at, so that parallel ones cannot all slip through.

    Raise `WaitError` if this client must wait at this user name.
    """
    delay = await _load(session, index, now)
    if delay.wait_until > now:
        raise WaitError(delay.wait_until - now)
    delay.failures += 1
    delay.wait_until = now + _delay_after(delay.failures)
    await session.flush()


async def forget_attempts(session: AsyncSession, index: bytes) -> None:
    await session.execute(delete(SignInDelay).where(SignInDelay.index == index))


def _delay_after(failures: int) -> timedelta:
    if failures <= _FREE_FAILURES:
        return timedelta(0)
    return min(timedelta(seconds=2.0 ** min(failures - _FREE_FAILURES, 20)), _LONGEST)


async def _load(session: AsyncSession, index: bytes, now: datetime) -> SignInDelay:
    await session.execute(delete(SignInDelay).where(SignInDelay.wait_until < now - _FORGET_AFTER))
    locked = select(SignInDelay).where(SignInDelay.index == index).with_for_update()
    found = await session.scalar(locked)
    if found is not None:
        return found
    try:
        async with session.begin_nested():
            session.add(SignInDelay(index=index, failures=0, wait_until=now))
    except IntegrityError:
        pass  # somebody else's attempt made the row at the same moment
    return (await session.scalars(locked)).one()
