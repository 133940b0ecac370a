"""Migration 0002 keeps what is there: texts, their ties, and a code for all that was ever told."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from content.codes import codes_for
from hub.database import Database
from hub.migrations.running import migrate
from tests.databases import PostgresServer

BOTH = pytest.mark.parametrize(
    "kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
NewURL = Callable[[str], str]
_OLD = """
INSERT INTO organisations (id, name) VALUES ('o', 'Org');
INSERT INTO topics (key, owner) VALUES ('asylum.apply', 'protection');
INSERT INTO answers (id, version, state, hash, edited_by, verified_at, is_demonstration, changed_at,
 topic, sensitive, handover, related, sources)
 VALUES ('told', 1, 'approved', 'abc', '[]', '2026-11-01 00:00:00', TRUE, '2026-11-01 00:00:00',
 'asylum.apply', FALSE, FALSE, '[]', '[]');
INSERT INTO answers (id, version, state, hash, edited_by, is_demonstration, changed_at,
 topic, sensitive, handover, related, sources)
 VALUES ('draft', 2, 'draft', 'def', '[]', FALSE, '2026-11-01 00:00:00',
 'asylum.apply', FALSE, FALSE, '[]', '[]');
INSERT INTO answer_texts (answer_id, language, title, text) VALUES ('told', 'es', 'T', 'Uno');
INSERT INTO answer_texts (answer_id, language, title, text) VALUES ('draft', 'es', 'T', 'Dos');
"""


@pytest.fixture
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> NewURL:
    def make(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path}/old.db"
        server: PostgresServer = request.getfixturevalue("postgres")
        return server.new_database()

    return make


async def run(database: Database, *statements: str) -> list[tuple[object, ...]]:
    """The rows of the last statement."""
    async with database.engine.begin() as connection:
        for statement in statements:
            result = await connection.execute(text(statement))
        return [tuple(row) for row in result.all()] if result.returns_rows else []


@BOTH
async def test_what_is_there_survives_the_way_up_and_down(kind: str, new_url: NewURL) -> None:
    # PEER-17
    database = Database(new_url(kind))
    await migrate(database, "0001")
    await run(database, *(part for part in _OLD.split(";") if part.strip()))
    await migrate(database)
    codes = await run(database, "SELECT id, code FROM answers ORDER BY id")
    assert codes == [("draft", None), ("told", next(codes_for("asylum.apply", 1, "abc")))]
    texts = "SELECT answer_id, text FROM answer_texts ORDER BY answer_id"
    kept = [("draft", "Dos"), ("told", "Uno")]
    assert await run(database, texts) == kept
    steps = await run(database, "SELECT DISTINCT CAST(steps AS VARCHAR(9)) FROM answer_texts")
    assert steps == [("{}",)]
    await migrate(database, "0001")
    assert await run(database, texts) == kept
    await migrate(database)
    assert await run(database, texts) == kept
    await database.close()
