"""Services are found nearest first, and only while they are approved and in time (HUM-25)."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from content.commands import import_content
from content.distances import Distance, measure, round_kilometres
from content.pack import ServiceContent
from content.review import approve_demonstration, verify_service
from content.services import ServiceBook, ServiceView
from hub.clock import ManualClock
from hub.database import Database
from tests.content.conftest import Desk
from tests.content.packs import CODES, LIMA, make_pack, make_service, write


async def find(desk: Desk, need: str, area: str | None, limit: int = 3) -> list[ServiceView]:
    return await ServiceBook(desk.database, desk.clock, LIMA).find_services(need, area, "en", limit)


async def approve(desk: Desk) -> None:
    async with desk.database.write() as session:
        await approve_demonstration(session, "cli", desk.clock.now())


@pytest.mark.parametrize(
    ("area", "expected"),
    [
        ("150132", [("near", "district"), ("city", "province"), ("country", "national")]),
        ("1501", [("city", "province"), ("near", "province"), ("country", "national")]),
        ("150201", [("city", "department"), ("near", "department"), ("country", "national")]),
        ("240302", [("country", "national")]),
        (None, [("country", "national")]),
    ],
)
async def test_nearest_first(
    each_desk: Desk, area: str | None, expected: list[tuple[str, str]]
) -> None:
    await approve(each_desk)
    found = await find(each_desk, "legal", area)
    assert [(view.key, view.distance.value) for view in found] == expected


async def test_the_limit_and_the_need_hold(desk: Desk) -> None:
    await approve(desk)
    assert [view.key for view in await find(desk, "legal", "150132", limit=1)] == ["near"]
    assert [view.key for view in await find(desk, "food", "24")] == ["border"]
    assert await find(desk, "food", "15") == []


async def test_a_view_tells_what_a_person_needs(desk: Desk) -> None:
    await approve(desk)
    view = (await find(desk, "legal", "150132"))[0]
    assert (view.name, view.organisation) == ("Service near", "Organización")
    assert (view.address, view.area) == ("Av. España 734", "San Juan de Lurigancho")
    assert (view.phone, view.hours) == ("(01) 200-1000", "Monday to Friday")
    assert (view.source_date, view.is_confirmed, view.is_demonstration) == ("2024", False, True)


async def test_only_a_second_person_makes_it_confirmed(desk: Desk) -> None:
    async with desk.database.write() as session:
        row = await desk.service(session, "near")
        await verify_service(session, row.id, desk.verifier, row.hash, desk.clock.now())
    found = await find(desk, "legal", "150132")
    assert [(view.key, view.is_confirmed) for view in found] == [("near", True)]


async def test_unverified_and_expired_services_are_not_told(desk: Desk) -> None:
    assert await find(desk, "legal", "150132") == []
    await approve(desk)
    desk.clock.advance(timedelta(days=180))
    assert await find(desk, "legal", "150132") != []
    desk.clock.advance(timedelta(days=1))
    assert await find(desk, "legal", "150132") == []


@pytest.mark.parametrize(
    ("person", "service", "distance"),
    [
        ("150132", "150132", Distance.DISTRICT),
        ("150132", "150105", Distance.PROVINCE),
        ("150132", "1501", Distance.PROVINCE),
        ("1501", "150105", Distance.PROVINCE),
        ("15", "150105", Distance.DEPARTMENT),
        ("150132", "15", Distance.DEPARTMENT),
        ("150132", "150201", Distance.DEPARTMENT),
        ("150132", "240302", Distance.ELSEWHERE),
        (None, "240302", Distance.ELSEWHERE),
        (None, None, Distance.NATIONAL),
    ],
)
def test_measures(person: str | None, service: str | None, distance: Distance) -> None:
    assert measure(person, service, CODES) is distance


async def open_book(
    database: Database, clock: ManualClock, folder: Path, *services: ServiceContent
) -> ServiceBook:
    """A book over these services, approved as in a demonstration."""
    pack = make_pack(services=services)
    await import_content(database, write(folder / "pack", pack), clock)
    async with database.write() as session:
        await approve_demonstration(session, "cli", clock.now())
    return ServiceBook(database, clock, LIMA)


HOURS = {"es": "Lunes a viernes 8:30 a 17:00", "en": "Monday to Friday 8:30 to 17:00"}


async def test_open_ones_come_first_then_the_nearest(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    """The clock stands on a Sunday, 10:00 in Peru."""
    week, weekend = ("mon-fri 08:30-17:00",), ("sat-sun 08:30-17:00",)
    book = await open_book(
        database,
        clock,
        tmp_path,
        make_service("closed_here", "150132", opening=week, hours=HOURS),
        make_service("unknown_here", "150132"),
        make_service("unknown_near", "150105"),
        make_service("open_near", "150105", opening=weekend, hours=HOURS),
        make_service("line", None, opening=("always",), hours=HOURS),
    )
    found = await book.find_services("legal", "150132", "en", limit=9)
    keys = ["open_near", "line", "unknown_here", "unknown_near", "closed_here"]
    assert [view.key for view in found] == keys
    openness = [view.openness for view in found]
    assert openness == ["open", "open", "unknown", "unknown", "closed"]
    assert [view.changes_at and f"{view.changes_at:%a %H:%M}" for view in found] == [
        "Sun 17:00",
        None,
        None,
        None,
        "Mon 08:30",
    ]
    clock.advance(timedelta(days=1))  # the same shelf, another hour
    assert (await book.find_services("legal", "150132", "en"))[0].key == "closed_here"


async def test_how_far_is_told_between_districts_only(
    sqlite: Database, clock: ManualClock, tmp_path: Path
) -> None:
    book = await open_book(
        sqlite,
        clock,
        tmp_path,
        make_service("district", "150105"),
        make_service("province", "1501"),
        make_service("country", None),
    )

    async def far(area: str) -> dict[str, int | None]:
        found = await book.find_services("legal", area, "en")
        return {view.key: view.kilometres for view in found}

    assert await far("150132") == {"district": 10, "province": None, "country": None}
    assert await far("1501") == {"district": 2, "province": None, "country": None}
    assert await far("150105") == {"district": None, "province": None, "country": None}
    assert await far("15") == {"district": None, "province": None, "country": None}


@pytest.mark.parametrize(
    ("exact", "told"), [(0.2, 1), (1.4, 1), (9.4, 9), (12.4, 10), (13, 15), (99, 100), (123, 120)]
)
def test_distances_are_rounded(exact: float, told: int) -> None:
    assert round_kilometres(exact) == told


async def test_what_hides_is_not_told_however_it_came_here(desk: Desk) -> None:
    """The check refuses it; if a row is there all the same, nobody is told its address."""
    await approve(desk)
    async with desk.database.write() as session:
        row = await desk.service(session, "near")
        row.name = {"es": "Casa de acogida", "en": "Safe house"}
    assert "near" not in {view.key for view in await find(desk, "legal", "150132")}


async def test_hours_that_cannot_be_read_are_unknown_hours(desk: Desk) -> None:
    await approve(desk)
    async with desk.database.write() as session:
        (await desk.service(session, "near")).opening = ["whenever"]
    [view] = await find(desk, "legal", "150132", limit=1)
    assert (view.key, view.openness) == ("near", "unknown")


async def test_many_questions_at_once_read_the_content_once(desk: Desk) -> None:
    await approve(desk)
    book = ServiceBook(desk.database, desk.clock, LIMA)
    said: list[str] = []
    engine = desk.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *args: said.append(args[2]))
    found = await asyncio.gather(*(book.find_services("legal", "150132", "en") for _ in range(9)))
    assert {len(views) for views in found} == {3}
    assert sum("FROM services" in statement for statement in said) == 1
