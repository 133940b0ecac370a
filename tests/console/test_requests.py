"""Requests through the pages: who asks, who decides, and what a stale page cannot do (PEER-11)."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.staff.models import PendingAct, StaffMember
from hub.staff.roles import Role
from tests.console.conftest import Client, ConsoleHarness


@pytest.fixture
async def ana(console: ConsoleHarness) -> Client:
    await console.add_staff("bea", Role.ADMIN, organisation="Organización B")
    await console.add_staff("leo", Role.READER)
    await console.add_staff("ana", Role.ADMIN)
    return await console.sign_in("ana")


@pytest.fixture
async def bea(console: ConsoleHarness, ana: Client) -> Client:
    return await console.sign_in("bea")


async def ask(client: Client, staff_id: str, *roles: str) -> str:
    """Ask for these roles; the address of the request."""
    page = f"/staff/{staff_id}"
    hidden = await client.hidden(page)
    answer = await client.http.post(
        f"/console{page}/powers",
        data={**hidden, "roles": list(roles), "sub_groups": ["protection"], "reason": "she moved"},
        headers={"Origin": "https://console.test", "Sec-Fetch-Site": "same-origin"},
    )
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].removeprefix("/console")


async def decide(client: Client, address: str, verb: str = "approve") -> int:
    seen = re.search(r'name="hash" value="(\w+)"', (await client.get(address)).text)
    answer = await client.act(f"{address}/{verb}", address, hash=seen[1] if seen else "")
    return answer.status_code


async def roles_of(console: ConsoleHarness, username: str) -> list[str]:
    async with console.database.read() as session:
        member = await session.scalar(
            sa.select(StaffMember).where(StaffMember.username == username)
        )
        assert member is not None
        return member.roles


async def test_one_asks_another_approves_and_whoever_got_the_role_signs_in_anew(
    console: ConsoleHarness, ana: Client, bea: Client
) -> None:
    # PEER-11, SEC-23
    leo = await console.sign_in("leo")
    address = await ask(ana, console.ids["leo"], "reader", "author")
    assert await roles_of(console, "leo") == ["reader"]
    assert (await ana.get("/")).text.count("Requests to decide") == 0
    assert "Requests to decide" in (await bea.get("/")).text
    page = (await bea.get(address)).text
    assert "she moved" in page
    assert re.search(r"<dt>Roles given</dt><dd><bdi[^>]*>Author</bdi>", page)
    assert await decide(bea, address) == 303
    assert await roles_of(console, "leo") == ["author", "reader"]
    assert (await leo.get("/")).status_code == 303


async def test_whoever_asked_does_not_decide_but_may_take_it_back(
    console: ConsoleHarness, ana: Client, bea: Client
) -> None:
    # PEER-11
    address = await ask(ana, console.ids["leo"], "author")
    assert 'name="hash"' not in (await ana.get(address)).text
    async with console.database.read() as session:
        seen = await session.scalar(sa.select(PendingAct.payload_hash))
    answer = await ana.act(f"{address}/approve", hash=str(seen))
    assert answer.status_code == 403
    assert await decide(ana, address, "refuse") == 403
    assert await decide(bea, address, "withdraw") == 403
    assert await decide(ana, address, "withdraw") == 303
    assert await decide(bea, address) == 409
    assert await roles_of(console, "leo") == ["reader"]


async def test_the_same_request_a_second_time_is_a_conflict(
    console: ConsoleHarness, ana: Client, bea: Client
) -> None:
    # PEER-11
    await ask(ana, console.ids["leo"], "author")
    for client in (ana, bea):
        answer = await client.act(
            f"/staff/{console.ids['leo']}/powers",
            roles="author",
            sub_groups="protection",
            reason="again",
        )
        assert answer.status_code == 409
        assert "already asked for" in answer.text


async def test_nobody_approves_what_is_for_themselves(
    console: ConsoleHarness, ana: Client, bea: Client
) -> None:
    # PEER-11
    address = await ask(ana, console.ids["bea"], "admin", "approver")
    assert 'name="hash"' not in (await bea.get(address)).text
    async with console.database.read() as session:
        seen = await session.scalar(sa.select(PendingAct.payload_hash))
    assert (await bea.act(f"{address}/approve", hash=str(seen))).status_code == 403
    assert await roles_of(console, "bea") == ["admin"]


async def test_deciding_wants_a_fresh_sign_in(
    console: ConsoleHarness, ana: Client, bea: Client
) -> None:
    # SEC-28
    address = await ask(ana, console.ids["leo"], "author")
    console.clock.advance(timedelta(minutes=11))
    page = (await bea.get(address)).text
    assert "Confirm that it is me" in page
    answer = await bea.act(f"{address}/approve")
    assert answer.headers["location"].startswith("/console/confirm?next=")
    assert await roles_of(console, "leo") == ["reader"]


async def test_an_account_that_changed_meanwhile_is_not_overwritten(
    console: ConsoleHarness, ana: Client, bea: Client
) -> None:
    address = await ask(ana, console.ids["leo"], "reader", "author")
    taken = await bea.act(f"/staff/{console.ids['leo']}/powers", roles="reader")  # a sub-group less
    assert taken.status_code == 303
    assert await decide(bea, address) == 409


async def test_requests_are_listed_by_state_and_hidden_from_everybody_else(
    console: ConsoleHarness, ana: Client, bea: Client
) -> None:
    # SEC-26
    address = await ask(ana, console.ids["leo"], "author")
    assert "she moved" in (await bea.get("/requests")).text
    assert "No requests here" in (await bea.get("/requests?state=done")).text
    await decide(bea, address)
    assert "she moved" in (await bea.get("/requests?state=done&page=1")).text
    leo = await console.sign_in("leo")
    assert (await leo.get(address)).status_code == 403
    assert (await bea.get("/requests/nothing")).status_code == 404
