"""The inbox on both databases: stored once, taken in order, given back, never stuck."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.inbox import MOST_ATTEMPTS, End, InboxState, end_messages
from bot.models import InboxRow
from hub.app.hub import Hub
from hub.clock import ManualClock
from tests.bot.messages import answer_all, message, replies
from tests.bot.words import messages

AT_ONCE = 50


async def states(hub: Hub) -> list[str]:
    return [row.state for row in await messages(hub)]


async def test_one_id_at_once_from_everywhere_is_one_message(hub: Hub) -> None:
    # PEER-06, F-25: no error for anybody, so that every request is answered 2xx
    same = message(hub, text="sí")
    stored = await asyncio.gather(*(hub.inbox.receive([same]) for _ in range(AT_ONCE)))
    assert sorted(stored) == [0] * (AT_ONCE - 1) + [1]
    await answer_all(hub)
    assert await states(hub) == [InboxState.ANSWERED]
    assert [reply.part for reply in await replies(hub)] == [0, 1, 2]


async def test_repetitions_within_a_batch_and_across_channels(hub: Hub) -> None:
    # PEER-06, PEER-07
    first = message(hub, message_id="900")
    other = message(hub, message_id="900", channel="simulator.whatsapp", address="+51900000001")
    assert await hub.inbox.receive([first, first, message(hub, text="hola"), other]) == 3


async def test_an_empty_batch_stores_nothing(hub: Hub) -> None:
    assert await hub.inbox.receive([]) == 0


async def test_a_person_is_answered_one_message_at_a_time(hub: Hub) -> None:
    # INV-7
    await hub.inbox.receive([message(hub, 1), message(hub, 1), message(hub, 2)])
    first, second = await hub.inbox.claim(), await hub.inbox.claim()
    assert first is not None
    assert second is not None
    assert [first.inbound.address[-1], second.inbound.address[-1]] == ["1", "2"]
    assert await hub.inbox.claim() is None


async def test_parallel_claims_take_different_messages(hub: Hub) -> None:
    # PEER-01
    await hub.inbox.receive([message(hub, person) for person in range(12)])
    works = await asyncio.gather(*(hub.inbox.claim() for _ in range(20)))
    taken = [work.id for work in works if work]
    assert len(taken) == len(set(taken)) == 12


async def test_a_lease_that_is_over_is_taken_up_again(hub: Hub, clock: ManualClock) -> None:
    # PEER-04, F-03
    await hub.inbox.receive([message(hub)])
    lost = await hub.inbox.claim()
    assert lost is not None
    clock.advance(hub.inbox.lease - timedelta(seconds=1))
    assert await hub.inbox.recover(everything=False) == 0
    assert await hub.inbox.claim() is None
    clock.advance(timedelta(seconds=2))
    assert await hub.inbox.recover(everything=False) == 1
    assert await hub.inbox.recover(everything=False) == 0
    again = await hub.inbox.claim()
    assert again is not None
    assert (again.id, again.attempt) == (lost.id, lost.attempt + 1)


async def test_a_slow_twin_ends_nothing(hub: Hub, clock: ManualClock) -> None:
    # F-08: fencing by attempt
    await hub.inbox.receive([message(hub)])
    slow = await hub.inbox.claim()
    assert slow is not None
    await hub.inbox.recover(everything=True)
    fast = await hub.inbox.claim()
    assert fast is not None
    async with hub.database.write() as session:
        assert not await end_messages(session, [End(slow, InboxState.ANSWERED)], clock.now())
    await hub.inbox.put_back(slow)
    assert await states(hub) == [InboxState.PROCESSING]
    async with hub.database.write() as session:
        assert await end_messages(session, [End(fast, InboxState.ANSWERED)], clock.now())
    assert await states(hub) == [InboxState.ANSWERED]


async def test_messages_that_end_together_end_each_in_its_own_way(
    hub: Hub, clock: ManualClock
) -> None:
    # F-08, HUM-29
    await hub.inbox.receive([message(hub, number, "a") for number in (1, 2, 3)])
    works = [await hub.inbox.claim() for _ in range(3)]
    answered, disclosed, slow = (work for work in works if work is not None)
    ends = [
        End(answered, InboxState.ANSWERED),
        End(disclosed, InboxState.ANSWERED, forget=True),
        End(replace(slow, attempt=slow.attempt - 1), InboxState.IGNORED, "stale"),
    ]
    async with hub.database.write() as session:
        ended = await end_messages(session, ends, clock.now())
    assert ended == {answered.id, disclosed.id}
    async with hub.database.read() as session:
        rows = {row.id: row for row in await session.scalars(select(InboxRow))}
    assert rows[answered.id].payload_sealed is not None
    assert rows[disclosed.id].payload_sealed is None
    assert rows[slow.id].state == InboxState.PROCESSING
    assert rows[slow.id].reason is None


async def test_what_is_given_back_waits_and_holds_up_only_its_person(
    hub: Hub, clock: ManualClock
) -> None:
    # INV-7, F-32
    await hub.inbox.receive([message(hub, 1, "a"), message(hub, 1, "b"), message(hub, 2, "c")])
    work = await hub.inbox.claim()
    assert work is not None
    await hub.inbox.put_back(work)
    other = await hub.inbox.claim()
    assert other is not None
    assert other.inbound.text == "c"
    assert await hub.inbox.claim() is None
    clock.advance(timedelta(seconds=2))
    again = await hub.inbox.claim()
    assert again is not None
    assert again.inbound.text == "a"


async def test_a_row_that_does_not_open_is_put_aside(hub: Hub) -> None:
    # F-18: the queue goes on, for this person too
    damaged, good = message(hub, 1, "damaged"), message(hub, 1, "good")
    await hub.inbox.receive([damaged, good])
    async with hub.database.write() as session:
        await session.execute(
            update(InboxRow)
            .where(InboxRow.message_id == damaged.message_id)
            .values(payload_sealed=b"\x01\x02k1" + bytes(64))
        )
    work = await hub.inbox.claim()
    assert work is not None
    assert work.inbound.text == "good"
    first, _ = await messages(hub)
    assert (first.state, first.reason) == (InboxState.QUARANTINED, "unreadable")
    assert first.ended_at is not None


async def test_a_payload_moved_to_another_row_does_not_open(hub: Hub) -> None:
    # SEC-75: nobody can make one person say what another said
    await hub.inbox.receive([message(hub, 1, "uno"), message(hub, 2, "dos")])
    first, second = await messages(hub)
    async with hub.database.write() as session:
        for row, payload in ((first, second.payload_sealed), (second, first.payload_sealed)):
            await session.execute(
                update(InboxRow).where(InboxRow.id == row.id).values(payload_sealed=payload)
            )
    assert await hub.inbox.claim() is None
    assert await states(hub) == [InboxState.QUARANTINED] * 2


async def test_a_replay_after_the_retention_is_a_repetition(hub: Hub, clock: ManualClock) -> None:
    # SEC-05, F-25
    old = message(hub)
    await hub.inbox.receive([old])
    await answer_all(hub)
    clock.advance(timedelta(days=31))
    assert await hub.inbox.forget(clock.now() - timedelta(days=30)) == 1
    assert await hub.inbox.forget(clock.now() - timedelta(days=30)) == 0
    before = len(await replies(hub))
    assert await hub.inbox.receive([old]) == 0
    await answer_all(hub)
    assert len(await replies(hub)) == before
    (kept,) = await messages(hub)
    assert (kept.message_id, kept.payload_sealed) == (old.message_id, None)


async def test_what_is_not_answered_yet_is_not_forgotten(hub: Hub, clock: ManualClock) -> None:
    # INV-1, PEER-16
    await hub.inbox.receive([message(hub)])
    clock.advance(timedelta(days=400))
    assert await hub.inbox.forget(clock.now()) == 0
    assert await hub.inbox.open_count() == 1


async def test_receiving_wakes_whoever_answers(hub: Hub) -> None:
    woken: list[int] = []
    hub.inbox.wake = lambda: woken.append(1)
    await hub.inbox.receive([message(hub)])
    assert woken == [1]


@pytest.mark.parametrize("name", ["text", "choice", "language_hint"])
async def test_odd_characters_of_any_field_are_stored_and_read(hub: Hub, name: str) -> None:
    # SEC-41: PostgreSQL refuses NUL, and UTF-8 lone surrogates; neither may become a 500
    odd = "a\x00b\ud800c\u202ed"
    values: dict[str, Any] = {name: odd}
    assert await hub.inbox.receive([message(hub, **values)]) == 1
    work = await hub.inbox.claim()
    assert work is not None
    assert getattr(work.inbound, name).replace("?", "").startswith("a")


async def test_a_message_that_kills_its_worker_is_not_tried_for_ever(hub: Hub) -> None:
    # F-32: attempts are counted before the work, so that a crash counts too
    await hub.inbox.receive([message(hub, 1, "poison"), message(hub, 1, "next")])
    for _ in range(MOST_ATTEMPTS):
        assert await hub.inbox.claim() is not None
        await hub.inbox.recover(everything=True)
    await answer_all(hub)
    poison, after = await messages(hub)
    assert (poison.state, poison.reason) == (InboxState.QUARANTINED, "failed")
    assert after.state == InboxState.ANSWERED
    assert len([reply for reply in await replies(hub) if reply.inbound_id == poison.id]) == 1
