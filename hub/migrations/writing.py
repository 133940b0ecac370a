"""`make migration NAME=…`: writes the next numbered migration from what the models say anew."""

import asyncio
import re
import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import Connection

from hub.database import Database
from hub.migrations.running import alembic_config, migrate, newest_revision


async def write_migration(name: str) -> None:
    """Compare the models with a database at the newest revision; raise `ValueError` for a name."""
    if not re.fullmatch("[a-z][a-z0-9_]{2,40}", name):
        raise ValueError(f"{name!r}: a name has 3 to 41 of a-z, 0-9 and _")
    newest = newest_revision()
    number = f"{int(newest) + 1 if newest else 1:04}"
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'scratch.db'}")
        if newest:
            await migrate(database)
        async with database.engine.connect() as connection:
            await connection.run_sync(_write, name, number)
        await database.close()


def _write(connection: Connection, name: str, number: str) -> None:
    config = alembic_config(connection)
    command.revision(config, message=name, autogenerate=True, rev_id=number)


if __name__ == "__main__":
    asyncio.run(write_migration(sys.argv[1]))
