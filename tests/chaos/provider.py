"""Telegram and Twilio in a process that nobody kills, whose log is what really happened.

Each call is a line of JSON: who, which words, whether it was accepted, and what went wrong with it.
"""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TextIO

from aiohttp import web

from hub.app.processes import run
from tests.servers.faults import Fault, FaultKind, Received
from tests.servers.telegram import TelegramServer
from tests.servers.twilio import TwilioServer

PUBLIC_URL = "https://hub.example.org"
_SENDS = {"sendMessage": ("telegram", "chat_id", "text"), "create": ("whatsapp", "To", "Body")}


class WrittenLog(deque[Received]):
    """Each send is in the file before the hub hears of it."""

    def __init__(self, file: TextIO) -> None:
        super().__init__(maxlen=1)
        self._file = file
        self.template_of: Callable[[dict[str, str]], str] = lambda fields: ""
        self.faults: dict[str, FaultKind] = {}  # of the call that a recipient's server answers now

    def append(self, call: Received) -> None:
        if call.method not in _SENDS:
            return
        channel, to, text = _SENDS[call.method]
        line = {
            "channel": channel,
            "to": call.fields.get(to, "").removeprefix("whatsapp:"),
            "text": self.template_of(call.fields) or call.fields.get(text, ""),
            "accepted": call.accepted,
            "fault": self.faults.pop(call.fields.get(to, ""), None),
        }
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()

    def note(self, recipient: str, fault: Fault | None) -> Fault | None:
        if fault is not None:
            self.faults[recipient] = fault.kind
        return fault


class ChaosTelegram(TelegramServer):
    def __init__(self, file: TextIO) -> None:
        super().__init__()
        self.log = self._written = WrittenLog(file)

    def take_fault(self, recipient: str) -> Fault | None:
        return self._written.note(recipient, super().take_fault(recipient))


class ChaosTwilio(TwilioServer):
    def __init__(self, file: TextIO) -> None:
        super().__init__()
        self.log = self._written = WrittenLog(file)
        self._written.template_of = self._template_of

    def _template_of(self, fields: dict[str, str]) -> str:
        return self._body_of(fields) if "ContentSid" in fields else ""

    def take_fault(self, recipient: str) -> Fault | None:
        return self._written.note(recipient, super().take_fault(recipient))

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/_control/calm", self._calm), *super().routes()]

    async def _calm(self, request: web.Request) -> web.Response:
        """How many status callbacks are still on their way."""
        del request
        return web.json_response({"callbacks": len(self._background)})


def play(log: Path, hub: str, behaviour: dict[str, Any], answer: Connection) -> None:
    """The process: sends its two URLs, then serves until it is ended."""
    run(lambda: _play(log, hub, behaviour, answer))


async def _play(log: Path, hub: str, behaviour: dict[str, Any], answer: Connection) -> None:
    with log.open("a", encoding="utf8") as file:
        telegram, twilio = ChaosTelegram(file), ChaosTwilio(file)
        twilio.connect_to = (PUBLIC_URL, hub)
        for name, value in behaviour.items():
            setattr(twilio.behaviour, name, value)
        async with telegram, twilio:
            answer.send((telegram.url, twilio.url))
            await asyncio.Event().wait()
