"""Requests about one's own data that come to a desk: none is forgotten past its day (HUM-10)."""

import re
from datetime import timedelta

from bot.data_requests import count_due
from hub.staff.roles import Role
from tests.console.conftest import Client, ConsoleHarness

PATH = "/data-requests"


async def note(client: Client, kind: str, asked_on: str) -> int:
    answer = await client.act(f"{PATH}/note", PATH, kind=kind, asked_on=asked_on)
    return answer.status_code


async def rows(client: Client) -> list[str]:
    page = (await client.get(PATH)).text
    return [" ".join(re.sub(r"<[^>]*>", " ", row).split()) for row in page.split("<tr>")[2:]]


async def cards(client: Client) -> str:
    page = (await client.get("/")).text
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


async def test_the_first_page_warns_before_a_request_is_due_and_when_it_is_overdue(
    console: ConsoleHarness,
) -> None:
    # HUM-10: ten days, and twenty for access
    await console.add_staff("alba", Role.ADMIN)
    alba = await console.sign_in("alba")
    today = console.clock.now().date()
    assert await note(alba, "erasure", f"{today}") == 303
    assert await note(alba, "access", f"{today}") == 303
    erasure, access = await rows(alba)
    assert "No. 1" in erasure
    assert "10 days left" in erasure
    assert "20 days left" in access
    assert "Data requests" not in (await cards(alba)).partition("What waits for you")[2]

    console.clock.advance(timedelta(days=8))
    alba = await console.sign_in("alba")
    assert "1 Data requests: due soon" in await cards(alba)
    console.clock.advance(timedelta(days=3))
    alba = await console.sign_in("alba")
    assert "1 Data requests: overdue" in await cards(alba)
    async with console.database.read() as session:
        assert await count_due(session, console.clock.now()) == 1  # what /metrics tells too
    assert "Overdue" in (await rows(alba))[0]

    assert (await alba.act(f"{PATH}/1/close", PATH, outcome="done")).status_code == 303
    assert "overdue" not in await cards(alba)
    last = (await rows(alba))[-1]
    assert "Done as they asked" in last
    assert (await alba.act(f"{PATH}/1/close", PATH, outcome="refused")).status_code == 409


async def test_a_request_of_tomorrow_or_without_a_kind_is_refused(console: ConsoleHarness) -> None:
    admin = await console.sign_in_as(Role.ADMIN)
    tomorrow = console.clock.now().date() + timedelta(days=2)
    assert await note(admin, "erasure", f"{tomorrow}") == 422
    assert await note(admin, "gossip", f"{console.clock.now().date()}") == 422
    assert await note(admin, "access", "31/12/2026") == 422
    assert await rows(admin) == []
