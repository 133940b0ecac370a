"""What people read of a place: whether it is open now in Peru, how far, and whose word it is."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot import service_phrases
from content.commands import import_content
from content.conditions import Condition, set_condition
from content.review import verify_service
from content.services import ServiceBook
from hub.clock import ManualClock
from hub.database import Database
from hub.i18n import Phrases
from tests.content.conftest import Desk, open_desk
from tests.content.packs import add_member, make_pack, make_service, write

LIMA = ZoneInfo("America/Lima")
PHRASES = Phrases("bot", ("es", "en", "pt", "fr", "ht"))
OFFICE = make_service(
    "office",
    "150105",
    names={"es": "Oficina", "en": "Office"},
    opening=("mon-fri 08:30-17:00",),
    hours={"es": "Lunes a viernes 8:30 a 17:00", "en": "Monday to Friday 8:30 to 17:00"},
    serves={"es": "familias", "en": "families"},
    bring={"es": "tu carné", "en": "your card"},
)


@pytest.fixture
async def desk(sqlite: Database, clock: ManualClock, tmp_path: Path) -> Desk:
    desk = await open_desk(sqlite, clock, tmp_path)
    pack = make_pack(services=(OFFICE,))
    await import_content(sqlite, write(tmp_path / "office", pack), clock)
    async with sqlite.write() as session:
        row = await desk.service(session, "office")
        await verify_service(session, row.id, desk.verifier, row.hash, clock.now())
    return desk


async def read(desk: Desk, language: str = "es", area: str = "150132") -> str:
    book = ServiceBook(desk.database, desk.clock, LIMA)
    found = await book.find_services("legal", area, language, 1)
    return service_phrases.services(PHRASES.for_language(language), found, "SJL")


def go_to(clock: ManualClock, year: int, month: int, day: int, hour: int, minute: int) -> None:
    clock.advance(datetime(year, month, day, hour, minute, tzinfo=LIMA) - clock.now())


async def test_all_that_somebody_needs_before_going(desk: Desk) -> None:
    go_to(desk.clock, 2026, 11, 23, 9, 0)
    assert await read(desk) == (
        "Cerca de SJL:\n\n"
        "Oficina\n"
        "Av. España 734, Breña\n"
        "Tel. (01) 200-1000\n"
        "Lunes a viernes 8:30 a 17:00\n"
        "Según su horario, ahora está abierto, hasta 17:00\n"
        "Para: familias\n"
        "Lleva: tu carné\n"
        "En tu provincia, no en tu distrito: a unos 10 km en línea recta"
    )


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ((2026, 11, 23, 8, 29), "ahora está cerrado. Abre: 08:30"),
        ((2026, 11, 23, 20, 0), "ahora está cerrado. Abre: mañana 08:30"),
        ((2026, 11, 27, 17, 0), "ahora está cerrado. Abre: lunes 08:30"),
    ],
)
async def test_when_it_opens_again(
    desk: Desk, moment: tuple[int, int, int, int, int], said: str
) -> None:
    go_to(desk.clock, *moment)
    assert said in await read(desk)


@pytest.mark.parametrize(
    ("condition", "language", "said"),
    [
        (Condition.CLOSED, "es", "Hoy cerrado, según Organisation of dora, hasta 18:00"),
        (Condition.FULL, "en", "Full now, according to Organisation of dora, until 18:00"),
        (Condition.MOVED, "fr", "A déménagé, d’après Organisation of dora. Demandez avant"),
        (Condition.OPEN, "ht", "Louvri jodi a, dapre Organisation of dora, jiska 18:00"),
        (Condition.CLOSED, "pt", "Hoje fechado, segundo Organisation of dora, até 18:00"),
    ],
)
async def test_what_a_desk_says_stands_in_place_of_the_hours(
    desk: Desk, condition: Condition, language: str, said: str
) -> None:
    go_to(desk.clock, 2026, 11, 23, 15, 0)
    async with desk.database.write() as session:
        member = await add_member(session, "dora", roles=("desk",))
        row, now = await desk.service(session, "office"), desk.clock.now()
        until = now + timedelta(hours=3)
        await set_condition(session, row.id, condition, until, member, now)
    book = ServiceBook(desk.database, desk.clock, LIMA)
    found = await book.find_services("legal", "150132", language, 1)
    text = service_phrases.services(PHRASES.for_language(language), found, "SJL")
    assert said in text
    assert "horario" not in text


async def test_a_place_that_never_closes_says_so_by_its_hours_alone(
    desk: Desk, tmp_path: Path
) -> None:
    always = make_service(
        "always", "240302", opening=("always",), hours={"es": "24 horas", "en": "24 hours"}
    )
    pack = make_pack(services=(always,))
    await import_content(desk.database, write(tmp_path / "always", pack), desk.clock)
    async with desk.database.write() as session:
        row = await desk.service(session, "always")
        await verify_service(session, row.id, desk.verifier, row.hash, desk.clock.now())
    text = await read(desk, "en", "240302")
    assert "\n24 hours" in text
    assert "By its hours" not in text
