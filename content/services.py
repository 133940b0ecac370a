"""Finds places and lines that help with a need, as approved: open ones first, then the nearest.

It never writes. A service that nobody confirmed by phone carries the date of its source; whoever
shows it says so. The address of a place where people hide never leaves here.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from content.area_codes import AreaCodes
from content.check_services import is_hidden_place
from content.conditions import Condition, read_conditions
from content.distances import ORDER, Centre, Distance, kilometres, measure, round_kilometres
from content.models import AreaRow, ServiceCondition
from content.models import Service as ServiceRow
from content.opening import OpeningError, Week, read_opening
from content.revisions import Revisions
from content.states import State
from hub.clock import Clock
from hub.database import Database
from hub.i18n import FALLBACK

_COUNTRY = ""  # the shelf of services without an area


class Openness(StrEnum):
    """Whether somebody would find it open now, in the order in which services are told."""

    OPEN = "open"
    UNKNOWN = "unknown"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Said:
    """What a desk says of a service for some hours; `until` is local time."""

    condition: Condition
    organisation: str
    until: datetime


@dataclass(frozen=True, slots=True)
class ServiceView:
    """A service as a person reads it. `source_date` is as the source gives it: day, month or year.

    `is_confirmed`: a partner confirmed it; if not, show `source_date` and ask to check first.
    `openness` goes by the desk's word if there is one (`said`), else by the usual hours; then
    `changes_at` is when it closes or opens, in local time, and `is_always` that it never closes.
    """

    service_id: str
    key: str
    version: int
    name: str
    organisation: str
    address: str | None
    area: str | None
    phone: str | None
    hours: str | None
    cost: str | None
    note: str | None
    serves: str | None
    bring: str | None
    languages: tuple[str, ...]
    distance: Distance
    kilometres: int | None
    openness: Openness
    is_always: bool
    changes_at: datetime | None
    now: datetime
    said: Said | None
    source_date: str
    is_confirmed: bool
    verified_on: date | None
    valid_until: date | None
    is_demonstration: bool


@dataclass(frozen=True, slots=True)
class _Told:
    """A service on the shelf, with what need not be worked out for every question.

    `position` ranks equals, the ones that can be reached first; equal hours share one `week`.
    """

    row: ServiceRow
    area: str | None
    week: Week | None
    position: int


@dataclass(slots=True)
class _Shelf:
    """All approved services at one revision of the content: by need, department and area, each
    list in order of `position`. `conditions` may have run out since."""

    revision: int | None
    services: dict[str, dict[str, dict[str | None, list[_Told]]]] = field(default_factory=dict)
    conditions: dict[str, ServiceCondition] = field(default_factory=dict)
    centres: dict[str, Centre] = field(default_factory=dict)
    codes: AreaCodes = field(default_factory=lambda: AreaCodes({}))


@dataclass(frozen=True, slots=True)
class _Found:
    told: _Told
    distance: Distance
    exact: float | None
    openness: Openness
    condition: ServiceCondition | None


class ServiceBook:
    """Services as they stand at the moment of the question.

    Kept in memory; every question looks at the content's revision first, so no process goes on
    telling what another has withdrawn. What a day or an hour ends is judged at the question.
    """

    def __init__(self, database: Database, clock: Clock, zone: ZoneInfo) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._revisions = Revisions(database)
        self._shelf = _Shelf(None)
        self._reading = asyncio.Lock()

    async def find_services(
        self, need: str, area_code: str | None, language: str, limit: int = 3
    ) -> list[ServiceView]:
        """Up to `limit` services for `need`: those open now, those whose hours are unknown, those
        closed; each from the same district, province, department, then national.

        Without an area only national services are known to be of use.
        """
        shelf, now = await self._refresh(), self._clock.now()
        local = now.astimezone(self._zone)
        found = _choose(shelf, need, area_code, limit, now, local)
        return [_view(each, language, local) for each in found]

    async def find_needs(self) -> frozenset[str]:
        """The needs for which any service is told."""
        return frozenset((await self._refresh()).services)

    async def _refresh(self) -> _Shelf:
        revision = await self._revisions.read()
        if self._is_current(revision):
            return self._shelf
        async with self._reading:  # one reads, the others wait for it
            if not self._is_current(revision):
                async with self._database.read() as session:
                    self._shelf = await _fill(session, revision, self._clock.now())
            return self._shelf

    def _is_current(self, revision: int | None) -> bool:
        return revision is not None and revision == self._shelf.revision


async def _fill(session: AsyncSession, revision: int | None, now: datetime) -> _Shelf:
    """The revision is read first, so what changes in between is read again next time."""
    shelf = _Shelf(revision, conditions=await read_conditions(session, now))
    areas = (await session.execute(select(*_AREA_COLUMNS))).all()
    names = {code: name for code, name, *_ in areas}
    shelf.codes = AreaCodes.of_areas((code, level) for code, _, level, *_ in areas)
    shelf.centres = {
        code: (latitude, longitude)
        for code, _, _, latitude, longitude in areas
        if latitude is not None and longitude is not None
    }
    query = select(ServiceRow).where(ServiceRow.state == State.APPROVED)
    rows = [row for row in await session.scalars(query) if not hides(row)]
    rows.sort(key=lambda row: (row.rank, row.address is None, row.phone is None, row.key))
    weeks: dict[tuple[str, ...], Week | None] = {}
    for position, row in enumerate(rows):
        lines = tuple(row.opening)
        if lines not in weeks:
            weeks[lines] = read_week(row)
        area = names.get(row.area_code) if row.area_code else None
        told = _Told(row, area, weeks[lines], position)
        department = shelf.codes.widest(row.area_code) if row.area_code else _COUNTRY
        for need in row.needs:
            shelves = shelf.services.setdefault(need, {}).setdefault(department, {})
            shelves.setdefault(row.area_code, []).append(told)
    return shelf


_AREA_COLUMNS = (AreaRow.code, AreaRow.name, AreaRow.level, AreaRow.latitude, AreaRow.longitude)


def hides(row: ServiceRow) -> bool:
    """Whether it is a hiding place whose address came here in spite of the check: then it is not
    told at all."""
    return bool(row.address) and is_hidden_place(row.name.values(), row.organisation, row.needs)


def _choose(
    shelf: _Shelf, need: str, area_code: str | None, limit: int, now: datetime, local: datetime
) -> list[_Found]:
    """The first `limit`: all open ones before all of unknown hours before all closed ones, each in
    order of nearness. Whole areas are ranked, since there are far fewer of them than services."""
    found: dict[Openness, list[_Found]] = {openness: [] for openness in Openness}
    by_week: dict[int, Openness] = {}
    today = now.date()
    for near, told_here in _by_nearness(shelf, need, area_code):
        for told in told_here:
            row = told.row
            if row.valid_until is not None and row.valid_until < today:
                continue
            condition = shelf.conditions.get(row.key) if shelf.conditions else None
            if condition is not None and condition.until <= now:
                condition = None
            if condition is not None:
                openness = _openness(condition, None, local)
            else:
                openness = by_week.get(id(told.week)) or _openness(None, told.week, local)
                by_week[id(told.week)] = openness
            if len(found[openness]) < limit:
                found[openness].append(_Found(told, *near, openness, condition))
        if len(found[Openness.OPEN]) == limit:
            break
    return [each for openness in Openness for each in found[openness]][:limit]


def _by_nearness(
    shelf: _Shelf, need: str, area_code: str | None
) -> list[tuple[tuple[Distance, float | None], list[_Told]]]:
    """The services within reach in groups of equally near ones, the nearest group first."""
    shelves = shelf.services.get(need, {})
    groups: dict[tuple[int, float], tuple[tuple[Distance, float | None], list[_Told]]] = {}
    codes = shelf.codes
    for department in (codes.widest(area_code), _COUNTRY) if area_code else (_COUNTRY,):
        for area, told in shelves.get(department, {}).items():
            near = (
                measure(area_code, area, codes),
                kilometres(area_code, area, shelf.centres, codes),
            )
            place = ORDER[near[0]], near[1] or 0.0
            groups.setdefault(place, (near, []))[1].extend(told)
    for _, told in groups.values():
        told.sort(key=attrgetter("position"))
    return [groups[place] for place in sorted(groups)]


def _openness(condition: ServiceCondition | None, week: Week | None, local: datetime) -> Openness:
    if condition:
        is_open = condition.condition == Condition.OPEN
        return Openness.OPEN if is_open else Openness.CLOSED
    if week is None:
        return Openness.UNKNOWN
    return Openness.OPEN if week.is_open(local) else Openness.CLOSED


def read_week(row: ServiceRow) -> Week | None:
    """None if its hours are not known, also if what is stored cannot be read."""
    try:
        return read_opening(tuple(row.opening)) if row.opening else None
    except OpeningError:
        return None


def view_at_home(
    row: ServiceRow,
    area: AreaRow | None,
    condition: ServiceCondition | None,
    language: str,
    local: datetime,
) -> ServiceView:
    """As somebody in the service's own area (None: the country) reads it at that local time."""
    week = read_week(row)
    openness = _openness(condition, week, local)
    distance = Distance(area.level) if area else Distance.NATIONAL
    told = _Told(row, area.name if area else None, week, 0)
    found = _Found(told, distance, None, openness, condition)
    return _view(found, language, local)


