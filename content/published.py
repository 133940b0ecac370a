"""What is published now, for programs that read all of it a page at a time, by key.

A page asked for with `since` also names what is no longer published, so that copies elsewhere can
be taken down. Judges by the same rules as what the bot tells; changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVarTuple

from sqlalchemy import ColumnElement, Select, and_, collate, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from content.conditions import read_conditions
from content.models import Answer, AnswerText, AreaRow, Service, ServiceCondition, Topic
from content.services import hides
from content.states import State

_Columns = TypeVarTuple("_Columns")
_ONCE_PUBLISHED = (State.APPROVED, State.EXPIRED, State.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Slice:
    """Which part is wanted: what comes after a key, at most `limit` of it, changed `since` then.

    `with_demonstration` also takes what nobody verified; only a demonstration may.
    """

    now: datetime
    limit: int
    after: str = ""
    since: datetime | None = None
    with_demonstration: bool = False


@dataclass(frozen=True, slots=True)
class Gone:
    """Not published any more, since that day."""

    key: str
    since: date


@dataclass(frozen=True, slots=True)
class PublishedAnswer:
    row: Answer
    owner: str
    texts: Mapping[str, AnswerText]


@dataclass(frozen=True, slots=True)
class PublishedService:
    row: Service
    area: AreaRow | None
    condition: ServiceCondition | None


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """`last` is the key to go on after; None at the end."""

    items: Sequence[PublishedAnswer]
    gone: Sequence[Gone]
    last: str | None


@dataclass(frozen=True, slots=True)
class ServicePage:
    items: Sequence[PublishedService]
    gone: Sequence[Gone]
    last: str | None


async def read_answers(
    session: AsyncSession, wanted: Slice, *, topic: str | None = None, language: str | None = None
) -> AnswerPage:
    """Current answers in the order of their topics; with a language, those that it has words for,
    and only these words."""
    told = _told(Answer, wanted)
    spoken = [AnswerText.answer_id == Answer.id, AnswerText.text != ""]
    if language:
        spoken.append(AnswerText.language == language)
    told.append(select(AnswerText.answer_id).where(*spoken).exists())
    of_topic = [Answer.topic == topic] if topic else []
    query = select(Answer, Topic.owner).join(Topic, Topic.key == Answer.topic)
    query = query.where(*told, *of_topic, *_changed_answer(wanted))
    rows = (await session.execute(_in_order(session, query, Answer.topic, wanted))).all()
    gone = await _read_gone(session, wanted, Answer, Answer.topic, told, of_topic)
    keys, last = _cut([row.topic for row, _ in rows], gone, wanted.limit)
    texts = await _read_texts(session, [row.id for row, _ in rows], language)
    return AnswerPage(
        [PublishedAnswer(row, owner, texts[row.id]) for row, owner in rows if row.topic in keys],
        [each for each in gone if each.key in keys],
        last,
    )


async def read_services(
    session: AsyncSession, wanted: Slice, *, need: str | None = None, area: str | None = None
) -> ServicePage:
    """Current services in the order of their keys. `area` is a code; what lies within counts, and
    so does what is for the whole country. A desk's word counts as a change, too."""
    told = _told(Service, wanted)
    chosen: list[ColumnElement[bool]] = []
    if area:
        within = Service.area_code.startswith(area, autoescape=True)
        chosen.append(or_(within, Service.area_code.is_(None)))
    query = select(Service, AreaRow).outerjoin(AreaRow, AreaRow.code == Service.area_code)
    query = query.where(*told, *chosen, *_changed_service(wanted))
    found = (await session.execute(_in_order(session, query, Service.key, wanted))).all()
    gone = await _read_gone(session, wanted, Service, Service.key, told, chosen)
    keys, last = _cut([row.key for row, _ in found], gone, wanted.limit)
    conditions = await read_conditions(session, wanted.now, keys)
    return ServicePage(
        [
            PublishedService(row, place, conditions.get(row.key))
            for row, place in found
            if row.key in keys and not hides(row) and (need is None or need in row.needs)
        ],
        [each for each in gone if each.key in keys],
        last,
    )


