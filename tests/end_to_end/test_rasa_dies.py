"""Rasa as the hub's child: it is watched, missed by nobody, and never left behind."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.end_to_end.process import HubProcess, until

pytestmark = [pytest.mark.rasa, pytest.mark.crash, pytest.mark.timeout(240)]

PHONE = "/demo/phones/telegram/900000007"


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[HubProcess]:
    process = HubProcess(tmp_path, settings={"understanding": {"breaker_seconds": 1}})
    await process.start()
    yield process
    await process.kill()


async def until_rasa_answers(hub: HubProcess) -> None:
    async with asyncio.timeout(90):
        while (await hub.ready())["understanding"] != "rasa":
            await asyncio.sleep(0.2)


async def ask(hub: HubProcess, text: str, messages: int) -> list[str]:
    """Write on the simulated phone and wait for that many new messages of the bot."""
    async with aiohttp.ClientSession(hub.url) as session:
        async with session.get(PHONE) as answer:
            seen = max((shown["number"] for shown in await answer.json()), default=0)
        async with session.post(f"{PHONE}/text", json={"text": text}) as answer:
            assert answer.status == 204
        async with asyncio.timeout(30):
            while True:
                async with session.get(PHONE, params={"after": str(seen)}) as answer:
                    said = [each["text"] for each in await answer.json() if not each["by_person"]]
                if len(said) >= messages:
                    return said
                await asyncio.sleep(0.05)


def rasa_pids(hub: HubProcess) -> list[int]:
    lines = [json.loads(line) for line in hub.log.splitlines() if line.startswith("{")]
    return [line["pid"] for line in lines if line["event"] == "rasa_started"]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text(encoding="utf8").rpartition(")")[2][:3]


async def test_first_answer_comes_before_rasa_is_ready(hub: HubProcess) -> None:
    # F-07, INV-12: the matcher answers while Rasa starts, and readiness says so
    assert (await hub.ready())["understanding"] == "fallback"
    said = await ask(hub, "me robaron mis documentos, donde pongo la denuncia", 3)
    assert "DEMOSTRACIÓN" in said[-1]


async def test_killed_rasa_is_started_again_and_nobody_waits(hub: HubProcess) -> None:
    # F-07
    await until_rasa_answers(hub)
    await ask(hub, "hola", 3)
    os.kill(rasa_pids(hub)[-1], signal.SIGKILL)
    said = await ask(hub, "mi hijo no tiene dni, lo reciben en el colegio?", 1)
    assert "DEMOSTRACIÓN" in said[0]
    await until(lambda: len(rasa_pids(hub)) == 2)
    await until_rasa_answers(hub)


async def test_killed_hub_leaves_no_rasa_behind(hub: HubProcess) -> None:
    await until_rasa_answers(hub)
    pid = rasa_pids(hub)[-1]
    await hub.kill()
    await until(lambda: not is_alive(pid), 15)
