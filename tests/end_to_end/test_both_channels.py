"""The main job over real HTTP: people ask and are answered; an update reaches those who wanted it.

The hub is a process of its own; Telegram and Twilio are servers that know nothing of it. They
shuffle and repeat receipts, throttle, fail after accepting, and tell who blocked the bot.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import ColumnElement, Select, func, select

from bot.models import Address
from broadcast.approving import approve
from broadcast.audience import Audience
from broadcast.models import Delivery, Update
from broadcast.policy import Policy
from broadcast.versions import Draft
from broadcast.writing import compose, submit
from hub.config import BroadcastSettings, Config
from hub.database import Database
from hub.i18n import Phrases
from hub.staff.models import StaffMember
from tests.end_to_end.conftest import few_examples
from tests.end_to_end.process import HubProcess, until
from tests.ports import free_port
from tests.servers.faults import FaultKind
from tests.servers.telegram import TOKEN, TelegramServer
from tests.servers.twilio import ACCOUNT, AUTH_TOKEN, SENDER, Behaviour, TwilioServer

pytestmark = pytest.mark.timeout(300)

EACH = 250  # people on each channel
BLOCKED = {
    "ok": False,
    "error_code": 403,
    "description": "Forbidden: bot was blocked by the user",
}
TOO_MANY = {
    "ok": False,
    "error_code": 429,
    "description": "Too Many Requests: retry after 1",
    "parameters": {"retry_after": 1},
}
SECRET = "a-webhook-secret-of-more-than-32-letters"


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as server:
        yield server


@pytest.fixture
async def twilio() -> AsyncIterator[TwilioServer]:
    async with TwilioServer() as server:
        yield server


@pytest.fixture
async def hub(
    hub_folder: Path, telegram: TelegramServer, twilio: TwilioServer
) -> AsyncIterator[HubProcess]:
    port = free_port()
    public = f"http://127.0.0.1:{port}"
    twilio.webhook = f"{public}/webhooks/twilio"
    fast = {"rate_per_second": 2000, "in_flight": 64}
    process = HubProcess(
        hub_folder,
        port=port,
        environment={
            "CHASQUI_PUBLIC_URL": public,
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_BASE": telegram.url,
            "TELEGRAM_WEBHOOK_SECRET": SECRET,
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_WHATSAPP_FROM": SENDER,
            "TWILIO_API_BASE": twilio.url,
        },
        settings={
            "understanding": few_examples(hub_folder),
            "broadcast": {"undo_seconds": 0, "quiet_from": None},  # it runs by the wall clock
            "channels": {"telegram": fast, "whatsapp": fast},
        },
    )
    await process.start()
    yield process
    await process.kill()


@pytest.fixture
async def ledger(hub: HubProcess) -> AsyncIterator[Database]:
    """The hub's own database, read from outside while it runs."""
    database = Database(f"sqlite:///{hub.folder}/chasqui.db")
    yield database
    await database.close()


def number(person: int) -> str:
    return f"+519{person:08}"


async def opt_in(telegram: TelegramServer, twilio: TwilioServer) -> None:
    """Everybody writes AVISOS and then says the explicit yes: a button here, a number there."""
    for person in range(EACH):
        await telegram.says(1000 + person, "AVISOS")
        assert await twilio.says(number(person), "AVISOS") == 200
    await until(lambda: all(len(telegram.sent_to(1000 + n)) == 3 for n in range(EACH)), 120)
    await until(lambda: all(len(twilio.sent_to(number(n))) == 3 for n in range(EACH)), 120)
    for person in range(EACH):
        keyboard = telegram.sent_to(1000 + person)[-1]["reply_markup"]
        token = keyboard.split('"callback_data":')[1].split('"')[1]
        await telegram.presses(1000 + person, token)
        await twilio.says(number(person), "1")


async def send_update(database: Database) -> str:
    """Written by one member of staff, approved by another; sent by the hub."""
    policy = Policy.build(
        Config(broadcast=BroadcastSettings(undo_seconds=0, quiet_from=None)),
        Phrases("bot", Config().languages),
    )
    now = datetime.now(UTC)
    draft = Draft(
        "Prueba",
        {
            "es": "Mañana la oficina de Tumbes atiende de 8:00 a 13:00. Lleva agua.",
            "en": "Tomorrow the Tumbes office is open from 8:00 to 13:00. Bring water.",
        },
        Audience(),
        None,
        now + timedelta(hours=2),
    )
    async with database.write() as session:
        staff = {
            member.username: member.id for member in await session.scalars(select(StaffMember))
        }
        row = await compose(session, draft, policy, author=staff["autora"], now=now)
        await submit(session, row.id, policy, seen_version=1, submitter=staff["autora"], now=now)
        await approve(
            session,
            row.id,
            policy,
            seen_hash=row.content_hash,
            approver=staff["aprobadora"],
            now=now,
            untried="No phone at hand",
        )
        return row.id


