"""One timer keeps the time limits of many tasks as `asyncio.timeout` would keep each."""

import asyncio

import pytest

from bot.deadlines import Deadlines


async def test_only_what_takes_too_long_ends() -> None:
    deadlines, ended = Deadlines(), list[str]()

    async def work(name: str, limit: float, gate: asyncio.Event) -> str:
        try:
            with deadlines.within(limit):
                await gate.wait()
        except TimeoutError:
            ended.append(name)
        return name

    never, gate = asyncio.Event(), asyncio.Event()
    tasks = [
        asyncio.create_task(work("patient", 3600.0, gate)),
        asyncio.create_task(work("second", 0.02, never)),
        asyncio.create_task(work("first", 0.01, never)),
        asyncio.create_task(work("in time", 3600.0, gate)),
    ]
    await asyncio.wait(tasks[1:3])
    gate.set()
    assert await asyncio.gather(*tasks) == ["patient", "second", "first", "in time"]
    assert ended == ["first", "second"]


async def test_a_limit_inside_another_ends_alone() -> None:
    outer, inner = Deadlines(), Deadlines()
    with outer.within(3600.0):
        with pytest.raises(TimeoutError), inner.within(0.001):
            await asyncio.Event().wait()
        await asyncio.sleep(0)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_whoever_is_cancelled_by_others_stays_cancelled() -> None:
    deadlines = Deadlines()

    async def work() -> None:
        with deadlines.within(3600.0):
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_limit_counts_again_after_a_rest() -> None:
    deadlines = Deadlines()
    for _ in range(2):
        with pytest.raises(TimeoutError), deadlines.within(0.001):
            await asyncio.Event().wait()
