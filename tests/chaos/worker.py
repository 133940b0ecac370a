"""A process of the hub as `chasqui worker` runs it, with the doors of `chasqui web` for providers.

It leaves out what an update has no need of (Rasa, the console), so that it starts at once.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import uvicorn
from fastapi import FastAPI
from procrastinate.exceptions import ConnectorException
from pydantic import SecretStr
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.registry import MAX_BODY
from bot.channels.whatsapp import STATUS_PATH
from broadcast.approving import approve
from broadcast.versions import find_update
from hub import failpoints
from hub.app.background import add_steps, choose_engine
from hub.app.hub import Hub, build_hub
from hub.app.one_worker import hold_alone
from hub.app.processes import Worker, run
from hub.app.webhooks import Door, Webhooks
from hub.clock import SystemClock
from hub.config import Config, Environment
from hub.database import Database
from hub.logs import configure_logs
from hub.vault import Vault
from tests.broadcast.scene import POLICY as SCENE_POLICY
from tests.chaos.provider import PUBLIC_URL
from tests.servers.telegram import TOKEN
from tests.servers.twilio import ACCOUNT, AUTH_TOKEN, SENDER

POLICY = replace(SCENE_POLICY, undo=timedelta(0))
_AWAY_SECONDS = 0.1

T = TypeVar("T")


@dataclass(frozen=True)
class Orders:
    """`port` is where it takes in receipts; None if another process does."""

    url: str
    folder: Path
    examples: Path
    telegram: str
    twilio: str
    in_flight: int
    sends: bool
    port: int | None
    name: str
    failpoint: str | None = None


def settings(in_flight: int, examples: Path | str) -> Config:
    channel = {"rate_per_second": 20_000, "reply_reserve": 0, "in_flight": in_flight}
    return Config.model_validate(
        {
            "understanding": {
                "rasa": False,
                "examples": str(examples),
                "learnt": str(Path(examples).with_name("learnt")),
            },
            "broadcast": {"undo_seconds": 0, "quiet_from": None, "portfolio_limit": None},
            "channels": {"telegram": channel, "whatsapp": channel},
            "database_connections": 6,
        }
    )


def work(orders: Orders) -> None:
    _begin(orders)
    run(lambda: _work(orders))


def sign(orders: Orders, update_id: str, approver: str) -> None:
    """A process that approves an update, and may die on the way."""
    _begin(orders)
    run(lambda: _sign(orders, update_id, approver))


async def _sign(orders: Orders, update_id: str, approver: str) -> None:
    database, now = Database(orders.url), SystemClock().now()
    async with database.write() as session:
        row = await find_update(session, update_id)
        await approve(
            session,
            update_id,
            POLICY,
            seen_hash=row.content_hash,
            approver=approver,
            now=now,
            untried="Made-up people have no phones",
        )
    await database.close()


def _begin(orders: Orders) -> None:
    log = (orders.folder / f"{orders.name}.log").open("a", encoding="utf8")
    os.dup2(log.fileno(), sys.stderr.fileno())
    configure_logs(as_json=True)
    # Read from the environment at import, which was before this process was forked.
    failpoints._ARMED = orders.failpoint or ""


async def _work(orders: Orders) -> None:
    """As `hub.app.processes.serve` does it, but for a database that is away when it starts: there
    the process ends and is begun again by whoever watches it; here it waits."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with AsyncExitStack() as stack:
        if orders.sends and orders.url.startswith("sqlite"):
            stack.enter_context(hold_alone(Path(orders.url.removeprefix("sqlite:///"))))
        hub = await _when_there(lambda: build(orders))
        await hub.open()
        stack.push_async_callback(hub.close)
        jobs = choose_engine(hub)
        await _when_there(jobs.open)
        stack.push_async_callback(jobs.close)
        add_steps(hub, jobs)
        worker = Worker(hub, jobs, stop)
        if orders.sends:
            worker.start()
        serving = _listen(hub, orders.port) if orders.port is not None else None
        await stop.wait()
        await worker.end()
        if serving is not None:
            serving.cancel()
        if worker.has_failed:
            raise SystemExit(1)


async def build(orders: Orders) -> Hub:
    environment = Environment(
        chasqui_database_url=orders.url,
        chasqui_public_url=PUBLIC_URL,
        telegram_bot_token=SecretStr(TOKEN),
        telegram_api_base=orders.telegram,
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=SecretStr(AUTH_TOKEN),
        twilio_whatsapp_from=SENDER,
        twilio_api_base=orders.twilio,
    )
    vault = Vault.load(orders.folder / "keys.json")
    return await build_hub(
        settings(orders.in_flight, orders.examples), environment, SystemClock(), vault
    )


async def _when_there(act: Callable[[], Awaitable[T]]) -> T:
    while True:
        try:
            return await act()
        except (SQLAlchemyError, ConnectorException, OSError):  # it is being restarted
            await asyncio.sleep(_AWAY_SECONDS)


class _Server(uvicorn.Server):
    """Leaves signals to us."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listen(hub: Hub, port: int) -> "asyncio.Task[None]":
    """The door for receipts, as `hub.app.web` makes it."""
    app = FastAPI(openapi_url=None)
    door = Door(STATUS_PATH, hub.channels["whatsapp"], MAX_BODY["whatsapp"])
    app.include_router(Webhooks(hub.inbox, hub.lanes, hub.clock).router([door]))
    config = uvicorn.Config(app, port=port, log_config=None, access_log=False)
    return asyncio.create_task(_Server(config).serve(), name="web")
