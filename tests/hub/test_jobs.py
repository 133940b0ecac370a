"""Background loops: woken, repeated while there is work, and surviving whatever fails."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from hub.clock import ManualClock
from hub.jobs.loops import Jobs, Loop
from hub.logs import configure_logs

NEVER = 3600.0  # seconds: only a wake can be what runs it again
IN_TIME = 5.0


@asynccontextmanager
async def running(jobs: Jobs) -> AsyncIterator[None]:
    task = asyncio.create_task(jobs.run_worker())
    try:
        yield
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(IN_TIME):
        while not condition():
            await asyncio.sleep(0.001)


def script(*answers: bool | Exception) -> tuple[list[float], Callable[[], Awaitable[bool]]]:
    """A step that answers in turn, then says that there is nothing to do; and when it ran."""
    runs: list[float] = []

    async def step() -> bool:
        runs.append(asyncio.get_running_loop().time())
        answer = answers[len(runs) - 1] if len(runs) <= len(answers) else False
        if isinstance(answer, Exception):
            raise answer
        return answer

    return runs, step


async def test_a_loop_goes_on_while_there_is_work_and_then_rests() -> None:
    runs, step = script(True, True, True)
    jobs = Jobs()
    jobs.add("a", step, every_seconds=NEVER)
    async with running(jobs):
        await until(lambda: len(runs) == 4)
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(runs) == 4


async def test_waking_runs_it_at_once() -> None:
    runs, step = script()
    jobs = Jobs()
    wake = jobs.add("a", step, every_seconds=NEVER)
    async with running(jobs):
        for count in range(1, 4):
            await until(lambda count=count: len(runs) == count)  # type: ignore[misc]
            wake()


async def test_a_wake_during_a_step_is_not_lost() -> None:
    """What arrived while it looked must be looked for again."""
    jobs = Jobs()
    runs = 0
    wakes: list[Callable[[], None]] = []

    async def step() -> bool:
        nonlocal runs
        runs += 1
        if runs == 1:
            wakes[0]()
        return False

    wakes.append(jobs.add("a", step, every_seconds=NEVER))
    async with running(jobs):
        await until(lambda: runs == 2)


async def test_a_failure_is_recorded_and_survived(capsys: pytest.CaptureFixture[str]) -> None:
    # SEC-91: its class, never its words
    configure_logs(as_json=True)
    runs, step = script(ValueError("canary-987654321"), True)
    jobs = Jobs()
    wake = jobs.add("turns", step, every_seconds=NEVER)
    async with running(jobs):
        await until(lambda: jobs.failures() == {"turns": 1})
        wake()
        await until(lambda: len(runs) == 3)
        assert jobs.failures() == {}
    printed = capsys.readouterr().err
    line = json.loads(printed.splitlines()[0])
    assert (line["event"], line["loop"], line["error"]) == ("loop_failed", "turns", "ValueError")
    assert "canary" not in printed


async def test_one_loop_that_fails_does_not_stop_the_others() -> None:
    good, step = script()
    _, bad = script(*[RuntimeError()] * 50)
    jobs = Jobs()
    jobs.add("bad", bad, every_seconds=0.001)
    wake = jobs.add("good", step, every_seconds=NEVER)
    async with running(jobs):
        await until(lambda: jobs.failures().get("bad", 0) >= 3)
        wake()
        await until(lambda: len(good) == 2)


async def test_each_failure_waits_longer() -> None:
    runs, step = script(*[RuntimeError()] * 5)
    jobs = Jobs()
    jobs.add("a", step, every_seconds=0.01)
    async with running(jobs):
        await until(lambda: len(runs) == 5)
    pauses = [after - before for before, after in pairwise(runs)]
    for pause, least in zip(pauses, (0.02, 0.04, 0.08, 0.16), strict=True):
        assert pause >= least * 0.9


@pytest.mark.parametrize("failures", [5000, 10**6])
async def test_a_failure_of_many_hours_is_survived_too(failures: int) -> None:
    # F-29: the pause is a power of the count, which must not overflow
    runs, step = script(RuntimeError())
    loop = Loop("a", step, 1.0, failures=failures)
    task = asyncio.create_task(loop.run())
    await until(lambda: len(runs) == 1)
    loop.wake.set()
    await until(lambda: len(runs) == 2)
    assert loop.failures == 0
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_stopping_lets_a_step_end_and_begins_no_other() -> None:
    # F-09: a step that is cut might be cut in its commit
    gate, begun, ended = asyncio.Event(), 0, 0

    async def step() -> bool:
        nonlocal begun, ended
        begun += 1
        await gate.wait()
        ended += 1
        return True

    jobs = Jobs()
    jobs.add("busy", step, every_seconds=NEVER)
    _, idle = script()
    jobs.add("idle", idle, every_seconds=NEVER)
    task = asyncio.create_task(jobs.run_worker())
    await until(lambda: begun == 1)
    jobs.stop()
    for _ in range(20):
        await asyncio.sleep(0)
    assert not task.done()
    gate.set()
    async with asyncio.timeout(IN_TIME):
        await task
    assert (begun, ended) == (1, 1)


async def test_two_loops_of_one_name_are_refused() -> None:
    jobs = Jobs()
    _, step = script()
    jobs.add("a", step, every_seconds=1)
    with pytest.raises(ValueError, match="'a'"):
        jobs.add("a", step, every_seconds=1)


async def test_an_appointment_is_kept_moved_and_taken_back() -> None:
    clock = ManualClock(datetime(2026, 11, 29, tzinfo=UTC))
    runs, step = script()
    jobs = Jobs(clock)
    jobs.add("a", step, every_seconds=NEVER)
    async with running(jobs):
        await until(lambda: len(runs) == 1)
        await jobs.defer_at("a", clock.now() + timedelta(hours=1))
        assert await jobs.cancel("a")
        assert not await jobs.cancel("a")
        await jobs.defer_at("a", clock.now() + timedelta(hours=1))
        await jobs.defer_at("a", clock.now())
        await until(lambda: len(runs) == 2)
        assert not await jobs.cancel("a")


async def test_several_at_once_are_all_woken() -> None:
    runs, step = script()
    jobs = Jobs()
    wake = jobs.add("a", step, every_seconds=NEVER, at_once=3)
    async with running(jobs):
        await until(lambda: len(runs) == 3)
        wake()
        await until(lambda: len(runs) == 6)
    assert await jobs.sweep() == 0
