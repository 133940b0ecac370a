"""To how many people a sub-group or one approver may send in a day and in seven days (HUM-44)."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from broadcast.audience import Audience
from broadcast.caps import Share, day_number, grant_extra, read_group_use
from broadcast.errors import CapReachedError
from broadcast.reckoning import plan_update
from broadcast.states import State
from broadcast.undoing import undo
from broadcast.versions import find_update
from hub.config import Config, PeopleCap
from tests.broadcast.scene import POLICY, Scene
from tests.broadcast.test_guards import insert_approval

CAPPED = replace(
    POLICY,
    cap=PeopleCap(per_day=4, per_week=8),
    caps={"health": PeopleCap(per_day=6, per_week=None)},
    approver_cap=PeopleCap(per_day=10, per_week=None),
)
URGENT = "Huaico en camino: hay que salir hoy."


@pytest.fixture
async def three(scene: Scene) -> Scene:
    """Three people to write to."""
    scene.policy = CAPPED
    for _ in range(3):
        await scene.add_person()
    return scene


async def in_review(scene: Scene, owner: str | None = None, urgency: str | None = None) -> str:
    update_id = await scene.compose(owner=owner, urgency=urgency)
    await scene.submit(update_id)
    return update_id


async def refused(scene: Scene, owner: str | None = None, by: str = "approver") -> bool:
    update_id = await in_review(scene, owner)
    try:
        await scene.approve(update_id, by)
    except CapReachedError:
        assert await scene.state(update_id) is State.IN_REVIEW
        return True
    return False


async def test_a_sub_group_sends_to_no_more_people_in_a_day_than_its_cap(three: Scene) -> None:
    # HUM-44
    await three.approved(owner="education")
    assert await refused(three, "education"), "six people would be more than four"
    await three.approved(owner="health"), await three.approved(owner="health")
    assert await refused(three, "health"), "health may write to six"
    assert await refused(three, by="second_approver") is False, (
        "what is sent for no sub-group has a cap of its own"
    )


async def test_the_next_day_there_is_room_again_until_the_week_is_used_up(three: Scene) -> None:
    # HUM-44
    for _ in range(2):
        await three.approved(owner="education")
        three.clock.advance(timedelta(days=1))
    assert await refused(three, "education"), "nine people would be more than eight a week"
    three.clock.advance(timedelta(days=6))
    assert await refused(three, "education") is False


async def test_one_approver_has_a_cap_over_all_sub_groups(three: Scene) -> None:
    # HUM-44
    for owner in ("education", "cash", "protection"):
        await three.approved(owner=owner)
    assert await refused(three, "integration"), "twelve people would be more than ten"
    assert await refused(three, "integration", by="second_approver") is False


async def test_what_is_urgent_and_a_correction_pass_and_use_nothing_up(three: Scene) -> None:
    # HUM-44
    first = await three.sending(owner="education")
    await three.approve(await in_review(three, "education", URGENT))
    correcting = await three.compose(owner="education", audience=Audience(reached_by=first))
    row = await three.read(correcting)
    assert Share.of(row, 3, CAPPED, three.clock.now()).people == 0
    async with three.database.read() as session:
        use = await read_group_use(session, "education", CAPPED, three.clock.now())
    assert (use.day, use.left) == (3, 1)


async def test_an_approval_that_was_taken_back_gives_its_people_back(three: Scene) -> None:
    update_id = await three.approved(owner="education")
    async with three.database.write() as session:
        await undo(session, update_id, actor=three.staff["approver"], now=three.clock.now())
    assert await refused(three, "education") is False


async def test_more_that_two_people_granted_counts_until_its_last_day(three: Scene) -> None:
    # HUM-44, PEER-11
    now = three.clock.now()
    today = day_number(CAPPED, now)
    await three.approved(owner="education")
    async with three.database.write() as session:
        await grant_extra(session, "education", 2, today, actor=three.staff["reader"], now=now)
    assert await refused(three, "education") is False
    three.clock.advance(timedelta(days=1))
    assert await refused(three, "education"), "six this week, and the grant is over"


async def test_two_who_approve_at_once_do_not_pass_the_cap_together(three: Scene) -> None:
    # HUM-44
    ids = [await in_review(three, "education") for _ in range(2)]
    results = await asyncio.gather(
        three.approve(ids[0], "approver"),
        three.approve(ids[1], "second_approver"),
        return_exceptions=True,
    )
    assert [type(result) for result in results if result is not None] == [CapReachedError]


async def test_the_database_refuses_what_would_pass_a_cap(three: Scene) -> None:
    # HUM-44
    await three.approved(owner="education")
    update_id = await in_review(three, "education")
    today = day_number(CAPPED, three.clock.now())
    for people, day in ((2, today), (5, today + 1), (6, today + 6)):
        with pytest.raises(IntegrityError, match="more people than may be written to"):
            await insert_approval(three, update_id, "approver", people=people, day=day)
    for nobody in (None, -1):
        with pytest.raises(IntegrityError, match="for how many people"):
            await insert_approval(three, update_id, "approver", people=nobody, day=today)
    await insert_approval(three, update_id, "approver", people=1, day=today)


async def test_the_plan_says_what_is_left_and_that_an_update_passes_it(three: Scene) -> None:
    # HUM-44
    await three.approved(owner="education")
    update_id = await three.compose(owner="education")
    async with three.database.read() as session:
        row = await find_update(session, update_id)
        plan = await plan_update(session, row, CAPPED, three.clock.now())
    assert plan.cap is not None
    assert (plan.cap.day, plan.cap.limits, plan.cap.left) == (3, (4, 8), 1)
    assert plan.passes_cap


def test_a_deployment_that_sets_nothing_has_caps() -> None:
    settings = Config().broadcast
    assert settings.most_people.per_day is not None
    assert settings.most_people_by_approver.per_day is not None
