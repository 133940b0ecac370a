"""Tokens of partners' programs: two people give one, it is shown once, one person revokes it."""

import re
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import func, select

from broadcast.audience import Audience
from broadcast.versions import Draft
from broadcast.writing import compose
from hub.staff.models import Organisation, PendingAct, StaffMember
from hub.staff.roles import Role
from hub.staff.token_models import ApiToken
from hub.staff.tokens import Scope
from tests.api.conftest import make_app, open_client
from tests.console.conftest import SAME_SITE, Client, ConsoleHarness
from tests.console.updates import POLICY, TEXTS

_TOKEN = re.compile(r"chasqui_[0-9a-f]{12}_[\w-]{43}")


@pytest.fixture
async def ana(console: ConsoleHarness) -> Client:
    await console.add_staff("bea", Role.ADMIN, organisation="Organización B")
    await console.add_staff("ana", Role.ADMIN)
    return await console.sign_in("ana")


@pytest.fixture
async def bea(console: ConsoleHarness, ana: Client) -> Client:
    return await console.sign_in("bea")


async def ask(
    console: ConsoleHarness, client: Client, *scopes: str, **changes: str
) -> httpx.Response:
    async with console.database.read() as session:
        organisation = await session.scalar(
            select(Organisation.id).where(Organisation.name == "Organización B")
        )
    fields = {
        "name": "Mapa <b>",
        "organisation": str(organisation),
        "days": "90",
        "reason": "they show services on a map",
        **changes,
    }
    page = "/api-access/new"
    return await client.http.post(
        f"/console{page}/ask",
        data={**await client.hidden(page), **fields, "scopes": list(scopes)},
        headers=SAME_SITE,
    )


async def approve(client: Client, address: str) -> int:
    seen = re.search(r'name="hash" value="(\w+)"', (await client.get(address)).text)
    answer = await client.act(f"{address}/approve", address, hash=seen[1] if seen else "")
    return answer.status_code


async def grant(console: ConsoleHarness, ana: Client, bea: Client, *scopes: str) -> str:
    """The address of a new token's page."""
    asked = await ask(console, ana, *(scopes or ("services:read",)))
    address = asked.headers["location"].removeprefix("/console")
    assert await approve(bea, address) == 303
    return address.replace("/requests/", "/api-access/")


async def show(client: Client, address: str) -> httpx.Response:
    return await client.act(f"{address}/show", address)


async def test_two_people_give_a_token_which_then_opens_the_api(
    console: ConsoleHarness, ana: Client, bea: Client
) -> None:
    # PEER-11
    asked = await ask(console, ana, "services:read", "updates:propose")
    address = asked.headers["location"].removeprefix("/console")
    page = (await bea.get(address)).text
    assert "Mapa &lt;b&gt;" in page
    assert "they show services on a map" in page
    assert "Propose updates" in page
    assert "Requests to decide" in (await bea.get("/")).text
    assert await approve(ana, address) == 403
    assert await approve(bea, address) == 303
    assert "/api-access/" in (await ana.get(address)).text
    token_page = address.replace("/requests/", "/api-access/")
    # The second person never sees it.
    assert "Show the token now" not in (await bea.get(token_page)).text
    assert (await show(bea, token_page)).status_code == 409
    shown = await show(ana, token_page)
    assert shown.status_code == 200
    assert shown.headers["cache-control"] == "no-store"
    found = _TOKEN.search(shown.text)
    assert found
    async with open_client(make_app(console.database, console.clock), found[0]) as api:
        assert (await api.get("/services")).status_code == 200
        assert (await api.get("/answers")).status_code == 403
    for again in (await show(ana, token_page), await ana.get(token_page)):
        assert not _TOKEN.search(again.text)
    async with console.database.read() as session:
        row = await session.scalar(select(ApiToken))
    assert row is not None
    assert (row.requested_by, row.approved_by) == (console.ids["ana"], console.ids["bea"])


