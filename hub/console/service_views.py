"""What the services pages show: the list, and one version with what the bot says of it.

Reads only. What it says about permissions explains; `content.review` decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from bot import service_phrases
from content.conditions import read_conditions
from content.models import AreaRow, Service, ServiceCondition
from content.services import is_confirmed, view_at_home
from content.states import State
from content.validity import is_due
from content.wording import strip_accents
from hub.console.answer_views import DUE, Event, load_history, state_on, worked_on
from hub.i18n import FALLBACK, Phrases
from hub.staff.models import StaffMember

COUNTRY = "country"  # the filter's word for services without an area
_WAITING = (State.DRAFT, State.IN_REVIEW)
# What is told of a service, which nobody needs who only counts.
_WORDS = (
    Service.name,
    Service.hours,
    Service.cost,
    Service.notes,
    Service.source,
    Service.serves,
    Service.bring,
)
_OVER = frozenset({State.EXPIRED, State.WITHDRAWN})
_ORDER = {state: place for place, state in enumerate((State.IN_REVIEW, State.DRAFT))}


@dataclass(frozen=True)
class Filters:
    need: str
    area: str
    state: str
    owner: str
    text: str


@dataclass(frozen=True)
class Line:
    """One version in the list; `place` names its area with the department, empty for a country."""

    service: Service
    name: str
    place: str
    widest: str  # the code of its department, or `COUNTRY`
    state: State
    is_latest: bool
    condition: ServiceCondition | None
    is_due: bool  # on its owner's work list, since it ends soon

    @property
    def is_confirmed(self) -> bool:
        return is_confirmed(self.service)


@dataclass(frozen=True)
class Directory:
    """The lines that match, and what the filters may ask for."""

    lines: Sequence[Line]
    departments: Sequence[tuple[str, str]]
    needs: Sequence[str]
    owners: Sequence[str]


@dataclass(frozen=True)
class Said:
    """What somebody in the service's area reads; `has_words` if its own words are translated."""

    language: str
    text: str
    has_words: bool


@dataclass(frozen=True)
class Sheet:
    """One version with all that its page tells."""

    service: Service
    name: str
    place: str
    area: AreaRow | None
    state: State
    versions: Sequence[Service]
    events: Sequence[Event]
    people: dict[str, str]
    condition: ServiceCondition | None

    @property
    def waiting(self) -> Service | None:
        """The version of this service that is in review, if any."""
        return next((one for one in self.versions if one.state in _WAITING), None)

    @property
    def is_confirmed(self) -> bool:
        return is_confirmed(self.service)

    @property
    def withdrawal(self) -> str:
        """Why it was withdrawn, by the short name of the reason; empty if nobody said so."""
        details = (one.entry.detail for one in self.events if one.action == "service_withdraw")
        return str(next(details, {}).get("reason", ""))

    def is_by(self, member: StaffMember) -> bool:
        """Whether this member asked for the check, and so cannot give it (PEER-10)."""
        return worked_on(self.service, member)


async def load_directory(
    session: AsyncSession, filters: Filters, language: str, now: datetime
) -> Directory:
    """Without a state, everything but old versions. A country has hundreds of services, so the
    search may read them all, and so it can find `brena` in `Breña`."""
    rows = list(await session.scalars(select(Service)))
    areas = await _load_areas(session)
    latest: dict[str, int] = {}
    for row in rows:
        latest[row.key] = max(latest.get(row.key, 0), row.version)
    said = await read_conditions(session, now)
    lines = [
        Line(
            service=row,
            name=_name_of(row, language),
            place=_place_of(row, areas),
            widest=_chain(row.area_code, areas)[-1] if row.area_code else COUNTRY,
            state=(state := state_on(row, now.date())),
            is_latest=row.version == latest[row.key],
            condition=said.get(row.key) if state is State.APPROVED else None,
            is_due=state is State.APPROVED and is_due(row, now.date()),
        )
        for row in rows
    ]
    found = [line for line in lines if _matches(line, filters)]
    found.sort(
        key=lambda line: (_ORDER.get(line.state, 9), line.name.casefold(), -line.service.version)
    )
    used = {_chain(row.area_code, areas)[-1] for row in rows if row.area_code}
    return Directory(
        lines=found,
        departments=sorted(((code, areas[code].name) for code in used), key=lambda one: one[1]),
        needs=sorted({need for row in rows for need in row.needs}),
        owners=sorted({row.owner for row in rows}),
    )


