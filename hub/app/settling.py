"""Settles replies that may or may not have been sent, where the provider can be asked."""

from dataclasses import dataclass
from datetime import timedelta

from bot.channels.base import Channel, Lookup
from bot.messages import SendError
from bot.outbox import Outbox
from hub.clock import Clock
from hub.logs import get_log

_log = get_log("settling")
_AT_ONCE = 20
# A status callback usually settles it first; asking too early might miss the message.
_WAIT = timedelta(seconds=30)
# The provider's clock and ours differ; more would find an earlier message with the same words.
_CLOCKS_DIFFER_SECONDS = 60.0


@dataclass(frozen=True)
class Settling:
    """A step for `hub.jobs`. A reply found at the provider is accepted; one proven absent is queued
    again; while the provider cannot be asked, nothing changes."""

    outbox: Outbox
    channel: Channel
    clock: Clock

    async def step(self) -> bool:
        if not isinstance(self.channel, Lookup):
            return False
        now = self.clock.now()
        doubtful = await self.outbox.in_doubt(self.channel.name, _AT_ONCE, now - _WAIT)
        for claim, claimed_at in doubtful:
            since = (now - claimed_at).total_seconds() + _CLOCKS_DIFFER_SECONDS
            try:
                found = await self.channel.find_sent(claim.address, claim.message, since)
            except SendError as error:
                _log.warning("cannot_look_up", channel=self.channel.name, code=error.code or "-")
                return False
            await self.outbox.settle(claim, found, now)
        return False
