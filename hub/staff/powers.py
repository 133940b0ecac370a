"""What somebody may do, changed: giving takes two people, taking away is done at once (PEER-11)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from sqlalchemy.ext.asyncio import AsyncSession

from hub.staff.accounts import OrganisationLeftError, enable, set_roles, set_sub_groups
from hub.staff.models import PendingAct, StaffMember
from hub.staff.roles import Permission, Role
from hub.staff.second_person import ActKind, NotOpenError, NotTheirsError, Request


@dataclass(frozen=True)
class Powers:
    """Roles and sub-groups of one member. Sub-groups count: they say whose content one decides."""

    roles: frozenset[str]
    sub_groups: frozenset[str]

    @classmethod
    def of(cls, member: StaffMember) -> Self:
        return cls(frozenset(member.roles), frozenset(member.sub_groups))

    @classmethod
    def chosen(cls, roles: Iterable[str], sub_groups: Iterable[str]) -> Self:
        """From what was typed; names that are no role are dropped."""
        return cls(frozenset(roles) & frozenset(Role), frozenset(sub_groups))

    def adds_to(self, before: "Powers") -> bool:
        return bool(self.roles - before.roles or self.sub_groups - before.sub_groups)

    def as_json(self) -> dict[str, list[str]]:
        return {"roles": sorted(self.roles), "sub_groups": sorted(self.sub_groups)}


async def set_powers(
    session: AsyncSession, member: StaffMember, wanted: Powers, *, now: datetime, actor: str
) -> None:
    """What differs, with an entry each; raise `LastAdministratorError`."""
    before = Powers.of(member)
    if wanted.roles != before.roles:
        roles = [role for role in Role if role in wanted.roles]
        await set_roles(session, member, roles, now=now, actor=actor)
    if wanted.sub_groups != before.sub_groups:
        groups = sorted(wanted.sub_groups)
        await set_sub_groups(session, member, groups, now=now, actor=actor)


def request_powers(member: StaffMember, wanted: Powers, reason: str) -> Request:
    payload = {"before": Powers.of(member).as_json(), "after": wanted.as_json()}
    return Request(CHANGE_POWERS, "staff", member.id, payload, reason)


def request_enabling(member: StaffMember, reason: str) -> Request:
    payload = {"powers": Powers.of(member).as_json()}
    return Request(ENABLE, "staff", member.id, payload, reason)


async def _change_powers(session: AsyncSession, act: PendingAct, now: datetime) -> None:
    member = await beneficiary_of(session, act)
    if Powers.of(member).as_json() != act.payload["before"]:
        raise NotOpenError("somebody changed this account in the meantime")
    await set_powers(
        session, member, Powers.chosen(**act.payload["after"]), now=now, actor=str(act.decided_by)
    )


async def _enable(session: AsyncSession, act: PendingAct, now: datetime) -> None:
    member = await beneficiary_of(session, act)
    if member.disabled_at is None or Powers.of(member).as_json() != act.payload["powers"]:
        raise NotOpenError("somebody changed this account in the meantime")
    await let_in(session, act, member, now)


async def let_in(
    session: AsyncSession, act: PendingAct, member: StaffMember, now: datetime
) -> None:
    """Open the account, unless its organisation left in the meantime."""
    try:
        await enable(session, member, now=now, actor=str(act.decided_by))
    except OrganisationLeftError as error:
        raise NotOpenError("the organisation has left in the meantime") from error


async def beneficiary_of(session: AsyncSession, act: PendingAct) -> StaffMember:
    """Whose account it is; nobody approves anything for themselves."""
    if act.decided_by == act.object_id:
        raise NotTheirsError("for themselves")
    return await session.get_one(StaffMember, act.object_id, with_for_update=True)


CHANGE_POWERS = ActKind(
    "change_powers", Permission.STAFF_MANAGE, Permission.STAFF_MANAGE, _change_powers
)
ENABLE = ActKind("enable_staff", Permission.STAFF_MANAGE, Permission.STAFF_MANAGE, _enable)
