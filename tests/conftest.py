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


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database with the current schema, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/chasqui.db"
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.new_database()
    await create_schema(url)
    opened = Database(url)
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Database]:
    """An empty SQLite database, for tests whose subject is not the database."""
    url = f"sqlite:///{tmp_path}/chasqui.db"
    await create_schema(url)
    opened = Database(url)
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