async def count_in_state(session: AsyncSession, member: StaffMember, today: date) -> dict[str, int]:
    """Figures for the home page, by what they are for."""
    query = select(Service).order_by(Service.version).options(*map(defer, _WORDS))
    rows = list(await session.scalars(query))
    newest = {row.key: row for row in rows}
    waiting = [row for row in rows if row.state == State.IN_REVIEW]
    return {
        "to_verify": sum(
            row.owner in member.sub_groups and not worked_on(row, member) for row in waiting
        ),
        "due": sum(
            row.owner in member.sub_groups and row.state == State.APPROVED and is_due(row, today)
            for row in rows
        ),
        "approved": sum(state_on(row, today) is State.APPROVED for row in rows),
        "expired": sum(state_on(row, today) is State.EXPIRED for row in newest.values()),
    }


async def load_sheet(
    session: AsyncSession, service_id: str, language: str, now: datetime
) -> Sheet | None:
    service = await session.get(Service, service_id)
    if service is None:
        return None
    query = select(Service).where(Service.key == service.key).order_by(Service.version.desc())
    events, people = await load_history(session, service, "service")
    areas = await _load_areas(session)
    said = await read_conditions(session, now, [service.key])
    return Sheet(
        service=service,
        name=_name_of(service, language),
        place=_place_of(service, areas),
        area=areas.get(service.area_code) if service.area_code else None,
        state=state_on(service, now.date()),
        versions=list(await session.scalars(query)),
        events=events,
        people=people,
        condition=said.get(service.key),
    )


def preview(sheet: Sheet, bot: Phrases, languages: Sequence[str], local: datetime) -> list[Said]:
    """The bot's message to somebody who asks from the service's own area at that local time, in
    each language. What waits for its check is shown as it will be once somebody verified it."""
    said = []
    for language in languages:
        view = view_at_home(sheet.service, sheet.area, sheet.condition, language, local)
        if sheet.state in _WAITING:
            view = replace(view, is_confirmed=True)
        text = service_phrases.services(bot.for_language(language), [view], view.area)
        said.append(Said(language, text, language in sheet.service.name))
    return said


async def _load_areas(session: AsyncSession) -> dict[str, AreaRow]:
    return {area.code: area for area in await session.scalars(select(AreaRow))}


def _name_of(row: Service, language: str) -> str:
    return row.name.get(language) or row.name.get(FALLBACK) or row.key


def _place_of(row: Service, areas: Mapping[str, AreaRow]) -> str:
    if row.area_code is None:
        return ""
    return ", ".join(dict.fromkeys(areas[code].name for code in _chain(row.area_code, areas)))


def _chain(code: str, areas: Mapping[str, AreaRow]) -> list[str]:
    """The area and all around it, the widest last."""
    beginnings = (code[:length] for length in range(len(code), 0, -1))
    return [each for each in beginnings if each in areas]


def _matches(line: Line, filters: Filters) -> bool:
    row = line.service
    if filters.need and filters.need not in row.needs:
        return False
    if filters.owner and filters.owner != row.owner:
        return False
    if filters.area and filters.area != line.widest:
        return False
    return _has_state(line, filters) and _has_words(line, filters)


def _has_state(line: Line, filters: Filters) -> bool:
    if filters.state == DUE:
        return line.is_due
    if filters.state:
        return line.state == filters.state
    return line.is_latest or line.state not in _OVER


def _has_words(line: Line, filters: Filters) -> bool:
    row = line.service
    parts = (row.key, row.organisation, line.place, row.address or "", row.phone or "")
    said = strip_accents(" ".join((*parts, *row.name.values(), *row.notes.values())))
    return all(word in said for word in strip_accents(filters.text).split())
