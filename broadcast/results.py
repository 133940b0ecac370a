"""What became of an update: places, a curve over time, what people did next, a list without names.

Only counts and opaque ids leave here. Few people in one place or with one question are not told
apart, since that could point at somebody.
"""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, cast, distinct, extract, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.messages import SendState
from bot.models import ConsentEvent, Contact, OutboxRow
from broadcast.keeping import Figures, Reckon, find_kept
from broadcast.models import Delivery
from broadcast.progress import reckon_progress
from broadcast.retrying import count_worth_it

Timed = InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]

FEWEST = 5  # people that are told apart
FOLLOWS = timedelta(hours=24)
_CODE = 8
_MOST_POINTS = 48
_MOST_READ = 5000
_LEFT = (SendState.QUEUED, SendState.SENDING, SendState.FAILED, SendState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Point:
    """How many were sent, from `at` on for as long as the curve's step."""

    at: datetime
    sent: int


@dataclass(frozen=True, slots=True)
class Curve:
    step: timedelta
    points: tuple[Point, ...]

    @property
    def most(self) -> int:
        return max((point.sent for point in self.points), default=0)


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What people who may have read it did within a day: `topics` are those told to at least
    `FEWEST` of them."""

    opted_out: int
    wrote: int
    topics: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Line:
    """One copy, under the beginning of its id; nothing in it leads to a person."""

    code: str
    channel: str
    language: str
    state: str
    error_code: str | None
    fault: str | None
    sent_at: datetime | None
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Results:
    """What became of an update beyond its states. `areas` are department codes, `""` for people of
    no known place or of places with few; `at` is when it was reckoned, if not just now."""

    areas: Mapping[str, Counter[SendState]]
    curve: Curve
    afterwards: Afterwards
    worth_it: int  # failed copies that may be tried once more
    at: datetime | None = None


async def read_results(session: AsyncSession, update_id: str) -> Results:
    """As they are now; of a large update as they were lately."""
    kept = await find_kept(session, update_id, Figures.RESULTS)
    if kept is None:
        return await _reckon(session, update_id)
    body = kept.body
    areas = {
        code: Counter({SendState(state): number for state, number in counts.items()})
        for code, counts in body["areas"].items()
    }
    points = tuple(Point(datetime.fromtimestamp(at, UTC), sent) for at, sent in body["points"])
    curve = Curve(timedelta(minutes=body["minutes"]), points)
    return Results(areas, curve, Afterwards(**body["afterwards"]), body["worth_it"], kept.at)


async def reckon_results(session: AsyncSession, update_id: str) -> dict[str, Any]:
    """For `broadcast.keeping`."""
    results = await _reckon(session, update_id)
    return {
        "areas": {code: dict(counts) for code, counts in results.areas.items()},
        "minutes": results.curve.step // timedelta(minutes=1),
        "points": [[int(point.at.timestamp()), point.sent] for point in results.curve.points],
        "afterwards": asdict(results.afterwards),
        "worth_it": results.worth_it,
    }


RECKONERS: Mapping[Figures, Reckon] = {
    Figures.PROGRESS: reckon_progress,
    Figures.RESULTS: reckon_results,
}


async def _reckon(session: AsyncSession, update_id: str) -> Results:
    return Results(
        areas=await count_by_area(session, update_id),
        curve=await read_curve(session, update_id),
        afterwards=await read_afterwards(session, update_id),
        worth_it=await count_worth_it(session, update_id),
    )


async def count_by_area(session: AsyncSession, update_id: str) -> dict[str, Counter[SendState]]:
    """By department code; `""` for people of no known place, or of places with few."""
    place = func.substr(Contact.area, 1, 2)
    query = (
        select(place, Delivery.state, func.count())
        .outerjoin(Contact, Contact.id == Delivery.contact_id)
        .where(Delivery.update_id == update_id)
        .group_by(place, Delivery.state)
    )
    found: dict[str, Counter[SendState]] = {}
    for code, state, number in await session.execute(query):
        found.setdefault(code or "", Counter())[SendState(state)] += number
    told: dict[str, Counter[SendState]] = {}
    for code, counts in sorted(found.items()):
        told.setdefault(code if counts.total() >= FEWEST else "", Counter()).update(counts)
    return told


async def read_curve(session: AsyncSession, update_id: str) -> Curve:
    """Sends over time in at most `_MOST_POINTS` steps of whole minutes."""
    sent = (Delivery.update_id == update_id, Delivery.claimed_at.is_not(None))
    bounds = select(func.min(Delivery.claimed_at), func.max(Delivery.claimed_at)).where(*sent)
    first, last = (await session.execute(bounds)).one()
    if first is None or last is None:
        return Curve(timedelta(minutes=1), ())
    minutes = max(1, -(-int((last - first).total_seconds()) // (60 * _MOST_POINTS)))
    slot = _seconds(session, Delivery.claimed_at) // (60 * minutes)
    query = select(slot, func.count()).where(*sent).group_by(slot).order_by(slot)
    rows = (await session.execute(query)).all()
    counts = {int(row[0]): int(row[1]) for row in rows}
    return Curve(
        timedelta(minutes=minutes),
        tuple(
            Point(datetime.fromtimestamp(number * 60 * minutes, UTC), counts.get(number, 0))
            for number in range(min(counts), max(counts) + 1)
        ),
    )


async def read_afterwards(session: AsyncSession, update_id: str) -> Afterwards:
    had = (
        Delivery.update_id == update_id,
        Delivery.state.not_in(_LEFT),
        Delivery.claimed_at.is_not(None),
    )
    until = _seconds(session, Delivery.claimed_at) + FOLLOWS.total_seconds()
    left = (
        select(func.count(distinct(ConsentEvent.contact_id)))
        .join(Delivery, Delivery.contact_id == ConsentEvent.contact_id)
        .where(*had, ConsentEvent.event != "opt_in", ConsentEvent.at >= Delivery.claimed_at)
        .where(_seconds(session, ConsentEvent.at) <= until)
    )
    replies = (
        select(OutboxRow.contact_id, OutboxRow.content)
        .join(Delivery, Delivery.contact_id == OutboxRow.contact_id)
        .where(*had, OutboxRow.inbound_id.is_not(None))
        .where(OutboxRow.created_at >= Delivery.claimed_at)
        .where(_seconds(session, OutboxRow.created_at) <= until)
        .limit(_MOST_READ)
    )
    people: dict[str, set[str]] = {}
    wrote: set[str] = set()
    for contact_id, content in await session.execute(replies):
        wrote.add(contact_id)
        for told in content:
            people.setdefault(str(told["topic"]), set()).add(contact_id)
    asked = Counter({topic: len(who) for topic, who in people.items() if len(who) >= FEWEST})
    return Afterwards(await session.scalar(left) or 0, len(wrote), dict(asked.most_common()))


async def list_copies(
    session: AsyncSession, update_id: str, limit: int | None = None
) -> AsyncIterator[Line]:
    query = (
        select(
            Delivery.id,
            Delivery.channel,
            Delivery.language,
            Delivery.state,
            Delivery.error_code,
            Delivery.fault,
            Delivery.claimed_at,
            Delivery.settled_at,
        )
        .where(Delivery.update_id == update_id)
        .order_by(Delivery.state)  # as its index has them
        .limit(limit)
    )
    async for row in await session.stream(query):
        yield Line(row.id[:_CODE], *row[1:])


def _seconds(session: AsyncSession, moment: Timed) -> ColumnElement[int]:
    """Since 1970, whole."""
    if session.get_bind().dialect.name == "sqlite":
        return cast(func.strftime("%s", moment), Integer)
    return cast(func.floor(extract("epoch", moment)), Integer)
