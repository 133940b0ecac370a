"""Two workers and more on one database: everybody once, one rate, and nobody waits for the dead.

Real processes, killed and stopped; what happened is read from the provider's own log.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from bot.messages import SendState
from broadcast.states import State
from tests.cluster.conftest import World
from tests.cluster.workers import Member
from tests.ports import free_port

pytestmark = [pytest.mark.postgres, pytest.mark.crash, pytest.mark.timeout(300)]

FIRST = 900_000_000
IN_FLIGHT = 16
RATE = 25
GONE_SECONDS = 9.0  # longer than a lease


async def until(true: Callable[[], Awaitable[bool]], seconds: float = 120.0) -> None:
    async with asyncio.timeout(seconds):
        while not await true():
            await asyncio.sleep(0.1)


async def send_to(world: World, people: int) -> str:
    for number in range(people):
        await world.scene.add_person(number=FIRST + number)
    return await world.scene.sending()


async def until_sent(world: World, update_id: str) -> None:
    async def is_sent() -> bool:
        return await world.scene.state(update_id) is State.SENT

    await until(is_sent)


async def until_arrived(world: World, count: int) -> None:
    async def has_come() -> bool:
        return len(world.telegram.moments) >= count

    await until(has_come)


async def check_nobody_twice_nobody_lost(
    world: World, update_id: str, people: int, most_in_doubt: int
) -> None:
    sent = Counter(fields["chat_id"] for fields in world.telegram.accepted("sendMessage"))
    assert max(sent.values()) == 1, "somebody got it twice"
    states = (await world.scene.progress(update_id)).by_state
    doubtful = states.get(SendState.IN_DOUBT, 0)
    assert states[SendState.ACCEPTED] + doubtful + states.get(SendState.FAILED, 0) == people
    assert doubtful + states.get(SendState.FAILED, 0) <= most_in_doubt
    assert len(sent) >= states[SendState.ACCEPTED]


def set_pace(world: World, rate: float) -> None:
    settings = world.cluster.settings["channels"]["telegram"]
    settings.update(rate_per_second=rate, in_flight=IN_FLIGHT)
    world.cluster.__post_init__()


async def start_workers(world: World, number: int) -> list[Member]:
    members = [await world.cluster.start("worker") for _ in range(number)]
    assert all(each.is_running for each in members), members[-1].log
    return members


async def test_two_workers_send_as_fast_as_one_and_survive_the_loss_of_all_jobs(
    world: World,
) -> None:
    # INV-3, PEER-01, PEER-04, PEER-13
    people = 6 * RATE
    update_id = await send_to(world, people)
    await start_workers(world, 2)
    for count in (10, people // 2):
        await until_arrived(world, count)
        await world.lose_all_jobs()
    await until_sent(world, update_id)
    await check_nobody_twice_nobody_lost(world, update_id, people, most_in_doubt=0)
    # A bucket full at the start, and what flows in: with a bucket each it would take half as long.
    assert world.telegram.took >= (people - RATE) / RATE - 1


async def test_the_work_of_a_killed_and_of_a_stopped_worker_is_taken_up(world: World) -> None:
    # INV-3, PEER-01, PEER-04, F-04, F-05, F-08
    people = 400
    set_pace(world, 100_000)
    world.telegram.seconds = 0.3  # so that there are always some under way
    update_id = await send_to(world, people)
    killed, stopped = await start_workers(world, 2)
    await until_arrived(world, 60)
    await killed.kill()
    await until_arrived(world, 120)
    stopped.pause()
    await start_workers(world, 1)
    await asyncio.sleep(GONE_SECONDS)
    stopped.go_on()
    await until_sent(world, update_id)
    await check_nobody_twice_nobody_lost(world, update_id, people, most_in_doubt=2 * IN_FLIGHT)
    assert await stopped.stop() == 0


async def test_what_a_web_process_takes_in_is_answered_by_a_worker(world: World) -> None:
    # INV-1: Telegram's webhook, one process for it and one for the answers
    port = free_port()
    public = f"http://127.0.0.1:{port}"
    world.cluster.environment["CHASQUI_PUBLIC_URL"] = public
    web = await world.cluster.start("web", "--port", str(port))
    await start_workers(world, 1)
    telegram = world.telegram

    async def all_answered() -> bool:
        return all(len(telegram.sent_to(person)) >= 2 for person in range(501, 506))

    for person in range(501, 506):
        await telegram.says(person, "hola")
    await until(all_answered)
    assert await web.stop() == 0


async def test_people_are_answered_once_whichever_worker_lives(world: World) -> None:
    # INV-1, INV-2, PEER-04: one of them polls, and the other when that one is dead
    first, second = await start_workers(world, 2)
    telegram = world.telegram

    async def all_answered() -> bool:
        return all(len(telegram.sent_to(person)) >= 2 for person in people)

    people = list(range(501, 511))
    for person in people:
        await telegram.says(person, "hola")
    await until(all_answered)
    await first.kill()
    people = list(range(601, 611))
    for person in people:
        await telegram.says(person, "hola")
    await until(all_answered, seconds=60)
    for person in (*range(501, 511), *range(601, 611)):
        texts = [fields["text"] for fields in telegram.sent_to(person)]
        assert len(texts) == len(set(texts))
    assert second.is_running
