"""Long polling: a batch is confirmed to Telegram only after it is stored."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from bot.channels.telegram import Telegram
from bot.inbox import Inbox
from hub.app.hub import Hub
from hub.app.polling import Polling
from hub.clock import ManualClock
from tests.app.web import stored, telegram_text
from tests.bot.channels.requests import WEBHOOK_SECRET
from tests.servers.faults import FaultKind
from tests.servers.telegram import TOKEN, TelegramServer

IN_TIME = 5.0


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as running:
        yield running


@pytest.fixture
async def telegram(server: TelegramServer, clock: ManualClock) -> AsyncIterator[Telegram]:
    adapter = Telegram(TOKEN, server.url, WEBHOOK_SECRET, now=clock.now, call_seconds=0.5)
    await adapter.open()
    yield adapter
    await adapter.close()


@pytest.fixture
def polling(telegram: Telegram, hub: Hub) -> Polling:
    return Polling(telegram, hub.inbox, poll_seconds=0)


async def poll(polling: Polling) -> bool:
    return await polling._attempt(polling._once())


def offsets(server: TelegramServer) -> list[str | None]:
    return [call.get("offset") for call in server.calls("getUpdates")]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(IN_TIME):
        while not condition():
            await asyncio.sleep(0.001)


async def test_a_batch_is_stored_and_confirmed_by_the_next_question(
    polling: Polling, server: TelegramServer, hub: Hub
) -> None:
    # INV-1, F-01
    await server.says(7, "hola")
    await server.says(8, "hola")
    assert await poll(polling)
    assert len(await stored(hub)) == 2
    assert await poll(polling)
    assert offsets(server) == [None, "902"]
    assert len(await stored(hub)) == 2


async def test_what_could_not_be_stored_is_not_confirmed(
    polling: Polling, server: TelegramServer, hub: Hub, hub_without_database: Hub
) -> None:
    # F-10, F-01, INV-1
    working: Inbox = polling.inbox
    polling.inbox = hub_without_database.inbox
    await server.says(7, "hola")
    for _ in range(2):
        assert not await poll(polling)
    assert polling.failures == 2
    assert offsets(server) == [None, None]
    polling.inbox = working
    assert await poll(polling)
    assert polling.failures == 0
    assert [row.message_id for row in await stored(hub)] == ["900"]


async def test_ids_that_begin_anew_after_silence_are_heard(
    polling: Polling, server: TelegramServer, hub: Hub
) -> None:
    # SEC-07
    for update_id in (900, 901):
        await server.push(telegram_text(update_id))
    await poll(polling)
    await poll(polling)  # nothing is there: the numbers before it are over
    for update_id in (17, 18):
        await server.push(telegram_text(update_id))
    for _ in range(3):
        await poll(polling)
    assert [row.message_id for row in await stored(hub)] == ["900", "901", "17", "18"]


async def test_an_update_that_nobody_can_read_does_not_hold_up_the_rest(
    polling: Polling, server: TelegramServer, hub: Hub
) -> None:
    # F-23, F-32
    await server.push({"message": {"chat": "nonsense"}})
    await server.says(7, "hola")
    assert await poll(polling)
    assert await poll(polling)
    assert [row.message_id for row in await stored(hub)] == ["901"]
    assert offsets(server) == [None, "902"]


@pytest.mark.parametrize(
    "kind",
    [FaultKind.STATUS, FaultKind.RESET, FaultKind.TRUNCATED, FaultKind.HTML, FaultKind.EMPTY],
)
async def test_a_failing_telegram_loses_nothing(
    polling: Polling, server: TelegramServer, hub: Hub, kind: FaultKind
) -> None:
    # F-20, F-23
    await server.says(7, "hola")
    server.misbehave(kind)
    assert not await poll(polling)
    assert await poll(polling)
    assert len(await stored(hub)) == 1


async def test_pressed_buttons_are_acknowledged_after_they_are_stored(
    polling: Polling, server: TelegramServer, hub: Hub
) -> None:
    await server.presses(7, "token")
    assert await poll(polling)
    assert len(server.calls("answerCallbackQuery")) == 1
    assert len(await stored(hub)) == 1


async def test_it_takes_the_webhook_down_first_and_goes_on(
    polling: Polling, server: TelegramServer, hub: Hub
) -> None:
    await server.says(7, "before")
    running = asyncio.create_task(polling.run())
    await until(lambda: len(offsets(server)) >= 2)
    await server.says(7, "after")
    async with asyncio.timeout(IN_TIME):
        while len(await stored(hub)) < 2:
            await asyncio.sleep(0.001)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert len(server.calls("deleteWebhook")) == 1


async def test_a_public_address_is_told_once(polling: Polling, server: TelegramServer) -> None:
    # SEC-06
    await polling.use_webhook("https://hub.example.org/webhooks/telegram")
    assert server.webhook["url"] == "https://hub.example.org/webhooks/telegram"
    assert server.webhook["secret_token"] == WEBHOOK_SECRET


async def test_hours_of_failures_do_not_end_it(
    polling: Polling, server: TelegramServer, hub: Hub
) -> None:
    # F-29: the pause is a power of the count, which must not overflow
    polling.failures = 5000
    pausing = asyncio.create_task(polling._pause())
    for _ in range(10):
        await asyncio.sleep(0)
    assert not pausing.done()
    pausing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await pausing
