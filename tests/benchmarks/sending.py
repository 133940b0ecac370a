"""Messages a second through the sender and both lanes, beside a bare loop to the same server and
beside python-telegram-bot with its own rate limiter, opened so that it does not bind."""

import asyncio
import base64
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time

import aiohttp
from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import HTTPXRequest

from bot.channels.base import Channel
from bot.channels.telegram import Telegram
from bot.channels.whatsapp import WhatsApp
from bot.lanes import Lane
from bot.outbox import Outbox
from bot.rates import Bucket, Rate
from bot.sender import Sender
from hub.app.processes import keep_what_was_built
from hub.clock import ManualClock
from hub.database import Database
from hub.vault import Vault
from tests.benchmarks.figures import Figure
from tests.benchmarks.population import MESSAGE, add_people, add_replies
from tests.benchmarks.spawning import running
from tests.broadcast.scene import Scene
from tests.databases import create_schema
from tests.servers.telegram import TOKEN
from tests.servers.twilio import ACCOUNT, AUTH_TOKEN, SENDER

IN_FLIGHT = 64
MESSAGES = 2000
_BARE_MESSAGES = 3000  # a bare loop ends too soon to be timed with fewer
_PUBLIC_URL = "https://hub.example.org"

Post = Callable[[aiohttp.ClientSession, int], Awaitable[None]]


@dataclass(frozen=True)
class Filled:
    """A lane with `MESSAGES` messages due."""

    lane: Lane
    clock: ManualClock


Fill = Callable[[Database, Vault, str], Awaitable[Filled]]


@dataclass(frozen=True, slots=True)
class Sent:
    per_second: float
    milliseconds: float  # of this process's processor time for each message


async def measure(folder: Path, repetitions: int) -> list[Figure]:
    figures = []
    for channel in ("telegram", "whatsapp"):
        async with running("tests.benchmarks.provider", channel) as url:
            for name, fill in LANES.items():
                bare, ours, library = list[Sent](), list[Sent](), list[Sent]()
                for number in range(repetitions):
                    bare.append(await send_bare(channel, url))
                    path = folder / f"sending-{channel}-{name}-{number}.db"
                    async with filled_lane(path, channel, fill) as filled:
                        keep_what_was_built()  # as a hub does that has started: it fills no lane
                        ours.append(await send_through(filled, channel, url))
                    if channel == "telegram":
                        library.append(await send_with_library(url))
                what = f"{channel}, {name} lane, {IN_FLIGHT} in flight, SQLite"
                figures += _compare(what, ours, "bare aiohttp loop", bare)
                if library:
                    beside = "python-telegram-bot with AIORateLimiter, unbound"
                    figures += _compare(what, ours, beside, library)[:1]
    return figures


def _compare(what: str, ours: list[Sent], beside: str, theirs: list[Sent]) -> list[Figure]:
    """By the clock, and by processor time, which other work on the machine disturbs less."""
    rates = [each.per_second for each in ours], [each.per_second for each in theirs]
    costs = [each.milliseconds for each in ours], [each.milliseconds for each in theirs]
    return [
        Figure("sending", what, "messages/s", rates[0], beside, rates[1]),
        Figure("sending", f"{what}, processor", "ms/message", costs[0], beside, costs[1]),
    ]


@dataclass
class _Watch:
    """Times of a run, from when it is made."""

    began: float = field(default_factory=perf_counter)
    used: float = field(default_factory=process_time)

    def stop(self, messages: int) -> Sent:
        elapsed, used = perf_counter() - self.began, process_time() - self.used
        return Sent(messages / elapsed, used * 1000 / messages)


@asynccontextmanager
async def filled_lane(path: Path, channel: str, fill: Fill) -> AsyncIterator[Filled]:
    url = f"sqlite:///{path}"
    await create_schema(url)
    database, vault = Database(url), Vault.generate()
    await add_people(database, vault, channel, MESSAGES, datetime.now(UTC))
    yield await fill(database, vault, channel)
    await database.close()


async def _fill_outbox(database: Database, vault: Vault, channel: str) -> Filled:
    del channel
    clock = ManualClock(datetime.now(UTC))
    await add_replies(database, vault, clock.now())
    return Filled(Outbox(database, vault), clock)


async def _fill_deliveries(database: Database, vault: Vault, channel: str) -> Filled:
    del channel
    scene = Scene(database, vault, ManualClock(datetime.now(UTC)))
    await scene.hire()
    await scene.sending(texts={language: MESSAGE.text.strip() for language in ("es", "en")})
    return Filled(scene.deliveries(), scene.clock)


