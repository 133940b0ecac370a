"""The scene of the tests of updates, on both databases and on SQLite alone."""

import pytest

import bot.models
import broadcast.models
import content.models  # noqa: F401  # tables that the schema is made of
from hub.clock import ManualClock
from hub.database import Database
from hub.vault import Vault
from tests.broadcast.scene import Scene


@pytest.fixture
async def scene(database: Database, vault: Vault, clock: ManualClock) -> Scene:
    made = Scene(database, vault, clock)
    await made.hire()
    return made


@pytest.fixture
async def small_scene(sqlite: Database, vault: Vault, clock: ManualClock) -> Scene:
    """On SQLite only, for tests whose subject is not the database."""
    made = Scene(sqlite, vault, clock)
    await made.hire()
    return made
