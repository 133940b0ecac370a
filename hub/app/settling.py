"""Settles messages that may or may not have been sent, where the provider can be asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.channels.base import Channel, Lookup
from bot.lanes import Lane
from bot.messages import SendError
from hub.clock import Clock
from hub.logs import get_log

_log = get_log("settling")
_AT_ONCE = 20
# A status callback usually settles it first; asking too early might miss the message.
_WAIT = timedelta(seconds=30)
# The provider's clock and ours differ; more would find an earlier message with the same words.
_CLOCKS_DIFFER = timedelta(seconds=60)


@dataclass(frozen=True)
class Settling:
    """A step for `hub.jobs`. While the provider cannot be asked, nothing changes."""

    lanes: Sequence[Lane]
    channel: Channel
    clock: Clock

    async def step(self) -> bool:
        if not isinstance(self.channel, Lookup):
            return False
        for lane in self.lanes:
            await self._settle(lane, self.channel)
        return False

    async def _settle(self, lane: Lane, provider: Lookup) -> None:
        before = self.clock.now() - _WAIT
        for claim, claimed_at in await lane.in_doubt(self.channel.name, _AT_ONCE, before):
            # A moment and not a span: the questions before this one may have taken minutes.
            since = claimed_at - _CLOCKS_DIFFER
            try:
                found = await provider.find_sent(claim.address, claim.message, since)
            except SendError as error:
                _log.warning("cannot_look_up", send=claim.send_id, code=error.code or "-")
                continue
            await lane.settle(claim, found, self.clock.now())