LANES: dict[str, Fill] = {"replies": _fill_outbox, "updates": _fill_deliveries}


async def send_through(filled: Filled, channel_name: str, url: str) -> Sent:
    """Messages a second until the last result is recorded."""
    channel = build_channel(channel_name, url)
    await channel.open()
    sender = Sender(channel, [filled.lane], Bucket(Rate(1e9, 0.0)), IN_FLIGHT, filled.clock)
    watch = _Watch()
    await send_all(sender)
    sent = watch.stop(MESSAGES)
    await channel.close()
    left = await filled.lane.claim(channel_name, 1, filled.clock.now())
    assert not left
    assert await filled.lane.recover(filled.clock.now(), everything=True) == 0
    return sent


async def send_all(sender: Sender) -> None:
    """Step as `hub.jobs` does: sends that end wake the sender once more."""
    idle = 0
    while idle < 2:
        idle = 0 if await sender.step() or sender.under_way else idle + 1


def build_channel(name: str, url: str) -> Channel:
    if name == "telegram":
        return Telegram(TOKEN, url, None, now=lambda: datetime.now(UTC))
    vault = Vault.generate()
    return WhatsApp(
        ACCOUNT,
        AUTH_TOKEN,
        SENDER,
        _PUBLIC_URL,
        sign=lambda send_id: vault.sign("twilio-status", send_id),
        is_signed=lambda send_id, mark: vault.is_signed("twilio-status", send_id, mark),
        now=lambda: datetime.now(UTC),
        api_base=url,
    )


async def send_bare(channel: str, url: str) -> Sent:
    """The same requests without client library, ledger or vault."""
    post = _post_telegram(url) if channel == "telegram" else _post_twilio(url)
    numbers = itertools.count()
    connector = aiohttp.TCPConnector(limit=IN_FLIGHT)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def work() -> None:
            while (number := next(numbers)) < _BARE_MESSAGES:
                await post(session, number)

        watch = _Watch()
        await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
        return watch.stop(_BARE_MESSAGES)


async def send_with_library(url: str) -> Sent:
    """A loop of python-telegram-bot as it comes, with its own transport and rate limiter, as many
    at once. It keeps nothing, and its limiter is opened: as it comes it grants 30 a second."""
    bot: ExtBot[int] = ExtBot(
        TOKEN,
        base_url=f"{url}/bot",
        request=HTTPXRequest(connection_pool_size=IN_FLIGHT, pool_timeout=60.0),
        rate_limiter=AIORateLimiter(overall_max_rate=1e9),
    )
    keyboard = InlineKeyboardMarkup(
        [[InlineKeyboardButton(each.label, callback_data=each.token)] for each in MESSAGE.buttons]
    )
    numbers = itertools.count()
    await bot.initialize()

    async def work() -> None:
        while (number := next(numbers)) < MESSAGES:
            await bot.send_message(900_000_000 + number, MESSAGE.text, reply_markup=keyboard)

    watch = _Watch()
    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
    sent = watch.stop(MESSAGES)
    await bot.shutdown()
    return sent


def _post_telegram(url: str) -> Post:
    keyboard = [[{"text": each.label, "callback_data": each.token}] for each in MESSAGE.buttons]
    markup = json.dumps({"inline_keyboard": keyboard})

    async def post(session: aiohttp.ClientSession, number: int) -> None:
        form = {"chat_id": 900_000_000 + number, "text": MESSAGE.text, "reply_markup": markup}
        async with session.post(f"{url}/bot{TOKEN}/sendMessage", data=form) as answer:
            assert (await answer.json())["ok"] is True

    return post


def _post_twilio(url: str) -> Post:
    credentials = base64.b64encode(f"{ACCOUNT}:{AUTH_TOKEN}".encode()).decode()
    headers = {"Authorization": f"Basic {credentials}"}
    address = f"{url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"

    async def post(session: aiohttp.ClientSession, number: int) -> None:
        form = {
            "To": f"whatsapp:+51{900000000 + number}",
            "From": SENDER,
            "Body": MESSAGE.text,
            "StatusCallback": f"{_PUBLIC_URL}/webhooks/twilio/status?d={number:026}&s={'a' * 22}",
        }
        async with session.post(address, data=form, headers=headers) as answer:
            assert (await answer.json())["sid"]

    return post
