"""Telegram calling: the secret that it was given, and updates that come until they are taken."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.channels.telegram import Telegram
from bot.messages import Inbound, Receipt
from tests.bot.channels.hub import Hub
from tests.servers.telegram import TelegramServer


@pytest.fixture
async def hub(telegram: Telegram) -> AsyncIterator[Hub]:
    async with Hub() as hub:
        hub.adapter = telegram
        await telegram.use_webhook(f"{hub.url}/webhooks/telegram")
        yield hub


def texts(heard: list[Inbound | Receipt]) -> list[str]:
    return [said.text for said in heard if isinstance(said, Inbound)]


async def test_webhook_brings_what_people_write(hub: Hub, telegram_server: TelegramServer) -> None:
    await telegram_server.says(7, "hola")
    await telegram_server.settle()
    assert texts(hub.heard) == ["hola"]
    assert [status for _, status in telegram_server.delivered] == [200]


async def test_what_is_not_taken_comes_again_in_order(
    hub: Hub, telegram_server: TelegramServer
) -> None:
    hub.answers = [500, 503]
    for text in ("uno", "dos", "tres"):
        await telegram_server.says(7, text)
    await telegram_server.settle()
    assert texts(hub.heard) == ["uno", "dos", "tres"]
    assert [status for _, status in telegram_server.delivered] == [500, 503, 200, 200, 200]


async def test_what_waited_comes_once_there_is_a_webhook(
    telegram: Telegram, telegram_server: TelegramServer
) -> None:
    await telegram_server.says(7, "antes")
    async with Hub() as hub:
        hub.adapter = telegram
        await telegram.use_webhook(f"{hub.url}/webhooks/telegram")
        await telegram_server.settle()
    assert texts(hub.heard) == ["antes"]


async def test_server_that_was_given_another_secret_is_refused(
    hub: Hub, telegram_server: TelegramServer
) -> None:
    # SEC-06: it tries again and again, and never gets in
    telegram_server.webhook["secret_token"] = "other"
    await telegram_server.says(7, "hola")
    async with asyncio.timeout(5):
        while len(telegram_server.delivered) < 3:
            await asyncio.sleep(0.01)
    telegram_server.webhook = {}
    await telegram_server.settle()
    assert {status for _, status in telegram_server.delivered} == {403}
    assert hub.heard == []
