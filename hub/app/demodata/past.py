"""Acts of the past, done in the order of time: the moments of the audit log follow each other."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from hub.database import Database

_TOGETHER = 200
Deed = Callable[[AsyncSession, datetime], Awaitable[object]]


@dataclass
class Past:
    """What happens at a moment gets a session and that moment."""

    deeds: list[tuple[datetime, int, Deed]] = field(default_factory=list)

    def at(self, moment: datetime, deed: Deed) -> None:
        self.deeds.append((moment, len(self.deeds), deed))

    async def happen(self, database: Database) -> None:
        """Everything noted so far, some of it in one transaction each."""
        ordered = sorted(self.deeds, key=lambda each: each[:2])
        self.deeds.clear()
        for start in range(0, len(ordered), _TOGETHER):
            async with database.write() as session:
                for at, _, deed in ordered[start : start + _TOGETHER]:
                    await deed(session, at)
                    await session.flush()
                    session.expunge_all()
