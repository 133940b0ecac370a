"""The engine of many processes: jobs in PostgreSQL, kept by Procrastinate. See `hub.jobs.port`.

Each step has at most two jobs that wait: one to run at once, when somebody called for it, and its
next round, which comes in any case. A job is run as a slice: the step again and again while it
finds work, for two seconds at most. While it does, another job is put out at once, so that idle
processes join in. A sweep in every worker puts back the rounds that went missing, and clears away
what a dead worker held.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import DeleteJobCondition, Job, Status
from psycopg_pool import PoolTimeout

from hub.clock import Clock
from hub.jobs.port import Queue
from hub.jobs.steps import NamedStep, Step
from hub.logs import get_log

_log = get_log("jobs")
SCHEMA = "procrastinate"
_SLICE_SECONDS = 2.0
_LOOK_SECONDS = 0.5  # rounds come due without any notice
_HEARTBEAT_SECONDS = 2.0
_STALLED_SECONDS = 10.0
_SWEEP_SECONDS = 2.0
_RETRY_SECONDS = 1.0
_CONNECTIONS = 4
_KEEPERS = 4
_DRAIN_SECONDS = 10.0
_OUT_OF_REACH = (ConnectorException, psycopg.Error, PoolTimeout, OSError)


@dataclass
class _Task(NamedStep):
    queue: Queue = Queue.KEEPING
    at_once: int = 1
    running: int = 0
    is_called: bool = False  # for while as many as allowed run: one of them must look again

    @property
    def queue_name(self) -> str:
        """Bulk steps have a queue of their own each. A worker takes one job of it at a time, so the
        jobs spread over processes; taken by one alone they would only wait for each other."""
        return f"{self.queue}:{self.name}" if self.queue is Queue.BULK else self.queue

    @property
    def round_name(self) -> str:
        return f"{self.name} round"


class ClusterJobs:
    """`url` is that of the database, whose schema `procrastinate` our migrations made."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._clock = clock
        self._tasks: dict[str, _Task] = {}
        self._stopping = asyncio.Event()
        self._called: set[str] = set()
        self._calls = asyncio.Event()
        self._calling: asyncio.Task[None] | None = None
        connector = PsycopgConnector(
            conninfo=url,
            kwargs={"options": f"-c search_path={SCHEMA}"},
            min_size=1,
            max_size=_CONNECTIONS,
        )
        self._app = App(connector=connector)
        self._job = self._app.task(name="step")(self._run)

    def add(
        self,
        name: str,
        step: Step,
        *,
        every_seconds: float,
        queue: Queue = Queue.KEEPING,
        at_once: int = 1,
    ) -> Callable[[], None]:
        if name in self._tasks:
            raise ValueError(f"two steps named {name!r}")
        self._tasks[name] = _Task(name, step, every_seconds, queue=queue, at_once=at_once)
        return lambda: self._call(name)

    def failures(self) -> dict[str, int]:
        return {task.name: task.failures for task in self._tasks.values() if task.failures}

    def stop(self) -> None:
        self._stopping.set()

    async def open(self) -> None:
        await self._app.open_async()
        self._calling = asyncio.create_task(self._answer_calls(), name="calls")

    async def close(self) -> None:
        if self._calling is not None:
            self._calling.cancel()
            await asyncio.gather(self._calling, return_exceptions=True)
        await self._app.close_async()

    async def defer(self, name: str) -> None:
        await self._put(self._tasks[name], name)

    async def defer_at(self, name: str, at: datetime) -> None:
        await self.cancel(name)
        task = self._tasks[name]
        await self._put(task, task.round_name, at)

    async def cancel(self, name: str) -> bool:
        was_there = False
        for job in await self._waiting(self._tasks[name].round_name):
            was_there |= await self._app.job_manager.cancel_job_by_id_async(
                _id_of(job), delete_job=True
            )
        return was_there

    async def run_worker(self) -> None:
        queues: dict[str, int] = {}
        for task in self._tasks.values():
            queues[task.queue_name] = queues.get(task.queue_name, 0) + task.at_once
        if Queue.KEEPING in queues:
            queues[Queue.KEEPING] = min(queues[Queue.KEEPING], _KEEPERS)
        runs = [asyncio.create_task(self._serve(name, most)) for name, most in queues.items()]
        runs.append(asyncio.create_task(self._keep_sweeping()))
        try:
            await self._stopping.wait()
        finally:
            for run in runs:
                run.cancel()
            await asyncio.gather(*runs, return_exceptions=True)

    async def sweep(self) -> int:
        """Jobs of a worker without a heartbeat are not run again as they are: their step is called,
        which is the same, and what they held is let go of."""
        manager, mended = self._app.job_manager, 0
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED_SECONDS):
            with contextlib.suppress(ConnectorException):  # another process swept it away
                await manager.finish_job(job, Status.FAILED, delete_job=True)
                mended += 1
            await self._call_if_ours(job)
        waiting = {job.queueing_lock for job in await manager.list_jobs_async(status="todo")}
        for task in self._tasks.values():
            if task.round_name not in waiting:
                await self._put(task, task.round_name, self._clock.now())
                mended += 1
        return mended

    def _call(self, name: str) -> None:
        self._called.add(name)
        self._calls.set()

    async def _call_if_ours(self, job: Job) -> None:
        name = str(job.task_kwargs.get("step"))
        if name in self._tasks:
            await self.defer(name)

    async def _answer_calls(self) -> None:
        """Put out jobs for what was called for meanwhile: many calls, one job."""
        while True:
            await self._calls.wait()
            self._calls.clear()
            called, self._called = self._called, set()
            for name in sorted(called):
                try:
                    await self.defer(name)
                except _OUT_OF_REACH as error:  # the next round finds it
                    _log.error("call_failed", step=name, error=type(error).__name__)

    async def _put(self, task: _Task, lock: str, at: datetime | None = None) -> None:
        if await self._waiting(lock):  # asked first: PostgreSQL logs each refused insert as error
            return
        job = self._job.configure(queue=task.queue_name, queueing_lock=lock, schedule_at=at)
        with contextlib.suppress(AlreadyEnqueued):
            await job.defer_async(step=task.name, is_round=at is not None)

    async def _waiting(self, lock: str) -> list[Job]:
        jobs = await self._app.job_manager.list_jobs_async(queueing_lock=lock, status="todo")
        return list(jobs)

    async def _serve(self, queue: str, most: int) -> None:
        """Take jobs of one queue. The library's worker gives up when it loses the database; it is
        begun again."""
        while not self._stopping.is_set():
            try:
                await self._app.run_worker_async(
                    queues=[queue],
                    name=queue,
                    concurrency=most,
                    fetch_job_polling_interval=_LOOK_SECONDS,
                    update_heartbeat_interval=_HEARTBEAT_SECONDS,
                    stalled_worker_timeout=6 * _STALLED_SECONDS,
                    shutdown_graceful_timeout=_DRAIN_SECONDS,
                    delete_jobs=DeleteJobCondition.ALWAYS,
                    install_signal_handlers=False,
                )
            except _OUT_OF_REACH as error:
                _log.error("worker_failed", queue=queue, error=type(error).__name__)
            await asyncio.sleep(_RETRY_SECONDS)

    async def _keep_sweeping(self) -> None:
        while True:
            try:
                await self.sweep()
            except _OUT_OF_REACH as error:
                _log.error("sweep_failed", error=type(error).__name__)
            await asyncio.sleep(_SWEEP_SECONDS)

    async def _run(self, step: str, *, is_round: bool = False) -> None:
        task = self._tasks.get(step)
        if task is None:  # of another version, whose own workers look after it
            return
        if task.running < task.at_once:
            await self._slice(task)
        else:
            task.is_called = True
        if is_round:
            await self.defer_at(step, self._clock.now() + timedelta(seconds=task.pause_seconds))

    async def _slice(self, task: _Task) -> None:
        task.running += 1
        has_called, until = False, monotonic() + _SLICE_SECONDS
        try:
            while not self._stopping.is_set():
                task.is_called = False
                if await task.attempt():
                    if monotonic() >= until:
                        await self.defer(task.name)
                        return
                    if not has_called:
                        await self.defer(task.name)
                        has_called = True
                elif not task.is_called:
                    return
        finally:
            task.running -= 1


def _id_of(job: Job) -> int:
    if job.id is None:
        raise ValueError("a job that was read has an id")
    return job.id
