"""Finds places and lines that help with a need, nearest first, as approved. It never writes.

A service that nobody confirmed by phone carries the date of its source; whoever shows it says so.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import false, or_, select

from content.models import AreaRow
from content.models import Service as ServiceRow
from content.states import State
from hub.clock import Clock
from hub.database import Database
from hub.i18n import FALLBACK


class Distance(StrEnum):
    """How near a service is to where the person is, as far as areas tell."""

    DISTRICT = "district"
    PROVINCE = "province"
    DEPARTMENT = "department"
    NATIONAL = "national"
    ELSEWHERE = "elsewhere"


_ORDER = list(Distance)


@dataclass(frozen=True, slots=True)
class ServiceView:
    """A service as a person reads it. `source_date` is as the source gives it: day, month or year.

    `is_confirmed`: a partner confirmed it; if not, show `source_date` and ask to check first.
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
    distance: Distance
    source_date: str
    is_confirmed: bool
    verified_on: date | None
    is_demonstration: bool


class ServiceBook:
    """Services as they stand at the moment of the question."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def find_services(
        self, need: str, area_code: str | None, language: str, limit: int = 3
    ) -> list[ServiceView]:
        """Up to `limit` services for `need`: same district, province, department, then national.

        Without an area only national services are known to be of use.
        """
        ranked = [
            (distance, row, area)
            for row, area in await self._read_told(area_code)
            if need in row.needs
            and (distance := measure(area_code, row.area_code)) is not Distance.ELSEWHERE
        ]
        ranked.sort(key=_rank)
        return [to_view(row, area, distance, language) for distance, row, area in ranked[:limit]]

    async def _read_told(self, area_code: str | None) -> list[tuple[ServiceRow, str | None]]:
        today = self._clock.now().date()
        department = ServiceRow.area_code.startswith(area_code[:2]) if area_code else false()
        is_reachable = or_(ServiceRow.area_code.is_(None), department)
        query = (
            select(ServiceRow, AreaRow.name)
            .outerjoin(AreaRow, AreaRow.code == ServiceRow.area_code)
            .where(ServiceRow.state == State.APPROVED, is_reachable)
            .where(or_(ServiceRow.valid_until.is_(None), ServiceRow.valid_until >= today))
        )
        async with self._database.read() as session:
            return [(row[0], row[1]) for row in await session.execute(query)]


def measure(person: str | None, service: str | None) -> Distance:
    """Compare two area codes of any level; None is the whole country."""
    if service is None:
        return Distance.NATIONAL
    if person is None:
        return Distance.ELSEWHERE
    shared = min(len(person), len(service))
    for length, distance in (
        (6, Distance.DISTRICT),
        (4, Distance.PROVINCE),
        (2, Distance.DEPARTMENT),
    ):
        if shared >= length and person[:length] == service[:length]:
            return distance
    return Distance.ELSEWHERE


def _rank(found: tuple[Distance, ServiceRow, str | None]) -> tuple[int, int, bool, bool, str]:
    """Nearest first; of equals by rank, then those that can be reached by address or phone."""
    distance, row, _ = found
    return _ORDER.index(distance), row.rank, row.address is None, row.phone is None, row.key


def to_view(row: ServiceRow, area: str | None, distance: Distance, language: str) -> ServiceView:
    """One service in one language; what that language lacks is in Spanish."""
    return ServiceView(
        service_id=row.id,
        key=row.key,
        version=row.version,
        name=_in(row.name, language) or row.key,
        organisation=row.organisation,
        address=row.address,
        area=area,
        phone=row.phone,
        hours=_in(row.hours, language),
        cost=_in(row.cost, language),
        note=_in(row.notes, language),
        distance=distance,
        source_date=_source_date(row.source),
        is_confirmed=is_confirmed(row),
        verified_on=row.verified_at.date() if row.verified_at else None,
        is_demonstration=row.is_demonstration,
    )


def is_confirmed(row: ServiceRow) -> bool:
    """Whether somebody checked it; a demonstration approves by itself, which confirms nothing."""
    return row.verified_by is not None and not row.is_demonstration


def _in(texts: dict[str, str], language: str) -> str | None:
    return texts.get(language) or texts.get(FALLBACK)


def _source_date(source: dict[str, Any]) -> str:
    return str(source["date"])
