"""A Telegram that takes its time, and notes the moment at which each message came."""

import asyncio
from time import monotonic

from aiohttp import web

from tests.servers.telegram import TelegramServer


class SlowTelegram(TelegramServer):
    """`moments` are those of arrival, in order; each answer comes `seconds` later."""

    def __init__(self) -> None:
        super().__init__()
        self.moments: list[float] = []
        self.seconds = 0.0

    async def _send_message(self, fields: dict[str, str]) -> web.Response:
        self.moments.append(monotonic())
        await asyncio.sleep(self.seconds)
        return await super()._send_message(fields)

    @property
    def took(self) -> float:
        """From the first message to the last."""
        return self.moments[-1] - self.moments[0]
