"""Messages of people, made for a test."""

import itertools
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot.messages import Inbound, InboundKind
from bot.models import OutboxRow
from hub.app.hub import Hub
from tests.bot.words import rows

CHANNEL = "simulator.telegram"
_numbers = itertools.count(1)


def message(
    hub: Hub, person: int = 1, text: str = "hola", message_id: str | None = None, **more: Any
) -> Inbound:
    """A new message, unless it is given the id of an old one. `person` is the end of a number."""
    values: dict[str, Any] = {
        "channel": CHANNEL,
        "message_id": message_id or f"m{next(_numbers)}",
        "address": f"9{person:08}",
        "kind": InboundKind.TEXT,
        "sent_at": hub.clock.now(),
        "text": text,
    }
    return Inbound(**{**values, **more})


async def answer_all(hub: Hub) -> None:
    """Take every message that is due; nothing is sent."""
    while await hub.turns.step():
        pass


async def replies(hub: Hub) -> list[OutboxRow]:
    return await rows(hub, select(OutboxRow).order_by(OutboxRow.seq))


def now(hub: Hub) -> datetime:
    return hub.clock.now()
