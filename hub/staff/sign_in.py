"""Signing in with password and second factor, and confirming both again for weighty acts.

Every refusal has the same words and takes the same time, whether or not the user name exists.
"""

from dataclasses import dataclass
from typing import NoReturn

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.clock import Clock
from hub.database import Database
from hub.logs import get_log
from hub.staff.audit import record_act
from hub.staff.delays import count_attempt, delay_index, forget_attempts
from hub.staff.models import Organisation, StaffMember, StaffSession
from hub.staff.one_time_codes import use_code
from hub.staff.passkeys import Answer, has_passkey, is_answered
from hub.staff.passwords import Passwords
from hub.staff.recovery_codes import use_recovery_code
from hub.staff.sessions import Limits, forget_ended_sessions, renew_session, start_session
from hub.vault import Vault

_log = get_log("staff")


class RefusedError(Exception):
    """User name, password or code is wrong; which of them is nobody's business."""


@dataclass(frozen=True, repr=False)
class Attempt:
    """What somebody typed. `client` is the network address, `browser` its description.

    `passkey` is what a passkey answered, in place of the code.
    """

    username: str
    password: str
    code: str
    client: str
    browser: str = ""
    passkey: Answer | None = None


@dataclass(frozen=True)
class SignIn:
    database: Database
    vault: Vault
    clock: Clock
    passwords: Passwords
    limits: Limits
    passkeys_for: frozenset[str] = frozenset()  # roles that use no one-time codes (SEC-21)

    async def sign_in(self, attempt: Attempt) -> str:
        """The token of a new session; raise `RefusedError`, `WaitError` or `TooBusyError`."""
        username = normalise_username(attempt.username)
        index = delay_index(self.vault, username, attempt.client)
        member, kept = await self._check_password(index, username, attempt.password)
        now = self.clock.now()
        async with self.database.write() as session:
            checked = await self._check_factor(session, member, kept, attempt)
            await forget_attempts(session, index)
            await forget_ended_sessions(session, now, self.limits)
            token = await start_session(session, checked, now, attempt.browser)
            await record_act(session, now, checked.id, "sign_in", "staff", checked.id)
        return token

    async def confirm(self, found: StaffSession, attempt: Attempt) -> str:
        """The new token of the same session, now fresh; raises as `sign_in` does."""
        index = delay_index(self.vault, attempt.username, attempt.client)
        member, kept = await self._check_password(index, attempt.username, attempt.password)
        now = self.clock.now()
        async with self.database.write() as session:
            checked = await self._check_factor(session, member, kept, attempt)
            if checked.id != found.staff_id:
                raise RefusedError
            await forget_attempts(session, index)
            token = await renew_session(session, found, now)
            await record_act(session, now, checked.id, "confirm_sign_in", "staff", checked.id)
        return token

    async def _check_password(
        self, index: bytes, username: str, password: str
    ) -> tuple[StaffMember | None, str | None]:
        """The member of that name and the hash to keep. Hashing happens outside any transaction."""
        async with self.database.write() as session:
            await count_attempt(session, index, self.clock.now())
            member = await session.scalar(
                select(StaffMember)
                .join(Organisation, Organisation.id == StaffMember.organisation_id)
                .where(
                    StaffMember.username == username,
                    StaffMember.disabled_at.is_(None),
                    Organisation.left_at.is_(None),
                )
            )
        stored = member.password_hash if member else None
        return member, await self.passwords.find_match(stored, password)

    def wants_passkey(self, member: StaffMember) -> bool:
        """Whether one-time codes are not enough for what this member may do."""
        return not self.passkeys_for.isdisjoint(member.roles)

    async def _check_factor(
        self,
        session: AsyncSession,
        member: StaffMember | None,
        kept: str | None,
        attempt: Attempt,
    ) -> StaffMember:
        if member is None or kept is None:
            _refuse(member)
        # Read again: the account may have changed while its password was being hashed.
        current = await session.get(StaffMember, member.id)
        if current is None or current.disabled_at is not None:
            _refuse(member)
        if current.password_hash != member.password_hash:
            _refuse(member)
        if not await self._is_second_factor(session, current, attempt):
            _refuse(member)
        current.password_hash = kept
        return current

    async def _is_second_factor(
        self, session: AsyncSession, member: StaffMember, attempt: Attempt
    ) -> bool:
        """A passkey, a one-time code, or a recovery code that stands in for either.

        Whoever must have a passkey signs in by code only until they have added one.
        """
        now = self.clock.now()
        if attempt.passkey is not None:
            return await is_answered(session, self.vault, member, attempt.passkey, now)
        if await use_recovery_code(session, self.vault, member, attempt.code, now):
            return True
        if self.wants_passkey(member) and await has_passkey(session, member.id):
            return False
        return await use_code(session, self.vault, member, attempt.code, now)


def normalise_username(typed: str) -> str:
    return typed.strip().casefold()[:64]


def _refuse(member: StaffMember | None) -> NoReturn:
    _log.warning("sign_in_refused", staff_id=member.id if member else "unknown")
    raise RefusedError
