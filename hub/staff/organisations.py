"""Partner organisations: added, changed, closed and opened again, each with an audit entry.

Closing takes power away and is done at once: accounts are closed, tokens revoked. Opening again
gives nobody anything: each account and token takes its own two people, as ever (PEER-11).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.database import new_id
from hub.staff.accounts import LastAdministratorError, count_administrators, disable, is_person
from hub.staff.audit import record_act
from hub.staff.models import Organisation, PendingAct, StaffMember
from hub.staff.roles import Permission
from hub.staff.second_person import ActKind, NotOpenError, Request
from hub.staff.token_models import ApiToken
from hub.staff.tokens import revoke_token

LONGEST_NAME = 120
LONGEST_INBOX = 254
_INBOX = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+", re.ASCII)


class OrganisationError(Exception):
    """It cannot be added, changed or closed like that."""


class NameTakenError(OrganisationError):
    """Another organisation has this name, in whatever letters."""


@dataclass(frozen=True, slots=True)
class Line:
    """One organisation and what it has now: open accounts, tokens that work, and the sub-groups of
    those accounts."""

    organisation: Organisation
    members: int
    tokens: int
    sub_groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Closed:
    """What ended with an organisation."""

    accounts: int
    tokens: int


def is_inbox(typed: str) -> bool:
    return len(typed) <= LONGEST_INBOX and _INBOX.fullmatch(typed) is not None


async def list_lines(
    session: AsyncSession, now: datetime, *, named: str = "", state: str = ""
) -> Sequence[Line]:
    """By name; `state` is `active` or `left`. Staff and organisations are few."""
    query = select(Organisation).order_by(func.lower(Organisation.name))
    if named:
        query = query.where(Organisation.name.icontains(named, autoescape=True))
    if state:
        has_left = Organisation.left_at.is_not(None)
        query = query.where(has_left if state == "left" else ~has_left)
    members = list(await session.scalars(_open_accounts()))
    tokens = list(await session.scalars(_working_tokens(now)))
    return [_line(each, members, tokens) for each in await session.scalars(query)]


async def find_line(session: AsyncSession, organisation_id: str, now: datetime) -> Line | None:
    row = await session.get(Organisation, organisation_id)
    if row is None:
        return None
    members = list(await session.scalars(_open_accounts()))
    return _line(row, members, list(await session.scalars(_working_tokens(now))))


async def list_members(session: AsyncSession, organisation_id: str) -> list[StaffMember]:
    """Closed accounts last."""
    query = select(StaffMember).where(StaffMember.organisation_id == organisation_id, is_person())
    order = (StaffMember.disabled_at.is_not(None), StaffMember.username)
    return list(await session.scalars(query.order_by(*order)))


async def add_organisation(
    session: AsyncSession, name: str, inbox: str, *, now: datetime, actor: str
) -> Organisation:
    """Raise `NameTakenError`. It can do nothing before people are invited to it."""
    await check_name(session, name)
    row = Organisation(id=new_id(), name=name, inbox=inbox or None)
    session.add(row)
    await session.flush()
    await record_act(session, now, actor, "organisation_add", "organisation", row.id, name=name)
    return row


async def check_name(session: AsyncSession, name: str, but: str = "") -> None:
    names = await session.execute(select(Organisation.id, Organisation.name))
    if any(row.name.casefold() == name.casefold() and row.id != but for row in names):
        raise NameTakenError(name)


async def close_organisation(
    session: AsyncSession, organisation_id: str, member: StaffMember, now: datetime
) -> Closed:
    """It has left: nobody of it signs in any more, and its programs get nothing.

    Raise `OrganisationError` if it has left already or is one's own, `LastAdministratorError` if
    nobody else could manage accounts.
    """
    row = await _lock(session, organisation_id)
    if row.left_at is not None or row.id == member.organisation_id:
        raise OrganisationError("has left already, or is one's own")
    query = _open_accounts().where(StaffMember.organisation_id == row.id)
    accounts = list(await session.scalars(query))
    if not await count_administrators(session, but=[each.id for each in accounts]):
        raise LastAdministratorError("nobody else could manage accounts")
    for each in accounts:
        await disable(session, each, now=now, actor=member.id)
    tokens = await session.scalars(_working_tokens(now).where(ApiToken.organisation_id == row.id))
    ids = [each.id for each in tokens]
    for token_id in ids:
        await revoke_token(session, token_id, actor=member.id, now=now)
    row.left_at = now
    await record_act(
        session,
        now,
        member.id,
        "organisation_close",
        "organisation",
        row.id,
        accounts=len(accounts),
        tokens=len(ids),
    )
    return Closed(len(accounts), len(ids))


def request_change(row: Organisation, name: str, inbox: str, reason: str) -> Request:
    """A name is what people agree to have their case passed to, and the inbox is where referrals
    go: two people."""
    payload = {"before": _described(row), "after": {"name": name, "inbox": inbox}}
    return Request(CHANGE, "organisation", row.id, payload, reason)


def request_opening(row: Organisation, reason: str) -> Request:
    return Request(OPEN_AGAIN, "organisation", row.id, {"name": row.name}, reason)


async def _change(session: AsyncSession, act: PendingAct, now: datetime) -> None:
    row, after = await _lock(session, act.object_id), act.payload["after"]
    if _described(row) != act.payload["before"]:
        raise NotOpenError("somebody changed this organisation in the meantime")
    try:
        await check_name(session, after["name"], but=row.id)
    except NameTakenError as error:
        raise NotOpenError("the name is taken by now") from error
    row.name, row.inbox = after["name"], after["inbox"] or None
    await _record(session, act, "organisation_change", now, after=after["name"])


async def _open_again(session: AsyncSession, act: PendingAct, now: datetime) -> None:
    row = await _lock(session, act.object_id)
    if row.left_at is None:
        raise NotOpenError("it is open")
    row.left_at = None
    await _record(session, act, "organisation_open", now)


async def _record(
    session: AsyncSession, act: PendingAct, action: str, now: datetime, **detail: object
) -> None:
    actor = str(act.decided_by)
    await record_act(session, now, actor, action, "organisation", act.object_id, **detail)


async def _lock(session: AsyncSession, organisation_id: str) -> Organisation:
    row = await session.get(Organisation, organisation_id, with_for_update=True)
    if row is None:
        raise OrganisationError(organisation_id)
    return row


def _described(row: Organisation) -> dict[str, str]:
    return {"name": row.name, "inbox": row.inbox or ""}


def _open_accounts() -> Select[StaffMember]:
    return select(StaffMember).where(StaffMember.disabled_at.is_(None), is_person())


def _working_tokens(now: datetime) -> Select[ApiToken]:
    return select(ApiToken).where(ApiToken.revoked_at.is_(None), ApiToken.expires_at > now)


def _line(row: Organisation, members: Sequence[StaffMember], tokens: Sequence[ApiToken]) -> Line:
    mine = [each for each in members if each.organisation_id == row.id]
    groups = sorted({group for each in mine for group in each.sub_groups})
    count = sum(each.organisation_id == row.id for each in tokens)
    return Line(row, len(mine), count, tuple(groups))


CHANGE = ActKind("change_organisation", Permission.STAFF_MANAGE, Permission.STAFF_MANAGE, _change)
OPEN_AGAIN = ActKind(
    "open_organisation", Permission.STAFF_MANAGE, Permission.STAFF_MANAGE, _open_again
)
