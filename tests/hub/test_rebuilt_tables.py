"""SQLite rebuilds a table to change it. What refers to its rows must come through that."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.case_models import CaseMessage
from bot.cases import Asked, CaseKind, MessageKind, add_message, open_case
from bot.models import Address, Contact
from hub.clock import ManualClock
from hub.database import Database, new_id
from hub.migrations.running import SchemaError, check_schema, migrate
from hub.vault import Vault
from tests.databases import PostgresServer

BEFORE = "0018"  # cases are rebuilt by 0019 and 0024, organisations on the way down from 0024


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/hub.db"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()


async def write_a_case(database: Database, vault: Vault, now: datetime) -> None:
    asked = Asked(CaseKind.HANDOVER, "health", None, "es", wants_reply=True, is_sensitive=False)
    contact = Contact(id=new_id(), language="es", created_at=now, last_seen_at=now)
    address = Address(
        id=new_id(), contact_id=contact.id, channel="whatsapp", index=b"i" * 32, sealed=b"s"
    )
    async with database.write() as session:
        for row in (contact, address):
            session.add(row)
            await session.flush()
        case_id = await open_case(session, vault, contact, address, asked, now)
        add_message(session, vault, case_id, MessageKind.SAID, "necesito ayuda", now)


async def count_words(database: Database) -> int | None:
    async with database.read() as session:
        return await session.scalar(select(func.count()).select_from(CaseMessage))


async def test_words_of_cases_come_through(url: str, vault: Vault, clock: ManualClock) -> None:
    # PEER-17
    database = Database(url)
    await migrate(database)
    await write_a_case(database, vault, clock.now())
    for revision in (BEFORE, "head"):
        await migrate(database, revision)
        assert await count_words(database) == 1
    await database.close()


async def test_a_migration_that_leaves_references_to_nothing_changes_nothing(
    tmp_path: Path, vault: Vault, clock: ManualClock
) -> None:
    # PEER-17
    database = Database(f"sqlite:///{tmp_path}/hub.db")
    await migrate(database)
    await write_a_case(database, vault, clock.now())
    async with database.engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        for statement in ("PRAGMA foreign_keys=OFF", "DELETE FROM contacts"):
            await (await driver.execute(statement)).close()
        await connection.invalidate()
    with pytest.raises(SchemaError, match="addresses"):
        await migrate(database, BEFORE)
    await check_schema(database)
    await database.close()
