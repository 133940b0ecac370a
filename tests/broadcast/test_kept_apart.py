"""Test contacts of staff are in no audience and no count, whatever an update asks for."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from bot.channels.registry import TESTING
from bot.models import Address, OutboxRow
from bot.own_contacts import make_own
from broadcast.audience import Audience, Criteria, Occasion, members
from broadcast.census_taking import CensusTaking
from broadcast.models import Delivery
from broadcast.reckoning import count_audience, count_groups
from broadcast.trying import forget_phones, list_phones, register_test_contact, try_update
from tests.broadcast.scene import POLICY, Scene

_LANGUAGES, _AREAS = ("es", "en", "fr"), ("15", "24", "240302")
_INTERESTS, _CHANNELS = ("health", "education"), ("telegram", "whatsapp")


def chosen(names: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(names), unique=True).map(tuple)


criteria = {
    "languages": chosen(_LANGUAGES),
    "areas": chosen(_AREAS),
    "interests": chosen(_INTERESTS),
    "channels": chosen(_CHANNELS),
}
audiences = st.builds(
    Audience,
    **criteria,
    seen_within_days=st.none() | st.integers(1, 30),
    new_within_days=st.none() | st.integers(1, 30),
    excluded=st.builds(Criteria, **criteria),
)


async def make_test_contacts(scene: Scene) -> set[str]:
    """One for each member of staff, of every kind, who all asked for updates."""
    made, now = set[str](), scene.clock.now()
    async with scene.database.write() as session:
        for number, staff_id in enumerate(scene.staff.values()):
            own = await make_own(
                session,
                scene.vault,
                staff_id,
                _CHANNELS[number % 2],
                now,
                language=_LANGUAGES[number % 3],
                area=_AREAS[number % 3],
            )
            own.address.opted_in_at = own.address.last_inbound_at = now
            await register_test_contact(session, staff_id, own.address.id, now)
            made.add(own.contact.id)
    return made


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(audience=audiences, is_urgent=st.booleans())
async def test_no_audience_holds_one(scene: Scene, audience: Audience, is_urgent: bool) -> None:
    # INV-4
    async with scene.database.read() as session:
        known = await session.scalar(select(Address.id).where(Address.channel.in_(list(TESTING))))
    if known is None:
        await make_test_contacts(scene)
    people = members(audience, scene.policy, Occasion(scene.clock.now(), is_urgent=is_urgent))
    async with scene.database.read() as session:
        assert list(await session.scalars(select(people.c.contact_id))) == []
        occasion = Occasion(scene.clock.now(), is_urgent=is_urgent)
        assert await count_groups(session, audience, scene.policy, occasion) == ()


async def test_neither_census_nor_count_nor_ledger_knows_them(scene: Scene) -> None:
    # INV-4
    await make_test_contacts(scene)
    person = await scene.add_person()
    await CensusTaking(scene.database, scene.policy, scene.clock, large=1).step()
    async with scene.database.read() as session:
        counted = await count_audience(session, Audience(), scene.policy, scene.clock.now())
    assert counted.total == 1
    update_id = await scene.sending()
    assert set(await scene.ledger(update_id)) == {person}


async def test_they_get_test_sends(scene: Scene) -> None:
    # HUM-42
    await make_test_contacts(scene)
    author, now = scene.staff["author"], scene.clock.now()
    update_id = await scene.compose()
    async with scene.database.write() as session:
        await forget_phones(session, author)  # a real one; the test contact stays
        assert [name in TESTING for name in await list_phones(session, author)] == [True]
        sent = await try_update(session, scene.vault, POLICY, update_id, staff_id=author, now=now)
        channels = set(await session.scalars(select(OutboxRow.channel)))
        assert await session.scalar(select(func.count()).select_from(Delivery)) == 0
    assert sent == 2
    assert channels <= set(TESTING)
