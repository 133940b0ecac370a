"""Opening times that a machine can read: `mon-fri 08:30-17:00` a line, or `always`.

They are times on a clock at the place itself. A span may go past midnight (`fri 22:00-02:00`).
Holidays are not known: whoever tells this says that it goes by the usual hours.
"""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALWAYS = "always"
_DAY = 24 * 60
_WEEK = len(DAYS) * _DAY
_LINE = re.compile(
    r"(?P<first>[a-z]{3})(-(?P<last>[a-z]{3}))? "
    r"(?P<opens>\d\d:\d\d)-(?P<closes>\d\d:\d\d)",
    re.ASCII,
)


class OpeningError(ValueError):
    """A line that is no opening time; the message says how to write it."""


@dataclass(frozen=True, slots=True)
class Week:
    """When a place is open, as spans of minutes since Monday 00:00, in order, none touching.

    A span may end after the week's last minute: then it goes on into the next Monday.
    """

    spans: tuple[tuple[int, int], ...]

    @property
    def is_always(self) -> bool:
        return self.spans == ((0, _WEEK),)

    def is_open(self, local: datetime) -> bool:
        return self._span_at(local) is not None

    def closes(self, local: datetime) -> datetime | None:
        """When a place that is open now closes; None if it never does or is closed."""
        span = self._span_at(local)
        if span is None or self.is_always:
            return None
        minute = _minute_of(local)
        end = span[1] if minute >= span[0] else span[1] - _WEEK
        return _on_the_minute(local) + timedelta(minutes=end - minute)

    def opens(self, local: datetime) -> datetime | None:
        """When a place that is closed now opens next; None if it is open."""
        if not self.spans or self.is_open(local):
            return None
        minute = _minute_of(local)
        waits = [(opens - minute) % _WEEK for opens, _ in self.spans]
        return _on_the_minute(local) + timedelta(minutes=min(waits))

    def _span_at(self, local: datetime) -> tuple[int, int] | None:
        minute = _minute_of(local)
        for opens, closes in self.spans:
            if opens <= minute < closes or minute + _WEEK < closes:
                return opens, closes
        return None


def read_opening(lines: tuple[str, ...]) -> Week:
    """The week that the lines describe; raise `OpeningError` for a line that cannot be read."""
    if lines == (ALWAYS,):
        return Week(((0, _WEEK),))
    spans = [span for line in lines for span in _read_line(line)]
    return Week(_join(spans))


def _read_line(line: str) -> list[tuple[int, int]]:
    found = _LINE.fullmatch(line)
    if found is None:
        raise OpeningError(f"{line!r}: write `mon-fri 08:30-17:00`, or `{ALWAYS}` alone")
    first, last = found["first"], found["last"] or found["first"]
    for day in (first, last):
        if day not in DAYS:
            raise OpeningError(f"{line!r}: {day!r} is no day; days are {', '.join(DAYS)}")
    opens, closes = _read_time(found["opens"], line), _read_time(found["closes"], line)
    if opens in (closes, _DAY):
        raise OpeningError(f"{line!r}: opens and closes at once; write two different times")
    length = (closes - opens) % _DAY if closes < opens else closes - opens
    count = (DAYS.index(last) - DAYS.index(first)) % len(DAYS) + 1
    days = [(DAYS.index(first) + place) % len(DAYS) for place in range(count)]
    return [(day * _DAY + opens, day * _DAY + opens + length) for day in days]


def _read_time(text: str, line: str) -> int:
    if text == "24:00":
        return _DAY
    try:
        read = time.fromisoformat(text)
    except ValueError:
        raise OpeningError(f"{line!r}: {text} is no time; write 00:00 to 24:00") from None
    return read.hour * 60 + read.minute


def _join(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Spans that touch become one, also over the end of the week."""
    joined: list[tuple[int, int]] = []
    for opens, closes in sorted(spans):
        if joined and opens <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], closes))
        else:
            joined.append((opens, closes))
    while len(joined) > 1 and joined[-1][1] - _WEEK >= joined[0][0]:
        _, closes = joined.pop(0)
        joined[-1] = (joined[-1][0], max(joined[-1][1], closes + _WEEK))
    if len(joined) == 1 and joined[0][1] - joined[0][0] >= _WEEK:
        return ((0, _WEEK),)
    return tuple(joined)


def _minute_of(local: datetime) -> int:
    return local.weekday() * _DAY + local.hour * 60 + local.minute


def _on_the_minute(local: datetime) -> datetime:
    return local.replace(second=0, microsecond=0)
