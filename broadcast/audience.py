"""Who an update is for, among those who asked for updates: criteria, and the query that they make.

The one place that decides who is in an audience. People are chosen by what they told us themselves;
nothing is guessed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, Select, Subquery, Text, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import SendState
from bot.models import Address, Contact
from broadcast.models import Delivery
from broadcast.policy import SIMULATED, Policy

# A message in doubt may have arrived, so a correction goes there too.
REACHED = (
    SendState.ACCEPTED,
    SendState.SENT,
    SendState.DELIVERED,
    SendState.READ,
    SendState.IN_DOUBT,
)


@dataclass(frozen=True, slots=True)
class Audience:
    """Criteria that all have to hold; an empty one holds for everybody.

    `areas` are UBIGEO codes with all that lies within; `interests` are owner sub-groups;
    `reached_by` is the id of an update, for a correction to exactly those whom it reached.
    """

    languages: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    interests: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    reached_by: str | None = None

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            languages=tuple(stored["languages"]),
            areas=tuple(stored["areas"]),
            interests=tuple(stored["interests"]),
            channels=tuple(stored["channels"]),
            reached_by=stored["reached_by"],
        )

    def to_json(self) -> dict[str, Any]:
        """One spelling for one audience: sorted, without repetitions."""
        return {
            name: sorted(set(value)) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }

    def allows_channel(self, channel: str) -> bool:
        return not self.channels or channel.removeprefix(SIMULATED) in self.channels


@dataclass(frozen=True, slots=True)
class Count:
    """How many people an audience holds now; `outside_window` would be refused by their channel."""

    total: int
    by_channel: Mapping[str, int]
    by_language: Mapping[str, int]
    outside_window: int


def members(audience: Audience, default_language: str) -> Subquery:
    """One row per person: contact_id, address_id, channel, language, last_inbound_at.

    The address is the one that the person used last among those with consent.
    """
    rank = func.row_number().over(
        partition_by=Address.contact_id,
        order_by=(Address.last_inbound_at.desc().nulls_last(), Address.id),
    )
    language = func.coalesce(Contact.language, default_language)
    ranked = (
        select(
            Contact.id.label("contact_id"),
            Address.id.label("address_id"),
            Address.channel.label("channel"),
            Address.last_inbound_at.label("last_inbound_at"),
            language.label("language"),
            rank.label("rank"),
        )
        .join(Address, Address.contact_id == Contact.id)
        .where(Address.opted_in_at.is_not(None), Address.blocked_at.is_(None))
        .where(Contact.erase_after.is_(None))
        .where(*_criteria(audience, language))
        .subquery()
    )
    return select(ranked).where(ranked.c.rank == 1).subquery("members")


async def count_audience(
    session: AsyncSession, audience: Audience, policy: Policy, now: datetime
) -> Count:
    people = members(audience, policy.default_language)
    by_channel = await _count_by(session, people, people.c.channel)
    by_language = await _count_by(session, people, people.c.language)
    return Count(
        total=sum(by_channel.values()),
        by_channel=by_channel,
        by_language=by_language,
        outside_window=await _count_outside_window(session, people, policy, now),
    )


def _criteria(audience: Audience, language: ColumnElement[str]) -> Iterable[ColumnElement[bool]]:
    if audience.languages:
        yield language.in_(audience.languages)
    if audience.areas:
        # UBIGEO codes nest by their beginnings: see `content.areas.AreaBook.within`.
        yield or_(*(Contact.area.startswith(code, autoescape=True) for code in audience.areas))
    if audience.interests:
        yield _is_interested(audience.interests)
    if audience.channels:
        simulated = [SIMULATED + name for name in audience.channels]
        yield Address.channel.in_([*audience.channels, *simulated])
    if audience.reached_by:
        yield Contact.id.in_(_reached(audience.reached_by))


def _is_interested(interests: tuple[str, ...]) -> ColumnElement[bool]:
    """Interests are stored as a JSON list; none chosen means all."""
    stored = cast(Contact.interests, Text)
    chosen = (stored.contains(f'"{name}"', autoescape=True) for name in interests)
    return or_(stored == "[]", *chosen)


def _reached(update_id: str) -> Select[str | None]:
    return select(Delivery.contact_id).where(
        Delivery.update_id == update_id,
        Delivery.state.in_(REACHED),
        Delivery.contact_id.is_not(None),
    )


async def _count_by(
    session: AsyncSession, people: Subquery, column: ColumnElement[str]
) -> dict[str, int]:
    rows = await session.execute(select(column, func.count()).select_from(people).group_by(column))
    return {str(name): number for name, number in rows.all()}


async def _count_outside_window(
    session: AsyncSession, people: Subquery, policy: Policy, now: datetime
) -> int:
    closed = [
        (people.c.channel == channel)
        & or_(people.c.last_inbound_at.is_(None), people.c.last_inbound_at < now - window)
        for channel, window in policy.session_windows.items()
    ]
    if not closed:
        return 0
    query = select(func.count()).select_from(people).where(or_(*closed))
    return await session.scalar(query) or 0
