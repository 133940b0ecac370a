"""The plainest bot there is: says 200 at once, then sends one fixed text. It keeps nothing.

`python -m tests.benchmarks.echo_bot URL` prints where it listens; URL is Telegram's.
"""

import asyncio
import sys

import aiohttp
import uvloop
from aiohttp import web

from tests.servers.telegram import TOKEN

TEXT = "La oficina de Tumbes atiende en la plaza desde las 8. Lleva agua y tu documento. " * 6


async def main(telegram: str) -> None:
    tasks: set[asyncio.Task[None]] = set()
    async with aiohttp.ClientSession() as session:

        async def reply(chat: int) -> None:
            form = {"chat_id": chat, "text": TEXT}
            async with session.post(f"{telegram}/bot{TOKEN}/sendMessage", data=form) as answer:
                await answer.read()

        async def receive(request: web.Request) -> web.Response:
            update = await request.json()
            task = asyncio.create_task(reply(update["message"]["chat"]["id"]))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            return web.Response()

        app = web.Application()
        app.add_routes([web.post("/webhooks/telegram", receive)])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1]))
