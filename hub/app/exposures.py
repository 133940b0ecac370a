"""Who was told a version: counts by channel and state, of answers of the bot and of updates alike.

Only counts leave here. People who were erased are no longer among those of the bot's answers, since
their replies went with them; an update keeps its rows without the person.
"""

from dataclasses import dataclass

from sqlalchemy import Select, String, Text, cast, distinct, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.registry import TESTING
from bot.models import OutboxRow
from broadcast.models import Delivery, Update
from content.codes import find_codes
from content.models import Answer

_FEWEST_CHARACTERS = 8  # of an update's code
_HEXADECIMAL = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Exposure:
    """Messages of one kind, channel and state, and how many people they went to."""

    kind: str  # answer or update
    channel: str
    state: str
    messages: int
    people: int


@dataclass(frozen=True, slots=True)
class Exposures:
    """`name` says what the code stands for."""

    name: str
    counts: tuple[Exposure, ...]


async def count_exposures(session: AsyncSession, code: str) -> Exposures | None:
    """None if neither an answer nor an update has this code."""
    codes, prefix = find_codes(code), code.strip().lower()
    answer = await session.scalar(select(Answer).where(Answer.code.in_(codes)))
    is_hash = len(prefix) >= _FEWEST_CHARACTERS and _HEXADECIMAL.issuperset(prefix)
    update = None
    if is_hash:
        starts = Update.content_hash.startswith(prefix, autoescape=True)
        update = await session.scalar(select(Update).where(starts).limit(1))
    if answer is None and update is None:
        return None
    query = union_all(
        _of_answers(answer.id if answer else ""), _of_updates(update.id if update else "")
    )
    counts = tuple(sorted((Exposure(*row) for row in await session.execute(query)), key=_order))
    if answer is not None:
        return Exposures(f"answer {answer.topic}, version {answer.version}, {answer.state}", counts)
    return Exposures(f"update {update.id}, version {update.version}" if update else "", counts)


def _of_answers(answer_id: str) -> Select[str, str, str, int, int]:
    """Ids are random, so one that stands in the record of what was told is told there."""
    told = cast(OutboxRow.content, Text).contains(f'"{answer_id}"')
    return (
        select(
            literal("answer", String),
            OutboxRow.channel,
            OutboxRow.state,
            func.count(),
            func.count(distinct(OutboxRow.contact_id)),
        )
        .where(told, literal(bool(answer_id)), OutboxRow.channel.not_in(list(TESTING)))
        .group_by(OutboxRow.channel, OutboxRow.state)
    )


def _of_updates(update_id: str) -> Select[str, str, str, int, int]:
    return (
        select(
            literal("update", String),
            Delivery.channel,
            Delivery.state,
            func.count(),
            func.count(distinct(Delivery.contact_id)),
        )
        .where(Delivery.update_id == update_id)
        .group_by(Delivery.channel, Delivery.state)
    )


def _order(exposure: Exposure) -> tuple[str, str, str]:
    return exposure.kind, exposure.channel, exposure.state
