"""The migrations make exactly what the models say, on both databases, and take it away again."""

import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, inspect, text
from sqlalchemy.engine.reflection import Inspector

from hub.database import Base, Database
from hub.migrations.running import SchemaError, check_schema, migrate, newest_revision
from hub.migrations.writing import write_migration
from tests.databases import PARTS, PostgresServer, create_schema

FOLDER = Path(__file__).parent.parent.parent / "hub" / "migrations"
VERSIONS = sorted((FOLDER / "versions").glob("[0-9]*.py"))
BOTH = pytest.mark.parametrize(
    "kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
NewURL = Callable[[str], str]


@pytest.fixture
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> NewURL:
    """The URL of a database without any table."""
    numbers = iter(range(100))

    def make(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path}/{next(numbers)}.db"
        server: PostgresServer = request.getfixturevalue("postgres")
        return server.new_database()

    return make


@pytest.fixture
async def migrated(kind: str, new_url: NewURL) -> AsyncIterator[Database]:
    database = Database(new_url(kind))
    await migrate(database)
    yield database
    await database.close()


@pytest.fixture
async def modelled(kind: str, new_url: NewURL) -> AsyncIterator[Database]:
    url = new_url(kind)
    await create_schema(url)
    database = Database(url)
    yield database
    await database.close()


async def look(database: Database, read: Callable[[Connection], Any]) -> Any:
    async with database.engine.connect() as connection:
        return await connection.run_sync(read)


def tables(connection: Connection) -> list[str]:
    return sorted(inspect(connection).get_table_names())


@BOTH
async def test_up_down_and_up_again(migrated: Database) -> None:
    # PEER-17, F-17
    names = await look(migrated, tables)
    assert set(names) == {*Base.metadata.tables, "alembic_version"}
    await migrate(migrated, "base")
    assert await look(migrated, tables) == ["alembic_version"]
    assert await look(migrated, _triggers) == {}
    await migrate(migrated)
    assert await look(migrated, tables) == names


@BOTH
async def test_a_second_upgrade_changes_nothing(migrated: Database) -> None:
    before = await look(migrated, _describe)
    await migrate(migrated)
    assert await look(migrated, _describe) == before


@BOTH
async def test_models_and_migrations_do_not_drift(migrated: Database) -> None:
    # PEER-17: `make migration` would find nothing to write
    assert PARTS

    def compare(connection: Connection) -> list[Any]:
        options = {"compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, Base.metadata))

    assert await look(migrated, compare) == []


@BOTH
async def test_every_part_of_every_table_is_as_the_models_make_it(
    migrated: Database, modelled: Database
) -> None:
    """Also what Alembic does not compare: checks, conditions of indexes, rules of deletion."""
    ours, theirs = await look(migrated, _describe), await look(modelled, _describe)
    assert ours.keys() == theirs.keys()
    for table in theirs:
        assert ours[table] == theirs[table], table


@BOTH
async def test_the_guards_are_as_the_models_make_them(
    migrated: Database, modelled: Database
) -> None:
    # SEC-27, PEER-10: the two-person rule stands in a migrated database too
    theirs = await look(modelled, _triggers)
    assert len(theirs) > 10
    assert await look(migrated, _triggers) == theirs


@BOTH
async def test_another_schema_is_refused(kind: str, new_url: NewURL) -> None:
    # F-17
    database = Database(new_url(kind))
    with pytest.raises(SchemaError, match=r"revision none, .* run `chasqui migrate`"):
        await check_schema(database)
    await migrate(database)
    await check_schema(database)
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaError, match="revision 9999"):
        await check_schema(database)
    await database.close()


@pytest.mark.postgres
async def test_a_migration_does_not_wait_for_ever(new_url: NewURL) -> None:
    # PEER-17: limits are set before anything is locked
    database = Database(new_url("postgres"))
    said: list[str] = []
    event.listen(
        database.engine.sync_engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_: said.append(statement),
    )
    await migrate(database)
    first_table = next(n for n, statement in enumerate(said) if "CREATE TABLE" in statement)
    for limit in ("lock_timeout", "statement_timeout"):
        assert any(f"SET {limit}" in statement for statement in said[:first_table])
    await database.close()


@pytest.mark.postgres
async def test_what_follows_a_migration_has_all_the_time_that_it_needs(new_url: NewURL) -> None:
    database = Database(new_url("postgres"))
    await migrate(database)
    async with database.engine.connect() as connection:
        for name in ("lock_timeout", "statement_timeout"):
            assert await connection.scalar(text(f"SHOW {name}")) == "0"
    await database.close()


def test_revisions_are_numbered_in_one_line() -> None:
    # PEER-17
    script = ScriptDirectory(str(FOLDER))
    assert script.get_heads() == [newest_revision()]
    revisions = {each.revision: each for each in script.walk_revisions()}
    for number, path in enumerate(VERSIONS, 1):
        assert re.fullmatch(rf"{number:04}_[a-z][a-z0-9_]*\.py", path.name), path.name
        revision = revisions[f"{number:04}"]
        assert revision.down_revision == (f"{number - 1:04}" if number > 1 else None)
        assert revision.doc.strip(), path.name
    assert len(VERSIONS) == len(revisions)


@pytest.mark.parametrize("name", ["", "ab", "Add-Table", "../x", "a" * 50, "1st"])
async def test_a_bad_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="a name has"):
        await write_migration(name)
    assert sorted((FOLDER / "versions").glob("[0-9]*.py")) == VERSIONS


def _describe(connection: Connection) -> dict[str, Any]:
    inspector = inspect(connection)
    names = [name for name in inspector.get_table_names() if name != "alembic_version"]
    return {name: _describe_table(inspector, name) for name in names}


def _describe_table(inspector: Inspector, name: str) -> dict[str, Any]:
    columns = {
        column["name"]: (str(column["type"]), column["nullable"], column.get("default"))
        for column in inspector.get_columns(name)
    }
    found: dict[str, Any] = {
        "columns": columns,
        "key": inspector.get_pk_constraint(name)["constrained_columns"],
        "indexes": inspector.get_indexes(name),
        "foreign keys": inspector.get_foreign_keys(name),
        "unique": inspector.get_unique_constraints(name),
        "checks": inspector.get_check_constraints(name),
    }
    return {what: _plain(value) for what, value in found.items()}


def _plain(value: object) -> object:
    """Comparable: the condition of an index is an object with nothing but its text to compare."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return sorted((_plain(inner) for inner in value), key=repr)
    return value if value is None or isinstance(value, bool | int | tuple) else str(value)


def _triggers(connection: Connection) -> dict[str, str]:
    """Each trigger with everything that makes it."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = (
            "SELECT tgname, pg_get_triggerdef(t.oid) || pg_get_functiondef(tgfoid)"
            " FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid"
            " WHERE NOT tgisinternal AND c.relnamespace = 'public'::regnamespace"
        )
    rows = connection.execute(text(query)).all()
    return {name: " ".join(definition.split()) for name, definition in rows}


@pytest.mark.postgres
async def test_a_postgresql_that_is_too_old_is_refused_before_anything_is_made(
    tmp_path: Path,
) -> None:
    # F-17: 0014 cannot be carried out there
    old = PostgresServer.start(tmp_path / "old", version=16)
    database = Database(old.new_database())
    with pytest.raises(SchemaError, match=r"this is PostgreSQL 16\.\d+; 17 or newer is needed"):
        await migrate(database)
    assert await look(database, tables) == []
    await database.close()
    old.pause()
