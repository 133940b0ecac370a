"""A channel that keeps what it was handed, for tests of the sender with updates."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.channels.base import Capabilities
from bot.channels.simulator import Simulator
from bot.messages import Outbound

CAPABILITIES = Capabilities(
    text_length=4096,
    buttons=10,
    button_label_length=64,
    session_window=None,
    receipts=False,
    can_look_up=False,
)


class Recorder(Simulator):
    """`sent` holds (address, text) of each call in order; `during` runs inside every call."""

    def __init__(self, name: str, now: Callable[[], datetime]) -> None:
        super().__init__(name, CAPABILITIES, now=now)
        self.sent: list[tuple[str, str]] = []
        self.during: Callable[[], Awaitable[object]] = _pause

    async def send(self, address: str, message: Outbound, *, send_id: str) -> str:
        self.sent.append((address, message.text))
        await self.during()
        return f"id-{send_id}"


async def _pause() -> None:
    await asyncio.sleep(0)
