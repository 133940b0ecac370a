"""Verified services as JSON in the terms of Open Referral's HSDS 3, for directories of others.

One file is one language, since HSDS has one text for each field. Only what is told now goes out:
nothing of a demonstration, no address of a place where people hide, and no note for staff.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from babel.core import Locale, UnknownLocaleError
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from content.conditions import Condition, read_conditions
from content.models import AreaRow, Service, ServiceCondition
from content.opening import ALWAYS, DAYS
from content.pack import PackSettings
from content.rows import read_settings
from content.services import hides, is_confirmed
from content.states import State
from hub.database import Database
from hub.i18n import FALLBACK

Thing = dict[str, Any]
Name = Callable[[str], str]
# Ids are made of names, so that the same service has the same id in every export.
_NAMESPACE = UUID("6f0a2d4e-58b1-5f07-9a53-2c1d7e90b4aa")
_MIDNIGHT, _LAST_MINUTE = "00:00", "23:59"


class NothingVerifiedError(Exception):
    """There is no service that somebody verified and that is told now."""


@dataclass(frozen=True)
class _Directory:
    """What every service's entry is made with."""

    settings: PackSettings
    areas: Mapping[str, AreaRow]
    conditions: Mapping[str, ServiceCondition]
    language: str
    need_name: Name
    local: datetime

    def id(self, *names: str) -> str:
        return str(uuid5(_NAMESPACE, "/".join((self.settings.country, *names))))

    def say(self, texts: Mapping[str, str]) -> str | None:
        return texts.get(self.language) or texts.get(FALLBACK)

    def around(self, code: str) -> list[str]:
        """The names of the area and those around it, the widest last."""
        beginnings = (code[:length] for length in range(len(code), 0, -1))
        return [self.areas[each].name for each in beginnings if each in self.areas]


async def read_hsds(
    database: Database, language: str, zone: ZoneInfo, need_name: Name, now: datetime
) -> Thing:
    """The page to write; raise `NothingVerifiedError`. `need_name` says a need in words."""
    async with database.read() as session:
        settings = await read_settings(session)
        rows = await _read_told(session, now)
        if settings is None or not rows:
            raise NothingVerifiedError("no verified service is told now: nothing to export")
        areas = {row.code: row for row in await session.scalars(select(AreaRow))}
        conditions = await read_conditions(session, now)
    local = now.astimezone(zone)
    directory = _Directory(settings, areas, conditions, language, need_name, local)
    return to_page([_to_service(row, directory) for row in rows])


def write_hsds(page: Thing, path: Path) -> None:
    path.write_text(json.dumps(page, ensure_ascii=False, indent=2) + "\n", encoding="utf8")


def to_page(services: Sequence[Thing]) -> Thing:
    """A list as the API of HSDS gives it, all on one page."""
    return {
        "total_items": len(services),
        "total_pages": 1,
        "page_number": 1,
        "size": len(services),
        "first_page": True,
        "last_page": True,
        "empty": not services,
        "contents": list(services),
    }


async def _read_told(session: AsyncSession, now: datetime) -> list[Service]:
    in_time = or_(Service.valid_until.is_(None), Service.valid_until >= now.date())
    query = select(Service).where(Service.state == State.APPROVED, in_time).order_by(Service.key)
    return [row for row in await session.scalars(query) if is_confirmed(row) and not hides(row)]


def _to_service(row: Service, directory: _Directory) -> Thing:
    condition = directory.conditions.get(row.key)
    bring = directory.say(row.bring)
    entry: Thing = {
        "id": directory.id("service", row.key),
        "name": directory.say(row.name) or row.key,
        "status": _status(condition),
        "alert": _alert(condition, directory),
        "fees_description": directory.say(row.cost),
        "eligibility_description": directory.say(row.serves),
        "assured_date": row.verified_at.date().isoformat() if row.verified_at else None,
        "organization": _to_organization(row, directory),
        "phones": _phones(row, directory),
        "schedules": list(_schedules(row, directory)),
        "languages": [_language(row, code, directory) for code in row.languages],
        "service_areas": _service_areas(row, directory),
        "service_at_locations": _locations(row, directory),
        "required_documents": (
            [{"id": directory.id("document", row.key), "document": bring}] if bring else []
        ),
        "attributes": [_need(row, need, directory) for need in row.needs],
    }
    return _without_nothing(entry)


def _without_nothing(entry: Thing) -> Thing:
    return {name: value for name, value in entry.items() if value not in (None, "", [])}


