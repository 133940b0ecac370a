"""Running an update: undo pause, start, pause, resume, stop, finish, expire, each by the clock."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.lanes import Accepted
from bot.messages import SendState
from broadcast import control
from broadcast.control import pause, resume, stop
from broadcast.errors import MoveRefusedError
from broadcast.listing import describe_update, list_in_review, list_updates, show_update
from broadcast.reasons import Reason
from broadcast.states import State
from broadcast.writing import withdraw
from hub.i18n import noop
from hub.staff.audit import find_break
from hub.staff.models import AuditEntry
from tests.broadcast.scene import Scene


async def act(scene: Scene, what: object, update_id: str) -> None:
    async with scene.database.write() as session:
        await what(session, update_id, actor=scene.staff["approver"], now=scene.clock.now())  # type: ignore[operator]


async def accept_all(scene: Scene, limit: int = 100) -> int:
    lane = scene.deliveries()
    claims = await lane.claim("telegram", limit, scene.clock.now())
    for one in claims:
        await lane.record_accepted([Accepted(one, f"p-{one.send_id}", scene.clock.now())])
    return len(claims)


async def test_from_approval_to_the_end(scene: Scene) -> None:
    people = {await scene.add_person() for _ in range(3)}
    update_id = await scene.approved()
    assert await scene.tick()
    assert await scene.state(update_id) is State.SCHEDULED
    assert await scene.tick() is False
    scene.clock.advance(scene.policy.undo)
    assert await scene.tick()
    assert await scene.state(update_id) is State.SENDING
    assert set(await scene.ledger(update_id)) == people
    assert await accept_all(scene) == 3
    await scene.tick()
    assert await scene.state(update_id) is State.SENT
    assert await scene.tick() is False
    assert (await scene.read(update_id)).ended_at == scene.clock.now()


async def test_nothing_leaves_during_the_undo_pause(scene: Scene) -> None:
    await scene.add_person()
    update_id = await scene.approved()
    await scene.tick()
    scene.clock.advance(scene.policy.undo - timedelta(seconds=1))
    await scene.tick()
    assert await accept_all(scene) == 0
    await act(scene, stop, update_id)
    scene.clock.advance(timedelta(minutes=5))
    await scene.tick()
    assert await scene.state(update_id) is State.CANCELLED
    assert await scene.ledger(update_id) == {}


@pytest.mark.parametrize("approved_early", [True, False])
async def test_a_wanted_moment_is_kept(scene: Scene, *, approved_early: bool) -> None:
    await scene.add_person()
    wanted = scene.clock.now() + timedelta(hours=2 if approved_early else 0, seconds=30)
    update_id = await scene.approved(send_at=wanted)
    await scene.tick()
    assert await scene.state(update_id) is (State.APPROVED if approved_early else State.SCHEDULED)
    if approved_early:
        scene.clock.advance(timedelta(hours=2) - scene.policy.undo + timedelta(seconds=30))
        await scene.tick()
        assert (await scene.read(update_id)).starts_at == wanted
    begins = (await scene.read(update_id)).starts_at
    assert begins is not None
    assert begins >= scene.clock.now() + scene.policy.undo
    scene.clock.advance(scene.policy.undo)
    await scene.tick()
    assert await scene.state(update_id) is State.SENDING


async def test_pause_and_resume(scene: Scene) -> None:
    for _ in range(4):
        await scene.add_person()
    update_id = await scene.sending()
    assert await accept_all(scene, 1) == 1
    await act(scene, pause, update_id)
    assert await accept_all(scene) == 0
    assert await scene.tick() is False
    await act(scene, resume, update_id)
    assert await accept_all(scene) == 3


@pytest.mark.parametrize("end", ["stopped", "expired"])
async def test_what_many_will_not_get_is_written_down_little_by_little(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    # HUM-43: a stop holds from its commit on; the rows of a million follow
    monkeypatch.setattr(control, "_CANCELLED_AT_ONCE", 2)
    for _ in range(5):
        await scene.add_person()
    update_id = await scene.sending()
    if end == "stopped":
        async with scene.database.write() as session:
            actor, now = scene.staff["approver"], scene.clock.now()
            assert await stop(session, update_id, actor=actor, now=now) == 5
    else:
        scene.clock.advance(scene.policy.default_life)
        await scene.tick()
    states = [row.state for row in (await scene.ledger(update_id)).values()]
    assert states.count(SendState.QUEUED) == 3
    assert await accept_all(scene) == 0
    while await scene.tick():
        pass
    rows = (await scene.ledger(update_id)).values()
    reason = Reason.STOPPED if end == "stopped" else Reason.EXPIRED
    assert {(row.state, row.error_code) for row in rows} == {(SendState.CANCELLED, reason)}


async def test_stop_takes_effect_at_once_and_counts_add_up(scene: Scene) -> None:
    # HUM-43
    for _ in range(5):
        await scene.add_person()
    update_id = await scene.sending()
    lane = scene.deliveries()
    [under_way] = await lane.claim("telegram", 1, scene.clock.now())
    async with scene.database.write() as session:
        missed = await stop(
            session, update_id, actor=scene.staff["approver"], now=scene.clock.now()
        )
    assert missed == 4
    assert await accept_all(scene) == 0
    await lane.record_accepted([Accepted(under_way, "p1", scene.clock.now())])
    progress = await scene.progress(update_id)
    assert progress.by_state[SendState.CANCELLED] == 4
    assert progress.by_state[SendState.ACCEPTED] == 1
    assert progress.total == sum(progress.by_state.values()) == 5
    assert progress.is_over
    assert progress.problems(noop) == [("The update was stopped before their turn came.", 4)]


async def test_an_update_expires_where_it_stands(scene: Scene) -> None:
    await scene.add_person()
    waiting, under_way = await scene.approved(), await scene.sending()
    scene.clock.advance(timedelta(hours=48))
    await scene.tick()
    for update_id in (waiting, under_way):
        assert await scene.state(update_id) is State.EXPIRED
    [row] = (await scene.ledger(under_way)).values()
    assert (row.state, row.error_code) == (SendState.CANCELLED, Reason.EXPIRED)


async def test_a_sweep_ends_what_was_left_behind(scene: Scene) -> None:
    # PEER-04: repair is idempotent, whatever left the row there.
    await scene.add_person()
    update_id = await scene.sending()
    async with scene.database.write() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("UPDATE updates SET state = 'cancelled'")
    assert await scene.tick()
    assert await scene.tick() is False
    [row] = (await scene.ledger(update_id)).values()
    assert (row.state, row.error_code) == (SendState.CANCELLED, Reason.STOPPED)


async def test_what_is_in_the_wrong_state_is_refused(scene: Scene) -> None:
    await scene.add_person()
    update_id = await scene.compose()
    for what in (pause, resume, stop):
        with pytest.raises(MoveRefusedError):
            await act(scene, what, update_id)
    await act(scene, withdraw, update_id)
    with pytest.raises(MoveRefusedError):
        await scene.submit(update_id)


async def test_every_move_has_its_actor(scene: Scene) -> None:
    # INV-11
    await scene.add_person()
    update_id = await scene.sending()
    await act(scene, pause, update_id)
    await act(scene, resume, update_id)
    await act(scene, stop, update_id)
    async with scene.database.read() as session:
        query = select(AuditEntry.action, AuditEntry.actor).where(AuditEntry.object_id == update_id)
        acts = [tuple(row) for row in await session.execute(query.order_by(AuditEntry.seq))]
        assert await find_break(session) is None
    approver = scene.staff["approver"]
    assert acts[3:] == [
        ("schedule", "system"),
        ("start", "system"),
        ("pause", approver),
        ("resume", approver),
        ("stop", approver),
    ]


async def test_lists_and_descriptions(small_scene: Scene) -> None:
    scene = small_scene
    await scene.add_person()
    sent = await scene.sending()
    await act(scene, stop, sent)
    scene.clock.advance(timedelta(minutes=1))
    waiting = await scene.compose(title="Otra")
    await scene.submit(waiting)
    async with scene.database.read() as session:
        assert [row.id for row in await list_updates(session)] == [waiting, sent]
        assert [row.id for row in await list_in_review(session)] == [waiting]
        lines = describe_update(await show_update(session, sent))
    assert "state: cancelled" in lines
    assert "approvers: Approver" in lines
    assert "approvals: 1 of 1" in lines
    assert "cancelled: 1" in lines
