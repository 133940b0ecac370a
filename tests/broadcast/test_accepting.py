"""Many results in one statement: each to its own row, and none over what came before it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select, text, update

from bot.lanes import Accepted
from bot.messages import SendState
from broadcast.models import Delivery
from hub.clock import ManualClock
from hub.database import Database
from hub.vault import Vault
from tests.broadcast.scene import Scene
from tests.databases import PostgresServer, create_schema


@pytest.fixture
async def on_postgres(
    postgres: PostgresServer, vault: Vault, clock: ManualClock
) -> AsyncIterator[Scene]:
    url = postgres.new_database()
    await create_schema(url)
    database = Database(url)
    made = Scene(database, vault, clock)
    await made.hire()
    yield made
    await database.close()


async def test_each_row_gets_its_own_result_and_moment(scene: Scene) -> None:
    # INV-2, PEER-01
    for _ in range(5):
        await scene.add_person()
    await scene.sending()
    lane, now = scene.deliveries(), scene.clock.now
    claims = await lane.claim("telegram", 5, now())
    accepted = []
    for one in reversed(claims):
        scene.clock.advance(scene.policy.undo)
        accepted.append(Accepted(one, f"p{one.send_id}", now()))
    await lane.record_accepted(accepted)
    async with scene.database.read() as session:
        rows = (await session.scalars(select(Delivery))).all()
    assert {row.id: (row.state, row.provider_id, row.settled_at) for row in rows} == {
        each.claim.send_id: (SendState.ACCEPTED, each.provider_id, each.at) for each in accepted
    }
    assert all(row.lease_until is None for row in rows)


@pytest.mark.postgres
@pytest.mark.parametrize("is_next_attempt", [False, True])
async def test_a_result_waits_for_a_receipt_on_its_way_and_takes_nothing_back(
    on_postgres: Scene, is_next_attempt: bool
) -> None:
    # INV-2: the receipt or the next attempt is written, and not committed, when the result comes
    scene = on_postgres
    await scene.add_person()
    await scene.sending()
    lane, now = scene.deliveries(), scene.clock.now()
    [claim] = await lane.claim("telegram", 1, now)
    change = {"attempts": Delivery.attempts + 1} if is_next_attempt else {"state": "delivered"}
    async with scene.database.write() as session:
        await session.execute(update(Delivery).values(change))
        recording = asyncio.create_task(lane.record_accepted([Accepted(claim, "p", now)]))
        async with scene.database.read() as other:
            while not await other.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                await asyncio.sleep(0.01)
    await recording
    async with scene.database.read() as session:
        row = await session.scalar(select(Delivery))
    assert row is not None
    expected = (SendState.SENDING, None) if is_next_attempt else (SendState.DELIVERED, "p")
    assert (row.state, row.provider_id) == expected
