"""Who is in an audience: people who asked for updates, one address each, by what they told us."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.lanes import Accepted
from bot.messages import Fault, Outbound, SendError, SendOutcome, SendState
from bot.models import Address, Contact
from bot.outbox import new_reply
from broadcast.audience import Audience, Criteria, Occasion, members
from broadcast.models import Delivery
from broadcast.reckoning import count_audience
from content.area_codes import Level
from content.areas import Area, AreaBook
from tests.broadcast.scene import Scene


async def find(scene: Scene, audience: Audience) -> set[str]:
    people = members(audience, scene.policy, Occasion(scene.clock.now()))
    async with scene.database.read() as session:
        return set(await session.scalars(select(people.c.contact_id)))


async def change_address(scene: Scene, contact_id: str, **values: object) -> None:
    async with scene.database.write() as session:
        where = Address.contact_id == contact_id
        await session.execute(update(Address).where(where).values(**values))


async def change_contact(scene: Scene, contact_id: str, **values: object) -> None:
    async with scene.database.write() as session:
        await session.execute(update(Contact).where(Contact.id == contact_id).values(**values))


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
    people = members(Audience(), scene.policy, Occasion(scene.clock.now()))
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
            await lane.record_accepted([Accepted(claim, "p1", scene.clock.now())])
        else:
            refused = SendError(SendOutcome.REJECTED, Fault.RECIPIENT, "-")
            await lane.record_error(claim, refused, scene.clock.now())
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


async def test_a_time_of_quiet_leaves_out_whoever_it_is(scene: Scene) -> None:
    # HUM-23, HUM-31
    quiet, over = await scene.add_person(), await scene.add_person()
    now = scene.clock.now()
    await change_contact(scene, quiet, quiet_until=now + timedelta(minutes=1))
    await change_contact(scene, over, quiet_until=now)
    assert await find(scene, Audience()) == {over}


@pytest.mark.parametrize(
    ("excluded", "left"),
    [
        (Criteria(), {"es", "en", "nowhere", "all"}),
        (Criteria(languages=("en",)), {"es", "nowhere", "all"}),
        (Criteria(areas=("24",)), {"en", "nowhere", "all"}),
        (Criteria(areas=("24", "15")), {"nowhere", "all"}),
        (Criteria(interests=("health_nutrition",)), {"en", "nowhere", "all"}),
        (Criteria(channels=("whatsapp",)), {"es", "nowhere", "all"}),
        (Criteria(languages=("en",), areas=("24",)), {"nowhere", "all"}),
    ],
)
async def test_exclusion_takes_out_what_is_known_and_nobody_else(
    scene: Scene, excluded: Criteria, left: set[str]
) -> None:
    people = {
        "es": await scene.add_person(area="240302", interests=("health_nutrition",)),
        "en": await scene.add_person(("whatsapp",), language="en", area="1501"),
        "nowhere": await scene.add_person(area=None),
        "all": await scene.add_person(area=None, interests=()),
    }
    found = await find(scene, Audience(excluded=excluded))
    assert found == {people[name] for name in left}


async def test_inclusion_and_exclusion_together(scene: Scene) -> None:
    inside = await scene.add_person(area="2403")
    await scene.add_person(area="240302")
    await scene.add_person(area="15")
    wanted = Audience(areas=("24",), excluded=Criteria(areas=("240302",)))
    assert await find(scene, wanted) == {inside}


async def test_by_when_somebody_wrote_last_and_first(scene: Scene) -> None:
    old, back, new = [await scene.add_person() for _ in range(3)]
    long_ago = scene.clock.now() - timedelta(days=40)
    await change_contact(scene, old, created_at=long_ago, last_seen_at=long_ago)
    await change_contact(scene, back, created_at=long_ago)
    assert await find(scene, Audience(seen_within_days=30)) == {back, new}
    assert await find(scene, Audience(new_within_days=30)) == {new}
    assert await find(scene, Audience(seen_within_days=41)) == {old, back, new}


async def test_who_asks_after_the_approval_is_not_in_it(scene: Scene) -> None:
    # INV-4
    early = await scene.add_person()
    approved_at = scene.clock.now()
    scene.clock.advance(timedelta(seconds=1))
    await scene.add_person()
    people = members(Audience(), scene.policy, Occasion(scene.clock.now(), approved_at))
    async with scene.database.read() as session:
        assert set(await session.scalars(select(people.c.contact_id))) == {early}


async def test_a_correction_goes_to_those_whose_copy_is_under_way(scene: Scene) -> None:
    # INV-4: found by `make chaos`: they got the wrong words and never the right ones
    under_way, _waiting = await scene.add_person(), await scene.add_person()
    update_id = await scene.sending()
    async with scene.database.write() as session:
        row = Delivery.contact_id == under_way
        await session.execute(update(Delivery).where(row).values(state=SendState.SENDING))
    assert await find(scene, Audience(reached_by=update_id)) == {under_way}


async def test_a_correction_goes_to_those_whom_the_bot_told_too(scene: Scene) -> None:
    # HUM-43
    told, leaving, waiting, doubtful, failed, other = [await scene.add_person() for _ in range(6)]
    for person, state, answer in (
        (told, SendState.DELIVERED, "answer1"),
        (leaving, SendState.SENDING, "answer1"),
        (waiting, SendState.QUEUED, "answer1"),
        (doubtful, SendState.IN_DOUBT, "answer1"),
        (failed, SendState.FAILED, "answer1"),
        (other, SendState.DELIVERED, "answer2"),
    ):
        async with scene.database.write() as session:
            address = await session.scalar(select(Address).where(Address.contact_id == person))
            assert address is not None
            row = new_reply(
                scene.vault,
                contact_id=person,
                address_id=address.id,
                channel=address.channel,
                inbound_id=None,
                part=0,
                message=Outbound("words"),
                content=[{"topic": "asylum.apply", "version": 1, "answer": answer}],
                repeat_in_doubt=False,
                now=scene.clock.now(),
            )
            row.state = state
            session.add(row)
    assert await find(scene, Audience(told_answer="answer1")) == {
        told,
        leaving,
        waiting,
        doubtful,
    }


def test_what_was_approved_before_keeps_its_spelling() -> None:
    """The hash of an approval is of this spelling: new criteria must not change old ones."""
    assert Audience(languages=("es",)).to_json() == {
        "languages": ["es"],
        "areas": [],
        "interests": [],
        "channels": [],
        "reached_by": None,
    }


@pytest.mark.parametrize(
    "audience",
    [
        Audience(languages=("en",), excluded=Criteria(areas=("24",)), new_within_days=7),
        Audience(reached_by="a", told_answer="b", seen_within_days=90),
    ],
)
def test_an_audience_is_read_as_it_was_written(audience: Audience) -> None:
    assert Audience.from_json(audience.to_json()) == audience


def test_one_audience_has_one_spelling() -> None:
    one = Audience(languages=("es", "en", "es"), areas=("24", "15"))
    other = Audience(languages=("en", "es"), areas=("15", "24"))
    assert one.to_json() == other.to_json()
    assert Audience.from_json(one.to_json()) == Audience.from_json(other.to_json())
