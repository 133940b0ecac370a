"""One named step, run so that whatever it raises is recorded and survived."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from hub.logs import get_log

_log = get_log("jobs")
_LONGEST_PAUSE_SECONDS = 30.0
_MOST_DOUBLINGS = 16  # a power of the count alone would overflow after hours of failures

Step = Callable[[], Awaitable[bool]]


@dataclass
class NamedStep:
    """`step` returns whether it did work; if so it runs again at once."""

    name: str
    step: Step
    every_seconds: float
    failures: int = 0

    async def attempt(self) -> bool:
        try:
            worked = await self.step()
        except Exception as error:  # the edge of one job: record, back off, go on
            self.failures += 1
            _log.error(
                "loop_failed", loop=self.name, error=type(error).__name__, times=self.failures
            )
            return False
        self.failures = 0
        return worked

    @property
    def pause_seconds(self) -> float:
        """How long to rest when there was nothing to do; longer after each failure in a row."""
        backoff = self.every_seconds * 2.0 ** min(self.failures, _MOST_DOUBLINGS)
        return min(backoff, max(self.every_seconds, _LONGEST_PAUSE_SECONDS))
