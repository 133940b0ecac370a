"""Migration 0006 rebuilds the texts of updates on SQLite; words and guards come through it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from broadcast.checking import check_language
from broadcast.versions import find_update
from hub.clock import ManualClock
from hub.database import Database
from hub.migrations.running import migrate
from hub.vault import Vault
from tests.broadcast.scene import Scene
from tests.databases import PostgresServer

BOTH = pytest.mark.parametrize(
    "kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
NewURL = Callable[[str], str]
_WORDS = "SELECT language, text, closing FROM update_texts ORDER BY language"
_MARKS = "SELECT language FROM update_texts WHERE checked_by IS NOT NULL"
_CHANGE = "UPDATE update_texts SET text = 'changed'"


@pytest.fixture
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> NewURL:
    def make(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path}/old.db"
        server: PostgresServer = request.getfixturevalue("postgres")
        return server.new_database()

    return make


async def rows(database: Database, query: str) -> list[tuple[object, ...]]:
    async with database.engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


async def refuses_changes(database: Database) -> bool:
    try:
        async with database.engine.begin() as connection:
            await connection.execute(text(_CHANGE))
    except IntegrityError:
        return True
    return False


@BOTH
async def test_words_and_guards_survive_the_way_down_and_up(
    kind: str, new_url: NewURL, vault: Vault, clock: ManualClock
) -> None:
    # PEER-17, SEC-27
    database = Database(new_url(kind))
    await migrate(database)
    scene = Scene(database, vault, clock)
    await scene.hire()
    await scene.add_person()
    update_id = await scene.compose()
    async with database.write() as session:
        await check_language(
            session,
            update_id,
            "es",
            seen_hash=(await find_update(session, update_id)).content_hash,
            checker=scene.staff["author"],
            now=clock.now(),
        )
    await scene.submit(update_id)
    words = await rows(database, _WORDS)
    assert len(words) == 2
    assert await rows(database, _MARKS) == [("es",)]
    await migrate(database, "0005")
    assert await rows(database, _WORDS) == words
    assert await refuses_changes(database)
    await migrate(database)
    assert await rows(database, _WORDS) == words
    assert await rows(database, _MARKS) == []
    assert await refuses_changes(database)
    await database.close()
