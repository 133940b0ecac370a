"""The phone beside every page: a talk with the real bot, of several turns, by a member of staff.

At its other end is somebody made up. Nothing leaves the hub, and the member can begin anew.
"""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from bot.bubbles import CHANNELS, Bubble, show
from bot.channels.registry import CAPABILITIES
from bot.messages import Outbound
from bot.rehearsing import Rehearser
from bot.staff_phones import Line, Phone, delete_phone, load_phone, new_phone, save_phone
from hub.console.frame import Act, Page, Visitor
from hub.console.pages.trying import LONGEST_QUESTION, channel_names, make_explainer
from hub.console.talk_words import Fact
from hub.staff.roles import Permission

_PATH = "/simulator"


async def show_phone(visitor: Visitor) -> Response:
    return _render(visitor, await _load(visitor))


async def say(visitor: Visitor) -> Response:
    """No transaction is held while the bot thinks; of two turns at once the first one stands."""
    rehearser, phone = visitor.console.rehearser, await _load(visitor)
    text, token = visitor.field("text"), visitor.field("press")
    if rehearser is None or not (text or token):
        return visitor.go(_PATH)
    if len(text) > LONGEST_QUESTION:
        error = visitor._("At most %(limit)s characters") % {"limit": LONGEST_QUESTION}
        return _render(visitor, phone, error=error, text=text)
    phone = await _take(visitor, rehearser, phone, text, token)
    async with visitor.console.database.write() as session:
        await save_phone(session, visitor.console.vault, visitor.staff.id, phone, visitor.now)
    return visitor.go(_PATH)


async def _take(
    visitor: Visitor, rehearser: Rehearser, phone: Phone, text: str, token: str
) -> Phone:
    capabilities = CAPABILITIES[phone.channel]
    if token:
        outcome, rehearsal = await rehearser.press(phone.rehearsal, token, capabilities)
        text = _label_of(phone, token)
    else:
        outcome, rehearsal = await rehearser.say(phone.rehearsal, text, capabilities)
    explainer = await make_explainer(visitor, rehearser)
    facts = explainer.explain(outcome, rehearsal.person.language)
    said = Line(by_person=True, message=Outbound(text))
    heard = [Line(by_person=False, message=reply.message) for reply in outcome.replies]
    return replace(
        phone,
        rehearsal=rehearsal,
        lines=(*phone.lines, said, *heard),
        facts=tuple((fact.label, fact.value) for fact in facts),
    )


def _label_of(phone: Phone, token: str) -> str:
    buttons = (button for line in reversed(phone.lines) for button in line.message.buttons)
    return next((button.label for button in buttons if button.token == token), "…")


async def begin_anew(visitor: Visitor, session: AsyncSession) -> Response:
    """The old phone is gone, with everybody who was made up for it."""
    channel = visitor.field("channel")
    await delete_phone(session, visitor.staff.id)
    if channel in CHANNELS:
        phone = new_phone(channel)
        await save_phone(session, visitor.console.vault, visitor.staff.id, phone, visitor.now)
    return visitor.go(_PATH)


async def _load(visitor: Visitor) -> Phone:
    async with visitor.console.database.read() as session:
        phone = await load_phone(session, visitor.console.vault, visitor.staff.id)
    return phone or new_phone()


def _render(visitor: Visitor, phone: Phone, *, error: str = "", text: str = "") -> Response:
    return visitor.render(
        "simulator.html",
        status=422 if error else 200,
        phone_lines=_shown(phone),
        is_begun=bool(phone.lines),
        channel=phone.channel,
        channels=channel_names(visitor),
        facts=[Fact(label, value) for label, value in phone.facts],
        error=error,
        text=text,
        is_there=visitor.console.rehearser is not None,
    )


def _shown(phone: Phone) -> list[tuple[bool, Bubble]]:
    return [(line.by_person, show(line.message, phone.channel)) for line in phone.lines]


PAGES = (
    Page(_PATH, Permission.ANSWERS_READ, show_phone),
    Page(f"{_PATH}/say", Permission.ANSWERS_READ, say, method="POST"),
    Act(f"{_PATH}/begin", Permission.ANSWERS_READ, begin_anew),
)
