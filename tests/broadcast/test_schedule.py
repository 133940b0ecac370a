"""When an update leaves: quiet hours, urgency, and the next time of one that repeats."""

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import select

from broadcast.models import Update
from broadcast.states import State
from broadcast.versions import Repetition, read_sent_texts
from tests.broadcast.scene import Scene

WHY = "The bridge is closed from now on."


async def claimed(scene: Scene) -> int:
    return len(await scene.deliveries().claim("telegram", 10, scene.clock.now()))


@pytest.fixture
def nightly(scene: Scene) -> Scene:
    scene.policy = replace(scene.policy, quiet=(time(21), time(8)))
    return scene


async def until(scene: Scene, hour: int, minute: int = 0) -> None:
    """Let time pass until it is this time of day in Lima."""
    local = scene.clock.now().astimezone(scene.policy.timezone)
    wanted = datetime.combine(local.date(), time(hour, minute), scene.policy.timezone)
    if wanted <= local:
        wanted += timedelta(days=1)
    scene.clock.advance(wanted - local)


async def test_it_is_held_at_night_and_not_dropped(nightly: Scene) -> None:
    # HUM-45
    scene = nightly
    for _ in range(3):
        await scene.add_person()
    update_id = await scene.sending()
    await until(scene, 21)
    assert await claimed(scene) == 0
    await until(scene, 0)
    assert await claimed(scene) == 0
    await scene.tick()
    assert await scene.state(update_id) is State.SENDING
    await until(scene, 7, 59)
    assert await claimed(scene) == 0
    await until(scene, 8)
    assert await claimed(scene) == 3


async def test_only_what_saves_lives_leaves_at_night(nightly: Scene) -> None:
    # HUM-45
    scene = nightly
    await scene.add_person()
    await until(scene, 23)
    await scene.sending(urgency=WHY)
    assert await claimed(scene) == 0
    await scene.sending(urgency=WHY, is_life_safety=True)
    assert await claimed(scene) == 1
    await until(scene, 8)
    assert await claimed(scene) == 1


async def test_what_ends_at_night_is_cancelled_not_sent_late(nightly: Scene) -> None:
    scene = nightly
    await scene.add_person()
    update_id = await scene.sending(not_after=scene.clock.now() + timedelta(hours=13))
    await until(scene, 23, 30)
    assert await claimed(scene) == 0
    await until(scene, 8)
    assert await claimed(scene) == 0
    await scene.tick()
    assert await scene.state(update_id) is State.EXPIRED


async def test_urgency_is_part_of_what_is_approved(scene: Scene) -> None:
    # INV-6
    calm, urgent = await scene.compose(), await scene.compose(urgency=WHY)
    assert (await scene.read(calm)).content_hash != (await scene.read(urgent)).content_hash


async def find_next(scene: Scene, update_id: str) -> Update | None:
    async with scene.database.read() as session:
        found: Update | None = await session.scalar(
            select(Update).where(Update.repeats_id == update_id)
        )
    return found


async def test_the_next_time_is_handed_over_when_this_one_starts(scene: Scene) -> None:
    await scene.add_person()
    begins = scene.clock.now() + timedelta(hours=1)
    update_id = await scene.approved(
        send_at=begins,
        not_after=begins + timedelta(hours=5),
        repetition=Repetition(7, begins + timedelta(days=14)),
    )
    assert await find_next(scene, update_id) is None
    scene.clock.advance(timedelta(hours=1))
    await scene.tick()
    scene.clock.advance(scene.policy.undo)
    await scene.tick()
    following = await find_next(scene, update_id)
    assert following is not None
    assert following.state == State.IN_REVIEW
    assert following.send_at == begins + timedelta(days=7)
    assert following.not_after == begins + timedelta(days=7, hours=5)
    async with scene.database.read() as session:
        first = await read_sent_texts(session, update_id)
        assert await read_sent_texts(session, following.id) == first
    # Somebody approves it like any other, and the last one does not repeat.
    await scene.approve(following.id)
    scene.clock.advance(timedelta(days=7))
    await scene.tick()
    scene.clock.advance(scene.policy.undo)
    await scene.tick()
    last = await find_next(scene, following.id)
    assert last is not None
    assert (last.state, last.repeat_days) == (State.IN_REVIEW, None)


async def test_what_repeats_once_is_prepared_once(scene: Scene) -> None:
    await scene.add_person()
    begins = scene.clock.now()
    await scene.sending(
        not_after=begins + timedelta(hours=5),
        repetition=Repetition(1, begins + timedelta(days=3)),
    )
    for _ in range(3):
        await scene.tick()
    async with scene.database.read() as session:
        rows = (await session.scalars(select(Update))).all()
    assert len(rows) == 2
