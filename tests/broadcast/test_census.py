"""Where there are many people, groups are counted in the background and answer as people would."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from bot.messages import SendState
from bot.models import Address, Contact
from broadcast.audience import Audience, Criteria, Occasion
from broadcast.census import find_census, has_census
from broadcast.census_taking import CensusTaking
from broadcast.models import Delivery
from broadcast.reckoning import count_audience, count_groups
from tests.broadcast.scene import Scene

AUDIENCES = (
    Audience(),
    Audience(languages=("es",)),
    Audience(areas=("15",)),
    Audience(areas=("150101", "24")),
    Audience(interests=("protection",)),
    Audience(channels=("whatsapp",)),
    Audience(excluded=Criteria(languages=("ht",), areas=("1501",))),
    Audience(excluded=Criteria(interests=("cash",), channels=("telegram",))),
    Audience(languages=("es", "ht"), areas=("15",), interests=("cash",), channels=("telegram",)),
)
PEOPLE = (
    {"language": "es", "area": "150101"},
    {"language": "es", "area": "150132", "interests": ("protection",)},
    {"language": "ht", "area": "2401", "interests": ("cash", "protection")},
    {"language": None, "area": None},
    {"language": "en", "area": "15", "opted_in": False},
    {"language": "es", "channels": ("whatsapp",), "area": "1501"},
    {"language": "ht", "channels": ("whatsapp",), "interests": ("cash",)},
)


async def settle(scene: Scene) -> None:
    """Seven people of every kind; one blocked us, one is leaving, one wrote too long ago."""
    ids = [await scene.add_person(**person) for person in PEOPLE]
    now = scene.clock.now()
    async with scene.database.write() as session:
        addresses = {row.contact_id: row for row in await session.scalars(select(Address))}
        addresses[ids[0]].blocked_at = now
        addresses[ids[5]].last_inbound_at = now - timedelta(days=3)
        (await session.get_one(Contact, ids[2])).erase_after = now


async def count(scene: Scene, audience: Audience, *, is_urgent: bool = False) -> list[object]:
    async with scene.database.read() as session:
        occasion = Occasion(scene.clock.now(), is_urgent=is_urgent)
        groups = await count_groups(session, audience, scene.policy, occasion)
        found = await count_audience(
            session, audience, scene.policy, scene.clock.now(), is_urgent=is_urgent
        )
    ordered = sorted(groups, key=lambda each: (each.channel, each.language, str(each.out)))
    return [found.total, found.by_channel, found.by_language, found.outside_window, *ordered]


async def take(scene: Scene, large: int = len(PEOPLE)) -> None:
    await CensusTaking(scene.database, scene.policy, scene.clock, large).step()


async def test_census_answers_as_the_people_would(scene: Scene) -> None:
    await settle(scene)
    before = [await count(scene, audience) for audience in AUDIENCES]
    await take(scene)
    async with scene.database.read() as session:
        assert await has_census(session)
        taken = [await find_census(session, audience) for audience in AUDIENCES]
    assert set(taken) == {scene.clock.now()}
    assert [await count(scene, audience) for audience in AUDIENCES] == before


async def test_what_a_census_cannot_know_is_counted_among_the_people(scene: Scene) -> None:
    await settle(scene)
    await scene.add_person(channels=("telegram", "whatsapp"))
    await take(scene)
    apart = (
        Audience(seen_within_days=7),
        Audience(new_within_days=7),
        Audience(reached_by="nothing"),
        Audience(told_answer="nothing"),
        Audience(channels=("telegram",)),  # somebody has two of them
        Audience(excluded=Criteria(channels=("telegram",))),
    )
    async with scene.database.read() as session:
        for audience in apart:
            assert await find_census(session, audience) is None, audience
        assert await find_census(session, Audience(areas=("15",)))


async def test_urgent_updates_pass_the_share_in_the_census_too(scene: Scene) -> None:
    scene.policy = replace(scene.policy, most_per_week=1)
    await settle(scene)
    await scene.sending()
    async with scene.database.write() as session:
        for row in await session.scalars(select(Delivery)):
            row.state, row.claimed_at = SendState.READ, scene.clock.now()
    plain, urgent = await count(scene, Audience()), await count(scene, Audience(), is_urgent=True)
    assert plain[0] != urgent[0]
    await take(scene)
    assert await count(scene, Audience()) == plain
    assert (await count(scene, Audience(), is_urgent=True))[:4] == urgent[:4]


async def test_few_people_are_never_counted_ahead(scene: Scene) -> None:
    await settle(scene)
    await take(scene, large=len(PEOPLE) + 1)
    async with scene.database.read() as session:
        assert not await has_census(session)


async def test_census_is_taken_again_only_after_its_time(scene: Scene) -> None:
    await settle(scene)
    await take(scene)
    first = scene.clock.now()
    scene.clock.advance(timedelta(seconds=59))
    await scene.add_person()
    await take(scene)
    async with scene.database.read() as session:
        assert await find_census(session, Audience()) == first
    scene.clock.advance(timedelta(seconds=2))
    total = (await count(scene, Audience()))[0]
    assert isinstance(total, int)
    await take(scene)
    assert (await count(scene, Audience()))[0] == total + 1
