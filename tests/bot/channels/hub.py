"""A web server that does with webhooks what the hub does, in short: verify, parse, keep, answer."""

from typing import Self

from aiohttp import web

from bot.channels.base import Channel, ForgedRequestError, WebhookRequest, read_headers
from bot.messages import Inbound, Receipt


class Hub:
    """`adapter` must be set before the first webhook. `answers` are statuses to give before 200."""

    adapter: Channel

    def __init__(self) -> None:
        self.heard: list[Inbound | Receipt] = []
        self.answers: list[int] = []
        self.url = ""
        app = web.Application()
        app.router.add_post("/webhooks/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.Response:
        path, _, query = request.raw_path.partition("?")
        headers = read_headers(request.raw_headers)
        received = WebhookRequest(request.method, path, query, headers, await request.read())
        try:
            self.adapter.verify(received)
        except ForgedRequestError:
            return web.Response(status=403)
        if self.answers:
            return web.Response(status=self.answers.pop(0))
        self.heard.extend(self.adapter.parse(received))
        return web.Response()
