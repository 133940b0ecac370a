"""Organisations: added by one, changed and opened again by two, closed at once by one."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from hub.staff.act_states import ActState
from hub.staff.models import AuditEntry, Organisation, PendingAct, StaffMember
from hub.staff.roles import Role
from hub.staff.tokens import (
    Grant,
    Scope,
    TokenRefusedError,
    find_caller,
    grant_token,
    reveal_secret,
)
from tests.console.cases import add_case, read_case
from tests.console.conftest import PASSWORD, Client, ConsoleHarness

LEAVING = "Organización B"
HEALTH = "health and nutrition"


@pytest.fixture
async def ana(console: ConsoleHarness) -> Client:
    """An administrator of organisation A, where there is another, and a desk of B."""
    await console.add_staff("ana", Role.ADMIN)
    await console.add_staff("bea", Role.ADMIN)
    await console.add_staff("dora", Role.DESK, sub_groups=(HEALTH,), organisation=LEAVING)
    return await console.sign_in("ana")


async def _organisation(console: ConsoleHarness, name: str = LEAVING) -> Organisation:
    async with console.database.read() as session:
        query = select(Organisation).where(Organisation.name == name)
        return (await session.scalars(query)).one()


async def _decide(console: ConsoleHarness, name: str) -> None:
    """A second administrator approves the only request that waits."""
    client = await console.sign_in(name)
    async with console.database.read() as session:
        query = select(PendingAct).where(PendingAct.state == ActState.PENDING)
        act = (await session.scalars(query)).one()
    at = f"/requests/{act.id}"
    answer = await client.act(f"{at}/approve", at, hash=act.payload_hash)
    assert answer.status_code == 303, answer.text


async def _last_act(console: ConsoleHarness, action: str) -> dict[str, object]:
    async with console.database.read() as session:
        query = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.seq)
        return (await session.scalars(query)).all()[-1].detail


async def test_the_list_tells_what_each_has_and_finds_by_name_and_state(
    console: ConsoleHarness, ana: Client
) -> None:
    page = (await ana.get("/organisations")).text
    assert "Organización A" in page
    assert "Health and nutrition" in page.partition(LEAVING)[2]
    for query, found in (
        ("named=ción b", [LEAVING]),
        ("named=%25", []),
        ("state=left", []),
        ("state=active", ["Organización A", LEAVING]),
    ):
        table = (await ana.get(f"/organisations?{query}")).text.partition("<tbody>")[2]
        shown = [name for name in ("Organización A", LEAVING) if f">{name}<" in table]
        assert shown == found, query


async def test_one_adds_it_and_nobody_twice(console: ConsoleHarness, ana: Client) -> None:
    at = "/organisations"
    for fields, words in (
        ({"name": " "}, "Write the name"),
        ({"name": "organización b"}, "of this name already"),
        ({"name": "Organización C", "inbox": "no mail"}, "no e-mail address"),
    ):
        answer = await ana.act(f"{at}/add", at, **fields)
        assert (answer.status_code, words in answer.text) == (422, True)
    answer = await ana.act(f"{at}/add", at, name="Organización C", inbox="casos@c.example.org")
    assert answer.status_code == 303
    row = await _organisation(console, "Organización C")
    assert row.inbox == "casos@c.example.org"
    assert await _last_act(console, "organisation_add") == {"name": "Organización C"}


async def test_name_and_inbox_are_changed_by_two(console: ConsoleHarness, ana: Client) -> None:
    # PEER-11
    row = await _organisation(console)
    at = f"/organisations/{row.id}"
    new = {"name": "Organización Be", "inbox": "casos@b.example.org"}
    assert (await ana.act(f"{at}/change", at, **new)).status_code == 422
    same = {"name": LEAVING, "inbox": "", "reason": "x"}
    assert "Nothing would change" in (await ana.act(f"{at}/change", at, **same)).text
    asked = await ana.act(f"{at}/change", at, **new, reason="They renamed themselves")
    assert "/requests/" in asked.headers["location"]
    assert (await _organisation(console)).inbox is None
    await _decide(console, "bea")
    changed = await _organisation(console, "Organización Be")
    assert (changed.id, changed.inbox) == (row.id, "casos@b.example.org")


async def test_closing_ends_everything_at_once(console: ConsoleHarness, ana: Client) -> None:
    # PEER-11, SEC-23
    dora, row = await console.sign_in("dora"), await _organisation(console)
    token = await _token(console, row.id)
    at = f"/organisations/{row.id}"
    assert (await ana.act(f"{at}/close", at)).status_code == 303
    assert (await dora.get("/cases")).headers["location"].startswith("/console/sign-in")
    again = await console.client().act(
        "/sign-in", "/sign-in", username="dora", password=PASSWORD, code=console.code("dora")
    )
    assert again.status_code != 303
    async with console.database.write() as session:
        with pytest.raises(TokenRefusedError):
            await find_caller(session, token, console.clock.now())
        await session.get_one(StaffMember, console.ids["dora"])
    detail = await _last_act(console, "organisation_close")
    assert detail == {"accounts": 1, "tokens": 1}
    page = (await ana.get(at)).text
    assert "Has left" in page
    assert (await ana.act(f"{at}/close", at)).status_code == 409


async def test_even_an_account_that_was_left_open_gets_in_no_more(
    console: ConsoleHarness, ana: Client
) -> None:
    # SEC-23
    row = await _organisation(console)
    async with console.database.write() as session:
        closed = await session.get_one(Organisation, row.id)
        closed.left_at = console.clock.now()
    answer = await console.client().act(
        "/sign-in", "/sign-in", username="dora", password=PASSWORD, code=console.code("dora")
    )
    assert answer.status_code != 303


async def test_nobody_closes_their_own_or_that_of_the_last_administrators(
    console: ConsoleHarness, ana: Client
) -> None:
    # PEER-11
    own = await _organisation(console, "Organización A")
    at = f"/organisations/{own.id}"
    answer = await ana.act(f"{at}/close", at)
    assert (answer.status_code, "You belong to it" in answer.text) == (422, True)
    assert (await _organisation(console, "Organización A")).left_at is None


async def test_it_is_opened_again_by_two_and_gives_nobody_access(
    console: ConsoleHarness, ana: Client
) -> None:
    # PEER-11
    row = await _organisation(console)
    at = f"/organisations/{row.id}"
    await ana.act(f"{at}/close", at)
    member = f"/staff/{console.ids['dora']}"
    assert (await ana.act(f"{member}/enable", member, reason="back")).status_code == 409
    await ana.act(f"{at}/open", at, reason="They are back")
    assert (await _organisation(console)).left_at is not None
    await _decide(console, "bea")
    assert (await _organisation(console)).left_at is None
    async with console.database.read() as session:
        dora = await session.get_one(StaffMember, console.ids["dora"])
    assert dora.disabled_at is not None
    asked = await ana.act(f"{member}/enable", member, reason="back")
    assert "/requests/" in asked.headers["location"]


async def test_nobody_is_invited_to_one_that_left(console: ConsoleHarness, ana: Client) -> None:
    row = await _organisation(console)
    at = f"/organisations/{row.id}"
    await ana.act(f"{at}/close", at)
    page = (await ana.get("/staff/new")).text
    assert f'value="{LEAVING}"' not in page
    answer = await ana.act(
        "/staff/new/invite",
        "/staff/new",
        username="nora",
        display_name="Nora",
        organisation=LEAVING,
        roles="desk",
        language="es",
        reason="needed",
    )
    assert (answer.status_code, "has left the platform" in answer.text) == (422, True)


async def test_its_cases_go_back_to_where_they_can_be_passed_on(
    console: ConsoleHarness, ana: Client
) -> None:
    # HUM-29, HUM-32
    case_id = await add_case(console)
    await console.add_staff("omar", Role.DESK, sub_groups=(HEALTH,))
    dora, omar = await console.sign_in("dora"), await console.sign_in("omar")
    row = await _organisation(console)
    async with console.database.write() as session:
        case = await session.merge(await read_case(console, case_id))
        case.organisation_id, case.passed_on_at = row.id, console.clock.now()
    await dora.act(f"/cases/{case_id}/take")
    assert (await omar.get(f"/cases/{case_id}")).status_code == 404
    at = f"/organisations/{row.id}"
    await ana.act(f"{at}/close", at)
    case = await read_case(console, case_id)
    assert (case.state, case.taken_by, case.held_until) == ("open", None, None)
    assert "its organisation has left" in (await omar.get("/cases")).text
    assert "Cases: Left behind" in (await omar.get("/")).text
    page = (await omar.get(f"/cases/{case_id}")).text
    assert LEAVING in page.partition("Left behind by")[2]


async def _token(console: ConsoleHarness, organisation_id: str) -> str:
    now = console.clock.now()
    grant = Grant("Directorio", organisation_id, tuple(Scope), now + timedelta(days=30))
    ana, bea = console.ids["ana"], console.ids["bea"]
    async with console.database.write() as session:
        row = await grant_token(session, grant, requested_by=ana, approved_by=bea, now=now)
        return await reveal_secret(session, row.id, actor=ana, now=now)
