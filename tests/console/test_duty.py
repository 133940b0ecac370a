"""The page of the roster: the desk plans who reads requests, and sees at once who does now."""

from datetime import timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.duty_models import DutyShift
from hub.staff.models import AuditEntry
from hub.staff.roles import Role
from tests.console.conftest import Client, ConsoleHarness

LIMA = ZoneInfo("America/Lima")


async def page_of(client: Client, path: str = "/duty") -> str:
    return unescape((await client.get(path)).text)


def spell(console: ConsoleHarness, hours: int) -> str:
    moment = console.clock.now() + timedelta(hours=hours)
    return moment.astimezone(LIMA).strftime("%Y-%m-%dT%H:%M")


async def put(
    console: ConsoleHarness, client: Client, member: str, first: int, last: int, weeks: str = "1"
) -> int:
    answer = await client.act(
        "/duty/add",
        "/duty",
        member=member,
        starts_at=spell(console, first),
        ends_at=spell(console, last),
        weeks=weeks,
    )
    return answer.status_code


async def test_the_desk_plans_and_sees_who_is_on_duty(console: ConsoleHarness) -> None:
    # HUM-32, INV-11
    await console.add_staff("olga", Role.DESK)
    olga = await console.sign_in("olga")
    page = await page_of(olga)
    assert "Nobody keeps a roster yet, so the bot says that it cannot promise" in page
    assert "On duty now" not in await page_of(olga, "/")
    assert await put(console, olga, console.ids["olga"], -1, 3, weeks="2") == 303
    page = await page_of(olga)
    assert "Now: Olga" in page
    assert page.count("Take off the roster") == 2
    assert "On duty now" in await page_of(olga, "/")
    console.clock.advance(timedelta(hours=4))
    olga = await console.sign_in("olga")
    assert "Nobody is on duty now." in await page_of(olga)
    assert "Nobody reads requests now, and the bot says so" in await page_of(olga, "/")
    async with console.database.read() as session:
        [shift_id] = await session.scalars(
            select(DutyShift.id).where(DutyShift.ends_at > console.clock.now())
        )
        entry = await session.scalar(select(AuditEntry).where(AuditEntry.action == "duty_add"))
    assert entry is not None
    assert entry.detail == {"shifts": 2}
    answer = await olga.act(f"/duty/{shift_id}/remove", "/duty")
    assert answer.status_code == 303
    assert "Take off the roster" not in await page_of(olga)
    assert (await olga.act(f"/duty/{shift_id}/remove", "/duty")).status_code == 409


async def test_a_week_later_it_is_the_same_hour(console: ConsoleHarness) -> None:
    await console.add_staff("olga", Role.DESK)
    olga = await console.sign_in("olga")
    await put(console, olga, console.ids["olga"], 2, 6, weeks="3")
    async with console.database.read() as session:
        starts = list(await session.scalars(select(DutyShift.starts_at).order_by("starts_at")))
    assert [later - starts[0] for later in starts] == [timedelta(weeks=week) for week in range(3)]


@pytest.mark.parametrize(
    ("member", "first", "last", "weeks", "said"),
    [
        ("olga", 6, 2, "1", "It cannot stand like this"),
        ("olga", 2, 90, "1", "It cannot stand like this"),
        ("olga", 2, 6, "13", "Write a number of weeks, at most 12."),
        ("olga", 2, 6, "x", "Write a number of weeks, at most 12."),
        ("rita", 2, 6, "1", "Choose who is on duty."),
    ],
)
async def test_what_cannot_be_is_said_and_nothing_is_lost(
    console: ConsoleHarness, member: str, first: int, last: int, weeks: str, said: str
) -> None:
    await console.add_staff("olga", Role.DESK)
    await console.add_staff("rita", Role.READER)
    olga = await console.sign_in("olga")
    answer = await olga.act(
        "/duty/add",
        "/duty",
        member=console.ids[member],
        starts_at=spell(console, first),
        ends_at=spell(console, last),
        weeks=weeks,
    )
    assert answer.status_code == 422
    page = unescape(answer.text)
    assert said in page
    assert spell(console, first) in page
    assert spell(console, last) in page
    async with console.database.read() as session:
        assert (await session.scalars(select(DutyShift))).all() == []
