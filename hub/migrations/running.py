"""Creates and upgrades the schema, and tells whether a database has the one that the code needs.

Alembic is loaded only when there is something to migrate: it would slow down every start.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER = Path(__file__).parent
# A migration that cannot have its lock soon gives up, rather than stop all who read (PEER-17).
_TIMEOUTS = ("SET lock_timeout = '5s'", "SET statement_timeout = '15min'")
# Older ones refuse, in one transaction, to use a value that was just added to an enumeration;
# migration 0014 does so.
_OLDEST_POSTGRES = 17


class SchemaError(Exception):
    """The database's schema is not the one that this version of the code needs."""


async def migrate(database: Database, revision: str = "head") -> None:
    """Bring the schema up or down to `revision`; `base` removes every table."""
    async with database.engine.connect() as connection:
        if database.is_sqlite:
            await _let_references_be(connection)
        try:
            await connection.run_sync(_run, revision)
            await connection.commit()
        finally:
            # Whoever is given a connection next has no such limits and liberties.
            await connection.invalidate()


async def _let_references_be(connection: AsyncConnection) -> None:
    """SQLite can only rebuild most tables, and to drop the old one deletes what refers to it. The
    switch does nothing within a transaction, so it comes before there is one."""
    driver: Any = (await connection.get_raw_connection()).driver_connection
    await (await driver.execute("PRAGMA foreign_keys=OFF")).close()


async def check_schema(database: Database) -> None:
    """Raise `SchemaError` with the mend unless the database is at the newest revision."""
    current, newest = await current_revision(database), newest_revision()
    if current != newest:
        raise SchemaError(
            f"the database is at revision {current or 'none'}, this code needs {newest}: "
            "run `chasqui migrate`"
        )


async def current_revision(database: Database) -> str | None:
    """None for a database that was never migrated."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(_read_revision)


def newest_revision() -> str | None:
    """Migrations are numbered and have one head (a test says so), so the last file is it."""
    numbers = sorted(path.name.partition("_")[0] for path in _FOLDER.glob("versions/[0-9]*.py"))
    return numbers[-1] if numbers else None


def alembic_config(connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def _run(connection: Connection, revision: str) -> None:
    from alembic import command
    from alembic.util import CommandError

    if connection.dialect.name == "postgresql":
        _check_version(connection)
        for timeout in _TIMEOUTS:
            connection.exec_driver_sql(timeout)
    current = _read_revision(connection)
    is_down = revision == "base" or (current is not None and revision < current)
    try:
        (command.downgrade if is_down else command.upgrade)(alembic_config(connection), revision)
    except CommandError as error:
        raise SchemaError(str(error)) from error
    if connection.dialect.name == "sqlite":
        _check_references(connection)


def _check_version(connection: Connection) -> None:
    version = connection.dialect.server_version_info
    if version is not None and int(version[0]) < _OLDEST_POSTGRES:
        found = ".".join(str(part) for part in version)
        raise SchemaError(
            f"this is PostgreSQL {found}; {_OLDEST_POSTGRES} or newer is needed: nothing was made"
        )


def _check_references(connection: Connection) -> None:
    """What SQLite would have seen to, had it not been told to look away."""
    lost = sorted({row[0] for row in connection.exec_driver_sql("PRAGMA foreign_key_check")})
    if lost:
        raise SchemaError(f"rows of {', '.join(lost)} would refer to nothing; nothing was changed")


def _read_revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision
