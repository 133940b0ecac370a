"""The phone beside every page: a talk with the bot as a test contact of one's own.

What is written there goes into the inbox like everybody's message and is answered by way of the
outbox, so that asking for updates, cases, buttons and test sends are as in life. The contact's
channel leads nowhere, and nothing counts it (`bot.own_contacts`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from bot.bubbles import CHANNELS, Bubble, show
from bot.inbox import Inbox
from bot.own_contacts import (
    Own,
    Talk,
    erase_own,
    find_own,
    make_own,
    note_use,
    read_talk,
    set_language,
    write_as,
)
from broadcast.trying import register_test_contact
from hub.console.frame import Act, Page, Visitor
from hub.console.pages.trying import LONGEST_QUESTION, channel_names
from hub.console.update_form import list_areas
from hub.staff.roles import Permission

_PATH = "/simulator"
_LONGEST_TOKEN = 64


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """One message; `bubble` is None once it is no longer kept."""

    by_person: bool
    bubble: Bubble | None
    told: Sequence[str]
    has_failed: bool


@dataclass(frozen=True, slots=True)
class Drawn:
    """The phone's screen."""

    channel: str
    lines: Sequence[DrawnLine] = ()
    is_waiting: bool = False
    mark: str = ""


async def show_phone(visitor: Visitor) -> Response:
    return await _render(visitor)


async def show_talk(visitor: Visitor) -> Response:
    """What the phone shows, if that has changed; asked for again while the phone is open."""
    async with visitor.console.database.read() as session:
        own = await find_own(session, visitor.staff.id)
        talk = await read_talk(session, visitor.console.vault, own) if own else None
    if talk is not None and talk.mark == visitor.query("seen"):
        return Response(status_code=204)
    return visitor.render("simulator_talk.html", drawn=_drawn(own, talk))


async def say(visitor: Visitor) -> Response:
    """No transaction is held while the message is stored and its answer thought out."""
    inbox = visitor.console.inbox
    text, token = visitor.field("text"), visitor.field("press")
    if inbox is None or not (text or token):
        return visitor.go(_PATH)
    if len(text) > LONGEST_QUESTION or len(token) > _LONGEST_TOKEN:
        error = visitor._("At most %(limit)s characters") % {"limit": LONGEST_QUESTION}
        return await _render(visitor, error=error, text=text)
    await _send(visitor, inbox, text, token)
    return visitor.go(_PATH)


async def _send(visitor: Visitor, inbox: Inbox, text: str, token: str) -> None:
    vault, now = visitor.console.vault, visitor.now
    async with visitor.console.database.write() as session:
        own = await find_own(session, visitor.staff.id) or await _make(visitor, session)
        await note_use(session, visitor.staff.id, now)
        written = write_as(vault, own, now, text=text, choice=token or None)
    await inbox.receive([written])


async def begin_anew(visitor: Visitor, session: AsyncSession) -> Response:
    """Whoever was there is gone, with all that was said, and somebody new has the phone."""
    await _make(visitor, session)
    return visitor.go(_PATH)


async def change(visitor: Visitor, session: AsyncSession) -> Response:
    """The same contact, who from now on is known to speak this and to be there."""
    own = await find_own(session, visitor.staff.id)
    if own is not None:
        set_language(own.contact, _language(visitor))
        own.contact.area = await _area(visitor, session)
    return visitor.go(_PATH)


async def erase(visitor: Visitor, session: AsyncSession) -> Response:
    await erase_own(session, visitor.staff.id)
    return visitor.go(_PATH)


async def _make(visitor: Visitor, session: AsyncSession) -> Own:
    channel, staff_id = visitor.field("test_channel"), visitor.staff.id
    own = await make_own(
        session,
        visitor.console.vault,
        staff_id,
        channel if channel in CHANNELS else CHANNELS[0],
        visitor.now,
        language=_language(visitor),
        area=await _area(visitor, session),
    )
    await register_test_contact(session, staff_id, own.address.id, visitor.now)
    return own


def _language(visitor: Visitor) -> str | None:
    language = visitor.field("test_language")
    return language if language in visitor.console.config.languages else None


async def _area(visitor: Visitor, session: AsyncSession) -> str | None:
    code = visitor.field("test_area")
    return code if code in dict(await list_areas(session)) else None


async def _render(visitor: Visitor, *, error: str = "", text: str = "") -> Response:
    async with visitor.console.database.read() as session:
        own = await find_own(session, visitor.staff.id)
        talk = await read_talk(session, visitor.console.vault, own) if own else None
        areas = await list_areas(session)
    return visitor.render(
        "simulator.html",
        status=422 if error else 200,
        drawn=_drawn(own, talk),
        has_contact=own is not None,
        name=visitor.staff.display_name,
        spoken=(own.contact.language if own and own.contact.language_is_chosen else "") or "",
        area=(own.contact.area or "")[:2] if own else "",
        channels=channel_names(visitor),
        languages=visitor.console.config.names,
        areas=areas,
        error=error,
        text=text,
        is_there=visitor.console.inbox is not None,
    )


def _drawn(own: Own | None, talk: Talk | None) -> Drawn:
    channel = own.channel if own else CHANNELS[0]
    if talk is None:
        return Drawn(channel)
    lines = [
        DrawnLine(
            line.by_person,
            show(line.message, channel) if line.message else None,
            line.told,
            line.has_failed,
        )
        for line in talk.lines
    ]
    return Drawn(channel, lines, talk.is_waiting, talk.mark)


PAGES = (
    Page(_PATH, Permission.ANSWERS_READ, show_phone),
    Page(f"{_PATH}/talk", Permission.ANSWERS_READ, show_talk, is_polled=True),
    Page(f"{_PATH}/say", Permission.ANSWERS_READ, say, method="POST"),
    Act(f"{_PATH}/begin", Permission.ANSWERS_READ, begin_anew),
    Act(f"{_PATH}/change", Permission.ANSWERS_READ, change),
    Act(f"{_PATH}/erase", Permission.ANSWERS_READ, erase),
)
