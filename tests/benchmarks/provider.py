"""A provider in a process of its own, that accepts everything and calls nobody back.

`python -m tests.benchmarks.provider telegram|whatsapp [RATE]` prints its URL. With a rate it
answers 429 to what comes faster, as Telegram does; `GET /_control/arrivals` tells what came.
`python -m tests.benchmarks.provider far SECONDS` is a Telegram that answers after so long, as one
on another continent does.
"""

import asyncio
import gc
import sys
from time import monotonic

from aiohttp import web

from tests.servers.faults import Fault, FaultKind
from tests.servers.telegram import TelegramServer
from tests.servers.twilio import Behaviour, TwilioServer


class StrictTelegram(TelegramServer):
    """Grants `rate` messages a second, and never more than a second's worth at once."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self._rate = rate
        self._tokens, self._filled_at = rate, monotonic()
        self._accepted: list[float] = []
        self._refused = 0

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/_control/arrivals", self._tell), *super().routes()]

    def take_fault(self, recipient: str) -> Fault | None:
        now = monotonic()
        grown = (now - self._filled_at) * self._rate
        self._tokens, self._filled_at = min(self._rate, self._tokens + grown), now
        if self._tokens < 1:
            self._refused += 1
            body = {
                "ok": False,
                "error_code": 429,
                "description": "Too Many Requests: retry after 1",
            }
            return Fault(FaultKind.STATUS, 429, {**body, "parameters": {"retry_after": 1}})
        self._tokens -= 1
        self._accepted.append(now)
        return super().take_fault(recipient)

    async def _tell(self, request: web.Request) -> web.Response:
        return web.json_response({"accepted": self._accepted, "refused": self._refused})


class FarTelegram(TelegramServer):
    """Answers each call `seconds` after it came."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    async def _call(self, request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(self._seconds)
        return await super()._call(request)


async def main(channel: str, number: float | None = None) -> None:
    server: TelegramServer | TwilioServer
    if number is not None:
        server = FarTelegram(number) if channel == "far" else StrictTelegram(number)
    elif channel == "telegram":
        server = TelegramServer()
    else:
        server = TwilioServer()
        server.behaviour = Behaviour(statuses=())
    gc.disable()  # it keeps all that it is sent: to look through that is no provider's work
    async with server:
        print(server.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], *map(float, sys.argv[2:])))
