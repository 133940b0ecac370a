"""A real hub process on SQLite that talks to our Telegram, set so that no rate holds it back."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from tests.benchmarks.asking import SECRET, Askers, TimedTelegram
from tests.benchmarks.spawning import running
from tests.end_to_end.process import HubProcess
from tests.ports import free_port
from tests.servers.telegram import TOKEN

_RASA_SECONDS = 60.0
_QUIET_SECONDS = 120.0


@asynccontextmanager
async def asking_hub(
    folder: Path, *, rasa: bool, in_flight: int = 64
) -> AsyncIterator[tuple[Askers, HubProcess]]:
    port = free_port()
    async with TimedTelegram() as telegram:
        hub = HubProcess(
            folder,
            port=port,
            environment={
                "CHASQUI_PUBLIC_URL": f"http://127.0.0.1:{port}",
                "TELEGRAM_BOT_TOKEN": TOKEN,
                "TELEGRAM_API_BASE": telegram.url,
                "TELEGRAM_WEBHOOK_SECRET": SECRET,
            },
            settings={
                "understanding": {"rasa": rasa, "deadline_seconds": 10},
                "channels": {"telegram": {"rate_per_second": 100_000, "in_flight": in_flight}},
            },
        )
        await hub.start()
        try:
            assert hub.is_running, hub.log
            if rasa:
                await _until_rasa_answers(hub)
            async with _session() as session:
                yield Askers(telegram, session, hub.url), hub
        finally:
            await hub.stop()


@asynccontextmanager
async def asking_echo_bot() -> AsyncIterator[Askers]:
    async with (
        TimedTelegram() as telegram,
        running("tests.benchmarks.echo_bot", telegram.url) as url,
        _session() as session,
    ):
        yield Askers(telegram, session, url)


async def waiting_messages(hub: HubProcess) -> int:
    return sum(await _figures(hub, r"^chasqui_inbox_open ([0-9.]+)"))


async def until_quiet(hub: HubProcess) -> None:
    """Nothing waits for an answer, and no reply waits to be sent."""
    open_replies = r'^chasqui_outbox\{state="(?:queued|sending)"\} ([0-9.]+)'
    async with asyncio.timeout(_QUIET_SECONDS):
        while await waiting_messages(hub) or sum(await _figures(hub, open_replies)):
            await asyncio.sleep(0.1)


async def _figures(hub: HubProcess, pattern: str) -> list[int]:
    async with aiohttp.ClientSession() as session, session.get(f"{hub.url}/metrics") as answer:
        text = await answer.text()
    return [int(float(each)) for each in re.findall(pattern, text, re.MULTILINE)]


async def _until_rasa_answers(hub: HubProcess) -> None:
    async with asyncio.timeout(_RASA_SECONDS):
        while (await hub.ready())["understanding"] != "rasa":
            await asyncio.sleep(0.2)


def _session() -> aiohttp.ClientSession:
    # Connections end before the hub's own five seconds, or a request meets one just closed.
    connector = aiohttp.TCPConnector(limit=64, keepalive_timeout=2)
    return aiohttp.ClientSession(connector=connector)
