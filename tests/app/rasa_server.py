"""A server in the place of Rasa: answers as told, and keeps what it was asked."""

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

GOOD: dict[str, Any] = {
    "responses": [{"name": "utter_answer", "slots": {"topic": "asylum.apply"}}],
    "intent": {"name": "asylum.apply", "confidence": 0.9},
    "ranking": [{"name": "asylum.apply", "confidence": 0.9}],
    "slots": {"need": "food", "place": None},
    "state": {"form": None},
    "active_form": None,
}
SECRET = "a-shared-secret"


@dataclass
class RasaServer:
    """`answers` come first, as (status, body); then everything is answered well."""

    answers: deque[tuple[int, bytes]] = field(default_factory=deque)
    asked: list[dict[str, Any]] = field(default_factory=list)
    gate: asyncio.Event | None = None
    is_ready: bool = True
    url: str = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.add_routes(
            [
                web.post("/webhooks/hub/turn", self._turn),
                web.get("/webhooks/hub/", self._health),
            ]
        )
        self._runner = web.AppRunner(
            app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _health(self, request: web.Request) -> web.Response:
        del request
        return web.Response(status=200 if self.is_ready else 503)

    async def _turn(self, request: web.Request) -> web.Response:
        if request.headers.get("X-Chasqui-Secret") != SECRET:
            return web.Response(status=403)
        self.asked.append(await request.json())
        if self.gate is not None:
            await self.gate.wait()
        status, body = self.answers.popleft() if self.answers else (200, json.dumps(GOOD).encode())
        return web.Response(status=status, body=body, content_type="application/json")
