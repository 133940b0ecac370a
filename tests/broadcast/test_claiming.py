"""A claim asks for what waits of one update, however much waits of others."""

from datetime import timedelta

import sqlalchemy as sa

from broadcast.claiming import DUE
from broadcast.models import Delivery
from hub.database import Database
from tests.broadcast.scene import Scene

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
    plan = await _plan_of(scene.database, DUE.params(asked))
    assert "ix_deliveries_waiting" in plan
    assert "temp b-tree" not in plan
    assert "sort" not in plan


def _waiting(update_id: str, due_at: object) -> dict[str, object]:
    return {"update_id": update_id, "channel": "telegram", "language": "es", "due_at": due_at}


async def _plan_of(database: Database, query: sa.Select[*tuple[object, ...]]) -> str:
    dialect = database.engine.dialect
    spelled = query.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    async with database.read() as session:
        if not database.is_sqlite:  # a table as small as this it would rather read whole
            await session.execute(sa.text("SET LOCAL enable_seqscan = off"))
        rows = await session.execute(sa.text(f"{explain} {spelled}".replace(":", r"\:")))
        return "\n".join(str(row) for row in rows).lower()
