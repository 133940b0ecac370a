"""How many answers one person gets in ten minutes, so that a phone that floods slows nobody down.

Fails open (PEER-12): it counts in this process' memory, and whoever it forgot, or counts apart in
another process, is answered. It is asked after a message was understood, so danger is always
noticed and always answered; so are words that always work, and what has to do with people.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.messages import Outbound
from bot.phrases import too_many
from bot.turn import Outcome, Reading, Reply
from hub.i18n import Phrases

WINDOW = timedelta(minutes=10)
TOO_MANY = "too_many"  # why a message got no answer
_MOST_KEPT = 50_000
_ALWAYS = frozenset(("safety", "command", "handover"))


@dataclass(slots=True)
class _Window:
    began: datetime
    answers: int = 0


@dataclass
class Pace:
    """At most `most` answers in ten minutes that begin with the first, for each person; None is no
    limit."""

    phrases: Phrases
    most: int | None
    _windows: OrderedDict[bytes, _Window] = field(default_factory=OrderedDict, repr=False)

    def hold(
        self, person: bytes, outcome: Outcome, language: str, now: datetime
    ) -> tuple[Reply, ...] | None:
        """What is said instead of the outcome: why there is no answer, once, and then nothing. None
        if the outcome stands."""
        if self.most is None or not outcome.replies or _is_always(outcome.reading):
            return None
        answers = self._count(person, now)
        if answers <= self.most:
            return None
        if answers > self.most + 1:
            return ()
        minutes = int(WINDOW.total_seconds() // 60)
        return (Reply(Outbound(too_many(self.phrases.for_language(language), minutes))),)

    def _count(self, person: bytes, now: datetime) -> int:
        window = self._windows.get(person)
        if window is None or not timedelta() <= now - window.began < WINDOW:
            window = self._windows[person] = _Window(now)
            self._windows.move_to_end(person)
            while len(self._windows) > _MOST_KEPT:
                self._windows.popitem(last=False)
        window.answers += 1
        return window.answers


def _is_always(reading: Reading) -> bool:
    return (
        reading.kind in _ALWAYS
        or reading.safety_class is not None
        or reading.may_be_danger
        or reading.command is not None
        or reading.asked_about is not None
    )
