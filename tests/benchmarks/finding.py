"""Finding an answer among 2,000 and services among 5,000, beside one bare query for the same."""

import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import insert

from content.answers import Answer, AnswerBook
from content.models import Answer as AnswerRow
from content.models import AnswerText, AreaRow, ContentRevision, Service, Topic
from content.services import ServiceBook
from content.states import State
from hub.clock import SystemClock
from hub.database import new_id
from tests.benchmarks.both_databases import Bare, Place, on_both
from tests.benchmarks.figures import Figure, milliseconds
from tests.benchmarks.population import MESSAGE
from tests.content.packs import LIMA

ANSWERS = 2000
SERVICES = 5000
_QUESTIONS = 200
_LIMA = "15"  # where four of ten services are, as in the country itself
_HOURS: tuple[list[str], ...] = (
    ["mon-fri 08:30-17:00"],
    ["mon-fri 08:00-18:00", "sat 09:00-13:00"],
    ["always"],
    [],
    [],
)
_NEEDS = ("shelter", "food", "health", "legal", "psychosocial", "immigration_office")
_BARE_ANSWER = (
    "SELECT a.*, t.* FROM answers a JOIN answer_texts t ON t.answer_id = a.id"
    " WHERE a.topic = :topic AND a.state = 'approved' AND t.language = :language"
)
_BARE_SERVICES = (
    "SELECT s.*, d.name FROM services s LEFT JOIN areas d ON d.code = s.area_code"
    " WHERE s.state = 'approved' AND (s.area_code IS NULL OR s.area_code LIKE :department)"
)


async def measure(folder: Path, repetitions: int) -> list[Figure]:
    return await on_both(folder, repetitions, _measure)


async def _measure(place: Place, repetitions: int) -> list[Figure]:
    chance = random.Random(7)  # noqa: S311
    codes = await _fill(place, chance)
    topics = [f"topic.{chance.randrange(ANSWERS):04}" for _ in range(_QUESTIONS)]
    areas = [chance.choice(codes) for _ in range(_QUESTIONS)]
    first, again, near, bare_answer, bare_near = [], [], [], [], []
    for _ in range(repetitions):
        book = AnswerBook(place.database, SystemClock())  # a new one has nothing on its shelf
        services = ServiceBook(place.database, SystemClock(), LIMA)

        async def find(topic: str, book: AnswerBook = book) -> object:
            found = await book.find(topic, "es")
            return found if isinstance(found, Answer) else None

        async def find_near(area: str, services: ServiceBook = services) -> object:
            return await services.find_services("health", area, "es") or None

        first.append(await _p95(find, list(dict.fromkeys(topics))))
        again.append(await _p95(find, topics))
        near.append(await _p95(find_near, areas))
        with place.bare() as bare:
            bare_answer.append(await _p95(_bare_answer(bare), topics))
            bare_near.append(await _p95(_bare_services(bare), areas))
    rows = (
        (f"answer among {ANSWERS:,}, first time, p95", first, bare_answer),
        (f"answer among {ANSWERS:,}, asked before, p95", again, bare_answer),
        (f"services among {SERVICES:,}, p95", near, bare_near),
    )
    return [
        Figure("finding", f"{what}, {place.name}", "ms", values, "one bare query", base)
        for what, values, base in rows
    ]


def _bare_answer(bare: Bare) -> Callable[[str], Awaitable[object]]:
    async def find(topic: str) -> object:
        return bare.run(_BARE_ANSWER, topic=topic, language="es") or None

    return find


def _bare_services(bare: Bare) -> Callable[[str], Awaitable[object]]:
    async def find(area: str) -> object:
        return bare.run(_BARE_SERVICES, department=f"{area[:2]}%") or None

    return find


async def _p95(find: Callable[[str], Awaitable[object]], keys: Sequence[str]) -> float:
    taken = []
    for key in keys:
        began = perf_counter()
        assert await find(key) is not None
        taken.append(perf_counter() - began)
    return milliseconds(taken, 0.95)


async def _fill(place: Place, chance: random.Random) -> list[str]:
    """Content by the thousand; returns the codes of the districts."""
    now = datetime.now(UTC)
    departments = [f"{number:02}" for number in range(1, 26)]
    districts = [f"{code}{p:02}{d:02}" for code in departments for p in (1, 2, 3) for d in range(8)]
    provinces = sorted({code[:4] for code in districts})
    levels = (("department", departments), ("province", provinces), ("district", districts))
    topics = [f"topic.{number:04}" for number in range(ANSWERS)]
    answers = [_answer(topic, now) for topic in topics]
    async with place.database.write() as session:
        await session.execute(insert(ContentRevision), [{"id": 1, "number": 1}])
        await session.execute(
            insert(Topic), [{"key": topic, "owner": "protection"} for topic in topics]
        )
        await session.execute(insert(AnswerRow), answers)
        await session.execute(
            insert(AnswerText),
            [_text(each["id"], name) for each in answers for name in ("es", "en")],
        )
        for level, codes in levels:
            await session.execute(insert(AreaRow), [_area(code, level) for code in codes])
        await session.execute(
            insert(Service), [_service(n, districts, chance, now) for n in range(SERVICES)]
        )
    return districts


def _reviewed(now: datetime) -> dict[str, Any]:
    state = {"version": 1, "state": State.APPROVED, "hash": "0" * 64, "is_demonstration": True}
    return {"id": new_id(), **state, "changed_at": now, "valid_until": date(2027, 12, 31)}


def _answer(topic: str, now: datetime) -> dict[str, Any]:
    source = {"id": "s", "name": "A source", "date": "2026-11", "confidence": "high"}
    return {**_reviewed(now), "topic": topic, "sources": [source] * 2}


def _text(answer_id: str, language: str) -> dict[str, Any]:
    return {"answer_id": answer_id, "language": language, "title": "T", "text": MESSAGE.text}


def _area(code: str, level: str) -> dict[str, Any]:
    centre = {"latitude": -12 + int(code[-2:]) / 50, "longitude": -77 + int(code[2:4] or 0) / 50}
    plain = {"code": code, "name": f"Area {code}", "parent": code[:-2] or None, "level": level}
    return {**plain, **centre}


def _service(
    number: int, districts: Sequence[str], chance: random.Random, now: datetime
) -> dict[str, Any]:
    in_lima = chance.random() < 0.4
    area = chance.choice([c for c in districts if c.startswith(_LIMA)] if in_lima else districts)
    return {
        **_reviewed(now),
        "key": f"service.{number:05}",
        "owner": "protection",
        "organisation": "Organisation",
        "name": {"es": f"Servicio {number}", "en": f"Service {number}"},
        "area_code": None if number % 250 == 0 else area,
        "needs": [*chance.sample(_NEEDS, 2), "health"],
        "rank": 50,
        "source": {"date": "2026-11"},
        "opening": chance.choice(_HOURS),
    }
