"""Receipts fold to one result whatever their order, number and time of arrival (PEER-08, INV-8)."""

import asyncio
from collections.abc import Sequence
from itertools import permutations

import pytest
from sqlalchemy import select

from bot.lanes import Accepted, Claim
from bot.messages import Receipt, SendState
from bot.models import Address
from broadcast.outcomes import select_reported
from broadcast.states import State
from tests.broadcast.scene import Scene
from tests.plans import plan_of


async def sent(scene: Scene, channel: str = "whatsapp") -> tuple[str, Claim]:
    await scene.add_person((channel,))
    update_id = await scene.sending()
    [one] = await scene.deliveries().claim(channel, 1, scene.clock.now())
    return update_id, one


def receipt(one: Claim, state: SendState, code: str | None = None) -> Receipt:
    return Receipt(one.channel, f"SM{one.send_id}", state, send_id=one.send_id, error_code=code)


REPORTED = (SendState.SENT, SendState.DELIVERED, SendState.READ)


ORDERS = sorted(set(permutations((*REPORTED, SendState.SENT))))


async def test_every_order_and_repetition_ends_alike(small_scene: Scene) -> None:
    """Every order of receipts, with our own write before, between and after them."""
    cases = [(order, ours) for order in ORDERS for ours in range(len(REPORTED) + 2)]
    for _ in cases:
        await small_scene.add_person(("whatsapp",))
    update_id = await small_scene.sending()
    now = small_scene.clock.now()
    claims = await small_scene.deliveries().claim("whatsapp", len(cases), now)
    for (order, ours), one in zip(cases, claims, strict=True):
        await report(small_scene, one, order, ours)
    ledger = await small_scene.ledger(update_id)
    assert {row.state for row in ledger.values()} == {SendState.READ}
    assert {row.provider_id for row in ledger.values()} == {f"SM{one.send_id}" for one in claims}
    await small_scene.tick()
    assert await small_scene.state(update_id) is State.SENT


async def report(scene: Scene, one: Claim, order: Sequence[SendState], ours: int) -> None:
    lane, now = scene.deliveries(), scene.clock.now()
    for position, state in enumerate([*order, None]):
        if position == ours:
            await lane.record_accepted([Accepted(one, f"SM{one.send_id}", now)])
        if state is not None:
            await lane.record_receipts([receipt(one, state)], now)


async def test_receipts_with_the_providers_names_alone_find_copies_by_an_index(
    small_scene: Scene,
) -> None:
    receipts = [Receipt("whatsapp", f"SM{number}", SendState.READ) for number in (1, 2)]
    plan = await plan_of(small_scene.database, select_reported(receipts))
    assert "ix_deliveries_provider" in plan
    assert "scan deliveries" not in plan


async def test_receipts_in_parallel_lose_nothing(scene: Scene) -> None:
    update_id, one = await sent(scene)
    lane = scene.deliveries()
    reports = [receipt(one, state) for state in REPORTED] * 4
    now = scene.clock.now()
    await asyncio.gather(
        lane.record_accepted([Accepted(one, f"SM{one.send_id}", now)]),
        *(lane.record_receipts([report], now) for report in reports),
    )
    [row] = (await scene.ledger(update_id)).values()
    assert (row.state, row.provider_id) == (SendState.READ, f"SM{one.send_id}")


async def test_receipts_of_others_are_given_back(scene: Scene) -> None:
    _, one = await sent(scene)
    foreign = Receipt("whatsapp", "SMunknown", SendState.SENT)
    elsewhere = Receipt("telegram", "x", SendState.SENT, send_id=one.send_id)
    mine = receipt(one, SendState.DELIVERED)
    lane = scene.deliveries()
    left = await lane.record_receipts([foreign, mine, elsewhere], scene.clock.now())
    assert left == [foreign, elsewhere]


async def test_a_receipt_ends_a_doubt(scene: Scene) -> None:
    update_id, one = await sent(scene)
    lane = scene.deliveries()
    await lane.recover(scene.clock.now(), everything=True)
    await lane.record_receipts([receipt(one, SendState.DELIVERED)], scene.clock.now())
    [row] = (await scene.ledger(update_id)).values()
    assert row.state == SendState.DELIVERED


@pytest.mark.parametrize(("code", "opts_out"), [("21610", True), ("63016", False), ("1", False)])
async def test_the_code_that_means_stop_is_an_opt_out(
    scene: Scene, code: str, *, opts_out: bool
) -> None:
    update_id, one = await sent(scene)
    lane = scene.deliveries()
    await lane.record_accepted([Accepted(one, f"SM{one.send_id}", scene.clock.now())])
    await lane.record_receipts([receipt(one, SendState.FAILED, code)], scene.clock.now())
    [row] = (await scene.ledger(update_id)).values()
    assert (row.state, row.error_code) == (SendState.FAILED, code)
    async with scene.database.read() as session:
        address = await session.scalar(select(Address).where(Address.id == row.address_id))
    assert address is not None
    assert (address.opted_in_at is None) is opts_out
    assert (address.blocked_at is not None) is opts_out


async def test_a_failure_after_delivery_changes_nothing(scene: Scene) -> None:
    update_id, one = await sent(scene)
    lane = scene.deliveries()
    for state, code in ((SendState.DELIVERED, None), (SendState.FAILED, "63016")):
        await lane.record_receipts([receipt(one, state, code)], scene.clock.now())
    [row] = (await scene.ledger(update_id)).values()
    assert (row.state, row.error_code) == (SendState.DELIVERED, None)
