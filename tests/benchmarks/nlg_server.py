"""Writes stock Rasa's texts over HTTP, the same one always. `python -m tests.benchmarks.nlg_server`
prints where it listens.
"""

import asyncio

import uvloop
from aiohttp import web

from tests.benchmarks.echo_bot import TEXT


async def _generate(_request: web.Request) -> web.Response:
    return web.json_response({"text": TEXT})


async def main() -> None:
    app = web.Application()
    app.add_routes([web.post("/nlg", _generate)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
