"""Accounts of staff: made, changed and disabled here only, each time with an audit entry.

Whoever loses or changes rights is signed out everywhere (SEC-23).
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.database import new_id
from hub.staff.audit import record_act
from hub.staff.models import Organisation, StaffMember
from hub.staff.one_time_codes import enrolment_uri, new_secret, seal_secret
from hub.staff.roles import Role
from hub.staff.sessions import end_sessions_of
from hub.staff.token_models import ApiToken
from hub.vault import Vault

NO_PASSWORD = "!"  # noqa: S105  # not a hash, so no password ever matches it
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}", re.ASCII)


class AccountError(Exception):
    """An account cannot be made or changed like that; the message says what is wrong."""


class UsernameError(AccountError):
    """Taken, or no name that one can sign in with."""


class OrganisationLeftError(AccountError):
    """Nobody is invited to it or signs in for it any more."""


class LastAdministratorError(AccountError):
    """This is the last administrator, who therefore stays one."""


@dataclass(frozen=True)
class NewStaff:
    username: str
    display_name: str
    organisation: str
    roles: tuple[Role, ...]
    sub_groups: tuple[str, ...] = ()
    language: str = "es"


@dataclass(frozen=True)
class Enrolment:
    """What the new member must get by a safe way and is never shown again."""

    staff_id: str
    secret: str
    uri: str


async def create_staff(
    session: AsyncSession,
    vault: Vault,
    details: NewStaff,
    password_hash: str,
    *,
    now: datetime,
    actor: str,
) -> Enrolment:
    """Make an account with a new one-time code secret; raise `AccountError`.

    `password_hash` comes from `Passwords.hash_new`, which must not run inside a transaction.
    """
    member = await _new_member(session, details, password_hash, now)
    secret = new_secret()
    member.totp_sealed = seal_secret(vault, member.id, secret)
    session.add(member)
    await session.flush()
    await record_act(session, now, actor, "create", "staff", member.id, roles=member.roles)
    return Enrolment(member.id, secret, enrolment_uri(secret, member.username))


async def create_closed(
    session: AsyncSession, details: NewStaff, *, now: datetime, actor: str
) -> StaffMember:
    """An account that nobody can open yet and that may do nothing; raise `AccountError`.

    `details.roles` and sub-groups are not taken over: giving them takes a second person.
    """
    powerless = replace(details, roles=(), sub_groups=())
    member = await _new_member(session, powerless, NO_PASSWORD, now)
    member.disabled_at = now
    session.add(member)
    await session.flush()
    await record_act(session, now, actor, "create_closed", "staff", member.id)
    return member


async def _new_member(
    session: AsyncSession, details: NewStaff, password_hash: str, now: datetime
) -> StaffMember:
    await _check_username(session, details.username)
    return StaffMember(
        id=new_id(),
        username=details.username,
        display_name=details.display_name,
        organisation_id=await _organisation_id(session, details.organisation),
        sub_groups=list(details.sub_groups),
        roles=[role.value for role in details.roles],
        language=details.language,
        password_hash=password_hash,
        created_at=now,
    )


async def list_organisations(session: AsyncSession) -> list[str]:
    """The names of those that have not left."""
    query = select(Organisation.name).where(Organisation.left_at.is_(None))
    return list(await session.scalars(query.order_by(Organisation.name)))


async def list_staff(session: AsyncSession) -> list[tuple[StaffMember, Organisation]]:
    rows = await session.execute(
        select(StaffMember, Organisation)
        .join(Organisation, Organisation.id == StaffMember.organisation_id)
        .where(is_person())
        .order_by(StaffMember.disabled_at.is_not(None), StaffMember.username)
    )
    return [(member, organisation) for member, organisation in rows]


def is_person() -> ColumnElement[bool]:
    """Accounts of programs only stand where an author is named; nobody opens or changes them."""
    return StaffMember.id.not_in(select(ApiToken.account_id))


async def find_staff(session: AsyncSession, username: str) -> StaffMember:
    """The member of that user name; raise `AccountError` if there is none."""
    member = await session.scalar(
        select(StaffMember).where(StaffMember.username == username, is_person())
    )
    if member is None:
        raise AccountError(f"no staff member has the user name {username!r}")
    return member


async def find_organisation(session: AsyncSession, organisation_id: str) -> Organisation:
    return await session.get_one(Organisation, organisation_id)


async def set_roles(
    session: AsyncSession,
    member: StaffMember,
    roles: Iterable[Role],
    *,
    now: datetime,
    actor: str,
) -> None:
    """Raise `LastAdministratorError` if nobody would be left to manage accounts."""
    if Role.ADMIN not in (wanted := tuple(roles)):
        await _check_not_last(session, member)
    before, member.roles = member.roles, [role.value for role in wanted]
    await end_sessions_of(session, member.id)
    await record_act(
        session, now, actor, "set_roles", "staff", member.id, before=before, after=member.roles
    )


async def set_sub_groups(
    session: AsyncSession,
    member: StaffMember,
    sub_groups: Iterable[str],
    *,
    now: datetime,
    actor: str,
) -> None:
    before, member.sub_groups = member.sub_groups, list(sub_groups)
    await end_sessions_of(session, member.id)
    after = member.sub_groups
    await record_act(
        session, now, actor, "set_sub_groups", "staff", member.id, before=before, after=after
    )


async def set_password(
    session: AsyncSession, member: StaffMember, password_hash: str, *, now: datetime, actor: str
) -> None:
    member.password_hash = password_hash
    await end_sessions_of(session, member.id)
    await record_act(session, now, actor, "set_password", "staff", member.id)


async def set_language(
    session: AsyncSession, member: StaffMember, language: str, *, now: datetime
) -> None:
    member.language = language
    await record_act(session, now, member.id, "set_language", "staff", member.id, language=language)


async def disable(session: AsyncSession, member: StaffMember, *, now: datetime, actor: str) -> None:
    """Close an account at once; raise `LastAdministratorError` if nobody else manages them."""
    await _check_not_last(session, member)
    member.disabled_at = now
    await end_sessions_of(session, member.id)
    await record_act(session, now, actor, "disable", "staff", member.id)


async def enable(session: AsyncSession, member: StaffMember, *, now: datetime, actor: str) -> None:
    """Raise `OrganisationLeftError`."""
    if (await find_organisation(session, member.organisation_id)).left_at is not None:
        raise OrganisationLeftError("the organisation of this account has left")
    member.disabled_at = None
    await record_act(session, now, actor, "enable", "staff", member.id)


async def count_administrators(session: AsyncSession, *, but: Collection[str] = ()) -> int:
    """How many people can manage accounts today. Roles lie in JSON, and staff are few."""
    active = await session.scalars(select(StaffMember).where(StaffMember.disabled_at.is_(None)))
    return sum(Role.ADMIN in member.roles and member.id not in but for member in active)


async def _check_not_last(session: AsyncSession, member: StaffMember) -> None:
    if Role.ADMIN not in member.roles or member.disabled_at is not None:
        return
    if not await count_administrators(session, but=[member.id]):
        raise LastAdministratorError("nobody else could manage accounts; make another one first")


async def _check_username(session: AsyncSession, username: str) -> None:
    if not _USERNAME.fullmatch(username):
        raise UsernameError(
            f"user name {username!r}: use 2 to 64 of a-z, 0-9, dot, dash and underscore"
        )
    if await session.scalar(select(StaffMember.id).where(StaffMember.username == username)):
        raise UsernameError(f"user name {username!r} is taken")


async def _organisation_id(session: AsyncSession, name: str) -> str:
    found = await session.scalar(select(Organisation).where(Organisation.name == name))
    if found is None:
        found = Organisation(id=new_id(), name=name)
        session.add(found)
        await session.flush()
    if found.left_at is not None:
        raise OrganisationLeftError(f"the organisation {name!r} has left; open it again first")
    return found.id
