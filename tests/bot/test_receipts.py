"""Receipts: whatever their order and number, the state ends alike and never goes back."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from bot.lanes import Accepted, Claim
from bot.messages import Receipt, SendState, fold
from bot.models import Address, OutboxRow
from bot.sender import fold_receipts
from hub.app.hub import Hub
from hub.clock import ManualClock
from tests.bot.messages import CHANNEL, answer_all, message
from tests.bot.senders import ListLane
from tests.bot.words import rows

states = st.sampled_from(list(SendState))
reported = st.sampled_from(
    [SendState.ACCEPTED, SendState.SENT, SendState.DELIVERED, SendState.READ, SendState.FAILED]
)


@given(states, states, states)
def test_folding_has_no_order(one: SendState, two: SendState, three: SendState) -> None:
    # PEER-08
    assert fold(one, two) is fold(two, one)
    assert fold(fold(one, two), three) is fold(one, fold(two, three))
    assert fold(one, one) is one


@given(states, st.lists(states, max_size=8), st.data())
def test_any_permutation_and_repetition_ends_alike(
    first: SendState, said: list[SendState], data: st.DataObject
) -> None:
    # PEER-08, INV-8
    again = data.draw(st.permutations(said + data.draw(st.lists(st.sampled_from(said or [first])))))
    expected = _fold_all(first, said)[-1]
    if set(again) <= {first, *said}:
        assert _fold_all(first, again)[-1] is expected


@given(st.lists(reported, min_size=1, max_size=10))
def test_a_state_never_goes_back(said: list[SendState]) -> None:
    # INV-8
    order = [
        SendState.QUEUED,
        SendState.SENDING,
        SendState.IN_DOUBT,
        SendState.ACCEPTED,
        SendState.SENT,
        SendState.FAILED,
        SendState.DELIVERED,
        SendState.READ,
    ]
    history = _fold_all(SendState.SENDING, said)
    assert all(order.index(old) <= order.index(new) for old, new in pairwise(history))


def _fold_all(first: SendState, said: Sequence[SendState]) -> list[SendState]:
    history = [first]
    for state in said:
        history.append(fold(history[-1], state))
    return history


async def a_claim(hub: Hub, person: int) -> Claim:
    await hub.inbox.receive([message(hub, person)])
    await answer_all(hub)
    (claimed,) = await hub.outbox.claim(CHANNEL, 100, hub.clock.now())
    return claimed


def receipt(claimed: Claim, state: SendState, *, with_our_id: bool = True) -> Receipt:
    send_id = claimed.send_id if with_our_id else None
    return Receipt(CHANNEL, f"p-{claimed.send_id}", state, send_id=send_id)


async def stored(hub: Hub, claimed: Claim) -> OutboxRow:
    (row,) = await rows(hub, select(OutboxRow).where(OutboxRow.id == claimed.send_id))
    return row


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(said=st.lists(reported, min_size=1, max_size=5), ours=st.integers(0, 5), data=st.data())
async def test_stored_state_is_that_of_the_fold(
    small_hub: Hub, said: list[SendState], ours: int, data: st.DataObject
) -> None:
    # PEER-08, F-26: our own record may come before, between or after them
    person = _next_person()
    claimed = await a_claim(small_hub, person)
    now = small_hub.clock.now()
    for position, state in enumerate([*data.draw(st.permutations(said)), None]):
        if position == min(ours, len(said)):
            await small_hub.outbox.record_accepted([Accepted(claimed, f"p-{claimed.send_id}", now)])
        if state is not None:
            assert await small_hub.outbox.record_receipts([receipt(claimed, state)], now) == []
    row = await stored(small_hub, claimed)
    assert row.state == _fold_all(SendState.ACCEPTED, said)[-1]
    assert row.provider_id == f"p-{claimed.send_id}"
    await _finish(small_hub, person)


_people = iter(range(1, 100_000))


def _next_person() -> int:
    return next(_people)


async def _finish(hub: Hub, person: int) -> None:
    """So that the next example finds nothing to claim but its own."""
    del person
    async with hub.database.write() as session:
        await session.execute(update(OutboxRow).values(state=SendState.CANCELLED))


async def test_a_receipt_may_know_only_the_providers_id(hub: Hub, clock: ManualClock) -> None:
    claimed = await a_claim(hub, 1)
    early = receipt(claimed, SendState.SENT, with_our_id=False)
    assert await hub.outbox.record_receipts([early], clock.now()) == [early]
    await hub.outbox.record_accepted([Accepted(claimed, f"p-{claimed.send_id}", clock.now())])
    late = receipt(claimed, SendState.DELIVERED, with_our_id=False)
    assert await hub.outbox.record_receipts([late], clock.now()) == []
    assert (await stored(hub, claimed)).state == SendState.DELIVERED


async def test_a_receipt_of_nobodys_is_handed_on(hub: Hub, clock: ManualClock) -> None:
    # F-26, PEER-08
    foreign = Receipt(CHANNEL, "p-unknown", SendState.SENT, send_id="unknown")
    elsewhere = Receipt("whatsapp", "p-unknown", SendState.SENT)
    assert await hub.outbox.record_receipts([foreign, elsewhere], clock.now()) == [
        foreign,
        elsewhere,
    ]


async def test_a_receipt_of_another_channel_changes_nothing(hub: Hub, clock: ManualClock) -> None:
    claimed = await a_claim(hub, 1)
    other = Receipt("whatsapp", "x", SendState.READ, send_id=claimed.send_id)
    assert await hub.outbox.record_receipts([other], clock.now()) == [other]
    assert (await stored(hub, claimed)).state == SendState.SENDING


@pytest.mark.parametrize("state", [SendState.SENT, SendState.FAILED, SendState.DELIVERED])
async def test_a_receipt_ends_a_doubt(hub: Hub, clock: ManualClock, state: SendState) -> None:
    # F-05
    claimed = await a_claim(hub, 1)
    await hub.outbox.recover(clock.now(), everything=True)
    await hub.outbox.record_receipts([receipt(claimed, state)], clock.now())
    assert (await stored(hub, claimed)).state == state


async def test_a_receipt_that_says_stop_opts_out(hub: Hub, clock: ManualClock) -> None:
    # HUM-07: Twilio's 63-class and 21610 errors come afterwards
    said = message(hub, channel="simulator.whatsapp", address="+51900000009")
    await hub.inbox.receive([said])
    await answer_all(hub)
    async with hub.database.write() as session:
        await session.execute(update(Address).values(opted_in_at=clock.now()))
    (claimed,) = await hub.outbox.claim("simulator.whatsapp", 1, clock.now())
    failed = Receipt(
        "simulator.whatsapp", "p", SendState.FAILED, send_id=claimed.send_id, error_code="21610"
    )
    await hub.outbox.record_receipts([failed], clock.now())
    (address,) = await rows(hub, select(Address))
    assert (address.opted_in_at, address.blocked_at) == (None, clock.now())


async def test_receipts_go_to_the_lane_that_knows_them(clock: ManualClock) -> None:
    first = ListLane("replies", is_bulk=False, knows=frozenset({"a"}))
    second = ListLane("bulk", is_bulk=True, knows=frozenset({"b"}))
    said = [Receipt(CHANNEL, each, SendState.SENT, send_id=each) for each in "abc"]
    assert await fold_receipts([first, second], said, clock) == 1
    assert [each.send_id for each in first.receipts] == ["a"]
    assert [each.send_id for each in second.receipts] == ["b"]