async def test_the_same_request_twice_waits_once(
    console: ConsoleHarness, ana: Client, bea: Client
) -> None:
    # PEER-11
    assert (await ask(console, ana, "answers:read")).status_code == 303
    assert (await ask(console, bea, "answers:read")).status_code == 409
    assert (await ask(console, bea, "services:read")).status_code == 303


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", "x" * 81), ("organisation", "?"), ("days", "400"), ("reason", "")],
)
async def test_an_incomplete_form_comes_back_with_what_was_typed(
    console: ConsoleHarness, ana: Client, field: str, value: str
) -> None:
    answer = await ask(console, ana, "answers:read", **{field: value})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert 'value="answers:read" checked' in answer.text
    async with console.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(PendingAct)) == 0


async def test_unknown_scopes_are_no_scopes(console: ConsoleHarness, ana: Client) -> None:
    assert (await ask(console, ana, "persons:read")).status_code == 422


async def test_one_person_revokes_at_once(
    console: ConsoleHarness, ana: Client, bea: Client
) -> None:
    address = await grant(console, ana, bea)
    token = _TOKEN.search((await show(ana, address)).text)
    assert token
    assert (await bea.act(f"{address}/revoke", address)).status_code == 303
    assert "Revoked" in (await ana.get("/api-access")).text
    async with open_client(make_app(console.database, console.clock), token[0]) as api:
        assert (await api.get("/services")).status_code == 401


async def test_a_token_that_was_not_fetched_in_a_day_is_not_shown(
    console: ConsoleHarness, ana: Client, bea: Client
) -> None:
    address = await grant(console, ana, bea)
    console.clock.advance(timedelta(hours=25))
    ana = await console.sign_in("ana")
    assert "Show the token now" not in (await ana.get(address)).text
    assert (await show(ana, address)).status_code == 409


async def test_showing_needs_a_fresh_sign_in_and_the_permission(
    console: ConsoleHarness, ana: Client, bea: Client
) -> None:
    # SEC-26, SEC-28
    address = await grant(console, ana, bea)
    leo = await console.sign_in_as(Role.READER)
    assert (await leo.act(f"{address}/show")).status_code == 403
    console.clock.advance(timedelta(minutes=11))
    stale = await show(ana, address)
    assert stale.status_code == 303
    assert "/console/confirm" in stale.headers["location"]


async def test_the_account_of_a_program_is_no_member_of_staff(
    console: ConsoleHarness, ana: Client, bea: Client
) -> None:
    """Nobody can open it, give it a role or a password, and so sign in with it."""
    await grant(console, ana, bea)
    async with console.database.read() as session:
        row = await session.scalar(select(ApiToken))
        assert row is not None
        account = await session.get_one(StaffMember, row.account_id)
    assert account.username not in (await ana.get("/staff")).text
    assert (await ana.get(f"/staff/{account.id}")).status_code == 404
    assert (await ana.act(f"/staff/{account.id}/enable", reason="x")).status_code == 404


async def test_authors_see_that_a_partner_proposed_something(
    console: ConsoleHarness, ana: Client, bea: Client
) -> None:
    await grant(console, ana, bea, Scope.UPDATES_PROPOSE)
    now = console.clock.now()
    async with console.database.write() as session:
        row = await session.scalar(select(ApiToken))
        assert row is not None
        draft = Draft("Feria", TEXTS, Audience(), None, now + timedelta(days=2))
        await compose(session, draft, POLICY, author=row.account_id, now=now)
    author = await console.sign_in_as(Role.AUTHOR)
    assert "Updates proposed by partners" in (await author.get("/")).text
    assert "Updates proposed by partners" not in (await ana.get("/")).text


async def test_tokens_that_end_soon_are_on_the_home_page(
    console: ConsoleHarness, ana: Client, bea: Client
) -> None:
    await grant(console, ana, bea)
    assert "API tokens that end soon" not in (await ana.get("/")).text
    console.clock.advance(timedelta(days=80))
    ana = await console.sign_in("ana")
    assert "API tokens that end soon" in (await ana.get("/")).text
