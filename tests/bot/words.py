"""The words that the bot should use, from the same catalogues, and ways to read what it did."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import Select, select

from bot.messages import Inbound, InboundKind
from bot.models import Address, ConsentEvent, Contact, InboxRow
from content.answers import Answer
from content.voice import read_voice
from hub.app.housekeeping import Housekeeping
from hub.app.hub import Hub
from hub.config import Config
from hub.database import Base
from tests.chat import Chat

LANGUAGES = ("es", "en", "pt", "fr", "ht")
PLATFORM = "GTRM Perú"
_PHRASES = read_voice(Config()).phrases
Row = TypeVar("Row", bound=Base)


def words(
    phrase: Callable[..., str], language: str = "es", /, *more: object, **named: object
) -> str:
    """One of `bot.phrases` in one language."""
    return phrase(_PHRASES.for_language(language), *more, **named)


async def rows(hub: Hub, query: Select[Row]) -> list[Row]:
    async with hub.database.read() as session:
        return list(await session.scalars(query))


async def contacts(hub: Hub) -> list[Contact]:
    return await rows(hub, select(Contact))


async def consents(hub: Hub) -> list[ConsentEvent]:
    return await rows(hub, select(ConsentEvent).order_by(ConsentEvent.seq))


async def address(hub: Hub) -> Address:
    (only,) = await rows(hub, select(Address))
    return only


async def messages(hub: Hub) -> list[InboxRow]:
    return await rows(hub, select(InboxRow).order_by(InboxRow.seq))


async def vetted_answer(chat: Chat, safety_class: str, language: str = "es") -> str:
    """The safety answer as the person hears it."""
    found = await chat.hub.conversation.answers.safety(safety_class, language)
    assert isinstance(found, Answer)
    return found.text.strip()


async def keep_house(hub: Hub) -> None:
    """What the loops do that keep the promises about time."""
    house = Housekeeping(hub.database, hub.inbox, hub.outbox, hub.config.retention, hub.clock)
    for step in house.steps().values():
        assert not await step()


async def come_late(chat: Chat, late: timedelta, **values: Any) -> None:
    """A message that was written so long ago; `values` as of `Inbound`."""
    made = chat.phone.type_text(chat.address, "-")
    kind = values.pop("kind", InboundKind.TEXT)
    sent_at = chat.clock.now() - late
    inbound = Inbound(chat.channel, made.message_id, chat.address, kind, sent_at, **values)
    await chat._give(inbound)
