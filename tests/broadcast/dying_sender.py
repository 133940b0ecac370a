"""A process of its own that sends what is due, until nobody is left or it is killed on the way.

Its provider writes each message to a file as it accepts it, before the hub hears of it.
"""

import asyncio
import json
import sys
from datetime import datetime
from pathlib import Path

from bot.messages import Outbound
from bot.rates import Bucket, Rate
from bot.sender import Sender
from broadcast.deliveries import Deliveries
from hub.clock import ManualClock
from hub.database import Database
from hub.vault import Vault
from tests.broadcast.recorder import Recorder
from tests.broadcast.scene import POLICY

IN_FLIGHT = 16


class Written(Recorder):
    log: Path

    async def send(self, address: str, message: Outbound, *, send_id: str) -> str:
        with self.log.open("a", encoding="utf8") as file:
            file.write(f"{address}\n")
        return await super().send(address, message, send_id=send_id)


async def main(url: str, moment: str, keys: str, log: str) -> None:
    database, clock = Database(url), ManualClock(datetime.fromisoformat(moment))
    lane = Deliveries(database, Vault.load(Path(keys)), POLICY)
    await lane.recover(clock.now(), everything=True)
    channel = Written("telegram", clock.now)
    channel.log = Path(log)
    sender = Sender(channel, [lane], Bucket(Rate(1e9, 0.0)), IN_FLIGHT, clock)
    while await sender.step():
        pass
    await sender.drain()
    while await sender.step():
        await sender.drain()
    await sender.drain()
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(**json.loads(Path(sys.argv[1]).read_text(encoding="utf8"))))
