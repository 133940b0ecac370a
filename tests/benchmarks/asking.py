"""People who write to a hub over real HTTP, and a stopwatch at both ends of the way."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from time import perf_counter

import aiohttp
from aiohttp import web

from tests.servers.telegram import TelegramServer

SECRET = "a-webhook-secret-of-more-than-32-letters"
_ANSWER_SECONDS = 60.0
EVALUATION = Path("nlu/evaluation/messages.jsonl")


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds from the post until its 2xx, and until the first reply was accepted."""

    acknowledged: float
    answered: float


class TimedTelegram(TelegramServer):
    """Notes when the first reply to each person arrives."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: dict[int, asyncio.Future[float]] = {}

    async def _send_message(self, fields: dict[str, str]) -> web.Response:
        answer = await super()._send_message(fields)
        future = self.waiting.pop(int(fields["chat_id"]), None)
        if future is not None:
            future.set_result(perf_counter())
        return answer


@dataclass
class Askers:
    """Everybody asks one thing at a time: the reply to a message is found by its person."""

    telegram: TimedTelegram
    session: aiohttp.ClientSession
    hub: str
    _numbers: "count[int]" = field(default_factory=lambda: count(int(time.time()) * 1000))

    async def post(self, person: int, text: str) -> float:
        """Seconds until the hub says 2xx."""
        number = next(self._numbers)
        sender = {"id": person, "is_bot": False, "first_name": "P", "language_code": "es"}
        chat = {"id": person, "type": "private", "first_name": "P"}
        message = {"message_id": number, "from": sender, "chat": chat, "date": int(time.time())}
        update = {"update_id": number, "message": {**message, "text": text}}
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        began = perf_counter()
        url = f"{self.hub}/webhooks/telegram"
        async with self.session.post(url, json=update, headers=headers) as answer:
            await answer.read()
            assert answer.status == 200, answer.status
        return perf_counter() - began

    async def ask(self, person: int, text: str) -> Timing:
        future = asyncio.get_running_loop().create_future()
        self.telegram.waiting[person] = future
        began = perf_counter()
        acknowledged = await self.post(person, text)
        async with asyncio.timeout(_ANSWER_SECONDS):
            return Timing(acknowledged, await future - began)

    async def ask_at_rate(self, texts: Sequence[str], per_second: float) -> list[Timing]:
        """Open loop: nobody waits for anybody's answer before writing."""
        began = perf_counter()
        tasks: list[asyncio.Task[Timing]] = []
        for person, text in enumerate(texts, start=1):
            await asyncio.sleep(max(0.0, began + len(tasks) / per_second - perf_counter()))
            tasks.append(asyncio.create_task(self.ask(person, text)))
        return list(await asyncio.gather(*tasks))

    async def ask_at_once(self, texts: Sequence[str]) -> tuple[float, list[Timing]]:
        """Everybody together; messages answered a second, and each one's timing."""
        began = perf_counter()
        asked = (self.ask(person, text) for person, text in enumerate(texts, start=1))
        timings = await asyncio.gather(*asked)
        return len(texts) / (perf_counter() - began), list(timings)


def read_messages(number: int | None = None) -> list[str]:
    """Messages in people's own words, evenly from the held-apart set; all without `number`."""
    lines = EVALUATION.read_text(encoding="utf8").splitlines()
    step = max(1, len(lines) // number) if number else 1
    return [json.loads(line)["text"] for line in lines[::step]][:number]
