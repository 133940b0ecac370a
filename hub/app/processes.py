"""Runs the hub until told to stop: web server, background loops, polling and the Rasa child."""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack

import uvicorn
import uvloop

from bot.channels.telegram import Telegram
from broadcast.control import tick
from hub.app.housekeeping import Housekeeping
from hub.app.hub import Hub
from hub.app.polling import Polling
from hub.app.settling import Settling
from hub.app.web import build_web
from hub.jobs import Jobs
from hub.logs import get_log

_log = get_log("processes")
_TURNS_AT_ONCE = 4
_DRAIN_SECONDS = 10


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
    jobs = Jobs()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        await hub.open()
        stack.push_async_callback(hub.close)
        tasks = _start_worker(hub, jobs) if with_worker else []
        stack.push_async_callback(_cancel, tasks)
        if with_web:
            await _serve_web(hub, jobs, host, port, stop, started)
        else:
            started()
            await stop.wait()
        await _cancel(tasks)
        await _drain(hub)


def _start_worker(hub: Hub, jobs: Jobs) -> list[asyncio.Task[None]]:
    _add_loops(hub, jobs)
    runs = [
        asyncio.create_task(_recover_then(hub, jobs), name="jobs"),
        asyncio.create_task(_learn(hub), name="matcher"),
    ]
    telegram = hub.channels.get("telegram")
    if isinstance(telegram, Telegram):
        runs.append(asyncio.create_task(_receive_from(hub, telegram), name="telegram"))
    if hub.child is not None:
        runs.append(asyncio.create_task(hub.child.run(), name="rasa"))
    return runs


async def _learn(hub: Hub) -> None:
    await hub.matcher.learn()


async def _recover_then(hub: Hub, jobs: Jobs) -> None:
    """On SQLite no other worker can live, so whatever a dead one held is taken up at once."""
    await _recover(hub, everything=hub.database.is_sqlite)
    await jobs.run()


async def _recover(hub: Hub, *, everything: bool) -> None:
    await hub.inbox.recover(everything=everything)
    for lane in hub.lanes:
        await lane.recover(hub.clock.now(), everything=everything)


def _add_loops(hub: Hub, jobs: Jobs) -> None:
    wakes = [
        jobs.add(f"turns-{number}", hub.turns.step, every_seconds=1)
        for number in range(_TURNS_AT_ONCE)
    ]
    hub.inbox.wake = lambda: _all(wakes)
    for sender in hub.senders:
        name = sender.channel.name
        sender.wake = jobs.add(f"send-{name}", sender.step, every_seconds=0.5)
        settling = Settling(hub.lanes, sender.channel, hub.clock)
        jobs.add(f"settle-{name}", settling.step, every_seconds=15)

    async def recover() -> bool:
        await _recover(hub, everything=False)
        return False

    async def move_updates() -> bool:
        return await tick(hub.database, hub.policy, hub.clock)

    keeping = Housekeeping(hub.database, hub.inbox, hub.outbox, hub.config.retention, hub.clock)
    jobs.add("recover", recover, every_seconds=10)
    jobs.add("updates", move_updates, every_seconds=1)
    jobs.add("housekeeping", keeping.step, every_seconds=30)


def _all(wakes: list[Callable[[], None]]) -> None:
    for wake in wakes:
        wake()


async def _receive_from(hub: Hub, telegram: Telegram) -> None:
    """By webhook where there is a public address, else by long polling."""
    public_url = hub.environment.chasqui_public_url
    polling = Polling(telegram, hub.inbox)
    if public_url is None:
        await polling.run()
    else:
        await polling.use_webhook(f"{public_url.rstrip('/')}/webhooks/telegram")


async def _serve_web(
    hub: Hub, jobs: Jobs, host: str, port: int, stop: asyncio.Event, started: Callable[[], None]
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


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception):
            _log.error("task_failed", error=type(result).__name__)
    tasks.clear()


async def _drain(hub: Hub) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            await asyncio.gather(*(sender.drain() for sender in hub.senders))
