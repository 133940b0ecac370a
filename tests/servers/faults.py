"""A server that plays a provider, writes down what it receives, and misbehaves on demand."""

import asyncio
import json
import socket
import struct
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, Self

from aiohttp import web


class FaultKind(StrEnum):
    STATUS = "status"  # answer with `status` and `body` without doing what was asked
    STATUS_AFTER = "status_after"  # do what was asked, then answer with `status`
    HANG = "hang"  # do what was asked and never answer
    SLOW = "slow"  # answer one byte at a time
    RESET = "reset"  # cut the connection without doing what was asked
    RESET_AFTER = "reset_after"  # do what was asked, then cut the connection
    CUT_OFF = "cut_off"  # promise more bytes than come
    TRUNCATED = "truncated"  # half of the JSON
    HTML = "html"  # a page with status 200
    EMPTY = "empty"  # `{"ok": true}`, or `{}`: no result
    RAW = "raw"  # `raw` with status 200, whatever it is
    HUGE = "huge"  # ten megabytes


_AFTER = frozenset(FaultKind) - {FaultKind.STATUS, FaultKind.RESET}


@dataclass
class Fault:
    """What goes wrong for the next `times` calls, of one recipient or (None) of anybody."""

    kind: FaultKind
    status: int = 500
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""
    recipient: str | None = None
    times: int = 1

    @property
    def accepts_first(self) -> bool:
        return self.kind in _AFTER

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        known = {one.name for one in fields(cls)} - {"raw"}
        return cls(
            **{**{k: v for k, v in value.items() if k in known}, "kind": FaultKind(value["kind"])}
        )


@dataclass(frozen=True)
class Received:
    """One call as it arrived; `accepted` says whether it had its effect."""

    method: str
    fields: dict[str, str]
    accepted: bool


class FakeServer:
    """Use as `async with TelegramServer() as server:`; `server.url` is where it listens."""

    def __init__(self, port: int = 0) -> None:
        self._port = port
        self._runner: web.AppRunner | None = None
        self._background: set[asyncio.Task[None]] = set()
        self.faults: list[Fault] = []
        self.log: deque[Received] = deque(maxlen=100_000)
        self.url = ""

    def routes(self) -> list[web.RouteDef]:
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=4 * 1024 * 1024)
        app.add_routes([*self.routes(), *self._controls()])
        # Handlers that hang end with their client, and never hold up the end of a test.
        self._runner = web.AppRunner(
            app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()

    def misbehave(self, kind: FaultKind, **details: Any) -> None:
        self.faults.append(Fault(kind, **details))

    def calls(self, method: str) -> list[dict[str, str]]:
        """The fields of every call of this method, in order, refused ones too."""
        return [one.fields for one in self.log if one.method == method]

    def accepted(self, method: str) -> list[dict[str, str]]:
        return [one.fields for one in self.log if one.method == method and one.accepted]

    def _controls(self) -> list[web.RouteDef]:
        return [
            web.post("/_control/fault", self._control_fault),
            web.get("/_control/log", self._control_log),
        ]

    async def _control_fault(self, request: web.Request) -> web.Response:
        self.faults.append(Fault.from_json(await request.json()))
        return web.json_response({})

    async def _control_log(self, request: web.Request) -> web.Response:
        log = [{"method": r.method, "fields": r.fields, "accepted": r.accepted} for r in self.log]
        return web.json_response(log)

    def start(self, work: Any) -> None:
        """Run a coroutine beside the server, until it ends or the server does."""
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def settle(self) -> None:
        """Wait until everything that was started is over, failed tries and repeats included."""
        while self._background:
            await asyncio.gather(*self._background, return_exceptions=True)

    def take_fault(self, recipient: str) -> Fault | None:
        for fault in self.faults:
            if fault.recipient in (None, recipient):
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault
        return None


async def spoil(request: web.Request, fault: Fault, good: web.Response) -> web.StreamResponse:
    """The answer that `fault` makes of a good one."""
    body = good.body if isinstance(good.body, bytes) else b""
    match fault.kind:
        case FaultKind.HANG:
            await asyncio.sleep(3600)
        case FaultKind.RESET | FaultKind.RESET_AFTER:
            _reset(request)
        case FaultKind.SLOW:
            await _send_slowly(request, body)
        case FaultKind.CUT_OFF:
            return await _cut_off(request, body)
    return _spoilt(fault, body)


def _spoilt(fault: Fault, body: bytes) -> web.Response:
    page = b"<html><body>Welcome to the hotel's network</body></html>"
    bodies = {
        FaultKind.TRUNCATED: body[: len(body) // 2],
        FaultKind.HTML: page,
        FaultKind.EMPTY: b'{"ok":true}' if b'"ok"' in body else b"{}",
        FaultKind.RAW: fault.raw,
        FaultKind.HUGE: b'{"ok":true,"result":"' + b"a" * 10_000_000 + b'"}',
    }
    if fault.kind in bodies:
        kind = "text/html" if fault.kind is FaultKind.HTML else "application/json"
        return web.Response(body=bodies[fault.kind], content_type=kind)
    if fault.body is None:
        return web.Response(status=fault.status, text="<html>error</html>", headers=fault.headers)
    text = json.dumps(fault.body)
    return web.Response(
        status=fault.status, text=text, content_type="application/json", headers=fault.headers
    )


def _reset(request: web.Request) -> None:
    """Close with RST rather than FIN, as a crashed machine or a strict firewall does."""
    transport = request.transport
    if transport is not None:
        raw = transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()


async def _send_slowly(request: web.Request, body: bytes) -> None:
    response = web.StreamResponse(headers={"Content-Length": str(len(body))})
    await response.prepare(request)
    for position in range(len(body)):
        await asyncio.sleep(0.2)
        await response.write(body[position : position + 1])


async def _cut_off(request: web.Request, body: bytes) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": str(len(body) + 100)})
    await response.prepare(request)
    await response.write(body)
    if request.transport is not None:
        request.transport.close()
    return response
