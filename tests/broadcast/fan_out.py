"""A process of its own that starts what is due and is killed on the way: see `test_fan_out`."""

import asyncio
import json
import sys
from datetime import datetime
from pathlib import Path

from broadcast.control import tick
from hub.clock import ManualClock
from hub.database import Database
from tests.broadcast.scene import POLICY


async def main(url: str, moment: str) -> None:
    database = Database(url)
    await tick(database, POLICY, ManualClock(datetime.fromisoformat(moment)))
    await database.close()


if __name__ == "__main__":
    arguments = json.loads(Path(sys.argv[1]).read_text(encoding="utf8"))
    asyncio.run(main(arguments["url"], arguments["moment"]))
