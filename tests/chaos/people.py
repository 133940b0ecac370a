"""Databases full of people, made once and copied for each run."""

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from bot.addresses import person_index
from bot.models import Address, Contact
from hub.clock import ManualClock
from hub.database import Database, new_id
from hub.migrations.running import migrate
from hub.vault import Vault
from tests.broadcast.scene import Scene
from tests.chaos.costs import spent_by
from tests.chaos.worker import POLICY
from tests.databases import PostgresServer

_WHATSAPP_EVERY = 10  # its receipts cost the machine several calls for each message
# One at a time: migrations have one context in a process, and PostgreSQL ends a transaction in
# which nothing happens for ten seconds, as while other people's addresses are sealed.
_FILLING = asyncio.Lock()
_LANGUAGES = ("es", "es", "en", "ht", None)


@dataclass(frozen=True)
class Person:
    contact_id: str
    address_id: str
    channel: str
    spelled: str
    language: str | None
    is_invited: bool  # what the others have in common: nothing may ever reach them
    is_in_window: bool


@dataclass
class Template:
    """A filled database. `copy` gives the URL of one like it."""

    folder: Path
    server: PostgresServer | None
    vault: Vault
    people: Sequence[Person] = ()
    staff: dict[str, str] = field(default_factory=dict)
    url: str = ""
    crashed_seconds: float = 0.0  # of processor time, of servers that were crashed

    @property
    def examples(self) -> Path:
        """For a matcher that has nothing to learn from: nobody writes here."""
        return self.folder / "examples"

    async def fill(self, count: int) -> None:
        async with _FILLING:
            await self._fill(count)

    async def _fill(self, count: int) -> None:
        self.url = self._new_url("template")
        database = Database(self.url, pool_size=2)
        await migrate(database)  # with the tables of the jobs, which no model knows
        scene = Scene(database, self.vault, ManualClock(datetime.now(UTC)), policy=POLICY)
        await scene.hire()
        self.staff = scene.staff
        self.people = [_person(number) for number in range(count + count // 10)]
        yesterday = datetime.now(UTC) - timedelta(hours=20)
        _write_example(self.examples)
        contacts = [_contact(each, number, yesterday) for number, each in enumerate(self.people)]
        addresses = [
            _address(self.vault, each, number, yesterday) for number, each in enumerate(self.people)
        ]
        async with database.write() as session:
            await session.execute(insert(Contact), contacts)
            await session.execute(insert(Address), addresses)
        if database.is_sqlite:
            async with database.engine.connect() as connection:
                await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        await database.close()

    def copy(self, name: str) -> str:
        url = self._new_url(name)
        if self.server is None:
            source, target = self.folder / "template.db", self.folder / f"{name}.db"
            shutil.copy(source, target)
        else:
            self.server.copy_database(self.url, name)
            url = self.server.url_of(name)
        return url

    def drop(self, name: str) -> None:
        if self.server is None:
            for path in self.folder.glob(f"{name}.db*"):
                path.unlink()
        else:
            self.server.drop_database(name)

    def crash(self) -> None:
        if self.server is not None:
            self.crashed_seconds += self._spent_by_server()
            self.server.crash()

    @property
    def spent_seconds(self) -> float:
        """Processor time of the server with all its connections that have ended."""
        return self.crashed_seconds + self._spent_by_server()

    def _spent_by_server(self) -> float:
        if self.server is None:
            return 0.0
        path = self.server.folder / "data" / "postmaster.pid"
        return spent_by(int(path.read_text(encoding="utf8").split()[0]))

    def _new_url(self, name: str) -> str:
        if self.server is None:
            return f"sqlite:///{self.folder}/{name}.db"
        return self.server.new_database() if name == "template" else self.server.url_of(name)


def _write_example(folder: Path) -> None:
    (folder / "es").mkdir(parents=True, exist_ok=True)
    text = 'nlu: [{intent: greet, examples: "- hola"}]'
    (folder / "es" / "greet.yml").write_text(text, encoding="utf8")


def _person(number: int) -> Person:
    """Every eleventh was not invited; some of those on WhatsApp wrote long ago."""
    is_whatsapp = number % _WHATSAPP_EVERY == 0
    return Person(
        contact_id=new_id(),
        address_id=new_id(),
        channel="whatsapp" if is_whatsapp else "telegram",
        spelled=f"+51{900_000_000 + number}" if is_whatsapp else f"{900_000_000 + number}",
        language=_LANGUAGES[number % len(_LANGUAGES)],
        is_invited=number % 11 != 10,
        is_in_window=not is_whatsapp or number % 70 != 0,
    )


def _contact(person: Person, number: int, at: datetime) -> dict[str, Any]:
    """Who is not invited: never asked, asked to be erased, or is left in peace for now."""
    why = number % 3
    return {
        "id": person.contact_id,
        "language": person.language,
        "language_is_chosen": False,
        "interests": [],
        "created_at": at,
        "last_seen_at": at,
        "noticed_at": at,
        "erase_after": at + timedelta(days=2) if not person.is_invited and why == 1 else None,
        "quiet_until": at + timedelta(days=9) if not person.is_invited and why == 2 else None,
    }


def _address(vault: Vault, person: Person, number: int, at: datetime) -> dict[str, Any]:
    never_asked = not person.is_invited and number % 3 == 0
    return {
        "id": person.address_id,
        "contact_id": person.contact_id,
        "channel": person.channel,
        "index": person_index(vault, person.channel, person.spelled),
        "sealed": vault.seal("addresses", "address", person.address_id, person.spelled),
        "opted_in_at": None if never_asked else at,
        # A long series goes on for hours, and the window is closed after 24.
        "last_inbound_at": at + timedelta(hours=19)
        if person.is_in_window
        else at - timedelta(days=2),
    }
