"""How far an update has come: figures that add up to its audience, and what went wrong in words."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import SendState
from broadcast.keeping import Figures, find_kept
from broadcast.models import Delivery
from broadcast.reasons import in_words
from hub.i18n import Translate

_ENDED_BADLY = frozenset({SendState.FAILED, SendState.CANCELLED})


class Cell(NamedTuple):
    """Deliveries that share all of this."""

    state: SendState
    channel: str
    language: str
    code: str | None
    fault: str | None


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts of one update's deliveries; the sum over all states is the audience.

    `at` is when they were counted, if that was not just now (`broadcast.keeping`).
    """

    cells: Mapping[Cell, int]
    at: datetime | None = None

    @property
    def total(self) -> int:
        return sum(self.cells.values())

    def count(self, *states: SendState) -> int:
        return sum(number for cell, number in self.cells.items() if cell.state in states)

    @property
    def by_state(self) -> dict[SendState, int]:
        """Every state, also those of nobody, in the order of a delivery's life."""
        return {state: self.count(state) for state in SendState}

    @property
    def is_over(self) -> bool:
        return self.count(SendState.QUEUED, SendState.SENDING) == 0

    def split(self, by: Literal["channel", "language"]) -> dict[str, dict[SendState, int]]:
        """Counts by state for each channel or language, in order of its name."""
        table: dict[str, Counter[SendState]] = {}
        for cell, number in self.cells.items():
            name = cell.channel if by == "channel" else cell.language
            table.setdefault(name, Counter())[cell.state] += number
        return {name: {state: table[name][state] for state in SendState} for name in sorted(table)}

    def problems(self, _: Translate) -> list[tuple[str, int]]:
        """Why people did not get it, in staff's words, most frequent first."""
        found: Counter[str] = Counter()
        for cell, number in self.cells.items():
            if cell.state in _ENDED_BADLY:
                found[in_words(cell.channel, cell.code, cell.fault, _)] += number
        return found.most_common()


async def read_progress(session: AsyncSession, update_id: str) -> Progress:
    """As it is now; of a large update as it was lately."""
    kept = await find_kept(session, update_id, Figures.PROGRESS)
    if kept is None:
        return await count_progress(session, update_id)
    cells = {Cell(SendState(state), *rest): number for state, *rest, number in kept.body["cells"]}
    return Progress(cells, kept.at)


async def reckon_progress(session: AsyncSession, update_id: str) -> dict[str, Any]:
    """For `broadcast.keeping`."""
    progress = await count_progress(session, update_id)
    return {"cells": [[*cell, number] for cell, number in progress.cells.items()]}


async def count_progress(session: AsyncSession, update_id: str) -> Progress:
    columns = (
        Delivery.state,
        Delivery.channel,
        Delivery.language,
        Delivery.error_code,
        Delivery.fault,
    )
    query = select(*columns, func.count()).where(Delivery.update_id == update_id).group_by(*columns)
    rows = (await session.execute(query)).all()
    return Progress(
        {
            Cell(SendState(state), channel, language, code, fault): number
            for state, channel, language, code, fault, number in rows
        }
    )
