"""Partner organisations: who belongs to the platform, what each has, adding, changing, closing.

Closing takes one administrator, of another organisation, and works at once. A name or an inbox says
where people's cases go, so changing them takes two, and so does opening again (PEER-11).
"""

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from bot.case_passing import take_cases_back
from hub.console.errors import ConflictError, NotFoundError
from hub.console.frame import Act, Page, RequestKind, Visitor
from hub.console.menu import PLATFORM
from hub.console.second_person import REASON_FIELD, ask_second_person
from hub.console.staff_words import names_of_groups
from hub.console.words import role_names
from hub.i18n import noop
from hub.staff.accounts import LastAdministratorError
from hub.staff.models import Organisation, PendingAct, StaffMember
from hub.staff.organisations import (
    CHANGE,
    LONGEST_INBOX,
    LONGEST_NAME,
    OPEN_AGAIN,
    NameTakenError,
    OrganisationError,
    add_organisation,
    check_name,
    close_organisation,
    find_line,
    is_inbox,
    list_lines,
    list_members,
    request_change,
    request_opening,
)
from hub.staff.roles import Permission
from hub.staff.tokens import list_tokens

_STATES = ("active", "left")


async def show_organisations(visitor: Visitor) -> Response:
    return await _list_page(visitor)


async def add(visitor: Visitor, session: AsyncSession) -> Response:
    name, inbox = _typed(visitor)
    errors = _faults(visitor, name, inbox)
    if not errors:
        try:
            row = await add_organisation(
                session, name, inbox, now=visitor.now, actor=visitor.staff.id
            )
        except NameTakenError:
            errors = _is_taken(visitor)
        else:
            done = visitor._("Added. Now people can be invited to it.")
            return visitor.done(_address(row.id), done)
    return await _list_page(visitor, errors)


async def show_organisation(visitor: Visitor) -> Response:
    return await _page(visitor)


async def change(visitor: Visitor, session: AsyncSession) -> Response:
    row, (name, inbox) = await _find(visitor, session), _typed(visitor)
    errors = _faults(visitor, name, inbox)
    if not visitor.field(REASON_FIELD):
        errors[REASON_FIELD] = visitor._("Say why, so that the second person can decide.")
    if (name, inbox) == (row.name, row.inbox or ""):
        errors["name"] = visitor._("Nothing would change. Choose what should be different.")
    try:
        await check_name(session, name, but=row.id)
    except NameTakenError:
        errors.update(_is_taken(visitor))
    if errors:
        return await _page(visitor, errors)
    asked = request_change(row, name, inbox, visitor.field(REASON_FIELD))
    return await ask_second_person(visitor, session, asked)


async def close(visitor: Visitor, session: AsyncSession) -> Response:
    row = await _find(visitor, session)
    member = await session.get_one(StaffMember, visitor.staff.id)
    if row.id == member.organisation_id:
        words = visitor._("You belong to it. Somebody of another organisation has to close it.")
        return await _page(visitor, {"close": words})
    try:
        await close_organisation(session, row.id, member, visitor.now)
    except LastAdministratorError:
        words = visitor._("Nobody else could manage accounts. Make another administrator first.")
        return await _page(visitor, {"close": words})
    except OrganisationError as error:
        raise ConflictError from error
    await take_cases_back(session, row.id, visitor.now)
    done = visitor._("Closed. Nobody of it signs in any more, and its programs get nothing.")
    return visitor.done(_address(row.id), done)


async def ask_to_open(visitor: Visitor, session: AsyncSession) -> Response:
    row = await _find(visitor, session)
    if row.left_at is None:
        raise ConflictError
    asked = request_opening(row, visitor.field(REASON_FIELD))
    return await ask_second_person(visitor, session, asked)


