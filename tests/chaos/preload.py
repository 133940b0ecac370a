"""What each process of a run needs, imported and read once in the server that they are forked from.

Importing it is its work; a process that is begun again then starts at once.
"""

import asyncio
import gc
import tempfile
from pathlib import Path

import hub.jobs.cluster
import tests.chaos.run
from hub.vault import Vault
from tests.chaos.worker import Orders, build
from tests.databases import create_schema

_NOWHERE = "http://127.0.0.1:9"


async def _build_once() -> None:
    """Phrases, names, the client library's thousand modules: read when a hub is built."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        Vault.generate().save(folder / "keys.json")
        url = f"sqlite:///{folder}/empty.db"
        await create_schema(url)
        made = await build(Orders(url, folder, folder, _NOWHERE, _NOWHERE, 1, True, None, ""))
        await made.database.close()


asyncio.run(_build_once())
gc.collect()
gc.freeze()

__all__ = ["hub", "tests"]
