"""Fixtures of the channels: each real adapter against the server that plays its provider."""

import hmac
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.channels.telegram import Telegram
from bot.channels.whatsapp import WhatsApp
from tests.bot.channels.requests import PUBLIC_URL, WEBHOOK_SECRET
from tests.servers.telegram import TOKEN, TelegramServer
from tests.servers.twilio import ACCOUNT, AUTH_TOKEN, SENDER, TwilioServer

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
SECONDARY_TOKEN = "5ec0nd5ec0nd5ec0nd5ec0nd5ec0nd00"
CALL_SECONDS = 0.4  # the deadline of one call, so that a server that hangs costs little


def now() -> datetime:
    return NOW


def sign(send_id: str) -> str:
    return hmac.new(b"callback key", send_id.encode(), "sha256").hexdigest()[:32]


def is_signed(send_id: str, signature: str) -> bool:
    return hmac.compare_digest(sign(send_id).encode(), signature.encode("utf-8", "replace"))


def make_telegram(api_base: str, secret: str | None = WEBHOOK_SECRET) -> Telegram:
    return Telegram(TOKEN, api_base, secret, now=now, call_seconds=CALL_SECONDS)


def make_whatsapp(api_base: str, public_url: str = PUBLIC_URL, account: str = ACCOUNT) -> WhatsApp:
    return WhatsApp(
        account,
        AUTH_TOKEN,
        SENDER,
        public_url,
        sign=sign,
        is_signed=is_signed,
        now=now,
        secondary_token=SECONDARY_TOKEN,
        api_base=api_base,
        call_seconds=CALL_SECONDS,
    )


@pytest.fixture
async def telegram_server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as server:
        yield server


@pytest.fixture
async def telegram(telegram_server: TelegramServer) -> AsyncIterator[Telegram]:
    adapter = make_telegram(telegram_server.url)
    await adapter.open()
    yield adapter
    await adapter.close()


@pytest.fixture
async def twilio_server() -> AsyncIterator[TwilioServer]:
    async with TwilioServer() as server:
        server.now = now
        server.behaviour.statuses = ()
        yield server


@pytest.fixture
async def whatsapp(twilio_server: TwilioServer) -> AsyncIterator[WhatsApp]:
    adapter = make_whatsapp(twilio_server.url)
    await adapter.open()
    yield adapter
    await adapter.close()
