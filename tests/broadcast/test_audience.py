"""Who is in an audience: people who asked for updates, one address each, by what they told us."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.models import Address, Contact
from broadcast.audience import Audience, count_audience, members
from content.areas import Area, AreaBook, Level
from tests.broadcast.scene import Scene


async def find(scene: Scene, audience: Audience) -> set[str]:
    people = members(audience, "es")
    async with scene.database.read() as session:
        return set(await session.scalars(select(people.c.contact_id)))


async def change_address(scene: Scene, contact_id: str, **values: object) -> None:
    async with scene.database.write() as session:
        where = Address.contact_id == contact_id
        await session.execute(update(Address).where(where).values(**values))


async def test_writing_to_us_is_not_asking_for_updates(scene: Scene) -> None:
    # HUM-06
    await scene.add_person(opted_in=False)
    asked = await scene.add_person()
    assert await find(scene, Audience()) == {asked}


async def test_who_blocked_us_or_is_leaving_is_not_in_it(scene: Scene) -> None:
    blocked, leaving = await scene.add_person(), await scene.add_person()
    await change_address(scene, blocked, blocked_at=scene.clock.now())
    async with scene.database.write() as session:
        where = Contact.id == leaving
        await session.execute(update(Contact).where(where).values(erase_after=scene.clock.now()))
    assert await find(scene, Audience()) == set()


@pytest.mark.parametrize(
    ("audience", "expected"),
    [
        (Audience(), {"es", "en", "fr", "none"}),
        (Audience(languages=("en",)), {"en"}),
        (Audience(languages=("es",)), {"es", "none"}),  # no language: the default is theirs
        (Audience(languages=("en", "fr")), {"en", "fr"}),
        (Audience(languages=("ht",)), set()),
    ],
)
async def test_by_language(scene: Scene, audience: Audience, expected: set[str]) -> None:
    people = {
        name: await scene.add_person(language=None if name == "none" else name)
        for name in ("es", "en", "fr", "none")
    }
    assert await find(scene, audience) == {people[name] for name in expected}


AREAS = {"tumbes": "24", "zarumilla": "2403", "aguas_verdes": "240302", "lima": "1501"}


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ((), {"tumbes", "zarumilla", "aguas_verdes", "lima", "nowhere"}),
        (("24",), {"tumbes", "zarumilla", "aguas_verdes"}),
        (("2403",), {"zarumilla", "aguas_verdes"}),
        (("240302",), {"aguas_verdes"}),
        (("24", "15"), {"tumbes", "zarumilla", "aguas_verdes", "lima"}),
        (("99",), set()),
        (("%",), set()),
    ],
)
async def test_by_area_tree(scene: Scene, codes: tuple[str, ...], expected: set[str]) -> None:
    people = {name: await scene.add_person(area=code) for name, code in AREAS.items()}
    people["nowhere"] = await scene.add_person(area=None)
    assert await find(scene, Audience(areas=codes)) == {people[name] for name in expected}


async def test_the_area_tree_is_that_of_the_area_book(small_scene: Scene) -> None:
    levels = {2: Level.DEPARTMENT, 4: Level.PROVINCE, 6: Level.DISTRICT}
    book = AreaBook(
        Area(code, name, levels[len(code)], code[:-2] or None) for name, code in AREAS.items()
    )
    people = {code: await small_scene.add_person(area=code) for code in AREAS.values()}
    for code in AREAS.values():
        within = {people[inner] for inner in book.within(code)}
        assert await find(small_scene, Audience(areas=(code,))) == within


@pytest.mark.parametrize(
    ("interests", "expected"),
    [
        ((), {"all", "protection", "both"}),
        (("protection",), {"all", "protection", "both"}),
        (("health_nutrition",), {"all", "both"}),
        (("education",), {"all"}),
        (("protect",), {"all"}),
        (("healthXnutrition",), {"all"}),
    ],
)
async def test_by_interest(scene: Scene, interests: tuple[str, ...], expected: set[str]) -> None:
    chosen = {"all": (), "protection": ("protection",), "both": ("protection", "health_nutrition")}
    people = {name: await scene.add_person(interests=topics) for name, topics in chosen.items()}
    found = await find(scene, Audience(interests=interests))
    assert found == {people[name] for name in expected}


async def test_one_address_a_person_the_one_used_last(scene: Scene) -> None:
    # INV-3
    contact_id = await scene.add_person(("telegram", "whatsapp"))
    people = members(Audience(), "es")
    async with scene.database.read() as session:
        rows = (await session.execute(select(people.c.contact_id, people.c.channel))).all()
    assert [tuple(row) for row in rows] == [(contact_id, "whatsapp")]


async def test_by_channel_counts_simulated_phones_too(scene: Scene) -> None:
    both = await scene.add_person(("telegram", "whatsapp"))
    simulated = await scene.add_person(("simulator.telegram",))
    await scene.add_person(("whatsapp",))
    assert await find(scene, Audience(channels=("telegram",))) == {both, simulated}


async def test_a_correction_goes_to_those_who_were_reached(scene: Scene) -> None:
    # HUM-43
    reached, missed = await scene.add_person(), await scene.add_person()
    update_id = await scene.sending()
    lane = scene.deliveries()
    claims = await lane.claim("telegram", 10, scene.clock.now())
    ledger = await scene.ledger(update_id)
    for claim in claims:
        if claim.send_id == ledger[reached].id:
            await lane.record_accepted(claim, "p1", scene.clock.now())
    await scene.add_person()
    found = await find(scene, Audience(reached_by=update_id))
    assert found == {reached}
    assert missed not in found


async def test_the_count_tells_what_will_happen(scene: Scene) -> None:
    await scene.add_person(("telegram",), language="en")
    await scene.add_person(("whatsapp",))
    late = await scene.add_person(("whatsapp",))
    long_ago = scene.clock.now() - timedelta(hours=25)
    await change_address(scene, late, last_inbound_at=long_ago)
    async with scene.database.read() as session:
        count = await count_audience(session, Audience(), scene.policy, scene.clock.now())
    assert count.total == 3
    assert count.by_channel == {"telegram": 1, "whatsapp": 2}
    assert count.by_language == {"en": 1, "es": 2}
    assert count.outside_window == 1


def test_one_audience_has_one_spelling() -> None:
    one = Audience(languages=("es", "en", "es"), areas=("24", "15"))
    other = Audience(languages=("en", "es"), areas=("15", "24"))
    assert one.to_json() == other.to_json()
    assert Audience.from_json(one.to_json()) == Audience.from_json(other.to_json())
