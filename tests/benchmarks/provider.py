"""A provider in a process of its own, that accepts everything and calls nobody back.

`python -m tests.benchmarks.provider telegram|whatsapp` prints its URL.
"""

import asyncio
import sys

from tests.servers.telegram import TelegramServer
from tests.servers.twilio import Behaviour, TwilioServer


async def main(channel: str) -> None:
    server: TelegramServer | TwilioServer
    if channel == "telegram":
        server = TelegramServer()
    else:
        server = TwilioServer()
        server.behaviour = Behaviour(statuses=())
    async with server:
        print(server.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