def _view(found: _Found, language: str, local: datetime) -> ServiceView:
    """One service in one language; what that language lacks is in Spanish."""
    row, week = found.told.row, found.told.week
    return ServiceView(
        service_id=row.id,
        key=row.key,
        version=row.version,
        name=_in(row.name, language) or row.key,
        organisation=row.organisation,
        address=row.address,
        area=found.told.area,
        phone=row.phone,
        hours=_in(row.hours, language),
        cost=_in(row.cost, language),
        note=_in(row.notes, language),
        serves=_in(row.serves, language),
        bring=_in(row.bring, language),
        languages=tuple(row.languages),
        distance=found.distance,
        kilometres=_far(found),
        openness=found.openness,
        is_always=week is not None and week.is_always,
        changes_at=(week.closes(local) or week.opens(local)) if week else None,
        now=local,
        said=_said(found.condition, local),
        source_date=_source_date(row.source),
        is_confirmed=is_confirmed(row),
        verified_on=row.verified_at.date() if row.verified_at else None,
        valid_until=row.valid_until,
        is_demonstration=row.is_demonstration,
    )


def _far(found: _Found) -> int | None:
    """Not told within one district: its centre says nothing there."""
    if found.exact is None or found.distance is Distance.DISTRICT:
        return None
    return round_kilometres(found.exact)


def _said(condition: ServiceCondition | None, local: datetime) -> Said | None:
    if condition is None:
        return None
    until = condition.until.astimezone(local.tzinfo)
    return Said(Condition(condition.condition), condition.organisation, until)


def is_confirmed(row: ServiceRow) -> bool:
    """Whether somebody checked it; a demonstration approves by itself, which confirms nothing."""
    return row.verified_by is not None and not row.is_demonstration


def _in(texts: dict[str, str], language: str) -> str | None:
    return texts.get(language) or texts.get(FALLBACK)


def _source_date(source: dict[str, Any]) -> str:
    return str(source["date"])
