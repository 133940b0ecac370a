"""From an invitation to a first sign-in, and back in after a loss: PEER-11, SEC-21."""

import re
from datetime import timedelta
from html import unescape

import pyotp
import pytest
import sqlalchemy as sa

from hub.staff.models import AuditEntry, EnrolmentLink, StaffMember
from hub.staff.roles import Role
from tests.console.conftest import PASSWORD, Client, ConsoleHarness

NEW_PASSWORD = "siete quenas tocan lejos hoy"
INVITATION = {
    "display_name": "Rosa Mamani",
    "username": "Rosa.M",
    "organisation": "Organización B",
    "roles": "author",
    "language": "en",
    "reason": "new colleague of the sub-group",
}


@pytest.fixture
async def ana(console: ConsoleHarness) -> Client:
    await console.add_staff("bea", Role.ADMIN)
    await console.add_staff("leo", Role.READER)
    await console.add_staff("ana", Role.ADMIN)
    return await console.sign_in("ana")


@pytest.fixture
async def bea(console: ConsoleHarness, ana: Client) -> Client:
    return await console.sign_in("bea")


async def approve(client: Client, address: str) -> int:
    seen = re.search(r'name="hash" value="(\w+)"', (await client.get(address)).text)
    assert seen
    return (await client.act(f"{address}/approve", address, hash=seen[1])).status_code


async def take_link(client: Client, request: str) -> str:
    """The address below `/console` of the link that an approved request gives."""
    found = re.search(r'href="/console(/staff/links/\w+)"', (await client.get(request)).text)
    assert found
    made = await client.act(f"{found[1]}/make", found[1])
    page = (await client.get(made.headers["location"].removeprefix("/console"))).text
    link = re.search(r"<code>https://console\.test/console(/welcome/[\w-]+)</code>", page)
    assert link
    again = (await client.get(found[1])).text
    assert link[1] not in again
    assert "No link to make here" in again
    return link[1]


async def invite(ana: Client, bea: Client) -> str:
    asked = await ana.act("/staff/new/invite", "/staff/new", **INVITATION)
    address = asked.headers["location"].removeprefix("/console")
    assert await approve(bea, address) == 303
    return await take_link(ana, address)


async def open_account(
    console: ConsoleHarness, link: str, password: str = NEW_PASSWORD, code: str = ""
) -> tuple[int, str]:
    """Fill in the page of the link as a person does; remembers the new secret."""
    client = console.client(**{"Accept-Language": "en"})
    page = (await client.get(link)).text
    if not (found := re.search(r"<code>([A-Z2-7]{32})</code>", page)):
        return 404, page
    console.secrets["rosa.m"] = found[1]
    fields = {
        name: unescape(value)
        for name, value in re.findall(r'name="(csrf|form_id|sealed)" value="([^"]*)"', page)
    }
    now = int(console.clock.now().timestamp())
    fields |= {"password": password, "again": password}
    fields["code"] = code or pyotp.TOTP(found[1]).at(now)
    answer = await client.post(f"{link}/open", **fields)
    return answer.status_code, answer.text


async def test_an_invitation_leads_to_an_account_with_keys_of_ones_own(
    console: ConsoleHarness, ana: Client, bea: Client
) -> None:
    # PEER-11, SEC-21
    link = await invite(ana, bea)
    status, page = await open_account(console, link)
    assert status == 200
    codes = re.findall(r"<code>(\d{4}(?:-\d{4}){3})</code>", page)
    assert len(codes) == 10
    console.clock.advance(timedelta(minutes=1))
    rosa = console.client()
    signed = await rosa.act(
        "/sign-in",
        "/sign-in",
        username="rosa.m",
        password=NEW_PASSWORD,
        code=console.code("rosa.m"),
    )
    assert signed.status_code == 303
    assert (await rosa.get("/updates")).status_code == 200
    assert (await rosa.get("/staff")).status_code == 403
    assert (await open_account(console, link))[0] == 404


async def test_nobody_gets_in_before_the_second_person_said_yes(
    console: ConsoleHarness, ana: Client, bea: Client
) -> None:
    # PEER-11
    asked = await ana.act("/staff/new/invite", "/staff/new", **INVITATION)
    address = asked.headers["location"].removeprefix("/console")
    assert "/staff/links/" not in (await ana.get(address)).text
    async with console.database.read() as session:
        rosa = await session.scalar(sa.select(StaffMember).where(StaffMember.username == "rosa.m"))
        assert rosa is not None
        assert rosa.disabled_at is not None
        assert rosa.roles == []
        assert not list(await session.scalars(sa.select(EnrolmentLink)))
    await bea.act(f"{address}/refuse", address)
    request = address.rsplit("/", 1)[1]
    answer = await ana.act(f"/staff/links/{request}/make", "/staff/new")
    assert answer.status_code == 409


async def test_the_link_is_for_whoever_asked_and_ends_after_two_days(
    console: ConsoleHarness, ana: Client, bea: Client
) -> None:
    # PEER-11
    asked = await ana.act("/staff/new/invite", "/staff/new", **INVITATION)
    address = asked.headers["location"].removeprefix("/console")
    await approve(bea, address)
    request = address.rsplit("/", 1)[1]
    assert (await bea.get(f"/staff/links/{request}")).status_code == 404
    assert (await bea.act(f"/staff/links/{request}/make", "/staff/new")).status_code == 404
    link = await take_link(ana, address)
    console.clock.advance(timedelta(hours=48))
    assert (await console.client().get(link)).status_code == 404


