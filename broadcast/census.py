"""How many people there are of each kind, counted in the background where there are many.

A page that counts an audience among a million people would take seconds, and checks within an
approval would hold up everybody who writes. So a large deployment keeps groups of people who told
us the same and are reached alike. Only counts are kept. Who gets an update in the end is decided
person by person when it starts (`broadcast.audience.members`).
"""

from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast.audience import Audience, Said, chosen
from broadcast.models import Census, CensusGroup
from broadcast.plan import Group, Out

THE_CENSUS = 1


async def find_census(session: AsyncSession, audience: Audience) -> datetime | None:
    """When the groups were counted that answer for this audience; None if people have to be
    counted one by one, as for days and corrections."""
    if audience.is_correction or audience.seen_within_days or audience.new_within_days:
        return None
    census = await session.get(Census, THE_CENSUS)
    if census is None or not census.people:
        return None
    by_channel = audience.channels or audience.excluded.channels
    # Somebody with two channels stands under the one by which they are reached best.
    return None if by_channel and census.has_several else census.at


async def has_census(session: AsyncSession) -> bool:
    """Whether there are so many people that nobody should read through them all."""
    return bool(await session.scalar(select(exists().where(Census.people > 0))))


async def read_groups(
    session: AsyncSession, audience: Audience, *, is_urgent: bool
) -> tuple[Group, ...]:
    """As `broadcast.reckoning.count_groups` finds them among the people themselves."""
    said = Said(CensusGroup.language, CensusGroup.area, CensusGroup.interests, CensusGroup.channel)
    columns = (
        CensusGroup.channel,
        CensusGroup.language,
        CensusGroup.is_open,
        CensusGroup.out,
        CensusGroup.time_zone,
    )
    query = (
        select(*columns, func.sum(CensusGroup.people))
        .where(*chosen(audience, audience.excluded, said))
        .group_by(*columns)
    )
    found: dict[tuple[str, str, bool, Out | None, str | None], int] = {}
    for channel, language, is_open, reason, zone, people in await session.execute(query):
        out = Out(reason) if reason else None
        if is_urgent and out is Out.SHARE_USED:
            out = None
        key = (channel, language, bool(is_open), out, zone)
        found[key] = found.get(key, 0) + int(people)
    return tuple(Group(*key[:-1], people, key[-1]) for key, people in found.items())
