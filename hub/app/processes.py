"""Runs the hub until told to stop: web server, background loops, polling and the Rasa child."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import uvicorn
import uvloop
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.telegram import Telegram
from bot.leases import Leases
from hub.app.background import add_steps, choose_engine, recover
from hub.app.hub import Hub
from hub.app.leases import keep_leases
from hub.app.one_worker import hold_alone
from hub.app.polling import SHORT_POLL_SECONDS, Polling
from hub.app.web import build_web
from hub.jobs.port import Engine
from hub.logs import get_log

_log = get_log("processes")
_DRAIN_SECONDS = 10
# A message on its way has two dozen objects that go with its answer. As Python comes, every 700 of
# them are looked through for what only points at itself.
_OBJECTS_BEFORE_COLLECTING = 5_000
_JOBS = "jobs"


class _Server(uvicorn.Server):
    """uvicorn would raise the signal again on its way out, before sends under way have ended."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def run(start: Callable[[], Awaitable[None]]) -> None:
    """Run on uvloop until it ends."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_await(start))


async def _await(start: Callable[[], Awaitable[None]]) -> None:
    await start()


async def serve(
    hub: Hub,
    *,
    host: str,
    port: int,
    with_web: bool = True,
    with_worker: bool = True,
    started: Callable[[], None] = lambda: None,
) -> None:
    """Run until SIGTERM or SIGINT, then stop claiming, let sends under way end, and close."""
    jobs = choose_engine(hub)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        if with_worker and hub.database.file is not None:
            stack.enter_context(hold_alone(hub.database.file))
        await hub.open()
        stack.push_async_callback(hub.close)
        await jobs.open()
        stack.push_async_callback(jobs.close)
        add_steps(hub, jobs)
        keep_what_was_built()
        worker = Worker(hub, jobs, stop)
        stack.push_async_callback(worker.end)
        if with_worker:
            worker.start()
        if with_web:
            await _serve_web(hub, jobs, host, port, stop, started)
        else:
            started()
            await stop.wait()
        await worker.end()
        if worker.has_failed:
            raise SystemExit(1)


def keep_what_was_built() -> None:
    """Code, tables and places stay until the end. A full collection that looked through them too
    would stop everybody for a tenth of a second, again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BEFORE_COLLECTING)


@dataclass
class Worker:
    """Everything that runs beside the web server. A part of it that dies ends the process, so that
    whoever watches the process starts it again, rather than half a hub going on unnoticed."""

    hub: Hub
    jobs: Engine
    stop: asyncio.Event
    has_failed: bool = False
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self) -> None:
        self._tasks = _start_tasks(self.hub, self.jobs)
        for task in self._tasks:
            task.add_done_callback(self._notice)

    def _notice(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and task.exception() is not None:
            error = type(task.exception()).__name__
            _log.error("task_failed", task=task.get_name(), error=error)
            self.has_failed = True
            self.stop.set()

    async def end(self) -> None:
        """Begin nothing new, let steps and sends under way end, then cancel what waits."""
        self.jobs.stop()
        jobs = [task for task in self._tasks if task.get_name() == _JOBS]
        if jobs:
            await asyncio.wait(jobs, timeout=_DRAIN_SECONDS)
        await _drain(self.hub)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()


def _start_tasks(hub: Hub, jobs: Engine) -> list[asyncio.Task[None]]:
    runs = [
        asyncio.create_task(_recover_then(hub, jobs), name=_JOBS),
        asyncio.create_task(_prepare(hub), name="preparing"),
    ]
    telegram = hub.channels.get("telegram")
    if isinstance(telegram, Telegram):
        runs.append(asyncio.create_task(_receive_from(hub, telegram), name="telegram"))
    if not hub.database.is_sqlite:
        runs.append(asyncio.create_task(keep_leases(hub), name="leases"))
    if hub.child is not None:
        runs.append(asyncio.create_task(hub.child.run(), name="rasa"))
    return runs


async def _prepare(hub: Hub) -> None:
    """What the first messages would wait for."""
    try:
        await hub.conversation.proving.proofs.prepare()
    except (SQLAlchemyError, OSError) as error:  # whoever needs them reads them
        _log.warning("texts_not_read", error=type(error).__name__)
    await hub.matcher.learn()


async def _recover_then(hub: Hub, jobs: Engine) -> None:
    """On SQLite no other worker can live, so whatever a dead one held is taken up at once."""
    while not await _has_recovered(hub):  # noqa: ASYNC110 - it waits for another program
        await asyncio.sleep(1)
    await jobs.run_worker()


async def _has_recovered(hub: Hub) -> bool:
    try:
        await recover(hub, everything=hub.database.is_sqlite)
    except (SQLAlchemyError, OSError) as error:  # another program may hold the database for long
        _log.error("recovery_failed", error=type(error).__name__)
        return False
    return True


async def _receive_from(hub: Hub, telegram: Telegram) -> None:
    """By webhook where there is a public address, else by long polling."""
    public_url = hub.environment.chasqui_public_url
    if hub.database.is_sqlite:
        polling = Polling(telegram, hub.inbox)
    else:
        leases = Leases(hub.database, hub.clock)
        polling = Polling(telegram, hub.inbox, leases, SHORT_POLL_SECONDS)
    if public_url is None:
        await polling.run()
    else:
        await polling.use_webhook(f"{public_url.rstrip('/')}/webhooks/telegram")


async def _serve_web(
    hub: Hub, jobs: Engine, host: str, port: int, stop: asyncio.Event, started: Callable[[], None]
) -> None:
    config = uvicorn.Config(
        build_web(hub, jobs), host=host, port=port, log_config=None, access_log=False,
        proxy_headers=False, server_header=False, timeout_graceful_shutdown=_DRAIN_SECONDS,
    )  # fmt: skip
    server = _Server(config)
    serving = asyncio.create_task(server.serve(), name="web")
    stopping = asyncio.create_task(stop.wait())
    while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event
        await asyncio.sleep(0.01)
    if server.started:
        started()
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    stopping.cancel()
    await serving


async def _drain(hub: Hub) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            await asyncio.gather(*(sender.drain() for sender in hub.senders))