def _status(condition: ServiceCondition | None) -> str:
    is_closed = condition is not None and condition.condition == Condition.CLOSED
    return "temporarily closed" if is_closed else "active"


def _alert(condition: ServiceCondition | None, directory: _Directory) -> str | None:
    """What a desk says for some hours: whose word, and until when."""
    if condition is None:
        return None
    until = condition.until.astimezone(directory.local.tzinfo)
    return f"{condition.condition}: {condition.organisation}, {until:%Y-%m-%dT%H:%M%z}"


def _to_organization(row: Service, directory: _Directory) -> Thing:
    """HSDS wants a description; nothing more than the name is known."""
    name = row.organisation
    return {"id": directory.id("organization", name), "name": name, "description": name}


def _phones(row: Service, directory: _Directory) -> list[Thing]:
    if not row.phone:
        return []
    return [{"id": directory.id("phone", row.key), "number": row.phone, "type": "voice"}]


def _schedules(row: Service, directory: _Directory) -> Iterable[Thing]:
    """One for each line of opening times, in local time with its distance from UTC; of hours that
    no machine can read the words alone. What closes at or before it opens, closes the next day."""
    said = directory.say(row.hours)
    shared = _without_nothing({"description": said, "valid_to": _day(row)})
    if not row.opening and said:
        yield {"id": directory.id("schedule", row.key), **shared}
    for number, line in enumerate(row.opening, 1):
        days, opens, closes = _read_line(line)
        yield {
            "id": directory.id("schedule", row.key, str(number)),
            "freq": "WEEKLY",
            "interval": 1,
            "byday": ",".join(day[:2].upper() for day in days),
            "opens_at": _clock(opens, directory.local),
            "closes_at": _clock(closes, directory.local),
            **shared,
        }


def _day(row: Service) -> str | None:
    return row.valid_until.isoformat() if row.valid_until else None


def _read_line(line: str) -> tuple[Sequence[str], str, str]:
    if line == ALWAYS:
        return DAYS, _MIDNIGHT, _LAST_MINUTE
    days, _, span = line.partition(" ")
    first, _, last = days.partition("-")
    begin, end = DAYS.index(first), DAYS.index(last or first)
    told = DAYS[begin : end + 1] if begin <= end else (*DAYS[begin:], *DAYS[: end + 1])
    opens, _, closes = span.partition("-")
    return told, opens, _MIDNIGHT if closes == "24:00" else closes


def _clock(clock: str, local: datetime) -> str:
    offset = f"{local:%z}"
    return f"{clock}{offset[:3]}:{offset[3:5]}"


def _language(row: Service, code: str, directory: _Directory) -> Thing:
    try:
        name = Locale.parse(code).get_display_name(directory.language)
    except (UnknownLocaleError, ValueError):
        name = None
    return {"id": directory.id("language", row.key, code), "name": name or code, "code": code}


def _service_areas(row: Service, directory: _Directory) -> list[Thing]:
    """Of what has no place to go to: where it is for."""
    if row.address and row.area_code:
        return []
    name = ", ".join(directory.around(row.area_code)) if row.area_code else _country(directory)
    return [{"id": directory.id("area", row.key), "name": name}]


def _country(directory: _Directory) -> str:
    code = directory.settings.country
    try:
        return str(Locale.parse(directory.language).territories.get(code, code))
    except (UnknownLocaleError, ValueError):
        return code


def _locations(row: Service, directory: _Directory) -> list[Thing]:
    """Without coordinates: only the centres of districts are known, and those would mislead."""
    if not row.address or not row.area_code:
        return []
    around = directory.around(row.area_code)
    address = {
        "id": directory.id("address", row.key),
        "address_1": row.address,
        "city": around[0],
        "state_province": around[-1],
        "postal_code": "",  # HSDS wants one; nobody gives any here
        "country": directory.settings.country,
        "address_type": "physical",
    }
    location = {
        "id": directory.id("location", row.key),
        "location_type": "physical",
        "addresses": [address],
    }
    return [{"id": directory.id("at", row.key), "location": location}]


def _need(row: Service, need: str, directory: _Directory) -> Thing:
    name = directory.need_name(need)
    term = {
        "id": directory.id("need", need),
        "code": need,
        "name": name,
        "description": name,
        "taxonomy": directory.settings.name,
    }
    return {
        "id": directory.id("attribute", row.key, need),
        "link_entity": "service",
        "link_id": directory.id("service", row.key),
        "taxonomy_term": term,
    }