@dataclass
class Ledger:
    """What the hub's database says, read from outside."""

    database: Database

    async def opted_in(self) -> int:
        return await self._count(Address.opted_in_at.is_not(None))

    async def blocked(self) -> int:
        return await self._count(Address.blocked_at.is_not(None))

    async def until_opted_in(self, wanted: int) -> None:
        async with asyncio.timeout(120):
            while await self.opted_in() != wanted:
                await asyncio.sleep(0.1)

    async def until_sent(self, update_id: str) -> None:
        query = select(Update.state).where(Update.id == update_id)
        async with asyncio.timeout(120):
            while await self._scalar(query) != "sent":
                await asyncio.sleep(0.2)

    async def states(self, update_id: str) -> Counter[str]:
        query = select(Delivery.state, func.count()).where(Delivery.update_id == update_id)
        async with self.database.read() as session:
            return Counter(dict((await session.execute(query.group_by(Delivery.state))).all()))

    async def _count(self, condition: ColumnElement[bool]) -> int:
        return int(await self._scalar(select(func.count()).where(condition)) or 0)

    async def _scalar(self, query: Select[Any]) -> Any:
        async with self.database.read() as session:
            return await session.scalar(query)


def misbehave(telegram: TelegramServer, twilio: TwilioServer) -> None:
    """Blocked, throttled, failing after acceptance; receipts shuffled and three times each."""
    twilio.behaviour = Behaviour(shuffled=True, repeats=3, failing={f"whatsapp:{number(5)}": 63014})
    telegram.misbehave(FaultKind.STATUS, status=403, body=BLOCKED, recipient="1003")
    telegram.misbehave(FaultKind.STATUS, status=429, body=TOO_MANY, times=2)
    twilio.misbehave(FaultKind.STATUS_AFTER, status=500, times=3)


async def test_update_reaches_everybody_once(
    ledger: Database, telegram: TelegramServer, twilio: TwilioServer
) -> None:
    # INV-3, INV-4, INV-5, INV-6, INV-8, PEER-08, F-21, F-22, F-24, F-26
    book = Ledger(ledger)
    await opt_in(telegram, twilio)
    await book.until_opted_in(2 * EACH)
    await telegram.says(1000, "BAJA")
    await twilio.says(number(0), "baja")
    await book.until_opted_in(2 * EACH - 2)
    misbehave(telegram, twilio)
    update_id = await send_update(ledger)
    await book.until_sent(update_id)
    await twilio.settle()

    states = await book.states(update_id)
    assert states["failed"] == 2, states  # blocked on Telegram; on WhatsApp, told by a receipt
    assert states["read"] == EACH - 2, states  # every other copy on WhatsApp, after 5xx too
    assert states["accepted"] == EACH - 2, states  # Telegram tells no more than that
    assert sum(states.values()) == 2 * EACH - 2  # nobody outside, nobody forgotten
    assert await book.blocked() == 2
    copies = Counter(
        (n, "Tumbes" in call["text"]) for n in range(EACH) for call in telegram.sent_to(1000 + n)
    )
    got = {n: copies[n, True] for n in range(EACH)}
    assert (got[0], got[3]) == (0, 0), "somebody who had opted out or blocked us got it"
    assert Counter(got.values()) == {0: 2, 1: EACH - 2}
    on_whatsapp = Counter(
        sum("Tumbes" in message["body"] for message in twilio.sent_to(number(n)))
        for n in range(EACH)
    )
    assert on_whatsapp == {0: 1, 1: EACH - 1}


async def test_forged_calls_change_nothing(hub: HubProcess, ledger: Database) -> None:
    # SEC-01, SEC-06, SEC-10, SEC-11
    update = {"update_id": 1, "message": {"message_id": 1, "date": 1, "text": "x"}}
    async with aiohttp.ClientSession() as session:
        for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": "wrong"}):
            async with session.post(
                f"{hub.url}/webhooks/telegram", json=update, headers=headers
            ) as answer:
                assert (answer.status, await answer.read()) == (403, b"")
        form = {"Body": "hola", "From": "whatsapp:+51900000009", "MessageSid": "SM1"}
        for signature in ("", "AAAA", "ñ"):
            async with session.post(
                f"{hub.url}/webhooks/twilio", data=form, headers={"X-Twilio-Signature": signature}
            ) as answer:
                assert (answer.status, await answer.read()) == (403, b"")
    async with ledger.read() as session:
        assert await session.scalar(select(func.count()).select_from(Address)) == 0
