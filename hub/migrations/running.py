"""Creates and upgrades the schema, and tells whether a database has the one that this code needs."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from hub.database import Database

_FOLDER = Path(__file__).parent
# A migration that cannot have its lock soon gives up, rather than stop everybody who reads (PEER-17).
_TIMEOUTS = ("SET lock_timeout = '5s'", "SET statement_timeout = '15min'")


class SchemaError(Exception):
    """The database's schema is not the one that this version of the code needs."""


async def migrate(database: Database, revision: str = "head") -> None:
    """Bring the schema to `revision`; `base` removes every table."""
    async with database.engine.connect() as connection:
        await connection.run_sync(_run, revision)
        await connection.commit()


async def check_schema(database: Database) -> None:
    """Raise `SchemaError` with the mend unless the database is at the newest revision."""
    async with database.engine.connect() as connection:
        current = await connection.run_sync(_current)
    newest = newest_revision()
    if current != newest:
        raise SchemaError(
            f"the database is at revision {current or 'none'}, this code needs {newest}: "
            "run `chasqui migrate`"
        )


def newest_revision() -> str | None:
    return ScriptDirectory(str(_FOLDER)).get_current_head()


def alembic_config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def _run(connection: Connection, revision: str) -> None:
    if connection.dialect.name == "postgresql":
        for timeout in _TIMEOUTS:
            connection.exec_driver_sql(timeout)
    config = alembic_config(connection)
    if revision == "base":
        command.downgrade(config, revision)
    else:
        command.upgrade(config, revision)


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
