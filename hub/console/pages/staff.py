"""Staff, for administrators: who there is, what they may do, and ending it.

Giving power takes two people, taking it away one (PEER-11).
"""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from hub.console.errors import BadFormError, ConflictError, NotFoundError
from hub.console.frame import Act, Page, RequestKind, Visitor
from hub.console.menu import PLATFORM
from hub.console.second_person import ask_second_person
from hub.console.staff_words import (
    describe_change,
    describe_member,
    describe_powers,
    list_sub_groups,
)
from hub.console.words import names_for, role_names
from hub.i18n import noop
from hub.staff.accounts import (
    LastAdministratorError,
    count_administrators,
    disable,
    find_organisation,
    is_person,
    list_staff,
)
from hub.staff.audit import record_act
from hub.staff.enrolment import was_never_opened
from hub.staff.models import PendingAct, StaffMember
from hub.staff.powers import (
    CHANGE_POWERS,
    ENABLE,
    Powers,
    request_enabling,
    request_powers,
    set_powers,
)
from hub.staff.roles import Permission
from hub.staff.sessions import end_sessions_of, list_sessions


async def show_staff(visitor: Visitor) -> Response:
    async with visitor.console.database.read() as session:
        members = await list_staff(session)
        administrators = await count_administrators(session)
    return visitor.render(
        "staff.html",
        members=members,
        was_never_opened=was_never_opened,
        role_names=role_names(visitor._),
        is_alone=administrators < 2,
    )


async def show_member(visitor: Visitor) -> Response:
    async with visitor.console.database.read() as session:
        member = await find_member(visitor, session)
        return await _member_page(visitor, session, member)


async def change_powers(visitor: Visitor, session: AsyncSession) -> Response:
    member = await find_member(visitor, session)
    known = {*await list_sub_groups(session), *member.sub_groups}
    if member.disabled_at is not None:
        raise ConflictError
    if not known.issuperset(visitor.choices("sub_groups")):
        raise BadFormError("sub_groups")
    wanted = Powers.chosen(visitor.choices("roles"), visitor.choices("sub_groups"))
    before = Powers.of(member)
    if wanted == before:
        errors = {"roles": visitor._("Nothing would change. Choose what should be different.")}
        return await _member_page(visitor, session, member, errors, wanted)
    if wanted.adds_to(before):
        if not (reason := visitor.field("reason")):
            errors = {"reason": visitor._("Say why, so that the second person can decide.")}
            return await _member_page(visitor, session, member, errors, wanted)
        return await ask_second_person(visitor, session, request_powers(member, wanted, reason))
    try:
        await set_powers(session, member, wanted, now=visitor.now, actor=visitor.staff.id)
    except LastAdministratorError:
        return await _member_page(visitor, session, member, _last(visitor, "roles"), wanted)
    return visitor.done(
        _address(member), visitor._("Taken away, and they were signed out everywhere.")
    )


async def disable_member(visitor: Visitor, session: AsyncSession) -> Response:
    member = await find_member(visitor, session)
    if member.disabled_at is not None:
        raise ConflictError
    try:
        await disable(session, member, now=visitor.now, actor=visitor.staff.id)
    except LastAdministratorError:
        return await _member_page(visitor, session, member, _last(visitor, "disable"))
    return visitor.done(
        _address(member), visitor._("The account is closed; they were signed out everywhere.")
    )


async def ask_to_enable(visitor: Visitor, session: AsyncSession) -> Response:
    member = await find_member(visitor, session)
    organisation = await find_organisation(session, member.organisation_id)
    is_closed = member.disabled_at is not None and not was_never_opened(member)
    if not is_closed or organisation.left_at is not None:
        raise ConflictError
    reason = visitor.field("reason")
    return await ask_second_person(visitor, session, request_enabling(member, reason))


async def end_member_sessions(visitor: Visitor, session: AsyncSession) -> Response:
    member = await find_member(visitor, session)
    await end_sessions_of(session, member.id)
    await record_act(session, visitor.now, visitor.staff.id, "end_sessions", "staff", member.id)
    return visitor.done(_address(member), visitor._("They were signed out everywhere."))


async def _member_page(
    visitor: Visitor,
    session: AsyncSession,
    member: StaffMember,
    errors: dict[str, str] | None = None,
    chosen: Powers | None = None,
) -> Response:
    _, limits = visitor._, visitor.console.sign_in.limits
    owners = names_for(_, {}).owners
    groups = sorted({*await list_sub_groups(session), *member.sub_groups})
    return visitor.render(
        "staff_member.html",
        status=422 if errors else 200,
        errors=errors or {},
        member=member,
        is_invited=was_never_opened(member),
        organisation=await find_organisation(session, member.organisation_id),
        sessions=await list_sessions(session, member.id, visitor.now, limits),
        chosen=chosen or Powers.of(member),
        powers=describe_powers(_, Powers.of(member)),
        roles=list(role_names(_).items()),
        groups=[(group, owners.get(group, group)) for group in groups],
        reason=visitor.field("reason"),
    )


async def find_member(visitor: Visitor, session: AsyncSession) -> StaffMember:
    member = await session.scalar(
        select(StaffMember).where(StaffMember.id == visitor.path("staff_id"), is_person())
    )
    if member is None:
        raise NotFoundError
    return member


def _last(visitor: Visitor, field: str) -> dict[str, str]:
    return {
        field: visitor._("Nobody else could manage accounts. Make another administrator first.")
    }


def _address(member: StaffMember) -> str:
    return f"/staff/{member.id}"


async def _describe_powers(
    visitor: Visitor, session: AsyncSession, act: PendingAct
) -> list[tuple[str, str]]:
    member = await session.get_one(StaffMember, act.object_id)
    before, after = act.payload["before"], act.payload["after"]
    change = describe_change(visitor._, Powers.chosen(**before), Powers.chosen(**after))
    return [*await describe_member(visitor._, session, member), *change]


async def _describe_enabling(
    visitor: Visitor, session: AsyncSession, act: PendingAct
) -> list[tuple[str, str]]:
    member = await session.get_one(StaffMember, act.object_id)
    powers = Powers.chosen(**act.payload["powers"])
    return [
        *await describe_member(visitor._, session, member),
        *describe_powers(visitor._, powers),
    ]


PAGES = (
    Page("/staff", Permission.STAFF_READ, show_staff, nav=noop("Staff"), nav_under=PLATFORM),
    Page("/staff/{staff_id}", Permission.STAFF_READ, show_member),
    Act("/staff/{staff_id}/powers", Permission.STAFF_MANAGE, change_powers),
    Act("/staff/{staff_id}/disable", Permission.STAFF_MANAGE, disable_member),
    Act("/staff/{staff_id}/enable", Permission.STAFF_MANAGE, ask_to_enable),
    Act("/staff/{staff_id}/end-sessions", Permission.STAFF_MANAGE, end_member_sessions),
)
REQUESTS = (
    RequestKind(CHANGE_POWERS, noop("Give roles or sub-groups"), _describe_powers),
    RequestKind(ENABLE, noop("Open a closed account again"), _describe_enabling),
)
