"""Test sends: a phone of one's own, and an update on it before anybody else reads it."""

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from broadcast.errors import UpdateError
from broadcast.trying import (
    CODE_LASTS,
    UnknownPhoneError,
    WrongCodeError,
    ask_for_phone,
    confirm_phone,
    forget_phones,
    list_phones,
    try_update,
)
from hub.console.frame import Act, Page, Visitor
from hub.console.update_form import policy_of
from hub.console.update_refusals import refuse
from hub.console.update_words import CHANNELS, TEST_CHANNELS
from hub.staff.roles import Permission

_LONGEST = 24


async def show_phone(visitor: Visitor) -> Response:
    return await _render(visitor)


async def add_phone(visitor: Visitor, session: AsyncSession) -> Response:
    channel, spelled = visitor.field("channel"), visitor.field("number").replace(" ", "")
    if channel not in _channels(visitor) or not spelled or len(spelled) > _LONGEST:
        return await _render(visitor, 422, UnknownPhoneError.staff_text)
    try:
        await ask_for_phone(
            session, visitor.console.vault, visitor.staff.id, channel, spelled, visitor.now
        )
    except UnknownPhoneError as error:
        return await _render(visitor, 422, error.staff_text)
    return visitor.done("/updates/phone", visitor._("A code is on its way to the phone."))


async def type_code(visitor: Visitor, session: AsyncSession) -> Response:
    """A wrong code is counted, so it is a redirect as well: any other answer would undo that."""
    is_right = await confirm_phone(
        session, visitor.staff.id, visitor.field("code")[:6], visitor.now
    )
    translate = visitor._
    phrase = (
        visitor._("The phone is registered.") if is_right else translate(WrongCodeError.staff_text)
    )
    return visitor.done("/updates/phone", phrase)


async def forget(visitor: Visitor, session: AsyncSession) -> Response:
    await forget_phones(session, visitor.staff.id)
    return visitor.done("/updates/phone", visitor._("Your phones are forgotten."))


async def try_it(visitor: Visitor, session: AsyncSession) -> Response:
    update_id = visitor.path("update_id")
    if not await list_phones(session, visitor.staff.id):
        return visitor.go("/updates/phone")
    try:
        await try_update(
            session,
            visitor.console.vault,
            policy_of(visitor.console),
            update_id,
            staff_id=visitor.staff.id,
            now=visitor.now,
        )
    except UpdateError as error:
        raise refuse(error) from error
    phrase = visitor._("It is on its way to your phone, in every language.")
    return visitor.done(f"/updates/{update_id}", phrase)


async def _render(visitor: Visitor, status: int = 200, error: str = "") -> Response:
    translate = visitor._
    async with visitor.console.database.read() as session:
        phones = await list_phones(session, visitor.staff.id)
    names = {**CHANNELS, **TEST_CHANNELS}
    return visitor.render(
        "updates_phone.html",
        status=status,
        phones=[names.get(name, name) for name in phones],
        options=list(_channels(visitor).items()),
        channel=visitor.field("channel"),
        number=visitor.field("number"),
        error=translate(error) if error else "",
        minutes=int(CODE_LASTS.total_seconds() // 60),
    )


def _channels(visitor: Visitor) -> dict[str, str]:
    is_open = visitor.console.is_demonstration
    return {
        name: label
        for name, label in CHANNELS.items()
        if is_open or not name.startswith("simulator.")
    }


PAGES = (
    Page("/updates/phone", Permission.UPDATES_READ, show_phone),
    Act("/updates/phone/add", Permission.UPDATES_READ, add_phone),
    Act("/updates/phone/code", Permission.UPDATES_READ, type_code),
    Act("/updates/phone/forget", Permission.UPDATES_READ, forget),
    Act("/updates/{update_id}/try", Permission.UPDATES_READ, try_it),
)
