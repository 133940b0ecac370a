"""What is asked in the same moment is run together, and one failure spoils nothing for the rest."""

import asyncio
from collections.abc import Sequence

import pytest

from hub.gathering import Gatherer


async def test_what_comes_during_a_run_is_the_next_run() -> None:
    runs: list[list[int]] = []

    async def double(items: Sequence[int]) -> list[int]:
        runs.append(list(items))
        await asyncio.sleep(0)
        return [2 * item for item in items]

    gatherer = Gatherer(double, most=3)
    first = asyncio.create_task(gatherer.do(0))
    await asyncio.sleep(0)  # asked
    await asyncio.sleep(0)  # under way
    others = [asyncio.create_task(gatherer.do(number)) for number in range(1, 6)]
    assert await asyncio.gather(first, *others) == [0, 2, 4, 6, 8, 10]
    assert runs == [[0], [1, 2, 3], [4, 5]]


async def test_one_that_fails_fails_alone() -> None:
    async def invert(items: Sequence[int]) -> list[float]:
        return [1 / item for item in items]

    gatherer = Gatherer(invert)
    results = await asyncio.gather(
        *(gatherer.do(item) for item in (1, 0, 2)), return_exceptions=True
    )
    assert [results[0], results[2]] == [1.0, 0.5]
    assert isinstance(results[1], ZeroDivisionError)


async def test_who_stops_waiting_holds_up_nobody() -> None:
    async def echo(items: Sequence[int]) -> list[int]:
        await asyncio.sleep(0.01)
        return list(items)

    gatherer = Gatherer(echo)
    impatient = asyncio.create_task(gatherer.do(1))
    patient = asyncio.create_task(gatherer.do(2))
    await asyncio.sleep(0)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    assert await patient == 2
    assert await gatherer.do(3) == 3
