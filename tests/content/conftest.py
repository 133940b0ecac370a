"""A database with the small pack imported, and the people who work on it."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from content.commands import import_content
from content.models import Answer, Service
from content.review import verify_answer
from hub.clock import ManualClock
from hub.database import Database
from hub.staff.models import StaffMember
from tests.content.packs import add_member, make_pack, make_service, make_topic, write


@dataclass
class Desk:
    """Content and staff of one test. `topic` is the key that most tests work on."""

    database: Database
    clock: ManualClock
    author: StaffMember
    verifier: StaffMember
    topic: str = "asylum.apply"

    async def answer(self, session: AsyncSession, topic: str | None = None) -> Answer:
        """The newest version."""
        found = await session.scalar(
            select(Answer)
            .where(Answer.topic == (topic or self.topic))
            .order_by(Answer.version.desc())
            .limit(1)
        )
        assert found is not None
        return found

    async def service(self, session: AsyncSession, key: str) -> Service:
        found = await session.scalar(select(Service).where(Service.key == key))
        assert found is not None
        return found

    async def verify(self, topic: str | None = None) -> None:
        async with self.database.write() as session:
            row = await self.answer(session, topic)
            await verify_answer(session, row.id, self.verifier, row.hash, self.clock.now())


async def open_desk(database: Database, clock: ManualClock, folder: Path) -> Desk:
    services = (
        make_service("near", "150132"),
        make_service("city", "150105"),
        make_service("border", "240302", needs=("food",)),
        make_service("country", None, address=None),
    )
    pack = make_pack(make_topic(), make_topic("work.rights", need=None), services=services)
    await import_content(database, write(folder / "pack", pack), clock)
    async with database.write() as session:
        author = await add_member(session, "ana", roles=("author",))
        verifier = await add_member(session, "vera", roles=("verifier",))
    return Desk(database, clock, author, verifier)


@pytest.fixture
async def desk(sqlite: Database, clock: ManualClock, tmp_path: Path) -> Desk:
    return await open_desk(sqlite, clock, tmp_path)


@pytest.fixture
async def each_desk(database: Database, clock: ManualClock, tmp_path: Path) -> Desk:
    """The same on SQLite and on PostgreSQL."""
    return await open_desk(database, clock, tmp_path)
