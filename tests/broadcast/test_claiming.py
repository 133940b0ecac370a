"""A claim asks for what waits of one update, however much waits of others."""

from datetime import timedelta

import sqlalchemy as sa

from broadcast.claiming import DUE
from broadcast.models import Delivery
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


def _waiting(update_id: str, due_at: object) -> dict[str, object]:
    return {"update_id": update_id, "channel": "telegram", "language": "es", "due_at": due_at}
