"""Inviting staff, and giving somebody new access after a loss: asked for, approved, then a link."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from hub.console.errors import ConflictError, NotFoundError
from hub.console.frame import LANGUAGES, PREFIX, Act, Page, RequestKind, Visitor
from hub.console.pages.staff import find_member
from hub.console.second_person import ask_second_person
from hub.console.staff_words import describe_member, describe_powers, list_sub_groups
from hub.console.words import names_for, role_names
from hub.i18n import noop, own_name
from hub.staff.accounts import (
    NewStaff,
    OrganisationLeftError,
    UsernameError,
    list_organisations,
)
from hub.staff.enrolment import (
    INVITE,
    RESTORE,
    make_link,
    prepare_invitation,
    request_invitation,
    request_new_access,
    was_never_opened,
)
from hub.staff.models import PendingAct, StaffMember
from hub.staff.powers import Powers
from hub.staff.roles import Permission, Role
from hub.staff.second_person import LONGEST_REASON, SecondPersonError, can_collect

_KINDS = {INVITE.name: INVITE, RESTORE.name: RESTORE}
_LINK = "enrolment_link"
_LONGEST_NAME = 120


@dataclass(frozen=True)
class _Form:
    """What was typed, and what is wrong with it by field."""

    details: NewStaff
    reason: str
    errors: dict[str, str]


async def show_form(visitor: Visitor) -> Response:
    async with visitor.console.database.read() as session:
        return await _form_page(visitor, session, {})


async def invite(visitor: Visitor, session: AsyncSession) -> Response:
    form = await _read_form(visitor, session)
    if form.errors:
        return await _form_page(visitor, session, form.errors)
    try:
        request = await prepare_invitation(
            session, form.details, form.reason, now=visitor.now, actor=visitor.staff.id
        )
    except OrganisationLeftError:
        words = visitor._("This organisation has left the platform. Open it again first.")
        return await _form_page(visitor, session, {"organisation": words})
    except UsernameError:
        words = visitor._(
            "This name is taken or cannot be used. Take 2 to 64 letters, digits, dots or dashes."
        )
        return await _form_page(visitor, session, {"username": words})
    return await ask_second_person(visitor, session, request)


async def invite_again(visitor: Visitor, session: AsyncSession) -> Response:
    """For somebody whose invitation was refused, or whose link ran out."""
    member = await find_member(visitor, session)
    if not was_never_opened(member):
        raise ConflictError
    groups = {*await list_sub_groups(session), *member.sub_groups}
    powers = Powers.chosen(
        visitor.choices("roles"), groups.intersection(visitor.choices("sub_groups"))
    )
    request = request_invitation(member, powers, visitor.field("reason"))
    return await ask_second_person(visitor, session, request)


async def restore(visitor: Visitor, session: AsyncSession) -> Response:
    member = await find_member(visitor, session)
    if was_never_opened(member) or member.disabled_at is not None:
        raise ConflictError
    request = request_new_access(member, visitor.field("restore_reason"))
    return await ask_second_person(visitor, session, request)


async def show_link(visitor: Visitor) -> Response:
    """Before: the button that makes it. After: the link, once."""
    async with visitor.console.database.read() as session:
        act = await _find_act(visitor, session)
        member = await session.get_one(StaffMember, act.object_id)
    return visitor.render(
        "staff_link.html",
        act=act,
        member=member,
        can_make=can_collect(act, visitor.now),
        handed_over=visitor.handed_over(_LINK),
    )


async def make(visitor: Visitor, session: AsyncSession) -> Response:
    act = await _find_act(visitor, session)
    kind, now = _KINDS[act.kind], visitor.now
    try:
        token = await make_link(session, kind, act.id, visitor.staff, now)
    except SecondPersonError as error:
        raise ConflictError from error
    link = f"{visitor.site}{PREFIX}/welcome/{token}"
    return visitor.hand_over(f"/staff/links/{act.id}", _LINK, link)


async def _read_form(visitor: Visitor, session: AsyncSession) -> _Form:
    groups = set(await list_sub_groups(session))
    roles = [role for role in Role if role in visitor.choices("roles")]
    language = visitor.field("language")
    details = NewStaff(
        username=visitor.field("username").lower(),
        display_name=visitor.field("display_name")[:_LONGEST_NAME],
        organisation=visitor.field("organisation")[:_LONGEST_NAME],
        roles=tuple(roles),
        sub_groups=tuple(sorted(groups.intersection(visitor.choices("sub_groups")))),
        language=language if language in LANGUAGES else LANGUAGES[0],
    )
    reason = visitor.field("reason")[:LONGEST_REASON]
    _ = visitor._
    errors = {
        "username": "" if details.username else _("Choose a name to sign in with."),
        "display_name": "" if details.display_name else _("Write the name that others see."),
        "organisation": "" if details.organisation else _("Write the organisation."),
        "roles": "" if roles else _("Choose at least one role."),
        "reason": "" if reason else _("Say why, so that the second person can decide."),
    }
    return _Form(details, reason, {name: words for name, words in errors.items() if words})


async def _form_page(visitor: Visitor, session: AsyncSession, errors: dict[str, str]) -> Response:
    owners = names_for(visitor._, {}).owners
    return visitor.render(
        "staff_new.html",
        status=422 if errors else 200,
        errors=errors,
        roles=list(role_names(visitor._).items()),
        groups=[(name, owners.get(name, name)) for name in await list_sub_groups(session)],
        languages=[(language, own_name(language)) for language in LANGUAGES],
        organisations=await list_organisations(session),
    )


async def _find_act(visitor: Visitor, session: AsyncSession) -> PendingAct:
    """One's own approved request of a kind that gives a link; others' are not there."""
    act = await session.get(PendingAct, visitor.path("act_id"))
    if act is None or act.kind not in _KINDS or act.requested_by != visitor.staff.id:
        raise NotFoundError
    return act


async def _describe_invitation(
    visitor: Visitor, session: AsyncSession, act: PendingAct
) -> list[tuple[str, str]]:
    member = await session.get_one(StaffMember, act.object_id)
    powers = Powers.chosen(**act.payload)
    return [
        *await describe_member(visitor._, session, member),
        *describe_powers(visitor._, powers),
    ]


async def _describe_restoring(
    visitor: Visitor, session: AsyncSession, act: PendingAct
) -> list[tuple[str, str]]:
    _ = visitor._
    member = await session.get_one(StaffMember, act.object_id)
    what = _("Password, authenticator, passkeys and recovery codes stop working at once.")
    return [
        *await describe_member(_, session, member),
        *describe_powers(_, Powers.of(member)),
        (_("What happens"), what),
    ]


PAGES = (
    Page("/staff/new", Permission.STAFF_MANAGE, show_form),
    Act("/staff/new/invite", Permission.STAFF_MANAGE, invite),
    Page("/staff/links/{act_id}", Permission.STAFF_MANAGE, show_link),
    Act("/staff/links/{act_id}/make", Permission.STAFF_MANAGE, make),
    Act("/staff/{staff_id}/invite", Permission.STAFF_MANAGE, invite_again),
    Act("/staff/{staff_id}/restore", Permission.STAFF_MANAGE, restore),
)
REQUESTS = (
    RequestKind(INVITE, noop("Invite somebody"), _describe_invitation, "/staff/links/{id}"),
    RequestKind(RESTORE, noop("New access after a loss"), _describe_restoring, "/staff/links/{id}"),
)
