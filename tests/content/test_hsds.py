"""Services for other directories: JSON that has the shapes of Open Referral's HSDS 3."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from content.commands import import_content
from content.conditions import Condition, set_condition
from content.hsds import NothingVerifiedError, read_hsds, write_hsds
from content.models import Service
from content.review import approve_demonstration, verify_service
from tests.content.conftest import Desk
from tests.content.packs import LIMA, add_member, make_pack, make_service, write

# What the specification asks of each object that is written: which fields there are, by their
# type, and which must be there. A list names the object that it holds.
TEXT, NUMBER = "text", "number"
SHAPES: dict[str, tuple[dict[str, str], set[str]]] = {
    "service": (
        {
            "id": "uuid",
            "name": TEXT,
            "status": "active|inactive|defunct|temporarily closed",
            "alert": TEXT,
            "fees_description": TEXT,
            "eligibility_description": TEXT,
            "assured_date": "date",
            "organization": "organization",
            "phones": "[phone]",
            "schedules": "[schedule]",
            "languages": "[language]",
            "service_areas": "[service_area]",
            "service_at_locations": "[service_at_location]",
            "required_documents": "[required_document]",
            "attributes": "[attribute]",
        },
        {"id", "name", "status"},
    ),
    "organization": (
        {"id": "uuid", "name": TEXT, "description": TEXT},
        {"id", "name", "description"},
    ),
    "phone": ({"id": "uuid", "number": TEXT, "type": "voice|text"}, {"id", "number"}),
    "schedule": (
        {
            "id": "uuid",
            "freq": "WEEKLY|MONTHLY",
            "interval": NUMBER,
            "byday": "days",
            "opens_at": "time",
            "closes_at": "time",
            "description": TEXT,
            "valid_to": "date",
        },
        {"id"},
    ),
    "language": ({"id": "uuid", "name": TEXT, "code": TEXT}, {"id"}),
    "service_area": ({"id": "uuid", "name": TEXT}, {"id"}),
    "service_at_location": ({"id": "uuid", "location": "location"}, {"id"}),
    "location": (
        {"id": "uuid", "location_type": "physical|postal|virtual", "addresses": "[address]"},
        {"id", "location_type"},
    ),
    "address": (
        {
            "id": "uuid",
            "address_1": TEXT,
            "city": TEXT,
            "state_province": TEXT,
            "postal_code": TEXT,
            "country": "country",
            "address_type": "physical|postal|virtual",
        },
        {
            *("id", "address_1", "city", "state_province", "postal_code", "country"),
            "address_type",
        },
    ),
    "required_document": ({"id": "uuid", "document": TEXT}, {"id"}),
    "attribute": (
        {"id": "uuid", "link_id": "uuid", "link_entity": TEXT, "taxonomy_term": "taxonomy_term"},
        {"id"},
    ),
    "taxonomy_term": (
        {"id": "uuid", "code": TEXT, "name": TEXT, "description": TEXT, "taxonomy": TEXT},
        {"id", "name", "description"},
    ),
}
FORMS = {
    "date": r"\d{4}-\d\d-\d\d",
    "time": r"([01]\d|2[0-3]):[0-5]\d[+-]\d\d:\d\d",
    "days": r"(MO|TU|WE|TH|FR|SA|SU)(,(MO|TU|WE|TH|FR|SA|SU))*",
    "country": r"[A-Z]{2}",
}
PAGE = {
    *("total_items", "total_pages", "page_number", "size", "first_page", "last_page", "empty"),
    "contents",
}
FULL = make_service(
    "near",
    "150132",
    hours={"es": "Lunes a viernes 8:30 a 17:00", "en": "Monday to Friday 8:30 to 17:00"},
    opening=("mon-fri 08:30-17:00", "sat-sun 22:00-02:00"),
    cost={"es": "gratis", "en": "free"},
    serves={"es": "familias", "en": "families"},
    bring={"es": "tu documento", "en": "your document"},
    notes={"es": "nota interna", "en": "a note for staff"},
    languages=("es", "ht"),
)
SERVICES = (
    FULL,
    make_service("line", None, address=None, needs=("hotline",), opening=("always",)),
    make_service("visits", "2403", address=None, hours={}, phone=None),
)


def assert_has_shape(thing: Any, kind: str, where: str = "") -> None:
    fields, required = SHAPES[kind]
    assert required <= thing.keys() <= fields.keys(), (where or kind, thing.keys())
    for name, value in thing.items():
        assert_is(value, fields[name], f"{where}.{name}")


def assert_is(value: Any, form: str, where: str) -> None:
    if form.startswith("["):
        assert isinstance(value, list), where
        for number, each in enumerate(value):
            assert_has_shape(each, form[1:-1], f"{where}[{number}]")
    elif form in SHAPES:
        assert_has_shape(value, form, where)
    elif form == NUMBER:
        assert isinstance(value, int), where
    elif form == "uuid":
        assert str(UUID(value)) == value, where
    else:
        assert isinstance(value, str), where
        pattern = FORMS.get(form, form if "|" in form else r"[\s\S]*")
        assert re.fullmatch(pattern, value), (where, value)


async def bring_in(desk: Desk, folder: Path) -> None:
    pack = make_pack(services=SERVICES)
    await import_content(desk.database, write(folder / "services", pack), desk.clock)
    async with desk.database.write() as session:
        for service in SERVICES:
            row = await newest(session, service.key)
            await verify_service(session, row.id, desk.verifier, row.hash, desk.clock.now())


async def newest(session: AsyncSession, key: str) -> Service:
    query = select(Service).where(Service.key == key).order_by(Service.version.desc()).limit(1)
    found = await session.scalar(query)
    assert found is not None
    return found


async def export(desk: Desk, folder: Path, language: str = "es") -> list[dict[str, Any]]:
    file, now = folder / "services.json", desk.clock.now()
    read = await read_hsds(desk.database, language, LIMA, lambda need: f"<{need}>", now)
    write_hsds(read, file)
    page = json.loads(file.read_text(encoding="utf8"))
    assert page.keys() == PAGE
    assert page["total_items"] == page["size"] == len(page["contents"])
    return list(page["contents"])


async def test_every_object_has_the_shape_of_the_specification(
    each_desk: Desk, tmp_path: Path
) -> None:
    await bring_in(each_desk, tmp_path)
    services = await export(each_desk, tmp_path)
    assert len(services) == len(SERVICES)
    for service in services:
        assert_has_shape(service, "service", service["name"])
    assert len({service["id"] for service in services}) == len(services)


async def test_a_service_is_told_with_all_that_has_a_place(desk: Desk, tmp_path: Path) -> None:
    await bring_in(desk, tmp_path)
    near = next(s for s in await export(desk, tmp_path, "en") if s["name"] == "Service near")
    assert near["status"] == "active"
    assert near["organization"]["name"] == "Organización"
    assert (near["fees_description"], near["eligibility_description"]) == ("free", "families")
    assert near["assured_date"] == desk.clock.now().date().isoformat()
    assert [phone["number"] for phone in near["phones"]] == ["(01) 200-1000"]
    assert [each["code"] for each in near["languages"]] == ["es", "ht"]
    assert near["languages"][1]["name"] == "Haitian Creole"
    assert near["required_documents"][0]["document"] == "your document"
    assert near["attributes"][0]["taxonomy_term"]["name"] == "<legal>"
    [at] = near["service_at_locations"]
    [address] = at["location"]["addresses"]
    assert (address["address_1"], address["city"], address["state_province"]) == (
        "Av. España 734",
        "San Juan de Lurigancho",
        "Lima (región)",
    )
    assert "service_areas" not in near
    week, weekend = near["schedules"]
    assert (week["byday"], week["opens_at"], week["closes_at"]) == (
        "MO,TU,WE,TH,FR",
        "08:30-05:00",
        "17:00-05:00",
    )
    assert (weekend["byday"], weekend["closes_at"]) == ("SA,SU", "02:00-05:00")


async def test_notes_for_staff_and_false_coordinates_do_not_go_out(
    desk: Desk, tmp_path: Path
) -> None:
    await bring_in(desk, tmp_path)
    told = json.dumps(await export(desk, tmp_path), ensure_ascii=False)
    assert "nota interna" not in told
    assert "latitude" not in told


async def test_what_has_no_place_to_go_to_says_where_it_is_for(desk: Desk, tmp_path: Path) -> None:
    await bring_in(desk, tmp_path)
    by_name = {service["name"]: service for service in await export(desk, tmp_path)}
    assert by_name["Servicio line"]["service_areas"][0]["name"] == "Perú"
    assert by_name["Servicio visits"]["service_areas"][0]["name"] == "Zarumilla, Tumbes"
    [always] = by_name["Servicio line"]["schedules"]
    assert (always["byday"], always["opens_at"]) == ("MO,TU,WE,TH,FR,SA,SU", "00:00-05:00")
    assert "schedules" not in by_name["Servicio visits"]


async def test_the_word_of_a_desk_goes_out_while_it_holds(desk: Desk, tmp_path: Path) -> None:
    await bring_in(desk, tmp_path)
    async with desk.database.write() as session:
        member = await add_member(session, "desk", roles=("desk",))
        row, until = await newest(session, "near"), desk.clock.now() + timedelta(hours=5)
        await set_condition(session, row.id, Condition.CLOSED, until, member, desk.clock.now())
    near = next(s for s in await export(desk, tmp_path) if s["name"] == "Servicio near")
    assert near["status"] == "temporarily closed"
    assert near["alert"].startswith("closed: Organisation of desk, 2026-11-22T15:00")
    desk.clock.advance(timedelta(hours=6))
    near = next(s for s in await export(desk, tmp_path) if s["name"] == "Servicio near")
    assert near["status"] == "active"


async def test_only_what_somebody_verified_and_what_holds_goes_out(
    desk: Desk, tmp_path: Path
) -> None:
    # SEC-27, INV-13
    with pytest.raises(NothingVerifiedError):
        await export(desk, tmp_path)
    async with desk.database.write() as session:
        await approve_demonstration(session, "demonstration", desk.clock.now())
    with pytest.raises(NothingVerifiedError):
        await export(desk, tmp_path)


async def test_what_is_over_does_not_go_out(desk: Desk, tmp_path: Path) -> None:
    await bring_in(desk, tmp_path)
    desk.clock.advance(timedelta(days=181))
    with pytest.raises(NothingVerifiedError):
        await export(desk, tmp_path)


async def test_a_service_keeps_its_id(desk: Desk, tmp_path: Path) -> None:
    await bring_in(desk, tmp_path)
    first = [service["id"] for service in await export(desk, tmp_path)]
    assert first == [service["id"] for service in await export(desk, tmp_path, "en")]
