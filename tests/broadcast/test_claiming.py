"""A claim asks for what waits of one update, however much waits of others."""

from datetime import timedelta

import sqlalchemy as sa

from bot.models import Address, Contact
from broadcast.claiming import DUE, IS_ANY_DUE, OWN_DUE
from broadcast.control import pause, resume
from broadcast.eligibility import HOLD
from broadcast.models import Delivery
from hub.database import new_id
from tests.broadcast.scene import Scene
from tests.plans import plan_of

OTHERS = 2000


async def test_a_claim_reads_only_what_waits_of_its_own_update(scene: Scene) -> None:
    await scene.add_person()
    large, small = await scene.sending(), await scene.sending()
    now = scene.clock.now()
    async with scene.database.write() as session:
        earlier = now - timedelta(hours=1)
        await session.execute(sa.insert(Delivery), [_waiting(large, earlier)] * OTHERS)
        await session.execute(sa.insert(Delivery), [_waiting(small, now)])
        await session.execute(sa.text("ANALYZE deliveries"))
    asked = {"of_update": small, "of_channel": "telegram", "now": now, "most": 32}
    plan = await plan_of(scene.database, DUE.params(asked))
    assert "ix_deliveries_waiting" in plan
    assert "temp b-tree" not in plan
    assert "sort" not in plan


async def test_at_night_it_reads_only_copies_of_people_with_a_clock_of_their_own(
    scene: Scene,
) -> None:
    # HUM-45: the night of a large update is passed over without a look at its hundred thousands
    await scene.add_person()
    update_id, now = await scene.sending(), scene.clock.now()
    own = _waiting(update_id, now) | {"has_own_hours": True}
    async with scene.database.write() as session:
        await session.execute(sa.insert(Delivery), [_waiting(update_id, now)] * OTHERS)
        await session.execute(sa.insert(Delivery), [own])
        await session.execute(sa.text("ANALYZE deliveries"))
    asked = {"of_update": update_id, "of_channel": "telegram", "now": now, "most": 32}
    plan = await plan_of(scene.database, OWN_DUE.params(asked))
    assert "ix_deliveries_own_hours" in plan
    assert "temp b-tree" not in plan
    assert "sort" not in plan


async def test_whether_anything_is_due_is_looked_up_update_by_update(scene: Scene) -> None:
    await scene.add_person()
    paused, now = await scene.sending(), scene.clock.now()
    async with scene.database.write() as session:
        await session.execute(sa.insert(Delivery), [_waiting(paused, now)] * OTHERS)
        await pause(session, paused, actor=scene.staff["author"], now=now)
        await session.execute(sa.text("ANALYZE deliveries"))
    asked = {"of_channel": "telegram", "now": now}
    assert "ix_deliveries_waiting" in await plan_of(scene.database, IS_ANY_DUE.params(asked))
    lane = scene.deliveries()
    assert not await lane.is_waiting("telegram", now), "what is paused is not looked at again"
    async with scene.database.write() as session:
        await resume(session, paused, actor=scene.staff["author"], now=now)
    assert await lane.is_waiting("telegram", now)


async def test_a_claim_looks_no_person_up_of_whom_there_is_nothing_to_heed(scene: Scene) -> None:
    now = scene.clock.now()
    others = [{"id": new_id(), "created_at": now, "last_seen_at": now} for _ in range(OTHERS)]
    await scene.add_person()
    async with scene.database.write() as session:
        await session.execute(sa.insert(Contact), others)
        ids = (await session.scalars(sa.select(Address.id))).all()
        await session.execute(sa.text("ANALYZE"))
    plan = await plan_of(scene.database, HOLD.params(ids=ids))
    assert "ix_contacts_apart" in plan
    assert "pk_contacts" not in plan
    assert "autoindex_contacts" not in plan


async def test_a_claim_writes_to_few_places_of_a_large_update(small_scene: Scene) -> None:
    # Each place is a page to write, to sync and to copy. Ids are random: where an index that each
    # copy moves in holds them, a claim writes to one page for each copy and more.
    scene = small_scene
    await scene.add_person()
    update_id, now = await scene.sending(), scene.clock.now()
    async with scene.database.write() as session:
        address = await session.scalar(sa.select(Address.id))
        copies = [_waiting(update_id, now) | {"address_id": address}] * OTHERS
        await session.execute(sa.insert(Delivery), copies)
    await _pages_written(scene, "TRUNCATE")
    claims = await scene.deliveries().claim("telegram", 32, now)
    assert len(claims) == 32
    assert await _pages_written(scene, "PASSIVE") < 24


async def _pages_written(scene: Scene, mode: str) -> int:
    """Since SQLite's log was emptied."""
    async with scene.database.engine.connect() as connection:
        answer = await connection.execute(sa.text(f"PRAGMA wal_checkpoint({mode})"))
        return int(answer.one()[1])


def _waiting(update_id: str, due_at: object) -> dict[str, object]:
    return {"update_id": update_id, "channel": "telegram", "language": "es", "due_at": due_at}
