"""A version of an answer as phones show it: one language, both channels side by side."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from bot.bubbles import CHANNELS
from content.models import Answer
from content.pack import TopicContent
from content.rows import read_topic
from hub.console.answer_previews import Preview, preview
from hub.console.frame import Page, Visitor
from hub.console.pages.answers import load
from hub.console.pages.trying import channel_names
from hub.console.words import names_for
from hub.i18n import FALLBACK
from hub.staff.roles import Permission


@dataclass(frozen=True, slots=True)
class PhoneShown:
    """Which phone a preview plays."""

    language: str
    channel: str


def read_phone(visitor: Visitor, read: Callable[[str], str]) -> PhoneShown:
    """What was chosen beside the preview, in a form's field or in an address."""
    language, channel = read("phone_language"), read("phone_channel")
    return PhoneShown(
        language if language in visitor.console.config.languages else FALLBACK,
        channel if channel in CHANNELS else CHANNELS[0],
    )


async def preview_on(
    visitor: Visitor, content: TopicContent, phone: PhoneShown
) -> list[Preview] | None:
    """None where no bot is at hand."""
    rehearser = visitor.console.rehearser
    if rehearser is None:
        return None
    today = visitor.now.date()
    return await preview(rehearser, content, phone.language, phone.channel, today)


async def show_phones(visitor: Visitor) -> Response:
    sheet = await load(visitor)
    async with visitor.console.database.read() as session:
        content = await read_topic(session, await session.get_one(Answer, sheet.answer.id))
    shown = read_phone(visitor, visitor.query)
    phones = [
        (channel, name, await preview_on(visitor, content, PhoneShown(shown.language, channel)))
        for channel, name in channel_names(visitor)
    ]
    return visitor.render(
        "answer_phones.html",
        sheet=sheet,
        phones=phones,
        shown=shown,
        languages=[each for each in visitor.console.config.languages if each in content.texts],
        names=names_for(visitor._, visitor.console.config.names),
        is_there=visitor.console.rehearser is not None,
    )


PAGES = (Page("/answers/{answer_id}/phones", Permission.ANSWERS_READ, show_phones),)
