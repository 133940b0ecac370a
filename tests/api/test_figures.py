"""Figures for partners: whole tens, whole weeks that are over, nothing that sets a few apart."""

import random
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import httpx
import pytest

from bot.tally import Counted, Who, write_counts
from bot.tally_models import Ending
from hub.database import Database
from hub.staff.tokens import Scope
from tests.api.conftest import Partner

# The clock stands on Sunday, 22 November 2026, so the week that ended last began on the 9th.
MONDAY = date(2026, 11, 9)


def asked(day: date, topic: str, *, area: str = "15", language: str = "es") -> Counted:
    who = Who("telegram", language, area)
    return Counted(day.isoformat(), who, Ending.ANSWERED, 1, ("", topic))


async def add(database: Database, *turns: Counted) -> None:
    async with database.write() as session:
        await write_counts(session, turns)


async def read(client: httpx.AsyncClient, **asked_for: str | int) -> list[dict[str, Any]]:
    answer = await client.get("/figures", params={"by": "area", **asked_for})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["counts"])


async def test_people_are_told_from_ten_on_and_in_tens(each_partner: Partner) -> None:
    # HUM-14
    client = await each_partner.client_for(Scope.FIGURES_READ)
    turns = [asked(MONDAY, "asylum.apply")] * 9
    await add(each_partner.database, *turns)
    assert await read(client) == []
    await add(each_partner.database, *turns)
    lima = {"value": "15", "name": "Lima (región)", "people": 10}
    assert await read(client) == [
        {**lima, "topic": None},
        {**lima, "topic": "asylum.apply"},
    ]
    spoken = await read(client, by="language")
    assert [(each["value"], each["name"], each["people"]) for each in spoken] == [
        ("es", None, 10),
        ("es", None, 10),
    ]


async def test_of_whom_nothing_is_known_the_value_is_null(partner: Partner) -> None:
    client = await partner.client_for(Scope.FIGURES_READ)
    await add(partner.database, *[asked(MONDAY, "asylum.apply", area="")] * 10)
    assert [(each["value"], each["name"]) for each in await read(client)] == [(None, None)] * 2


async def test_a_week_is_told_when_it_is_over(partner: Partner) -> None:
    """Who asks every minute would see the hour in which the tenth person wrote."""
    # HUM-14
    client = await partner.client_for(Scope.FIGURES_READ)
    running = MONDAY + timedelta(days=7)
    await add(partner.database, *[asked(running, "asylum.apply")] * 10)
    assert await read(client) == []
    assert await read(client, weeks=53) == []
    early = await client.get("/figures", params={"by": "area", "first": running.isoformat()})
    assert early.status_code == 422
    partner.clock.advance(timedelta(hours=13))  # 04:00 UTC on Monday, still Sunday in Lima
    assert await read(client) == []
    partner.clock.advance(timedelta(hours=2))
    assert len(await read(client)) == 2
    assert len(await read(client, first=running.isoformat())) == 2


@pytest.mark.parametrize(
    "query",
    [
        "",
        "by=alarm",
        "by=topic",
        "by=area&first=2026-11-10",
        "by=area&first=0",
        "by=area&first=2026-11-09&weeks=2",
        "by=area&weeks=54",
        "by=area&weeks=0",
        "by=area&by=language",
        "by=area&language=es",
    ],
)
async def test_nothing_else_is_told(partner: Partner, query: str) -> None:
    """No kinds of danger, no days, no two things at once."""
    # HUM-14
    client = await partner.client_for(Scope.FIGURES_READ)
    assert (await client.get(f"/figures?{query}")).status_code == 422


async def test_no_two_answers_differ_by_a_few(partner: Partner) -> None:
    """Whatever is asked and asked again later, and subtracted: nothing, or ten people and more."""
    # HUM-14
    chance = random.Random(20261122)  # noqa: S311  # no secret is made of it
    client = await partner.client_for(Scope.FIGURES_READ)
    seen: dict[tuple[Any, Any], set[int]] = {}
    for _ in range(6):
        await add(
            partner.database,
            *(
                asked(
                    MONDAY - timedelta(days=chance.randrange(28)) + timedelta(days=6),
                    chance.choice(["asylum.apply", "work.rights"]),
                    area=chance.choice(["15", "15", "15", "24"]),
                )
                for _ in range(25)
            ),
        )
        for weeks in (1, 2, 3, 4):
            for each in await read(client, weeks=weeks):
                seen.setdefault((each["value"], each["topic"]), set()).add(each["people"])
    assert len(seen) == 6
    figures = [*(number for numbers in seen.values() for number in numbers), 0]
    assert {abs(one - other) % 10 for one, other in combinations(figures, 2)} == {0}
    assert max(figures) > 50
