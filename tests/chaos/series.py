"""Runs one after another in one place: a filled template, its server, and what runs leave there."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from hub.vault import Vault
from tests.chaos.people import Template
from tests.chaos.plan import draw
from tests.chaos.run import Outcome, Run
from tests.databases import PostgresServer

FAILED = Path("build/chaos")


@dataclass(frozen=True)
class Lane:
    database: str
    template: Template
    count: int

    @classmethod
    @asynccontextmanager
    async def open(cls, database: str, people: int) -> AsyncIterator[Self]:
        with tempfile.TemporaryDirectory(prefix="chasqui-chaos-") as folder:
            on_postgres = database == "postgresql"
            # Not in a thread: the library's lock takes two threads for one.
            server = PostgresServer.start() if on_postgres else None
            try:
                template = Template(Path(folder), server, Vault.generate())
                await template.fill(people)
                yield cls(database, template, people)
            finally:
                if server is not None:
                    server.stop()


async def run_one(lane: Lane, seed: int, number: int) -> Outcome:
    """A run; what it leaves behind is kept if it found anything."""
    template = lane.template
    plan = draw(seed, number, lane.count, on_postgres=template.server is not None)
    name = f"run_{seed}_{number}"
    folder = template.folder / name
    outcome = await Run(plan, template, folder, name).go()
    if outcome.verdict.violations:
        files = [*folder.glob("*.log"), *template.folder.glob(f"{name}.db*")]
        outcome.save(FAILED / f"{lane.database}-{seed}-{number}", *files)
    await asyncio.to_thread(template.drop, name)
    return outcome
