"""How many requests a program may send, and how many an address without a token.

Counted in this process' memory, so a restart forgets and several processes count apart. It fails
closed (PEER-12): a request that cannot be counted is not served. Keeps no address longer than its
minute.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

WINDOW = timedelta(minutes=1)
_MOST_KEPT = 20_000


class TooManyError(Exception):
    """The quota of this window is used up."""

    def __init__(self, allowance: "Allowance") -> None:
        super().__init__(f"wait {allowance.reset_seconds} s")
        self.allowance = allowance


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of `quota` requests until a new window begins."""

    quota: int
    remaining: int
    reset_seconds: int


@dataclass(slots=True)
class _Window:
    began: datetime
    used: int = 0


@dataclass
class Limiter:
    """At most `quota` in a minute that begins with the first request, for each key."""

    quota: int
    _windows: "OrderedDict[str, _Window]" = field(default_factory=OrderedDict, repr=False)

    def take(self, key: str, now: datetime) -> Allowance:
        """Count one; raise `TooManyError` if there is none left."""
        window = self._windows.get(key)
        if window is None or now - window.began >= WINDOW:
            self._forget(now)
            window = self._windows[key] = _Window(now)
            self._windows.move_to_end(key)
        rest = max(1, ceil((window.began + WINDOW - now).total_seconds()))
        if window.used >= self.quota:
            raise TooManyError(Allowance(self.quota, 0, rest))
        window.used += 1
        return Allowance(self.quota, self.quota - window.used, rest)

    def _forget(self, now: datetime) -> None:
        """Windows stand in the order of their beginnings; those that are over go. When there are
        too many all the same, the oldest go, so that a flood of addresses cannot fill memory."""
        while self._windows:
            key, window = next(iter(self._windows.items()))
            if now - window.began < WINDOW and len(self._windows) < _MOST_KEPT:
                return
            del self._windows[key]
