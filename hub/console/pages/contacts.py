"""Contacts: one person's record, found by the exact address, for whoever asks about their own data.

Nothing can be listed or searched in part. Each look-up says why and is on record; too many of them
stop whoever makes them until another administrator opens the way again (SEC-30). Handing a record
out takes two people (PEER-11).
"""

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from bot.channels.registry import CAPABILITIES, SIMULATED, TESTING
from bot.contact_desk import DESK_ERASE_DELAY, ask_erasure, cancel_erasure, find_contact
from bot.models import Contact
from bot.person_reads import (
    OPEN_LASTS,
    ReadKind,
    has_read,
    is_blocked,
    lift_block,
    list_blocks,
    note_read,
)
from content.rows import read_settings
from hub.console.contact_views import load_sheet, write_export
from hub.console.contact_words import (
    channel_names,
    consent_names,
    purpose_names,
)
from hub.console.downloads import as_file
from hub.console.errors import ConflictError, NotAllowedError, NotFoundError
from hub.console.frame import Act, Card, Page, RequestKind, Visitor
from hub.console.menu import PEOPLE
from hub.console.second_person import ask_second_person
from hub.console.update_words import delivery_names
from hub.console.words import names_for
from hub.i18n import noop
from hub.staff.audit import record_act
from hub.staff.models import PendingAct, StaffMember
from hub.staff.roles import Permission
from hub.staff.second_person import ActKind, NotOpenError, Request, SecondPersonError, collect

_CONTACT = "contact"


async def show_search(visitor: Visitor) -> Response:
    return await _render_search(visitor)


async def find(visitor: Visitor, session: AsyncSession) -> Response:
    """The address is in the form only: it comes into no address, no log and no audit entry."""
    errors = _check_search(visitor)
    if errors:
        return await _render_search(visitor, 422, errors)
    settings = await read_settings(session)
    channel, code = visitor.field("channel"), settings.calling_code if settings else ""
    contact_id = await find_contact(
        session, visitor.console.vault, channel, visitor.field("address"), code
    )
    kind = ReadKind.RECORD if contact_id else ReadKind.SEARCH
    if not await _may_read(visitor, session, kind, contact_id):
        return visitor.done("/contacts", _stopped(visitor))
    purpose = visitor.field("purpose")
    await record_act(
        session,
        visitor.now,
        visitor.staff.id,
        "contact_open" if contact_id else "contact_search",
        _CONTACT,
        contact_id or "-",
        why=purpose,
        channel=channel,
    )
    if contact_id is None:
        phrase = visitor._("Nobody has written to us from that address, or it was erased.")
        return visitor.done("/contacts", phrase)
    return visitor.go(f"/contacts/{contact_id}")


async def show_contact(visitor: Visitor) -> Response:
    return await _render_contact(visitor)


async def ask_export(visitor: Visitor, session: AsyncSession) -> Response:
    contact = await _open_contact(visitor, session)
    reason = visitor.field("reason")
    if not reason:
        errors = {"reason": visitor._("Say why, so that the second person can decide.")}
        return await _render_contact(visitor, 422, errors)
    return await ask_second_person(
        visitor, session, Request(EXPORT, _CONTACT, contact.id, {}, reason)
    )


async def show_export(visitor: Visitor) -> Response:
    return visitor.render("contact_export.html", act_id=visitor.path("act_id"))


async def take_export(visitor: Visitor) -> Response:
    """The file, once, to whoever asked for it."""
    async with visitor.console.database.write() as session:
        try:
            act = await collect(session, EXPORT, visitor.path("act_id"), visitor.staff, visitor.now)
        except SecondPersonError as error:
            raise ConflictError from error
        sheet = await load_sheet(visitor, session, act.object_id)
        if sheet is None:
            raise NotFoundError
        allowed = await _may_read(visitor, session, ReadKind.EXPORT, act.object_id)
        body = write_export(visitor, sheet, act) if allowed else ""
    if not body:
        return visitor.done("/contacts", _stopped(visitor))
    return as_file(body, "application/json", f"chasqui-{act.id[:8]}.json")


async def erase(visitor: Visitor, session: AsyncSession) -> Response:
    contact = await _open_contact(visitor, session)
    why = visitor.field("why")
    if why not in purpose_names(visitor._):
        return await _render_contact(visitor, 422, {"why": visitor._("Choose why")})
    vault, member = visitor.console.vault, visitor.staff
    if not await ask_erasure(session, vault, contact.id, why, member, visitor.now):
        raise ConflictError
    phrase = visitor._("No more updates from now on. In 24 hours everything is deleted.")
    return visitor.done(f"/contacts/{contact.id}", phrase)


async def keep(visitor: Visitor, session: AsyncSession) -> Response:
    contact = await _open_contact(visitor, session)
    if not await cancel_erasure(session, contact.id, visitor.staff, visitor.now):
        raise ConflictError
    return visitor.done(f"/contacts/{contact.id}", visitor._("Nothing is deleted."))


async def unblock(visitor: Visitor, session: AsyncSession) -> Response:
    staff_id = visitor.path("staff_id")
    if staff_id == visitor.staff.id:
        raise NotAllowedError(staff_id)
    if not await lift_block(session, staff_id, visitor.staff, visitor.now):
        raise ConflictError
    return visitor.done("/contacts", visitor._("They may read records again."))


