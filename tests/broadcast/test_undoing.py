"""An approval can be taken back until the first copy leaves, and then never."""

import pytest
from sqlalchemy import func, select

from broadcast.approving import may_approve
from broadcast.errors import MoveRefusedError
from broadcast.models import Approval, Delivery
from broadcast.states import State
from broadcast.undoing import undo
from broadcast.versions import find_update
from tests.broadcast.scene import Scene


async def take_back(scene: Scene, update_id: str) -> None:
    async with scene.database.write() as session:
        await undo(session, update_id, actor=scene.staff["approver"], now=scene.clock.now())


async def test_nothing_leaves_after_it_was_taken_back(scene: Scene) -> None:
    # F-37, HUM-42
    await scene.add_person()
    update_id = await scene.approved()
    await scene.tick()
    assert await scene.state(update_id) is State.SCHEDULED
    await take_back(scene, update_id)
    scene.clock.advance(scene.policy.undo)
    assert not await scene.tick()
    row = await scene.read(update_id)
    assert (row.state, row.version, row.starts_at) == (State.DRAFT, 2, None)
    async with scene.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Delivery)) == 0


async def test_the_same_words_can_be_approved_again_by_whoever_took_them_back(
    scene: Scene,
) -> None:
    # F-37: the old approval stays on record, and holds for nothing any more.
    await scene.add_person()
    update_id = await scene.approved()
    await take_back(scene, update_id)
    await scene.submit(update_id)
    async with scene.database.read() as session:
        row = await find_update(session, update_id)
        assert await may_approve(session, row, scene.staff["approver"])
        assert not await may_approve(session, row, scene.staff["author"])
    await scene.approve(update_id)
    async with scene.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Approval)) == 2


async def test_once_it_has_begun_only_a_stop_helps(scene: Scene) -> None:
    await scene.add_person()
    update_id = await scene.sending()
    with pytest.raises(MoveRefusedError):
        await take_back(scene, update_id)
    assert (await scene.read(update_id)).people == 1
