"""The outbox on both databases: claimed once, in order, and never blindly repeated."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.channels.base import ErrorMeaning
from bot.lanes import Accepted, Claim
from bot.messages import Fault, SendError, SendOutcome, SendState
from bot.models import Address, OutboxRow
from bot.outbox import _DUE, MOST_ATTEMPTS, retry_pause
from hub.app.hub import Hub
from hub.clock import ManualClock
from tests.bot.messages import CHANNEL, answer_all, message, replies
from tests.bot.words import rows
from tests.plans import plan_of


def failure(outcome: SendOutcome, **more: object) -> SendError:
    return ErrorMeaning(outcome, Fault.PROVIDER, "test", **more).as_error("X")  # type: ignore[arg-type]


async def claim(hub: Hub, limit: int = 100) -> list[Claim]:
    return list(await hub.outbox.claim(CHANNEL, limit, hub.clock.now()))


async def one_claim(hub: Hub, text: str = "hola") -> Claim:
    """The first reply of a new person."""
    await hub.inbox.receive([message(hub, text=text)])
    await answer_all(hub)
    (claimed,) = await claim(hub)
    return claimed


async def state(hub: Hub, claimed: Claim) -> SendState:
    found = await rows(hub, select(OutboxRow).where(OutboxRow.id == claimed.send_id))
    return SendState(found[0].state)


async def test_twenty_at_once_claim_each_reply_once(hub: Hub) -> None:
    # PEER-01, INV-2
    await hub.inbox.receive([message(hub, person) for person in range(8)])
    await answer_all(hub)
    claimed = await asyncio.gather(*(claim(hub, 2) for _ in range(20)))
    ids = [one.send_id for batch in claimed for one in batch]
    assert len(ids) == len(set(ids)) == 8


async def test_a_person_gets_the_next_reply_after_the_last(hub: Hub, clock: ManualClock) -> None:
    # INV-7
    first = await one_claim(hub)
    assert await claim(hub) == []
    await hub.outbox.record_accepted([Accepted(first, "p1", clock.now())])
    (second,) = await claim(hub)
    await hub.outbox.record_error(second, failure(SendOutcome.RETRY), clock.now())
    assert await claim(hub) == []
    clock.advance(timedelta(seconds=2))
    (again,) = await claim(hub)
    assert (again.send_id, again.attempt) == (second.send_id, 2)
    await hub.outbox.record_accepted([Accepted(again, "p2", clock.now())])
    (third,) = await claim(hub)
    order = [row.id for row in await replies(hub)]
    assert [first.send_id, second.send_id, third.send_id] == order


async def test_a_claim_of_replies_reads_no_more_than_it_takes(hub: Hub) -> None:
    asked = {"of_channel": CHANNEL, "now": hub.clock.now(), "most": 32}
    plan = await plan_of(hub.database, _DUE.params(asked))
    assert "ix_outbox_state" in plan
    assert "temp b-tree" not in plan
    assert "sort" not in plan


async def test_a_channel_takes_only_its_own(hub: Hub) -> None:
    await one_claim(hub)
    assert await hub.outbox.claim("simulator.whatsapp", 10, hub.clock.now()) == []


async def test_recording_twice_or_late_changes_nothing(hub: Hub, clock: ManualClock) -> None:
    # PEER-01, F-08
    claimed = await one_claim(hub)
    await hub.outbox.record_accepted([Accepted(claimed, "p1", clock.now())])
    await hub.outbox.record_accepted([Accepted(claimed, "p1", clock.now())])
    await hub.outbox.record_error(claimed, failure(SendOutcome.REJECTED), clock.now())
    assert await state(hub, claimed) is SendState.ACCEPTED


async def test_an_older_attempt_records_nothing(hub: Hub, clock: ManualClock) -> None:
    # F-08
    first = await one_claim(hub)
    await hub.outbox.record_error(first, failure(SendOutcome.RETRY), clock.now())
    clock.advance(timedelta(seconds=2))
    (second,) = await claim(hub)
    await hub.outbox.record_error(first, failure(SendOutcome.REJECTED), clock.now())
    await hub.outbox.record_accepted([Accepted(first, "p1", clock.now())])
    assert await state(hub, second) is SendState.SENDING


async def test_a_dead_senders_claims_are_in_doubt(hub: Hub, clock: ManualClock) -> None:
    # F-04, PEER-04
    claimed = await one_claim(hub)
    clock.advance(hub.outbox.lease - timedelta(seconds=1))
    assert await hub.outbox.recover(clock.now(), everything=False) == 0
    clock.advance(timedelta(seconds=2))
    assert await hub.outbox.recover(clock.now(), everything=False) == 1
    assert await hub.outbox.recover(clock.now(), everything=False) == 0
    assert await state(hub, claimed) is SendState.IN_DOUBT
    assert claimed.send_id not in [one.send_id for one in await claim(hub)]


async def test_a_restart_alone_takes_up_everything(hub: Hub, clock: ManualClock) -> None:
    claimed = await one_claim(hub)
    assert await hub.outbox.recover(clock.now(), everything=True) == 1
    assert await state(hub, claimed) is SendState.IN_DOUBT


async def test_a_safety_answer_in_doubt_is_sent_again(hub: Hub, clock: ManualClock) -> None:
    # INV-12: but not for ever
    claimed = await one_claim(hub, "mi esposo me pega")
    for attempt in range(1, MOST_ATTEMPTS):
        assert claimed.attempt == attempt
        await hub.outbox.record_error(claimed, failure(SendOutcome.IN_DOUBT), clock.now())
        assert await state(hub, claimed) is SendState.QUEUED
        clock.advance(timedelta(minutes=5))
        (claimed,) = await claim(hub)
    await hub.outbox.record_error(claimed, failure(SendOutcome.IN_DOUBT), clock.now())
    assert await state(hub, claimed) is SendState.IN_DOUBT


async def test_a_safety_answer_of_a_dead_sender_is_sent_again(hub: Hub, clock: ManualClock) -> None:
    # INV-12, F-04
    claimed = await one_claim(hub, "mi esposo me pega")
    await hub.outbox.recover(clock.now(), everything=True)
    (again,) = await claim(hub)
    assert again.send_id == claimed.send_id


async def test_retries_wait_longer_each_time_and_end(hub: Hub, clock: ManualClock) -> None:
    # F-20
    claimed = await one_claim(hub)
    waits = []
    for _ in range(MOST_ATTEMPTS - 1):
        await hub.outbox.record_error(claimed, failure(SendOutcome.RETRY), clock.now())
        (row,) = [each for each in await replies(hub) if each.id == claimed.send_id]
        waits.append((row.due_at - clock.now()).total_seconds())
        clock.advance(row.due_at - clock.now())
        (claimed,) = await claim(hub)
    assert waits == [2.0, 4.0, 8.0, 16.0]
    await hub.outbox.record_error(claimed, failure(SendOutcome.RETRY), clock.now())
    assert await state(hub, claimed) is SendState.FAILED


async def test_a_throttled_reply_is_tried_for_as_long_as_it_takes(
    hub: Hub, clock: ManualClock
) -> None:
    # F-21: nothing is lost to a 429, however often it comes
    claimed = await one_claim(hub)
    for _ in range(MOST_ATTEMPTS + 5):
        throttled = failure(SendOutcome.RETRY, retry_after=7.0, freezes_channel=True)
        await hub.outbox.record_error(claimed, throttled, clock.now())
        assert await claim(hub) == []
        clock.advance(timedelta(seconds=7))
        (claimed,) = await claim(hub)
    await hub.outbox.record_accepted([Accepted(claimed, "p1", clock.now())])
    assert await state(hub, claimed) is SendState.ACCEPTED


@pytest.mark.parametrize(
    ("asked", "attempts", "seconds"),
    [(None, 1, 2), (None, 3, 8), (7.5, 1, 7.5), (1e9, 1, 300), (None, 9, 300), (None, 5000, 300)],
)
def test_a_pause_is_bounded(asked: float | None, attempts: int, seconds: float) -> None:
    # F-21: a huge Retry-After, and a channel that is refused for days
    error = failure(SendOutcome.RETRY, retry_after=asked)
    assert retry_pause(error, attempts) == timedelta(seconds=seconds)


async def test_a_rejected_reply_does_not_hold_up_the_next(hub: Hub, clock: ManualClock) -> None:
    claimed = await one_claim(hub)
    await hub.outbox.record_error(claimed, failure(SendOutcome.REJECTED), clock.now())
    (after,) = await claim(hub)
    assert after.send_id != claimed.send_id


async def test_who_is_said_to_have_blocked_is_opted_out(hub: Hub, clock: ManualClock) -> None:
    # HUM-07, F-24
    claimed = await one_claim(hub)
    async with hub.database.write() as session:
        await session.execute(update(Address).values(opted_in_at=clock.now()))
    blocked = failure(SendOutcome.REJECTED, opted_out=True)
    await hub.outbox.record_error(claimed, blocked, clock.now())
    (address,) = await rows(hub, select(Address))
    assert (address.opted_in_at, address.blocked_at) == (None, clock.now())


async def test_a_reply_that_does_not_open_fails_alone(hub: Hub) -> None:
    # F-18
    await hub.inbox.receive([message(hub, 1), message(hub, 2)])
    await answer_all(hub)
    damaged = (await replies(hub))[0]
    async with hub.database.write() as session:
        await session.execute(
            update(OutboxRow).where(OutboxRow.id == damaged.id).values(message_sealed=b"\x01\x00?")
        )
    claimed = await claim(hub)
    assert damaged.id not in [one.send_id for one in claimed]
    assert len(claimed) == 1
    assert (await replies(hub))[0].state == SendState.FAILED


async def test_a_reply_moved_to_another_row_does_not_open(hub: Hub) -> None:
    # SEC-75
    await hub.inbox.receive([message(hub, 1), message(hub, 2)])
    await answer_all(hub)
    first, other = (await replies(hub))[0], (await replies(hub))[3]
    async with hub.database.write() as session:
        await session.execute(
            update(OutboxRow)
            .where(OutboxRow.id == first.id)
            .values(message_sealed=other.message_sealed)
        )
    assert first.id not in [one.send_id for one in await claim(hub)]


async def doubtful(hub: Hub) -> list[str]:
    found = await hub.outbox.in_doubt(CHANNEL, 2, hub.clock.now())
    return [one.send_id for one, _ in found]


async def test_a_doubt_is_settled_once(hub: Hub, clock: ManualClock) -> None:
    # F-05
    claimed = await one_claim(hub)
    claimed_at = clock.now()
    await hub.outbox.record_error(claimed, failure(SendOutcome.IN_DOUBT), clock.now())
    assert await doubtful(hub) == []  # it may only just have been sent
    clock.advance(timedelta(seconds=30))
    ((found, since),) = await hub.outbox.in_doubt(CHANNEL, 2, clock.now())
    assert (found.send_id, found.attempt, since) == (claimed.send_id, 1, claimed_at)
    await hub.outbox.settle(found, "p1", clock.now())
    await hub.outbox.settle(found, None, clock.now())
    assert await state(hub, claimed) is SendState.ACCEPTED


async def test_what_is_proven_absent_is_sent_again(hub: Hub, clock: ManualClock) -> None:
    # F-04
    claimed = await one_claim(hub)
    await hub.outbox.record_error(claimed, failure(SendOutcome.IN_DOUBT), clock.now())
    clock.advance(timedelta(seconds=30))
    ((found, _),) = await hub.outbox.in_doubt(CHANNEL, 2, clock.now())
    await hub.outbox.settle(found, None, clock.now())
    (again,) = await claim(hub)
    assert again.send_id == claimed.send_id


async def test_forgotten_and_damaged_doubts_do_not_hide_others(
    hub: Hub, clock: ManualClock
) -> None:
    # F-18, PEER-04
    people = range(1, 5)
    await hub.inbox.receive([message(hub, person) for person in people])
    await answer_all(hub)
    claimed = await claim(hub)
    assert await hub.outbox.recover(clock.now(), everything=True) == len(people)
    for send, sealed in zip(claimed, (None, None, b"\x01\x00?"), strict=False):
        async with hub.database.write() as session:
            await session.execute(
                update(OutboxRow).where(OutboxRow.id == send.send_id).values(message_sealed=sealed)
            )
    clock.advance(timedelta(seconds=30))
    assert claimed[3].send_id in await doubtful(hub)


async def test_figures_count_by_state(hub: Hub) -> None:
    await one_claim(hub)
    assert await hub.outbox.counts() == {"sending": 1, "queued": 2}