async def count_cards(visitor: Visitor, session: AsyncSession) -> list[Card]:
    if not visitor.can(Permission.STAFF_MANAGE):
        return []
    blocked = len(await list_blocks(session))
    title, advice = visitor._("Stopped"), visitor._("Read unusually many people's records")
    return [Card(title, blocked, advice, "/contacts", "bad")] if blocked else []


async def _render_search(
    visitor: Visitor, status: int = 200, errors: dict[str, str] | None = None
) -> Response:
    async with visitor.console.database.read() as session:
        blocks = await list_blocks(session) if visitor.can(Permission.STAFF_MANAGE) else []
        stopped = await is_blocked(session, visitor.staff.id)
    return visitor.render(
        "contacts.html",
        status=status,
        errors=errors or {},
        channels=_channels(visitor),
        purposes=purpose_names(visitor._),
        channel=visitor.field("channel"),
        purpose=visitor.field("purpose"),
        blocks=blocks,
        is_stopped=stopped,
        most=visitor.console.config.console.records_per_hour,
    )


def _check_search(visitor: Visitor) -> dict[str, str]:
    errors = {}
    if visitor.field("channel") not in _channels(visitor):
        errors["channel"] = visitor._("Choose the channel")
    if not visitor.field("address"):
        errors["address"] = visitor._("Write the whole number")
    if visitor.field("purpose") not in purpose_names(visitor._):
        errors["purpose"] = visitor._("Choose why")
    return errors


def _channels(visitor: Visitor) -> dict[str, str]:
    names = channel_names(visitor._)
    apart = TESTING if visitor.console.is_demonstration else {**SIMULATED, **TESTING}
    return {name: names.get(name, name) for name in CAPABILITIES if name not in apart}


async def _may_read(
    visitor: Visitor, session: AsyncSession, kind: ReadKind, contact_id: str | None
) -> bool:
    most = visitor.console.config.console.records_per_hour
    return await note_read(session, visitor.staff.id, kind, contact_id, visitor.now, most)


def _stopped(visitor: Visitor) -> str:
    return visitor._("You read many records within an hour. Another administrator was told.")


async def _open_contact(visitor: Visitor, session: AsyncSession) -> Contact:
    """Only what this member looked for by its address a moment ago; anything else is not there."""
    contact_id, since = visitor.path("contact_id"), visitor.now - OPEN_LASTS
    staff_id = visitor.staff.id
    is_open = await has_read(session, staff_id, contact_id, since, ReadKind.RECORD)
    contact = await session.get(Contact, contact_id) if is_open else None
    if contact is None or await is_blocked(session, staff_id):
        raise NotFoundError
    return contact


async def _render_contact(
    visitor: Visitor, status: int = 200, errors: dict[str, str] | None = None
) -> Response:
    async with visitor.console.database.read() as session:
        contact = await _open_contact(visitor, session)
        sheet = await load_sheet(visitor, session, contact.id)
    if sheet is None:
        raise NotFoundError
    return visitor.render(
        "contact.html",
        status=status,
        errors=errors or {},
        sheet=sheet,
        contact=contact,
        reason=visitor.field("reason"),
        why=visitor.field("why"),
        purposes=purpose_names(visitor._),
        channels=channel_names(visitor._),
        consents=consent_names(visitor._),
        deliveries=delivery_names(visitor._),
        hours=int(DESK_ERASE_DELAY.total_seconds() // 3600),
        names=names_for(visitor._, visitor.console.config.names),
    )


async def _nothing_yet(session: AsyncSession, act: PendingAct, _now: object) -> None:
    """The file is made when it is taken; here only whether there is still somebody."""
    if await session.get(Contact, act.object_id) is None:
        raise NotOpenError("the person was erased meanwhile")


async def _describe_export(
    visitor: Visitor, session: AsyncSession, act: PendingAct
) -> list[tuple[str, str]]:
    """Not who it is: the second person decides about the reason, and reads no record for it."""
    _ = visitor._
    requester = await session.get_one(StaffMember, act.requested_by)
    is_there = await session.get(Contact, act.object_id) is not None
    return [
        (_("What is handed out"), _("Everything kept about one person, without words and numbers")),
        (_("Who receives it"), requester.display_name),
        (_("The person"), _("still on record") if is_there else _("erased meanwhile")),
    ]


EXPORT = ActKind("export_person", Permission.CONTACTS_READ, Permission.CONTACTS_READ, _nothing_yet)
REQUESTS = (
    RequestKind(
        EXPORT, noop("Hand out a person's record"), _describe_export, "/contacts/exports/{id}"
    ),
)

_ONE = "/contacts/{contact_id}"
PAGES = (
    Page(
        "/contacts", Permission.CONTACTS_READ, show_search, nav=noop("Contacts"), nav_under=PEOPLE
    ),
    Act("/contacts/find", Permission.CONTACTS_READ, find),
    Page("/contacts/exports/{act_id}", Permission.CONTACTS_READ, show_export),
    Page("/contacts/exports/{act_id}/take", Permission.CONTACTS_READ, take_export, "POST"),
    Act("/contacts/blocks/{staff_id}/lift", Permission.STAFF_MANAGE, unblock),
    Page(_ONE, Permission.CONTACTS_READ, show_contact),
    Act(f"{_ONE}/export", Permission.CONTACTS_READ, ask_export),
    Act(f"{_ONE}/erase", Permission.CONTACTS_READ, erase),
    Act(f"{_ONE}/keep", Permission.CONTACTS_READ, keep),
)
