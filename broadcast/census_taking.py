"""Takes the census that `broadcast.census` reads: a step for `hub.jobs`.

It reads for as long as it takes and writes what it found in one short transaction, so that nobody
waits for it; the pause grows with what it costs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any

from sqlalchemy import Text, cast, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import Address, Contact
from broadcast.audience import Audience, Occasion
from broadcast.census import THE_CENSUS
from broadcast.models import Census, CensusGroup
from broadcast.policy import Policy
from broadcast.reckoning import rank_people
from hub.clock import Clock
from hub.database import Database

LARGE = 3_000  # people; fewer are counted within some milliseconds
_EVERY = timedelta(minutes=1)
_SHARE_OF_TIME = 20


@dataclass(frozen=True)
class CensusTaking:
    """Where there are fewer than `large` people, there is no census."""

    database: Database
    policy: Policy
    clock: Clock
    large: int = LARGE

    async def step(self) -> bool:
        """Never asks to be run again at once."""
        now = self.clock.now()
        async with self.database.read() as session:
            last = await session.get(Census, THE_CENSUS)
            if last is not None and now < last.at + _pause(last.seconds):
                return False
            if not await self._is_large(session):
                groups: Sequence[dict[str, Any]] = []
                several, seconds = False, 0.0
            else:
                began = monotonic()
                groups = await self._count(session)
                several = await _has_several(session)
                seconds = monotonic() - began
        if last is None and not groups:
            return False
        async with self.database.write() as session:
            await session.execute(delete(CensusGroup))
            await session.execute(delete(Census))
            if groups:
                await session.execute(insert(CensusGroup), groups)
            people = sum(group["people"] for group in groups)
            session.add(
                Census(id=THE_CENSUS, at=now, seconds=seconds, people=people, has_several=several)
            )
        return False

    async def _is_large(self, session: AsyncSession) -> bool:
        query = select(Contact.id).order_by(Contact.id).offset(self.large - 1).limit(1)
        return await session.scalar(query) is not None

    async def _count(self, session: AsyncSession) -> list[dict[str, Any]]:
        interests = cast(Contact.interests, Text)
        people = rank_people(
            Audience(),
            self.policy,
            Occasion(self.clock.now()),
            Contact.area.label("area"),
            interests.label("interests"),
        )
        names = ("channel", "language", "is_open", "out", "area", "interests", "time_zone")
        columns = [people.c[name] for name in names]
        query = select(*columns, func.count()).where(people.c.rank == 1).group_by(*columns)
        return [
            {**dict(zip(names, row[:-1], strict=True)), "is_open": bool(row[2]), "people": row[-1]}
            for row in await session.execute(query)
        ]


async def _has_several(session: AsyncSession) -> bool:
    """Whether anybody has more than one address."""
    addresses = await session.scalar(select(func.count()).select_from(Address)) or 0
    people = await session.scalar(select(func.count(Address.contact_id.distinct()))) or 0
    return addresses > people


def _pause(seconds: float) -> timedelta:
    return max(_EVERY, timedelta(seconds=_SHARE_OF_TIME * seconds))
