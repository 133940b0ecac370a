"""Sub-groups share WhatsApp's limit a day; what is urgent passes their quotas, and goes first."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.messages import SendState
from bot.models import Address
from broadcast.deliveries import Deliveries
from broadcast.models import Delivery
from broadcast.policy import Policy
from broadcast.quotas import LOOK_AGAIN, Use, quota_of, room_for
from broadcast.reckoning import plan_update
from broadcast.templates import Template
from broadcast.versions import find_update
from tests.broadcast.scene import POLICY, Scene

SHARED = replace(POLICY, portfolio_limit=250, quotas={"health": 2, "protection": 100})
TEMPLATES = {"es": Template("HX" + "0" * 32, "Hay una novedad: {{1}}", {"1": "feria, sábado 28"})}


@pytest.fixture
async def quiet_phones(small_scene: Scene) -> Scene:
    """Six people of WhatsApp who wrote too long ago for free text."""
    small_scene.policy = SHARED
    for _ in range(6):
        await small_scene.add_person(("whatsapp",))
    async with small_scene.database.write() as session:
        for address in await session.scalars(select(Address)):
            address.last_inbound_at = small_scene.clock.now() - timedelta(days=3)
    return small_scene


async def claim(scene: Scene, limit: int = 10) -> int:
    lane = Deliveries(scene.database, scene.vault, scene.policy)
    return len(await lane.claim("whatsapp", limit, scene.clock.now()))


async def states(scene: Scene) -> list[str]:
    async with scene.database.read() as session:
        return sorted(await session.scalars(select(Delivery.state)))


async def test_a_quota_holds_and_the_rest_waits_for_the_next_day(quiet_phones: Scene) -> None:
    # HUM-44
    scene = quiet_phones
    await scene.sending(owner="health", templates=TEMPLATES)
    assert await claim(scene) == 2
    assert await states(scene) == [SendState.QUEUED] * 4 + [SendState.SENDING] * 2
    scene.clock.advance(LOOK_AGAIN)
    assert await claim(scene) == 0, "nobody slips through before the day is over"
    scene.clock.advance(timedelta(days=1))
    assert await claim(scene) == 2


async def test_what_is_urgent_passes_the_quota_and_goes_first(quiet_phones: Scene) -> None:
    # HUM-44
    scene = quiet_phones
    await scene.sending(owner="health", templates=TEMPLATES)
    urgent = await scene.sending(
        owner="health", templates=TEMPLATES, urgency="Huaico en camino: hay que salir hoy."
    )
    lane = Deliveries(scene.database, scene.vault, scene.policy)
    claimed = await lane.claim("whatsapp", 6, scene.clock.now())
    async with scene.database.read() as session:
        rows = await session.scalars(
            select(Delivery.update_id).where(Delivery.id.in_([one.send_id for one in claimed]))
        )
        assert set(rows) == {urgent}
    assert len(claimed) == 6
    assert await claim(scene) == 2, "what was urgent is not taken from the quota"


async def test_the_plan_tells_what_of_the_quota_is_used(quiet_phones: Scene) -> None:
    scene = quiet_phones
    await scene.sending(owner="health", templates=TEMPLATES)
    assert await claim(scene) == 2
    later = await scene.compose(owner="health", templates=TEMPLATES)
    async with scene.database.read() as session:
        row = await find_update(session, later)
        plan = await plan_update(session, row, scene.policy, scene.clock.now())
    assert (plan.quota.limit, plan.quota.used) == (2, 2)
    assert plan.days == (0, 2, 2, 2)


@pytest.mark.parametrize(
    ("owner", "is_urgent", "use", "room"),
    [
        ("health", False, Use(), 2),
        ("health", False, Use(2, by_owner={"health": 2}), 0),
        ("health", True, Use(2, by_owner={"health": 2}), 248),
        ("education", False, Use(), 148),
        ("education", False, Use(40, by_owner={None: 10, "cash": 30}), 108),
        (None, False, Use(40, by_owner={"protection": 40}), 148),
        ("protection", False, Use(200, urgent=200), 50),
    ],
)
def test_who_has_no_quota_shares_what_is_left_over(
    owner: str | None, is_urgent: bool, use: Use, room: int
) -> None:
    assert room_for(owner, SHARED, use, is_urgent=is_urgent) == room


def test_without_a_limit_there_is_room_for_all() -> None:
    free: Policy = replace(POLICY, quotas={})
    assert room_for("health", free, Use(9), is_urgent=False) is None
    assert quota_of("health", free, Use(9)).limit is None
