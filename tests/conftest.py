"""Fixtures that every part shares: a database of each kind, keys, a clock that obeys."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings

from hub.clock import ManualClock
from hub.database import Database
from hub.vault import Vault
from tests.chat import Chat, open_hub, prepare
from tests.databases import PostgresServer, create_schema

for _name in [name for name in os.environ if name.startswith(("CHASQUI_", "TELEGRAM_", "TWILIO_"))]:
    del os.environ[_name]


# How long an example takes says how busy the machine is; `make bench` measures speed.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    server = PostgresServer.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def schema_in_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the current schema, to be copied: making it takes a hundred times as long."""
    path = tmp_path_factory.mktemp("schema") / "chasqui.db"
    asyncio.run(create_schema(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def schema_in_postgres(postgres: PostgresServer) -> str:
    """The same on PostgreSQL."""
    url = postgres.new_database()
    asyncio.run(create_schema(url))
    return url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("schema_in_sqlite"), tmp_path)
        return f"sqlite:///{path}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database(like=request.getfixturevalue("schema_in_postgres"))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An empty database with the current schema, once on SQLite and once on PostgreSQL."""
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite(schema_in_sqlite: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty SQLite database, for tests whose subject is not the database."""
    opened = Database(f"sqlite:///{shutil.copy(schema_in_sqlite, tmp_path)}")
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def vault() -> Vault:
    return Vault.generate()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, vault: Vault) -> Path:
    """A database with the Peru pack, to be copied by whoever needs one."""
    path = tmp_path_factory.mktemp("prepared") / "chasqui.db"
    asyncio.run(prepare(f"sqlite:///{path}", vault, ManualClock(NOW)))
    return path


@pytest.fixture
async def chat(
    prepared: Path, tmp_path: Path, vault: Vault, clock: ManualClock
) -> AsyncIterator[Chat]:
    """A person with a phone, and the whole hub behind it (without Rasa: the matcher answers)."""
    path = tmp_path / "chasqui.db"
    shutil.copy(prepared, path)
    hub = await open_hub(path, vault, clock)
    yield Chat(hub, clock)
    await hub.close()
