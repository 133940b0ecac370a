"""A database with staff and people, and a Telegram that writes down when what came."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.models import Address
from hub.clock import ManualClock
from hub.database import Database
from hub.migrations.running import migrate
from hub.vault import Vault
from tests.broadcast.scene import Scene
from tests.cluster.telegram import SlowTelegram
from tests.cluster.workers import Cluster
from tests.databases import PostgresServer
from tests.servers.telegram import TOKEN


class OnTelegram(Scene):
    """People are chats there, and no phone numbers."""

    def address(self, contact_id: str, channel: str, spelled: str) -> Address:
        return super().address(contact_id, channel, spelled.removeprefix("+51"))


@dataclass
class World:
    """`scene` lives a little in the past, so that what it sends is due now."""

    cluster: Cluster
    scene: Scene
    telegram: SlowTelegram

    async def lose_all_jobs(self) -> None:
        async with self.scene.database.write() as session:
            await session.execute(text("SET LOCAL search_path TO procrastinate"))
            await session.execute(text("DELETE FROM procrastinate_jobs"))


@pytest.fixture
async def telegram() -> AsyncIterator[SlowTelegram]:
    async with SlowTelegram() as server:
        yield server


@pytest.fixture
async def world(
    tmp_path: Path, postgres: PostgresServer, vault: Vault, telegram: SlowTelegram
) -> AsyncIterator[World]:
    url = postgres.new_database()
    database = Database(url, pool_size=4)
    await migrate(database)
    vault.save(tmp_path / "keys.json")
    scene = OnTelegram(database, vault, ManualClock(datetime.now(UTC) - timedelta(minutes=10)))
    await scene.hire()
    cluster = Cluster(
        tmp_path,
        url,
        environment={"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_BASE": telegram.url},
        settings={
            "understanding": {"rasa": False},
            "broadcast": {"undo_seconds": 0, "quiet_from": None},  # it runs by the wall clock
            "channels": {"telegram": {"rate_per_second": 25, "in_flight": 16}},
            "database_connections": 5,
        },
    )
    yield World(cluster, scene, telegram)
    await cluster.end()
    await database.close()
