"""A process that sends, or takes in receipts, or both, made of the hub's own parts.

It leaves out what an update has no need of (turns, Rasa, the console), so that it starts at once.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.base import (
    ForgedRequestError,
    MalformedRequestError,
    WebhookRequest,
    read_headers,
)
from bot.channels.telegram import Telegram
from bot.channels.whatsapp import WhatsApp
from bot.lanes import LEASE, SHORT_LEASE
from bot.messages import Receipt
from bot.rates import Bucket, Pace, Rate
from bot.sender import Sender, fold_receipts
from bot.shared_rates import SharedBucket
from broadcast.approving import approve
from broadcast.control import tick
from broadcast.deliveries import Deliveries
from broadcast.versions import find_update
from hub import failpoints
from hub.clock import SystemClock
from hub.database import Database
from hub.jobs.loops import Jobs
from hub.logs import configure_logs
from hub.vault import Vault
from tests.broadcast.scene import POLICY as SCENE_POLICY
from tests.chaos.provider import PUBLIC_URL
from tests.servers.telegram import TOKEN
from tests.servers.twilio import ACCOUNT, AUTH_TOKEN, SENDER

POLICY = replace(SCENE_POLICY, undo=timedelta(0))
_RATE = Rate(20_000, 0.0)  # the pace is not what this is about


@dataclass(frozen=True)
class Orders:
    """`port` is where it takes in receipts; None if another process does."""

    url: str
    folder: Path
    telegram: str
    twilio: str
    in_flight: int
    sends: bool
    port: int | None
    name: str
    failpoint: str | None = None


def work(orders: Orders) -> None:
    _begin(orders)
    asyncio.run(Worker(orders).run())


def sign(orders: Orders, update_id: str, approver: str) -> None:
    """A process that approves an update, and may die on the way."""
    _begin(orders)
    asyncio.run(_sign(orders, update_id, approver))


async def _sign(orders: Orders, update_id: str, approver: str) -> None:
    database, now = Database(orders.url), SystemClock().now()
    async with database.write() as session:
        row = await find_update(session, update_id)
        await approve(
            session, update_id, POLICY, seen_hash=row.content_hash, approver=approver, now=now
        )
    await database.close()


def _begin(orders: Orders) -> None:
    log = (orders.folder / f"{orders.name}.log").open("a", encoding="utf8")
    os.dup2(log.fileno(), sys.stderr.fileno())
    configure_logs(as_json=True)
    # Read from the environment at import, which was before this process was forked.
    failpoints._ARMED = orders.failpoint or ""


class Worker:
    def __init__(self, orders: Orders) -> None:
        self._orders, self._clock = orders, SystemClock()
        self._database = Database(orders.url, pool_size=6)
        vault = Vault.load(orders.folder / "keys.json")
        lease = LEASE if self._database.is_sqlite else SHORT_LEASE
        self._lane = Deliveries(self._database, vault, POLICY, lease)
        self._whatsapp = WhatsApp(
            ACCOUNT,
            AUTH_TOKEN,
            SENDER,
            PUBLIC_URL,
            sign=lambda send_id: vault.sign("twilio-status", send_id),
            is_signed=lambda send_id, mark: vault.is_signed("twilio-status", send_id, mark),
            now=self._clock.now,
            api_base=orders.twilio,
        )
        self._channels = (
            Telegram(TOKEN, orders.telegram, None, now=self._clock.now),
            self._whatsapp,
        )
        self._senders: Sequence[Sender] = [
            Sender(each, (self._lane,), self._pace(each.name), orders.in_flight, self._clock)
            for each in self._channels
        ]

    async def run(self) -> None:
        for channel in self._channels:
            await channel.open()
        if self._orders.port is not None:
            await self._listen(self._orders.port)
        if not self._orders.sends:
            await asyncio.Event().wait()
        while not await self._has_recovered():
            await asyncio.sleep(0.1)
        jobs = Jobs(self._clock)
        for sender in self._senders:
            wake = jobs.add(f"send-{sender.channel.name}", sender.step, every_seconds=0.1)
            sender.wake = sender.go_on = wake
        jobs.add("updates", self._move, every_seconds=0.1)
        jobs.add("recover", self._recover, every_seconds=1)
        jobs.add("renew", self._renew, every_seconds=1.5)
        await jobs.run_worker()

    def _pace(self, channel: str) -> Pace:
        if self._database.is_sqlite:
            return Bucket(_RATE)
        return SharedBucket(self._database, self._clock, channel, _RATE)

    async def _has_recovered(self) -> bool:
        try:
            await self._lane.recover(self._clock.now(), everything=self._database.is_sqlite)
        except (SQLAlchemyError, OSError):  # it is being restarted
            return False
        return True

    async def _move(self) -> bool:
        return await tick(self._database, POLICY, self._clock)

    async def _recover(self) -> bool:
        await self._lane.recover(self._clock.now(), everything=False)
        return False

    async def _renew(self) -> bool:
        for sender in self._senders:
            await sender.renew()
        return False

    async def _listen(self, port: int) -> None:
        app = web.Application()
        app.add_routes([web.post("/{path:.*}", self._receive)])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()

    async def _receive(self, request: web.Request) -> web.Response:
        webhook = WebhookRequest(
            method=request.method,
            path=request.rel_url.raw_path,
            query=request.rel_url.raw_query_string,
            headers=read_headers(request.raw_headers),
            body=await request.read(),
        )
        try:
            self._whatsapp.verify(webhook)
            said = self._whatsapp.parse(webhook)
        except (ForgedRequestError, MalformedRequestError):
            return web.Response(status=403)
        try:
            receipts = [each for each in said if isinstance(each, Receipt)]
            await fold_receipts([self._lane], receipts, self._clock)
        except (SQLAlchemyError, OSError):
            return web.Response(status=503)
        return web.Response()
