"""Quiet hours: the time of day in which people sleep and updates wait (HUM-45)."""

from datetime import datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DAY = timedelta(days=1)


@cache
def find_zone(name: str) -> ZoneInfo | None:
    """None for a zone that this machine does not know (any more)."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def after_quiet(moment: datetime, quiet: tuple[time, time] | None, zone: ZoneInfo) -> datetime:
    """The moment itself, or the end of the quiet hours in which it falls."""
    if quiet is None:
        return moment
    begins, ends = quiet
    local = moment.astimezone(zone)
    if not is_quiet(local.time(), quiet):
        return moment
    day = local.date() + (_DAY if begins > ends and local.time() >= begins else timedelta())
    return datetime.combine(day, ends, zone).astimezone(moment.tzinfo)


def is_quiet(local: time, quiet: tuple[time, time]) -> bool:
    """Whether this time of day lies within; hours over midnight begin later than they end."""
    begins, ends = quiet
    if begins <= ends:
        return begins <= local < ends
    return local >= begins or local < ends