async def _list_page(visitor: Visitor, errors: dict[str, str] | None = None) -> Response:
    named = visitor.query("named")[:LONGEST_NAME]
    state = visitor.query("state")
    chosen = state if state in _STATES else ""
    async with visitor.console.database.read() as session:
        lines = await list_lines(session, visitor.now, named=named, state=chosen)
    name, inbox = _typed(visitor)
    return visitor.render(
        "organisations.html",
        status=422 if errors else 200,
        errors=errors or {},
        lines=lines,
        groups=lambda line: names_of_groups(visitor._, line.sub_groups),
        named=named,
        state=chosen,
        typed={"name": name, "inbox": inbox},
        longest={"name": LONGEST_NAME, "inbox": LONGEST_INBOX},
    )


async def _page(visitor: Visitor, errors: dict[str, str] | None = None) -> Response:
    async with visitor.console.database.read() as session:
        line = await find_line(session, visitor.path("organisation_id"), visitor.now)
        if line is None:
            raise NotFoundError
        row = line.organisation
        members = await list_members(session, row.id)
        tokens = [each for each, _ in await list_tokens(session) if each.organisation_id == row.id]
    name, inbox = _typed(visitor) if errors else (row.name, row.inbox or "")
    return visitor.render(
        "organisation.html",
        status=422 if errors else 200,
        errors=errors or {},
        line=line,
        organisation=row,
        members=members,
        tokens=[each for each in tokens if each.revoked_at is None],
        groups=names_of_groups(visitor._, line.sub_groups),
        role_names=role_names(visitor._),
        is_own=row.id == visitor.staff.organisation_id,
        typed={"name": name, "inbox": inbox, "reason": visitor.field(REASON_FIELD)},
        longest={"name": LONGEST_NAME, "inbox": LONGEST_INBOX},
    )


def _typed(visitor: Visitor) -> tuple[str, str]:
    return " ".join(visitor.field("name").split()), visitor.field("inbox")


def _faults(visitor: Visitor, name: str, inbox: str) -> dict[str, str]:
    errors = {}
    if not name or len(name) > LONGEST_NAME:
        errors["name"] = visitor._("Write the name of the organisation.")
    if inbox and not is_inbox(inbox):
        errors["inbox"] = visitor._("This is no e-mail address. Write one, or leave it empty.")
    return errors


def _is_taken(visitor: Visitor) -> dict[str, str]:
    return {"name": visitor._("There is an organisation of this name already.")}


async def _find(visitor: Visitor, session: AsyncSession) -> Organisation:
    row = await session.get(Organisation, visitor.path("organisation_id"))
    if row is None:
        raise NotFoundError
    return row


def _address(organisation_id: str) -> str:
    return f"/organisations/{organisation_id}"


async def _describe_change(
    visitor: Visitor, session: AsyncSession, act: PendingAct
) -> list[tuple[str, str]]:
    del session
    _, before, after = visitor._, act.payload["before"], act.payload["after"]
    facts = [(_("Organisation"), before["name"])]
    if after["name"] != before["name"]:
        facts.append((_("New name"), after["name"]))
    if after["inbox"] != before["inbox"]:
        facts.append((_("Inbox until now"), before["inbox"] or "–"))
        facts.append((_("New inbox"), after["inbox"] or "–"))
    return facts


async def _describe_opening(
    visitor: Visitor, session: AsyncSession, act: PendingAct
) -> list[tuple[str, str]]:
    row = await session.get_one(Organisation, act.object_id)
    said = visitor._("Each account and token still takes its own two people.")
    return [(visitor._("Organisation"), row.name), (visitor._("After that"), said)]


_ONE = "/organisations/{organisation_id}"
PAGES = (
    Page(
        "/organisations",
        Permission.STAFF_READ,
        show_organisations,
        nav=noop("Organisations"),
        nav_under=PLATFORM,
    ),
    Act("/organisations/add", Permission.STAFF_MANAGE, add),
    Page(_ONE, Permission.STAFF_READ, show_organisation),
    Act(f"{_ONE}/change", Permission.STAFF_MANAGE, change),
    Act(f"{_ONE}/close", Permission.STAFF_MANAGE, close),
    Act(f"{_ONE}/open", Permission.STAFF_MANAGE, ask_to_open),
)
REQUESTS = (
    RequestKind(CHANGE, noop("Change an organisation"), _describe_change),
    RequestKind(OPEN_AGAIN, noop("Open an organisation again"), _describe_opening),
)
