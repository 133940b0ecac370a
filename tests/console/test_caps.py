"""The page of limits: what sub-groups may still send, and two people who grant more (HUM-44)."""

import re

from broadcast.caps import day_number, read_group_use
from hub.staff.roles import Role
from tests.console.conftest import ConsoleHarness
from tests.console.updates import POLICY, add_sending

ASK = {"owner": "education", "extra": "500", "days": "3", "reason": "Back to school campaign"}


async def test_everybody_who_reads_updates_sees_what_is_used_and_only_administrators_ask(
    console: ConsoleHarness,
) -> None:
    # HUM-44
    await add_sending(console)
    author = await console.sign_in_as(Role.AUTHOR)
    page = (await author.get("/limits")).text
    rows = re.findall(r"<tr>.*?</tr>", page, re.DOTALL)
    nobodys = next(row for row in rows if "Sent for no sub-group" in row)
    assert "3 of 20000" in nobodys
    assert "/limits/ask" not in page
    assert (await author.act("/limits/ask", "/updates", **ASK)).status_code == 403


async def test_two_administrators_grant_more_for_some_days(console: ConsoleHarness) -> None:
    # HUM-44, PEER-11
    await console.add_staff("bea", Role.ADMIN)
    await console.add_staff("rosa", Role.ADMIN)
    rosa, bea = await console.sign_in("rosa"), await console.sign_in("bea")
    asked = await rosa.act("/limits/ask", "/limits", **ASK)
    address = asked.headers["location"].removeprefix("/console")
    again = await rosa.act("/limits/ask", "/limits", **ASK)
    assert again.status_code == 409, "the same waits already"
    seen = re.search(r'name="hash" value="(\w+)"', (await bea.get(address)).text)
    assert seen
    assert (await rosa.act(f"{address}/approve", address, hash=seen[1])).status_code == 403
    assert await granted(console) == 0
    assert (await bea.act(f"{address}/approve", address, hash=seen[1])).status_code == 303
    assert await granted(console) == 500
    assert "500 people, until" in (await rosa.get("/limits")).text


async def test_a_form_without_sense_is_refused_beside_its_fields(console: ConsoleHarness) -> None:
    admin = await console.sign_in_as(Role.ADMIN)
    wrong = {"owner": "", "extra": "-1", "days": "400", "reason": ""}
    answer = await admin.act("/limits/ask", "/limits", **wrong)
    assert answer.status_code == 422
    for phrase in ("Choose the sub-group.", "as a number", "Choose for how long.", "Say why"):
        assert phrase in answer.text


async def granted(console: ConsoleHarness) -> int:
    now = console.clock.now()
    async with console.database.read() as session:
        use = await read_group_use(session, "education", POLICY, now)
    assert use.extra_until in (None, day_number(POLICY, now) + 2)
    return use.extra
