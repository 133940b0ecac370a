"""How fast one sender may send: a token bucket a channel, with a share kept for replies.

`Bucket` is for a process that sends alone; `bot.shared_rates` holds one for all processes.
"""

from dataclasses import dataclass
from typing import Protocol

# Half of what providers count by: messages that the network or a busy machine held up for as long
# and that then arrive together are still within the limit.
_BURST_SECONDS = 0.5


class Pace(Protocol):
    """Times are seconds of a monotonic clock that the caller reads."""

    async def take(self, wanted: int, now: float, *, bulk: bool) -> int:
        """How many of `wanted` may go now; they are taken. Bulk leaves the reserve untouched."""
        ...

    async def give_back(self, unused: int) -> None: ...

    async def freeze(self, seconds: float, now: float) -> None:
        """The provider said 429: nothing leaves until then, and no burst follows."""
        ...


@dataclass(frozen=True, slots=True)
class Rate:
    """What a bucket is filled by, and what it holds."""

    per_second: float
    reply_reserve: float

    @property
    def capacity(self) -> float:
        return max(1.0, self.per_second * _BURST_SECONDS)

    @property
    def kept(self) -> float:
        """The reserve, but never the whole bucket: at one message a second bulk must go too."""
        return min(self.capacity * self.reply_reserve, self.capacity - 1.0)


@dataclass
class Bucket:
    """See `Pace`. In the memory of the one process that sends."""

    rate: Rate
    _tokens: float = 0.0
    _filled_at: float = 0.0
    _frozen_until: float = 0.0

    async def take(self, wanted: int, now: float, *, bulk: bool) -> int:
        if now < self._frozen_until:
            return 0
        self._fill(now)
        kept = self.rate.kept if bulk else 0.0
        granted = min(wanted, int(max(0.0, self._tokens - kept)))
        self._tokens -= granted
        return granted

    async def give_back(self, unused: int) -> None:
        self._tokens = min(self.rate.capacity, self._tokens + unused)

    async def freeze(self, seconds: float, now: float) -> None:
        self._frozen_until = max(self._frozen_until, now + seconds)
        self._tokens = 0.0
        self._filled_at = self._frozen_until

    def is_frozen(self, now: float) -> bool:
        return now < self._frozen_until

    def _fill(self, now: float) -> None:
        grown = max(0.0, now - self._filled_at) * self.rate.per_second
        self._tokens = min(self.rate.capacity, self._tokens + grown)
        self._filled_at = max(self._filled_at, now)
