"""Updates wait for each person's own morning, by the time zone that they told us (HUM-45)."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import update

from bot.models import Contact
from broadcast.policy import Policy
from broadcast.states import State
from tests.broadcast.scene import POLICY, Scene

CHILE, BOLIVIA, MADRID = "America/Santiago", "America/La_Paz", "Europe/Madrid"
NIGHT = (time(21), time(8))


def nights(begins: str, ends: str) -> Policy:
    return replace(POLICY, quiet=(time.fromisoformat(begins), time.fromisoformat(ends)))


@pytest.fixture
def nightly(scene: Scene) -> Scene:
    scene.policy = replace(scene.policy, quiet=NIGHT)
    return scene


async def until(scene: Scene, hour: int, minute: int = 0) -> None:
    """Let time pass until it is this time of day in Lima."""
    local = scene.clock.now().astimezone(scene.policy.timezone)
    wanted = datetime.combine(local.date(), time(hour, minute), scene.policy.timezone)
    scene.clock.advance(wanted - local + timedelta(days=1 if wanted <= local else 0))


async def receivers(scene: Scene, update_id: str) -> set[str]:
    """Who gets theirs now."""
    claims = await scene.deliveries().claim("telegram", 10, scene.clock.now())
    ledger = await scene.ledger(update_id)
    claimed = {claim.send_id for claim in claims}
    return {person for person, row in ledger.items() if row.id in claimed}


async def test_each_waits_for_their_own_morning(nightly: Scene) -> None:
    # HUM-45: in November it is two hours later in Chile than in Lima, and one in Bolivia
    scene = nightly
    here = await scene.add_person()
    chile = await scene.add_person(time_zone=CHILE)
    bolivia = await scene.add_person(time_zone=BOLIVIA)
    await until(scene, 2)
    update_id = await scene.sending()
    expected = {(5, 59): set(), (6, 0): {chile}, (7, 0): {bolivia}, (7, 59): set(), (8, 0): {here}}
    for (hour, minute), people in expected.items():
        await until(scene, hour, minute)
        assert await receivers(scene, update_id) == people, (hour, minute)


async def test_their_night_begins_by_their_own_clock(nightly: Scene) -> None:
    # HUM-45
    scene = nightly
    here = await scene.add_person()
    chile = await scene.add_person(time_zone=CHILE)
    await until(scene, 12)
    update_id = await scene.sending()
    await until(scene, 19)
    assert await receivers(scene, update_id) == {here}
    row = (await scene.ledger(update_id))[chile]
    assert row.due_at.astimezone(scene.policy.timezone).time() == time(6)
    await until(scene, 6)
    assert await receivers(scene, update_id) == {chile}


async def test_who_is_asleep_is_looked_at_once_a_night(nightly: Scene) -> None:
    scene = nightly
    await scene.add_person(time_zone=CHILE)
    await until(scene, 12)
    update_id = await scene.sending()
    await until(scene, 19)
    assert await receivers(scene, update_id) == set()
    assert not await scene.deliveries().is_waiting("telegram", scene.clock.now())


async def test_a_zone_that_is_told_while_a_copy_waits_counts(nightly: Scene) -> None:
    # HUM-45
    scene = nightly
    person = await scene.add_person()
    await until(scene, 20)
    update_id = await scene.sending()
    await tell_zone(scene, person, MADRID)
    assert await receivers(scene, update_id) == set(), "it is two at night in Madrid"
    await until(scene, 2)
    assert await receivers(scene, update_id) == {person}, "eight there, and night here"


async def test_a_zone_that_is_forgotten_while_a_copy_waits_counts(nightly: Scene) -> None:
    # HUM-45, HUM-05
    scene = nightly
    person = await scene.add_person(time_zone=CHILE)
    await until(scene, 2)
    update_id = await scene.sending()
    await tell_zone(scene, person, None)
    await until(scene, 6)
    assert await receivers(scene, update_id) == set()
    await until(scene, 8)
    assert await receivers(scene, update_id) == {person}


async def test_what_comes_too_late_for_their_morning_is_not_sent(nightly: Scene) -> None:
    scene = nightly
    await scene.add_person(time_zone="Pacific/Honolulu")
    await until(scene, 8)
    update_id = await scene.sending(not_after=scene.clock.now() + timedelta(hours=2))
    assert await receivers(scene, update_id) == set()
    scene.clock.advance(timedelta(hours=2))
    await scene.tick()
    assert await scene.state(update_id) is State.EXPIRED
    [row] = (await scene.ledger(update_id)).values()
    assert row.claimed_at is None


async def test_what_saves_lives_waits_for_nobodys_morning(nightly: Scene) -> None:
    # HUM-45
    scene = nightly
    people = {await scene.add_person(), await scene.add_person(time_zone=CHILE)}
    await until(scene, 2)
    update_id = await scene.sending(urgency="The river rises tonight.", is_life_safety=True)
    assert await receivers(scene, update_id) == people


async def test_a_zone_that_this_machine_does_not_know_is_the_deployments(nightly: Scene) -> None:
    scene = nightly
    person = await scene.add_person(time_zone="Atlantis/Capital")
    await until(scene, 2)
    update_id = await scene.sending()
    await until(scene, 7, 59)
    assert await receivers(scene, update_id) == set()
    await until(scene, 8)
    assert await receivers(scene, update_id) == {person}


# The clock, by which all of the above is reckoned. Times in UTC.
@pytest.mark.parametrize(
    ("zone", "quiet", "at", "wakes"),
    [
        # Over midnight; Lima is five hours behind UTC all the year.
        (None, ("21:00", "08:00"), "2026-11-23T01:59", "2026-11-23T01:59"),
        (None, ("21:00", "08:00"), "2026-11-23T02:00", "2026-11-23T13:00"),
        (None, ("21:00", "08:00"), "2026-11-23T04:59", "2026-11-23T13:00"),  # 23:59
        (None, ("21:00", "08:00"), "2026-11-23T05:00", "2026-11-23T13:00"),  # 00:00
        (None, ("21:00", "08:00"), "2026-11-23T12:59", "2026-11-23T13:00"),
        (None, ("21:00", "08:00"), "2026-11-23T13:00", "2026-11-23T13:00"),
        # From midnight on, and until midnight.
        (None, ("00:00", "06:00"), "2026-11-23T04:59", "2026-11-23T04:59"),
        (None, ("00:00", "06:00"), "2026-11-23T05:00", "2026-11-23T11:00"),
        (None, ("22:00", "00:00"), "2026-11-23T04:59", "2026-11-23T05:00"),
        (None, ("22:00", "00:00"), "2026-11-23T05:00", "2026-11-23T05:00"),
        # Within a day, and none at all.
        (None, ("13:00", "15:00"), "2026-11-23T18:00", "2026-11-23T20:00"),
        (None, ("13:00", "15:00"), "2026-11-23T20:00", "2026-11-23T20:00"),
        (None, ("08:00", "08:00"), "2026-11-23T13:00", "2026-11-23T13:00"),
        # Chile is three hours behind UTC in summer and four in winter: clocks go back at midnight
        # before 5 April 2026, and forward at midnight before 6 September 2026.
        (CHILE, ("21:00", "08:00"), "2026-11-23T00:00", "2026-11-23T11:00"),
        (CHILE, ("21:00", "08:00"), "2026-07-01T00:00", "2026-07-01T00:00"),
        (CHILE, ("21:00", "08:00"), "2026-07-01T01:00", "2026-07-01T12:00"),
        (CHILE, ("21:00", "08:00"), "2026-04-05T00:00", "2026-04-05T12:00"),
        (CHILE, ("21:00", "08:00"), "2026-09-06T01:00", "2026-09-06T11:00"),
        (CHILE, ("00:00", "08:00"), "2026-04-05T03:30", "2026-04-05T03:30"),  # 23:30 once more
        (CHILE, ("00:00", "08:00"), "2026-04-05T04:00", "2026-04-05T12:00"),
        (CHILE, ("00:00", "08:00"), "2026-09-06T04:00", "2026-09-06T11:00"),  # 01:00: no midnight
        # Half hours, and the other side of the world.
        ("Asia/Kolkata", ("21:00", "08:00"), "2026-11-23T02:29", "2026-11-23T02:30"),
        ("Pacific/Kiritimati", ("21:00", "08:00"), "2026-11-22T07:00", "2026-11-22T18:00"),
    ],
)
def test_who_sleeps_wakes_at_their_own_hour(
    zone: str | None, quiet: tuple[str, str], at: str, wakes: str
) -> None:
    # HUM-45
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert nights(*quiet).wakes_at(moment, zone) == datetime.fromisoformat(wakes).replace(
        tzinfo=UTC
    )


@pytest.mark.parametrize("zone", [None, CHILE, BOLIVIA, MADRID, "Asia/Kolkata"])
@pytest.mark.parametrize("quiet", [("21:00", "08:00"), ("00:00", "06:00"), ("01:30", "23:30")])
def test_nobody_wakes_into_their_night(zone: str | None, quiet: tuple[str, str]) -> None:
    # HUM-45: through a whole year, both changes of the clock included
    policy = nights(*quiet)
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    for _ in range(366 * 5):
        moment += timedelta(minutes=288 + 7)
        wakes = policy.wakes_at(moment, zone)
        assert moment <= wakes < moment + timedelta(hours=25)
        assert policy.wakes_at(wakes, zone) == wakes


async def tell_zone(scene: Scene, person: str, zone: str | None) -> None:
    async with scene.database.write() as session:
        await session.execute(update(Contact).where(Contact.id == person).values(time_zone=zone))
