"""The phone numbers that the hub itself tells people, so that who writes one back is not taken for
somebody who gives away their own."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.withheld import IsPublished
from content.models import Service
from content.states import State
from hub.clock import Clock
from hub.database import Database

_READ_AGAIN_AFTER = timedelta(minutes=10)
_RUNS = re.compile(r"\+?\d(?:[ .()-]{0,2}\d){2,18}")
_FEWEST_DIGITS = 6


class PublishedPhones:
    """Numbers of approved services, read again now and then; a restart is not needed."""

    def __init__(self, database: Database, clock: Clock, calling_code: str) -> None:
        self._calling_code = calling_code
        self._database = database
        self._clock = clock
        self._known: frozenset[str] = frozenset()
        self._read_at: datetime | None = None

    async def read(self) -> IsPublished:
        now = self._clock.now()
        if self._read_at is None or abs(now - self._read_at) > _READ_AGAIN_AFTER:
            async with self._database.read() as session:
                query = select(Service.phone).where(
                    Service.state == State.APPROVED, Service.phone.is_not(None)
                )
                phones = list(await session.scalars(query))
            self._known = frozenset(
                number for phone in phones for number in _numbers(str(phone), self._calling_code)
            )
            self._read_at = now
        known, code = self._known, self._calling_code
        return lambda digits: not known.isdisjoint(_spellings(digits, code))


def _numbers(phone: str, code: str) -> Iterator[str]:
    for run in _RUNS.findall(phone):
        yield from _spellings("".join(char for char in run if char.isdigit()), code)


def _spellings(digits: str, code: str) -> set[str]:
    """With and without the country's code and the long-distance zero."""
    local = digits.removeprefix(f"00{code}").removeprefix(code)
    found = {digits, local, local.removeprefix("0")}
    return {each for each in found if len(each) >= _FEWEST_DIGITS}
