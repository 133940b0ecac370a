"""`chasqui demo-data`: a demonstration's database with made-up people and a past."""

import sys
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from hub.app.demodata.crowd import Size
from hub.app.demodata.filling import Filling
from hub.cli.start import Settings, load_vault, open_database, read_settings, run
from hub.migrations.running import current_revision, migrate, newest_revision
from hub.vault import Vault

_SEED = 2026


def demo_data(
    contacts: Annotated[int, typer.Option(help="People.", min=1)] = 5_000,
    messages: Annotated[int, typer.Option(help="Messages, in and out together.", min=2)] = 20_000,
    broadcasts: Annotated[int, typer.Option(help="Updates, in every state.", min=0)] = 30,
    cases: Annotated[int, typer.Option(help="Requests, rumours and complaints.", min=0)] = 80,
    seed: Annotated[int, typer.Option(help="The same seed makes the same people.")] = _SEED,
) -> None:
    """Fill the demonstration with made-up people, messages, updates and cases, then run `demo`."""
    settings = read_settings()
    _ensure_keys(settings.environment.chasqui_keys)
    size = Size(contacts, messages, broadcasts, cases)
    began = perf_counter()
    run(_fill(settings, size, seed))
    print(f"filled in {perf_counter() - began:.0f} s with seed {seed}; now run `chasqui demo`")


async def _fill(settings: Settings, size: Size, seed: int) -> None:
    async with open_database(settings, checked=False) as database:
        if await current_revision(database) != newest_revision():
            await migrate(database)
        filling = Filling(
            database, load_vault(settings), settings.config, settings.clock.now(), _tell
        )
        await filling.fill(size, seed)


def _tell(what: str) -> None:
    print(f"{what} …", file=sys.stderr)


def _ensure_keys(path: Path) -> None:
    if not path.exists():
        Vault.generate().save(path)