def _told(model: type[Answer | Service], wanted: Slice) -> list[ColumnElement[bool]]:
    today = wanted.now.date()
    told = [
        model.state == State.APPROVED,
        or_(model.valid_until.is_(None), model.valid_until >= today),
    ]
    return told if wanted.with_demonstration else [*told, model.is_demonstration.is_(False)]


def _changed_answer(wanted: Slice) -> list[ColumnElement[bool]]:
    """That somebody checked a language makes no new version, but is told too."""
    if wanted.since is None:
        return []
    checked = select(AnswerText.answer_id).where(
        AnswerText.answer_id == Answer.id, AnswerText.checked_at >= wanted.since
    )
    return [or_(Answer.changed_at >= wanted.since, checked.exists())]


def _changed_service(wanted: Slice) -> list[ColumnElement[bool]]:
    if wanted.since is None:
        return []
    ran_out = and_(ServiceCondition.until >= wanted.since, ServiceCondition.until <= wanted.now)
    said = select(ServiceCondition.id).where(
        ServiceCondition.service_key == Service.key,
        or_(
            ServiceCondition.set_at >= wanted.since,
            ServiceCondition.ended_at >= wanted.since,
            ran_out,
        ),
    )
    return [or_(Service.changed_at >= wanted.since, said.exists())]


def _in_order(
    session: AsyncSession,
    query: Select[*_Columns],
    key: InstrumentedAttribute[str],
    wanted: Slice,
) -> Select[*_Columns]:
    """By code points, as `_cut` sorts; PostgreSQL would go by the rules of a language."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    place: ColumnElement[str] = collate(key, "BINARY" if is_sqlite else "C")
    return query.where(place > wanted.after).order_by(place).limit(wanted.limit + 1)


async def _read_gone(
    session: AsyncSession,
    wanted: Slice,
    model: type[Answer | Service],
    key: InstrumentedAttribute[str],
    told: Sequence[ColumnElement[bool]],
    chosen: Sequence[ColumnElement[bool]],
) -> list[Gone]:
    """What was published once, is not now, and changed since then or came to its last day."""
    if wanted.since is None:
        return []
    today = wanted.now.date()
    changed, ended = func.max(model.changed_at), func.max(model.valid_until)
    was_verified: ColumnElement[bool] = model.verified_at.is_not(None)
    if wanted.with_demonstration:
        was_verified = or_(was_verified, model.is_demonstration)
    query = (
        select(key, changed, ended)
        .where(model.state.in_(_ONCE_PUBLISHED), was_verified, *chosen)
        .where(key.not_in(select(key).where(*told)))
        .group_by(key)
        .having(or_(changed >= wanted.since, and_(ended >= wanted.since.date(), ended < today)))
    )
    rows = (await session.execute(_in_order(session, query, key, wanted))).all()
    return [
        Gone(name, until if until is not None and until < today else moment.date())
        for name, moment, until in rows
    ]


def _cut(found: Sequence[str], gone: Sequence[Gone], limit: int) -> tuple[set[str], str | None]:
    """The keys of one page out of both, and the last of them if there is more."""
    keys = sorted({*found, *(each.key for each in gone)})
    return set(keys[:limit]), keys[limit - 1] if len(keys) > limit else None


async def _read_texts(
    session: AsyncSession, answer_ids: Sequence[str], language: str | None
) -> dict[str, dict[str, AnswerText]]:
    query = select(AnswerText).where(AnswerText.answer_id.in_(answer_ids), AnswerText.text != "")
    if language:
        query = query.where(AnswerText.language == language)
    texts: dict[str, dict[str, AnswerText]] = {answer_id: {} for answer_id in answer_ids}
    for row in await session.scalars(query.order_by(AnswerText.language)):
        texts[row.answer_id][row.language] = row
    return texts
