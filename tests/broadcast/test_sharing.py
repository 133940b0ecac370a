"""Nobody gets more than their share in a week, whichever sub-groups write to them (HUM-44)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.lanes import Accepted
from bot.messages import SendState
from broadcast.audience import Audience, Occasion, members
from broadcast.reasons import Reason
from broadcast.reckoning import count_audience
from broadcast.sharing import Shares
from tests.broadcast.scene import Scene


async def claim_all(scene: Scene) -> int:
    """Everything that may leave now, accepted by the provider; returns how much that is."""
    lane, number = scene.deliveries(), 0
    for one in await lane.claim("telegram", 100, scene.clock.now()):
        await lane.record_accepted([Accepted(one, f"p{one.send_id}", scene.clock.now())])
        number += 1
    return number


@pytest.fixture
def two_a_week(scene: Scene) -> Scene:
    scene.policy = replace(scene.policy, most_per_week=2)
    return scene


async def test_the_third_of_a_week_does_not_find_the_person(two_a_week: Scene) -> None:
    # HUM-44
    scene = two_a_week
    await scene.add_person()
    for _ in range(2):
        await scene.sending()
        assert await claim_all(scene) == 1
    late = await scene.add_person()
    async with scene.database.read() as session:
        now = scene.clock.now()
        count = await count_audience(session, Audience(), scene.policy, now)
        urgent = await count_audience(session, Audience(), scene.policy, now, is_urgent=True)
    assert (count.total, urgent.total) == (1, 2)
    update_id = await scene.sending()
    assert set(await scene.ledger(update_id)) == {late}
    scene.clock.advance(timedelta(days=7))
    assert len(await scene.ledger(await scene.sending())) == 2


async def test_what_was_queued_meanwhile_is_refused_at_the_claim(two_a_week: Scene) -> None:
    # HUM-44: three are ready at once, and one claim sees them all.
    scene = two_a_week
    person = await scene.add_person()
    updates = [await scene.sending() for _ in range(3)]
    assert await claim_all(scene) == 2
    found = [(await scene.ledger(update_id))[person] for update_id in updates]
    assert sorted(row.state for row in found) == ["accepted", "accepted", SendState.CANCELLED]
    [refused] = [row for row in found if row.state == SendState.CANCELLED]
    assert refused.error_code == Reason.SHARE_USED


async def test_what_never_arrived_takes_nothing_away(two_a_week: Scene) -> None:
    scene = two_a_week
    await scene.add_person()
    for _ in range(2):
        await scene.sending()
        [one] = await scene.deliveries().claim("telegram", 10, scene.clock.now())
        await scene.deliveries().settle(one, None, scene.clock.now())
    async with scene.database.write() as session:
        from sqlalchemy import update

        from broadcast.models import Delivery

        await session.execute(update(Delivery).values(state=SendState.FAILED))
    await scene.sending()
    assert await claim_all(scene) == 1


async def test_a_correction_reaches_whoever_read_the_wrong_words(two_a_week: Scene) -> None:
    # HUM-43
    scene = two_a_week
    await scene.add_person()
    for _ in range(2):
        update_id = await scene.sending()
        await claim_all(scene)
    people = members(Audience(reached_by=update_id), scene.policy, Occasion(scene.clock.now()))
    assert people is not None
    await scene.sending(audience=Audience(reached_by=update_id))
    assert await claim_all(scene) == 1


def test_what_passes_the_limit_still_counts() -> None:
    shares = Shares(2, free={"urgent"})
    assert [shares.take(one, "a") for one in ("u1", "urgent", "urgent", "u2")] == [
        True,
        True,
        True,
        False,
    ]
    assert shares.take("u2", "b")


def test_without_a_limit_everybody_gets_everything() -> None:
    shares = Shares(None)
    assert all(shares.take("u", "a") for _ in range(50))
