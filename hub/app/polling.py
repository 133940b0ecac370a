"""Telegram without a public address: long polling, each batch stored before the next is asked for.

Asking with a higher offset is what confirms a batch to Telegram, so a crash only repeats it.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from bot.channels.base import MalformedRequestError
from bot.channels.telegram import Telegram
from bot.inbox import Inbox
from bot.leases import Leases
from bot.messages import SendError
from hub.logs import get_log

_log = get_log("polling")
_POLL_SECONDS = 25
# With other processes: short, since it is also how long nobody listens when a poller dies.
SHORT_POLL_SECONDS = 5
_LOOK_SECONDS = 1.0
_LEASE_NAME = "poll-telegram"
_LONGEST_PAUSE_SECONDS = 30.0
_MOST_DOUBLINGS = 16  # a power of the count alone would overflow after hours of failures


@dataclass
class Polling:
    telegram: Telegram
    inbox: Inbox
    leases: Leases | None = None  # where there are other processes: Telegram allows one poller
    poll_seconds: int = _POLL_SECONDS
    failures: int = 0
    _offset: int | None = field(default=None)

    async def run(self) -> None:
        """Poll until cancelled."""
        while not await self._attempt(self.telegram.use_polling()):
            await self._pause()
        while True:
            if not await self._attempt(self._once_if_ours()):
                await self._pause()

    async def use_webhook(self, url: str) -> None:
        """Tell Telegram the public address, as often as it takes."""
        while not await self._attempt(self.telegram.use_webhook(url)):
            await self._pause()

    async def _once_if_ours(self) -> None:
        if self.leases is None or await self.leases.hold(_LEASE_NAME, _life(self.poll_seconds)):
            await self._once()
        else:
            self._offset = None  # another goes on from where it is by then
            await asyncio.sleep(_LOOK_SECONDS)

    async def _once(self) -> None:
        batch = await self.telegram.fetch(self._offset, self.poll_seconds)
        await self.inbox.receive(batch.inbounds)
        self._offset = batch.next_offset
        if batch.malformed:
            _log.error("updates_unreadable", count=batch.malformed)
        for inbound in batch.inbounds:
            await self.telegram.acknowledge(inbound)

    async def _attempt(self, call: Awaitable[None]) -> bool:
        try:
            await call
        except (SendError, MalformedRequestError, SQLAlchemyError, OSError) as error:
            self.failures += 1
            _log.error("poll_failed", error=type(error).__name__, times=self.failures)
            return False
        self.failures = 0
        return True

    async def _pause(self) -> None:
        doublings = min(self.failures, _MOST_DOUBLINGS)
        await asyncio.sleep(min(2.0**doublings, _LONGEST_PAUSE_SECONDS))


def _life(poll_seconds: int) -> timedelta:
    """Longer than a poll, so that two never poll at once."""
    return timedelta(seconds=poll_seconds + 4)
