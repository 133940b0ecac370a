"""Figures of large updates, reckoned in the background and kept, so that a page reads one row.

To count a million copies takes seconds, and a page may not. What is kept is a little old, and says
how old; each figure is reckoned as often as its cost allows. Small updates are counted when asked.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from time import monotonic
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast.models import KeptFigures, Update
from broadcast.states import State
from hub.clock import Clock
from hub.database import Database, insert_if_new

# Receipts come for days after an update has ended; then its figures stand.
SETTLES_FOR = timedelta(days=3)
_WHILE_SENDING = timedelta(seconds=15)
_AFTERWARDS = timedelta(minutes=10)
_SHARE_OF_TIME = 20  # what takes a second to reckon is reckoned three times a minute at most
_MOVES = (State.SENDING, State.PAUSED)


class Figures(StrEnum):
    PROGRESS = "progress"
    RESULTS = "results"


# People from whom on it is kept; fewer are counted within some milliseconds.
LARGE = {Figures.PROGRESS: 20_000, Figures.RESULTS: 3_000}


@dataclass(frozen=True, slots=True)
class Kept:
    """What was reckoned, and when."""

    at: datetime
    body: Mapping[str, Any]


Reckon = Callable[[AsyncSession, str], Awaitable[dict[str, Any]]]


async def find_kept(session: AsyncSession, update_id: str, figures: Figures) -> Kept | None:
    """None for an update that is small, or large and not reckoned yet."""
    row = await session.get(KeptFigures, (update_id, figures))
    return Kept(row.at, row.body) if row else None


@dataclass(frozen=True)
class Keeping:
    """A step for `hub.jobs`. `reckoners` make what is kept, as plain JSON."""

    database: Database
    clock: Clock
    reckoners: Mapping[Figures, Reckon]
    large: Mapping[Figures, int] = field(default_factory=lambda: LARGE)

    async def step(self) -> bool:
        """Reckon what is oldest of what is due; whether there was anything."""
        now = self.clock.now()
        async with self.database.read() as session:
            due = await self._find_due(session, now)
        if due is None:
            return False
        update_id, figures = due
        began = monotonic()
        async with self.database.read() as session:
            body = await self.reckoners[figures](session, update_id)
        await self._keep(update_id, figures, now, monotonic() - began, body)
        return True

    async def _find_due(self, session: AsyncSession, now: datetime) -> tuple[str, Figures] | None:
        """What has waited longest; what was never reckoned comes first."""
        columns = (Update.id, Update.state, Update.ended_at, Update.people)
        query = select(*columns).where(Update.people >= min(self.large.values()))
        updates = (await session.execute(query)).all()
        ids = [row.id for row in updates]
        times = (KeptFigures.update_id, KeptFigures.kind, KeptFigures.at, KeptFigures.seconds)
        found = await session.execute(select(*times).where(KeptFigures.update_id.in_(ids)))
        kept = {(row.update_id, row.kind): row for row in found}
        waiting: list[tuple[datetime, str, Figures]] = []
        for row in updates:
            for kind in self.reckoners:
                if (row.people or 0) < self.large[kind]:
                    continue
                last = kept.get((row.id, kind))
                if last is None:
                    return row.id, kind
                ends = None if row.state in _MOVES else row.ended_at
                if _is_due(last.at, last.seconds, ends, now):
                    waiting.append((last.at, row.id, kind))
        return min(waiting)[1:] if waiting else None

    async def _keep(
        self,
        update_id: str,
        figures: Figures,
        at: datetime,
        seconds: float,
        body: Mapping[str, Any],
    ) -> None:
        values = {"at": at, "seconds": seconds, "body": dict(body)}
        key = {"update_id": update_id, "kind": figures}
        async with self.database.write() as session:
            if not await insert_if_new(session, KeptFigures, **key, **values):
                await session.execute(update(KeptFigures).filter_by(**key).values(**values))


def _is_due(last: datetime, seconds: float, ended: datetime | None, now: datetime) -> bool:
    """`ended` is None while the update moves. After it has settled it is reckoned one last time."""
    rest = _WHILE_SENDING
    if ended is not None:
        if last >= ended + SETTLES_FOR:
            return False
        rest = _AFTERWARDS
    return now >= last + max(rest, timedelta(seconds=_SHARE_OF_TIME * seconds))