async def test_what_is_wrong_is_said_beside_it_and_the_link_stays_good(
    console: ConsoleHarness, ana: Client, bea: Client
) -> None:
    # SEC-20, SEC-21
    link = await invite(ana, bea)
    for password, code, words in (
        ("short", "", "at least 15 characters"),
        ("rosa.m rosa.m rosa.m", "", "Too easy to guess"),
        (NEW_PASSWORD, "000000", "not what the app shows"),
    ):
        status, page = await open_account(console, link, password, code)
        assert status == 422
        assert words in page
        assert password not in page
    assert (await open_account(console, link))[0] == 200


async def test_new_access_takes_two_and_ends_everything_from_before(
    console: ConsoleHarness, ana: Client, bea: Client
) -> None:
    # PEER-11, SEC-23
    leo = await console.sign_in("leo")
    page = f"/staff/{console.ids['leo']}"
    asked = await ana.act(f"{page}/restore", page, restore_reason="we met, his phone was stolen")
    address = asked.headers["location"].removeprefix("/console")
    assert (await leo.get("/")).status_code == 200
    await approve(bea, address)
    assert (await leo.get("/")).status_code == 303
    console.clock.advance(timedelta(minutes=1))
    old = await console.client().act(
        "/sign-in", "/sign-in", username="leo", password=PASSWORD, code=console.code("leo")
    )
    assert old.status_code == 401
    link = await take_link(ana, address)
    assert (await open_account(console, link))[0] == 200
    console.clock.advance(timedelta(minutes=1))
    console.secrets["leo"] = console.secrets["rosa.m"]
    signed = await console.client().act(
        "/sign-in", "/sign-in", username="leo", password=NEW_PASSWORD, code=console.code("leo")
    )
    assert signed.status_code == 303


async def test_forms_that_lack_something_make_no_account(
    console: ConsoleHarness, ana: Client
) -> None:
    for missing in ("display_name", "username", "organisation", "roles", "reason"):
        fields = {name: value for name, value in INVITATION.items() if name != missing}
        answer = await ana.act("/staff/new/invite", "/staff/new", **fields)
        assert answer.status_code == 422
        assert f'href="#{missing}"' in answer.text
    taken = await ana.act("/staff/new/invite", "/staff/new", **{**INVITATION, "username": "leo"})
    assert taken.status_code == 422
    async with console.database.read() as session:
        names = set(await session.scalars(sa.select(StaffMember.username)))
    assert names == {"ana", "bea", "leo"}


async def test_a_recovery_code_stands_in_once_for_the_authenticator(
    console: ConsoleHarness, ana: Client
) -> None:
    # SEC-21
    made = await ana.act("/account/keys/codes", "/account/keys")
    page = (await ana.get(made.headers["location"].removeprefix("/console"))).text
    codes = re.findall(r"<code>(\d{4}(?:-\d{4}){3})</code>", page)
    assert len(set(codes)) == 10
    assert codes[0] not in (await ana.get("/account/keys")).text
    for code, expected in ((codes[0], 303), (codes[0], 401), (codes[1].replace("-", " "), 303)):
        answer = await console.client().act(
            "/sign-in", "/sign-in", username="ana", password=PASSWORD, code=code
        )
        assert answer.status_code == expected
    stranger = await console.client().act(
        "/sign-in", "/sign-in", username="leo", password=PASSWORD, code=codes[2]
    )
    assert stranger.status_code == 401
    async with console.database.read() as session:
        used = await session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action == "use_recovery_code")
        )
        assert [entry.detail["left"] for entry in used] == [9, 8]
    await ana.act("/account/keys/codes", "/account/keys")
    old = await console.client().act(
        "/sign-in", "/sign-in", username="ana", password=PASSWORD, code=codes[3]
    )
    assert old.status_code == 401


async def test_changing_ones_password_ends_every_session_and_wants_a_fresh_sign_in(
    console: ConsoleHarness, ana: Client
) -> None:
    # SEC-23, SEC-28
    differing = await ana.act(
        "/account/keys/password", new_password=NEW_PASSWORD, again="something else entirely"
    )
    assert differing.status_code == 422
    weak = await ana.act(
        "/account/keys/password", new_password="ana ana ana ana", again="ana ana ana ana"
    )
    assert weak.status_code == 422
    console.clock.advance(timedelta(minutes=11))
    fields = {"new_password": NEW_PASSWORD, "again": NEW_PASSWORD}
    stale = await ana.act("/account/keys/password", **fields)
    assert stale.headers["location"].startswith("/console/confirm")
    other = await console.sign_in("ana")
    assert (await other.act("/account/keys/password", **fields)).status_code == 303
    for client in (ana, other):
        assert (await client.get("/")).status_code == 303
    console.clock.advance(timedelta(minutes=1))
    for password, expected in ((PASSWORD, 401), (NEW_PASSWORD, 303)):
        answer = await console.client().act(
            "/sign-in", "/sign-in", username="ana", password=password, code=console.code("ana")
        )
        assert answer.status_code == expected


async def test_a_password_is_never_shown_again_when_the_session_ended(
    console: ConsoleHarness, ana: Client
) -> None:
    fields = await ana.hidden("/account")
    ana.http.cookies.clear()
    answer = await ana.post("/account/keys/password", **fields, new_password=NEW_PASSWORD)
    assert answer.status_code == 403
    assert NEW_PASSWORD not in answer.text
