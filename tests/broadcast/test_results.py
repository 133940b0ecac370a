"""Results that add up, a list without names, recall and correction, and one more try."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.contacts import CONSENT_TEXT_VERSION
from bot.lanes import Accepted
from bot.messages import Fault, SendError, SendOutcome, SendState
from bot.models import Address, ConsentEvent
from broadcast.audience import Audience, Occasion, members
from broadcast.correcting import recall
from broadcast.errors import MoveRefusedError
from broadcast.models import Delivery
from broadcast.reasons import Reason
from broadcast.results import (
    FEWEST,
    count_by_area,
    list_copies,
    read_afterwards,
    read_curve,
)
from broadcast.retrying import count_worth_it, retry_failed
from broadcast.states import State
from tests.broadcast.scene import Scene


async def send(scene: Scene, limit: int = 100, error: SendError | None = None) -> int:
    lane, now = scene.deliveries(), scene.clock.now()
    claims = await lane.claim("telegram", limit, now)
    for one in claims:
        if error is None:
            await lane.record_accepted([Accepted(one, f"p{one.send_id}", now)])
        else:
            await lane.record_error(one, error, now)
    return len(claims)


async def recalled(scene: Scene, update_id: str) -> str:
    async with scene.database.write() as session:
        row = await recall(
            session,
            update_id,
            scene.policy,
            title="Corrección",
            author=scene.staff["author"],
            now=scene.clock.now(),
        )
        return row.id


async def test_one_act_stops_the_rest_and_begins_the_correction(scene: Scene) -> None:
    # HUM-43
    people = {await scene.add_person() for _ in range(5)}
    update_id = await scene.sending()
    assert await send(scene, 2) == 2
    correction = await recalled(scene, update_id)
    assert await scene.state(update_id) is State.CANCELLED
    assert await send(scene) == 0
    ledger = await scene.ledger(update_id)
    reached = {who for who, row in ledger.items() if row.state == SendState.ACCEPTED}
    assert len(reached) == 2
    assert {ledger[who].error_code for who in people - reached} == {Reason.STOPPED}
    await scene.submit(correction)
    await scene.approve(correction)
    await scene.tick()
    scene.clock.advance(scene.policy.undo)
    await scene.tick()
    assert set(await scene.ledger(correction)) == reached


async def test_who_was_under_way_at_the_recall_is_corrected_too(scene: Scene) -> None:
    # HUM-43: accepted only after the stop
    person = await scene.add_person()
    update_id = await scene.sending()
    [claim] = await scene.deliveries().claim("telegram", 1, scene.clock.now())
    await recalled(scene, update_id)
    await scene.deliveries().record_accepted([Accepted(claim, "p", scene.clock.now())])
    people = members(Audience(reached_by=update_id), scene.policy, Occasion(scene.clock.now()))
    async with scene.database.read() as session:
        assert [row.contact_id for row in await session.execute(people.select())] == [person]


async def test_a_correction_carries_the_answer_on(small_scene: Scene) -> None:
    # HUM-43
    scene = small_scene
    await scene.add_person()
    update_id = await scene.sending(answer_id="answer1")
    correction = await scene.read(await recalled(scene, update_id))
    assert Audience.from_json(correction.audience) == Audience(
        reached_by=update_id, told_answer="answer1"
    )


async def test_what_never_left_is_not_recalled(small_scene: Scene) -> None:
    update_id = await small_scene.compose()
    with pytest.raises(MoveRefusedError):
        await recalled(small_scene, update_id)


@pytest.mark.parametrize(
    ("fault", "again"),
    [(Fault.PROVIDER, 1), (Fault.NETWORK, 1), (Fault.RECIPIENT, 0), (Fault.CONTENT, 0)],
)
async def test_only_what_passes_is_tried_once_more(scene: Scene, fault: Fault, again: int) -> None:
    await scene.add_person()
    update_id = await scene.sending()
    refused = SendError(SendOutcome.REJECTED, fault, "words", code="x")
    assert await send(scene, error=refused) == 1
    await scene.tick()
    assert await scene.state(update_id) is State.SENT
    async with scene.database.write() as session:
        assert await count_worth_it(session, update_id) == again
        actor, now = scene.staff["approver"], scene.clock.now()
        assert await retry_failed(session, update_id, actor=actor, now=now) == again
    assert await scene.state(update_id) is (State.SENDING if again else State.SENT)
    assert await send(scene) == again


async def test_what_may_have_arrived_is_never_tried_again(scene: Scene) -> None:
    # INV-3
    for _ in range(2):
        await scene.add_person()
    update_id = await scene.sending()
    await send(scene, 1)
    await send(scene, 1, SendError(SendOutcome.IN_DOUBT, Fault.NETWORK, "words"))
    async with scene.database.write() as session:
        actor, now = scene.staff["approver"], scene.clock.now()
        assert await retry_failed(session, update_id, actor=actor, now=now) == 0


async def test_nothing_is_tried_after_the_end(scene: Scene) -> None:
    await scene.add_person()
    update_id = await scene.sending()
    await send(scene, error=SendError(SendOutcome.REJECTED, Fault.PROVIDER, "words"))
    scene.clock.advance(timedelta(hours=48))
    await scene.tick()
    async with scene.database.write() as session:
        actor, now = scene.staff["approver"], scene.clock.now()
        with pytest.raises(MoveRefusedError):
            await retry_failed(session, update_id, actor=actor, now=now)


async def test_places_add_up_and_few_are_not_told_apart(scene: Scene) -> None:
    for area in ["240302"] * FEWEST + ["1501"] * (FEWEST - 1) + [None]:
        await scene.add_person(area=area)
    update_id = await scene.sending()
    await send(scene, 3)
    async with scene.database.read() as session:
        areas = await count_by_area(session, update_id)
    assert {code: counts.total() for code, counts in areas.items()} == {"24": FEWEST, "": FEWEST}
    progress = await scene.progress(update_id)
    assert sum(counts.total() for counts in areas.values()) == progress.total


async def test_the_curve_tells_when_they_left(scene: Scene) -> None:
    for _ in range(6):
        await scene.add_person()
    update_id = await scene.sending()
    await send(scene, 4)
    scene.clock.advance(timedelta(minutes=3))
    await send(scene, 2)
    async with scene.database.read() as session:
        curve = await read_curve(session, update_id)
        nothing = await read_curve(session, "none")
    assert [point.sent for point in curve.points] == [4, 0, 0, 2]
    assert curve.points[-1].at - curve.points[0].at == timedelta(minutes=3)
    assert (curve.most, nothing.points) == (4, ())


async def test_who_left_afterwards_is_counted_once(scene: Scene) -> None:
    person, other = await scene.add_person(), await scene.add_person()
    update_id = await scene.sending()
    await send(scene)
    scene.clock.advance(timedelta(hours=1))
    async with scene.database.write() as session:
        await session.execute(update(Address).values(opted_in_at=None))
        ledger = await scene.ledger(update_id)
        for who, hours in ((person, 0), (person, 1), (other, 30)):
            session.add(
                ConsentEvent(
                    contact_id=who,
                    address_id=ledger[who].address_id,
                    channel="telegram",
                    event="opt_out",
                    text_version=CONSENT_TEXT_VERSION,
                    language="es",
                    at=scene.clock.now() + timedelta(hours=hours),
                )
            )
    async with scene.database.read() as session:
        afterwards = await read_afterwards(session, update_id)
    assert (afterwards.opted_out, afterwards.wrote, afterwards.topics) == (1, 0, {})


async def test_the_list_names_nobody(scene: Scene) -> None:
    # PEER-14
    person = await scene.add_person(number=999111222)
    update_id = await scene.sending()
    await send(scene)
    async with scene.database.read() as session:
        [line] = [line async for line in list_copies(session, update_id)]
    assert (line.state, line.channel, line.language) == ("accepted", "telegram", "es")
    spelled = repr(line)
    assert "999111222" not in spelled
    assert person not in spelled
    assert (await scene.ledger(update_id))[person].id.startswith(line.code)


async def test_every_count_adds_up_to_the_audience(scene: Scene) -> None:
    for _ in range(9):
        await scene.add_person()
    update_id = await scene.sending()
    await send(scene, 4)
    await send(scene, 2, SendError(SendOutcome.REJECTED, Fault.RECIPIENT, "words"))
    async with scene.database.write() as session:
        await session.execute(
            update(Delivery).where(Delivery.state == "failed").values(contact_id=None)
        )
    progress = await scene.progress(update_id)
    async with scene.database.read() as session:
        areas = await count_by_area(session, update_id)
    assert progress.total == sum(progress.by_state.values()) == 9
    for table in (progress.split("channel"), progress.split("language")):
        assert sum(sum(counts.values()) for counts in table.values()) == 9
    assert sum(counts.total() for counts in areas.values()) == 9
