"""How often each version of an answer was told, by channel and language: counters, of nobody.

The outbox knows who was told what, for as long as texts are kept, and a correction goes by it
(`told_answer` of an audience). This is what is left when that is gone. Safety texts are not
counted, as they are not recorded.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.turn import Outcome
from hub.database import Base, add_up


class TellingCount(Base):
    """Messages that were written to people with a version's words. No key refers to another table:
    no fault of counting may keep an answer from anybody."""

    __tablename__ = "telling_counts"

    answer_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)  # of the words themselves
    messages: Mapped[int]


@dataclass(frozen=True, slots=True)
class Telling:
    answer_id: str
    channel: str
    language: str
    messages: int


async def count_tellings(session: AsyncSession, turns: Iterable[tuple[str, Outcome]]) -> None:
    """Count what these turns tell, each with its channel: one statement for all of them."""
    told = Counter(
        (each.answer_id, channel, each.language)
        for channel, outcome in turns
        for reply in outcome.replies
        for each in reply.told
    )
    await add_up(session, TellingCount, {key: (count,) for key, count in told.items()})


async def read_tellings(session: AsyncSession, answer_ids: Sequence[str]) -> list[Telling]:
    """By version in the order given, then by channel and language."""
    rows = await session.scalars(select(TellingCount).where(TellingCount.answer_id.in_(answer_ids)))
    found = [Telling(row.answer_id, row.channel, row.language, row.messages) for row in rows]
    order = {answer_id: place for place, answer_id in enumerate(answer_ids)}
    return sorted(found, key=lambda each: (order[each.answer_id], each.channel, each.language))
