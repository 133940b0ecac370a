"""How fast one sender may send: a token bucket a channel, with a share kept for replies."""

from dataclasses import dataclass

_BURST_SECONDS = 1.0


@dataclass
class Bucket:
    """Times are seconds of a monotonic clock that the caller reads."""

    rate_per_second: float
    reply_reserve: float
    _tokens: float = 0.0
    _filled_at: float = 0.0
    _frozen_until: float = 0.0

    def take(self, wanted: int, now: float, *, bulk: bool) -> int:
        """How many of `wanted` may go now; they are taken. Bulk leaves the reserve untouched."""
        if now < self._frozen_until:
            return 0
        self._fill(now)
        kept = self._kept if bulk else 0.0
        granted = min(wanted, int(max(0.0, self._tokens - kept)))
        self._tokens -= granted
        return granted

    def give_back(self, unused: int) -> None:
        self._tokens = min(self._capacity, self._tokens + unused)

    def freeze(self, seconds: float, now: float) -> None:
        """The provider said 429: nothing leaves until then, and no burst follows."""
        self._frozen_until = max(self._frozen_until, now + seconds)
        self._tokens = 0.0
        self._filled_at = self._frozen_until

    def is_frozen(self, now: float) -> bool:
        return now < self._frozen_until

    @property
    def _capacity(self) -> float:
        return max(1.0, self.rate_per_second * _BURST_SECONDS)

    @property
    def _kept(self) -> float:
        """The reserve, but never the whole bucket: at one message a second bulk must go too."""
        return min(self._capacity * self.reply_reserve, self._capacity - 1.0)

    def _fill(self, now: float) -> None:
        grown = max(0.0, now - self._filled_at) * self.rate_per_second
        self._tokens = min(self._capacity, self._tokens + grown)
        self._filled_at = max(self._filled_at, now)
