"""Services are found nearest first, and only while they are approved and in time (HUM-25)."""

from datetime import timedelta

import pytest

from content.review import approve_demonstration, verify_service
from content.services import Distance, ServiceBook, ServiceView, measure
from tests.content.conftest import Desk


async def find(desk: Desk, need: str, area: str | None, limit: int = 3) -> list[ServiceView]:
    return await ServiceBook(desk.database, desk.clock).find_services(need, area, "en", limit)


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
    assert measure(person, service) is distance
