"""What every command starts with: configuration, keys, database; and how it ends on bad input."""

import asyncio
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from hub.clock import Clock, SystemClock
from hub.config import Config, Environment, read_config, read_environment
from hub.database import Database
from hub.logs import configure_logs
from hub.migrations.running import check_schema
from hub.vault import Vault

T = TypeVar("T")


@dataclass(frozen=True)
class Settings:
    config: Config
    environment: Environment
    clock: Clock


def read_settings() -> Settings:
    environment = read_environment()
    config = read_config(environment.chasqui_config)
    configure_logs(as_json=config.log_format == "json")
    return Settings(config, environment, SystemClock())


def load_vault(settings: Settings) -> Vault:
    return Vault.load(settings.environment.chasqui_keys)


@asynccontextmanager
async def open_database(settings: Settings, *, checked: bool = True) -> AsyncIterator[Database]:
    """The database, closed at the end; `checked` refuses one with another schema."""
    database = Database(settings.environment.chasqui_database_url)
    try:
        if checked:
            await check_schema(database)
        yield database
    finally:
        await database.close()


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def fail(message: str) -> NoReturn:
    print(message, file=sys.stderr)
    raise SystemExit(2)
