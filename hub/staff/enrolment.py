"""Ways into an account: an invitation, or new access after a loss. Both take two people (PEER-11).

Once approved, whoever asked makes a link and hands it over by a safe way. With it one person sets a
password and an authenticator, once, within two days. Only the hash of the link's token is kept.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hub.staff.accounts import NO_PASSWORD, NewStaff, create_closed
from hub.staff.audit import record_act
from hub.staff.models import EnrolmentLink, Passkey, PendingAct, RecoveryCode, StaffMember
from hub.staff.one_time_codes import seal_secret, use_code
from hub.staff.powers import Powers, beneficiary_of, let_in, set_powers
from hub.staff.recovery_codes import renew_recovery_codes
from hub.staff.roles import Permission
from hub.staff.second_person import (
    ActKind,
    NotOpenError,
    Request,
    collect,
)
from hub.staff.sessions import end_sessions_of
from hub.vault import Vault

LINK_LASTS = timedelta(hours=48)
_TOKEN_BYTES = 32


class LinkEndedError(Exception):
    """The link was used, is too old, or never was one."""


class WrongCodeError(Exception):
    """The code is not what the new authenticator shows."""


@dataclass(frozen=True, repr=False)
class Keys:
    """What somebody sets with a link: the hash of a password, and an authenticator that works."""

    password_hash: str
    secret: str
    code: str


async def prepare_invitation(
    session: AsyncSession, details: NewStaff, reason: str, *, now: datetime, actor: str
) -> Request:
    """A closed account without any power, and the request to open it; raise `AccountError`."""
    member = await create_closed(session, details, now=now, actor=actor)
    return request_invitation(member, Powers.chosen(details.roles, details.sub_groups), reason)


def request_invitation(member: StaffMember, powers: Powers, reason: str) -> Request:
    return Request(INVITE, "staff", member.id, powers.as_json(), reason)


def request_new_access(member: StaffMember, reason: str) -> Request:
    return Request(RESTORE, "staff", member.id, {}, reason)


def was_never_opened(member: StaffMember) -> bool:
    """Invited, and nobody has set a password yet."""
    return member.password_hash == NO_PASSWORD and member.totp_sealed is None


async def make_link(
    session: AsyncSession, kind: ActKind, act_id: str, member: StaffMember, now: datetime
) -> str:
    """The token of a new link; raise a `SecondPersonError`. Earlier links of the account die."""
    act = await collect(session, kind, act_id, member, now)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    await session.execute(delete(EnrolmentLink).where(EnrolmentLink.staff_id == act.object_id))
    session.add(
        EnrolmentLink(
            token_hash=_hash(token),
            staff_id=act.object_id,
            made_by=member.id,
            made_at=now,
            expires_at=now + LINK_LASTS,
        )
    )
    await session.flush()
    return token


async def find_invited(session: AsyncSession, token: str, now: datetime) -> StaffMember:
    """Whose account the link opens; raise `LinkEndedError`."""
    member = await session.scalar(
        select(StaffMember)
        .join(EnrolmentLink, EnrolmentLink.staff_id == StaffMember.id)
        .where(
            EnrolmentLink.token_hash == _hash(token),
            EnrolmentLink.used_at.is_(None),
            EnrolmentLink.expires_at > now,
            StaffMember.disabled_at.is_(None),
        )
    )
    if member is None:
        raise LinkEndedError
    return member


async def open_account(
    session: AsyncSession, vault: Vault, token: str, keys: Keys, now: datetime
) -> list[str]:
    """Set password and authenticator; the recovery codes, to be shown once.

    Raise `LinkEndedError` or `WrongCodeError`. Of two that come with one link, one gets through.
    """
    member = await find_invited(session, token, now)
    used = await session.scalar(
        update(EnrolmentLink)
        .where(EnrolmentLink.token_hash == _hash(token), EnrolmentLink.used_at.is_(None))
        .values(used_at=now)
        .returning(EnrolmentLink.staff_id)
    )
    if used is None:
        raise LinkEndedError
    member.password_hash = keys.password_hash
    member.totp_sealed = seal_secret(vault, member.id, keys.secret)
    await session.flush()
    if not await use_code(session, vault, member, keys.code, now):
        raise WrongCodeError
    await end_sessions_of(session, member.id)
    await record_act(session, now, member.id, "open_account", "staff", member.id)
    return await renew_recovery_codes(session, vault, member, now=now, actor=member.id)


async def _invite(session: AsyncSession, act: PendingAct, now: datetime) -> None:
    member = await beneficiary_of(session, act)
    if not was_never_opened(member):
        raise NotOpenError("the account was opened in the meantime")
    actor = str(act.decided_by)
    await set_powers(session, member, Powers.chosen(**act.payload), now=now, actor=actor)
    await let_in(session, act, member, now)


async def _restore(session: AsyncSession, act: PendingAct, now: datetime) -> None:
    """From now on nobody gets in but with the link."""
    member = await beneficiary_of(session, act)
    if member.disabled_at is not None:
        raise NotOpenError("the account was closed in the meantime")
    member.password_hash, member.totp_sealed = NO_PASSWORD, None
    for table in (Passkey, RecoveryCode):
        await session.execute(delete(table).where(table.staff_id == member.id))
    await end_sessions_of(session, member.id)
    await record_act(session, now, str(act.decided_by), "reset_access", "staff", member.id)


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()


INVITE = ActKind("invite_staff", Permission.STAFF_MANAGE, Permission.STAFF_MANAGE, _invite)
RESTORE = ActKind("restore_access", Permission.STAFF_MANAGE, Permission.STAFF_MANAGE, _restore)
