"""The scene of the tests of updates, on both databases and on SQLite alone."""

from datetime import timedelta
from typing import Any

import pytest

import content.models  # noqa: F401  # tables that the schema is made of
from broadcast.audience import Audience
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


@pytest.fixture
def hashed_content(clock: ManualClock) -> dict[str, Any]:
    """The arguments of `content_hash`."""
    return {
        "texts": {"es": "a", "en": "b"},
        "audience": Audience(languages=("es",)),
        "send_at": clock.now() + timedelta(hours=1),
        "not_after": clock.now() + timedelta(hours=2),
    }
