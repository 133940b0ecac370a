"""Staff in the console: power is taken away at once, and somebody is always left to manage it."""

import pytest
import sqlalchemy as sa

from hub.staff.models import AuditEntry, StaffMember
from hub.staff.roles import Role
from tests.console.conftest import Client, ConsoleHarness


@pytest.fixture
async def ana(console: ConsoleHarness) -> Client:
    await console.add_staff("ana", Role.ADMIN)
    await console.add_staff("leo", Role.READER, Role.AUTHOR)
    return await console.sign_in("ana")


async def find(console: ConsoleHarness, username: str) -> StaffMember:
    async with console.database.read() as session:
        member = await session.scalar(
            sa.select(StaffMember).where(StaffMember.username == username)
        )
        assert member is not None
        return member


async def test_taking_a_role_away_takes_one_person_and_works_at_once(
    console: ConsoleHarness, ana: Client
) -> None:
    # PEER-11, SEC-23
    leo = await console.sign_in("leo")
    address = f"/staff/{console.ids['leo']}"
    answer = await ana.act(f"{address}/powers", address, roles="reader", sub_groups="protection")
    assert answer.headers["location"] == f"/console{address}"
    assert (await find(console, "leo")).roles == ["reader"]
    assert (await leo.get("/")).status_code == 303


async def test_closing_an_account_ends_its_sessions_and_opening_it_again_takes_two(
    console: ConsoleHarness, ana: Client
) -> None:
    # PEER-11, SEC-23
    leo = await console.sign_in("leo")
    address = f"/staff/{console.ids['leo']}"
    assert (await ana.act(f"{address}/disable", address)).status_code == 303
    assert (await leo.get("/")).status_code == 303
    assert (await ana.act(f"{address}/disable", address)).status_code == 409
    asked = await ana.act(f"{address}/enable", address, reason="back from leave")
    assert asked.headers["location"].startswith("/console/requests/")
    assert (await find(console, "leo")).disabled_at is not None


async def test_the_last_administrator_stays_one(console: ConsoleHarness) -> None:
    await console.add_staff("eva", Role.ADMIN, Role.READER)
    eva = await console.sign_in("eva")
    address = f"/staff/{console.ids['eva']}"
    assert "There is only one administrator" in (await eva.get("/staff")).text
    without = {"roles": "reader", "sub_groups": "protection"}
    for verb, fields in (("disable", {}), ("powers", without)):
        answer = await eva.act(f"{address}/{verb}", address, **fields)
        assert answer.status_code == 422
        assert "Nobody else could manage accounts" in answer.text
    assert (await find(console, "eva")).roles == ["admin", "reader"]
    assert (await find(console, "eva")).disabled_at is None
    await console.add_staff("bea", Role.ADMIN)
    assert "There is only one administrator" not in (await eva.get("/staff")).text
    assert (await eva.act(f"{address}/powers", address, **without)).status_code == 303


async def test_sessions_of_others_are_seen_and_ended_with_an_entry(
    console: ConsoleHarness, ana: Client
) -> None:
    # SEC-23, INV-11
    agent = "Mozilla/5.0 (Android) Firefox/140.0"
    leo = await console.sign_in("leo", console.client(**{"User-Agent": agent}))
    address = f"/staff/{console.ids['leo']}"
    assert "Firefox, Android" in (await ana.get(address)).text
    assert (await ana.act(f"{address}/end-sessions", address)).status_code == 303
    assert (await leo.get("/")).status_code == 303
    async with console.database.read() as session:
        entry = await session.scalar(
            sa.select(AuditEntry).where(AuditEntry.action == "end_sessions")
        )
    assert entry is not None
    assert (entry.actor, entry.object_id) == (console.ids["ana"], console.ids["leo"])


async def test_forms_that_say_nothing_new_or_name_nothing_known_are_refused(
    console: ConsoleHarness, ana: Client
) -> None:
    address = f"/staff/{console.ids['leo']}"
    same = {"sub_groups": "protection"}
    unknown = await ana.act(f"{address}/powers", address, roles="reader", sub_groups="made up")
    assert unknown.status_code == 400
    without_reason = await ana.act(f"{address}/powers", address, roles="approver", **same)
    assert without_reason.status_code == 422
    assert "Say why" in without_reason.text
    await console.add_staff("eva", Role.READER)
    eva = f"/staff/{console.ids['eva']}"
    nothing = await ana.act(f"{eva}/powers", eva, roles="reader", **same)
    assert nothing.status_code == 422
    assert (await ana.get("/staff/nothing")).status_code == 404
