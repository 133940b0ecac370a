"""Large updates are counted in the background: rarely, never wrongly, and with the hour said."""

from datetime import timedelta

from sqlalchemy import select

from bot.messages import SendState
from broadcast.audience import Audience
from broadcast.control import stop
from broadcast.keeping import Figures, Keeping, find_kept
from broadcast.models import Delivery
from broadcast.progress import count_progress, read_progress
from broadcast.results import RECKONERS, read_results
from tests.broadcast.scene import Scene

PEOPLE = 12


def keeping(scene: Scene, large: int = PEOPLE) -> Keeping:
    return Keeping(scene.database, scene.clock, RECKONERS, dict.fromkeys(Figures, large))


async def keep_all(scene: Scene) -> int:
    times = 0
    while await keeping(scene).step():
        times += 1
    return times


async def crowd(scene: Scene, number: int = PEOPLE) -> None:
    for place in range(number):
        await scene.add_person(area="150101" if place % 2 else "2401", language="es")


async def settle_some(scene: Scene, update_id: str, number: int, state: SendState) -> None:
    query = select(Delivery).where(Delivery.update_id == update_id).order_by(Delivery.id)
    async with scene.database.write() as session:
        for row in await session.scalars(query.limit(number)):
            row.state, row.claimed_at = state, scene.clock.now()


async def test_what_is_kept_is_what_was_counted(scene: Scene) -> None:
    await crowd(scene)
    update_id = await scene.sending()
    await settle_some(scene, update_id, 7, SendState.READ)
    async with scene.database.read() as session:
        progress, results = (
            await read_progress(session, update_id),
            await read_results(session, update_id),
        )
    assert progress.at is None
    assert await keep_all(scene) == 2
    async with scene.database.read() as session:
        kept, after = (
            await read_progress(session, update_id),
            await read_results(session, update_id),
        )
    assert kept.at == after.at == scene.clock.now()
    assert dict(kept.cells) == dict(progress.cells)
    assert (after.areas, after.curve, after.afterwards, after.worth_it) == (
        results.areas,
        results.curve,
        results.afterwards,
        results.worth_it,
    )


async def test_small_updates_are_always_counted_anew(scene: Scene) -> None:
    await crowd(scene, PEOPLE - 1)
    update_id = await scene.sending()
    assert await keep_all(scene) == 0
    async with scene.database.read() as session:
        assert await find_kept(session, update_id, Figures.PROGRESS) is None
        assert (await read_progress(session, update_id)).total == PEOPLE - 1


async def test_figures_follow_an_update_and_then_rest(scene: Scene) -> None:
    await crowd(scene)
    update_id = await scene.sending()
    await keep_all(scene)
    await settle_some(scene, update_id, 5, SendState.DELIVERED)
    assert await keep_all(scene) == 0, "not again within the same moment"
    scene.clock.advance(timedelta(seconds=20))
    assert await keep_all(scene) == 2
    async with scene.database.read() as session:
        assert (await read_progress(session, update_id)).count(SendState.DELIVERED) == 5
    async with scene.database.write() as session:
        await stop(session, update_id, actor=scene.staff["author"], now=scene.clock.now())
    scene.clock.advance(timedelta(minutes=11))
    assert await keep_all(scene) == 2
    scene.clock.advance(timedelta(days=4))
    assert await keep_all(scene) == 2, "one last time, when the last receipts are there"
    async with scene.database.read() as session:
        kept = await read_progress(session, update_id)
        now = await count_progress(session, update_id)
    assert dict(kept.cells) == dict(now.cells)
    scene.clock.advance(timedelta(days=4))
    assert await keep_all(scene) == 0


async def test_each_update_gets_its_turn(scene: Scene) -> None:
    await crowd(scene)
    first = await scene.sending()
    second = await scene.sending(audience=Audience(languages=("es",)))
    assert await keep_all(scene) == 4
    async with scene.database.read() as session:
        for each in (first, second):
            assert await find_kept(session, each, Figures.RESULTS)
