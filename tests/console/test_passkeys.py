"""Passkeys through the pages: added, used as second factor, required of roles (SEC-21)."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
import sqlalchemy as sa

from hub.clock import ManualClock
from hub.config import Config, ConsoleSettings
from hub.database import Database
from hub.staff.models import AuditEntry, Passkey
from hub.staff.passkeys import Site
from hub.staff.passwords import Passwords
from hub.staff.roles import Role
from hub.vault import Vault
from tests.console.conftest import ORIGIN, PASSWORD, Client, ConsoleHarness, make_app
from tests.staff.authenticator import Authenticator


@pytest.fixture
def device() -> Authenticator:
    return Authenticator("console.test", ORIGIN)


@pytest.fixture
async def strict(
    console: ConsoleHarness,
    sqlite: Database,
    vault: Vault,
    clock: ManualClock,
    passwords: Passwords,
) -> ConsoleHarness:
    """A console that requires passkeys of approvers."""
    config = Config(console=ConsoleSettings(passkeys_for=("approver",)))
    app = make_app(sqlite, vault, clock, passwords, config=config)
    return replace(console, app=app)


async def offered(client: Client, page: str) -> dict[str, str]:
    """The hidden fields of the form with the passkey's button, and what its script is given."""
    html = (await client.get(page)).text
    form = next(part for part in html.split("<form")[1:] if "data-passkey=" in part)
    fields = dict(re.findall(r'name="(csrf|form_id|challenge)" value="([^"]*)"', form))
    found = re.search(r'data-options="([^"]*)"', form)
    assert found
    return {**fields, "options": unescape(found[1])}


async def add(client: Client, device: Authenticator, name: str = "My telephone") -> int:
    fields = await offered(client, "/account/keys")
    answer = device.create(fields.pop("options"))
    sent = await client.post("/account/keys/add-passkey", **fields, passkey=answer, key_name=name)
    return sent.status_code


async def sign_in_by_key(
    console: ConsoleHarness, username: str, device: Authenticator, password: str = PASSWORD
) -> int:
    client = console.client()
    fields = await offered(client, "/sign-in")
    answer = device.get(fields.pop("options"))
    who = {"username": username, "password": password}
    return (await client.post("/sign-in", **fields, **who, passkey=answer)).status_code


async def sign_in_by_code(console: ConsoleHarness, username: str) -> int:
    console.clock.advance(timedelta(minutes=1))
    answer = await console.client().act(
        "/sign-in", "/sign-in", username=username, password=PASSWORD, code=console.code(username)
    )
    return answer.status_code


async def test_a_passkey_is_added_and_signs_in_with_the_password(
    console: ConsoleHarness, device: Authenticator
) -> None:
    # SEC-21, INV-11
    client = await console.sign_in_as(Role.APPROVER)
    assert "Passkeys of yours" in (await client.get("/")).text
    assert await add(client, device) == 303
    assert "My telephone" in (await client.get("/account/keys")).text
    assert "Passkeys of yours" not in (await client.get("/")).text
    assert await sign_in_by_key(console, "the_approver", device) == 303
    assert await sign_in_by_key(console, "the_approver", device, "not the password") == 401
    async with console.database.read() as session:
        [key] = await session.scalars(sa.select(Passkey))
        assert (key.sign_count, key.last_used_at) == (1, console.clock.now())
        acts = list(await session.scalars(sa.select(AuditEntry.action)))
    assert acts.count("add_passkey") == 1


async def test_nobody_gets_in_with_somebody_elses_passkey(
    console: ConsoleHarness, device: Authenticator
) -> None:
    # SEC-21
    client = await console.sign_in_as(Role.AUTHOR)
    await console.add_staff("ana", Role.ADMIN)
    assert await add(client, device) == 303
    assert await sign_in_by_key(console, "ana", device) == 401
    stranger = Authenticator("console.test", ORIGIN, id=device.id)
    assert await sign_in_by_key(console, "the_author", stranger) == 401


async def test_an_answer_counts_once_for_one_browser_and_one_site(
    console: ConsoleHarness, device: Authenticator
) -> None:
    # SEC-21: replays, answers for another browser, imitated pages, copied keys
    client = await console.sign_in_as(Role.AUTHOR)
    assert await add(client, device) == 303
    who = {"username": "the_author", "password": PASSWORD}
    first, other = console.client(), console.client()
    fields = await offered(first, "/sign-in")
    answer = device.get(fields.pop("options"))
    theirs = await offered(other, "/sign-in") | {"challenge": fields["challenge"]}
    theirs.pop("options")
    moved = await other.post("/sign-in", **theirs, **who, passkey=answer)
    assert moved.status_code == 401
    again = console.client()
    again.http.cookies.update(first.http.cookies)
    assert (await first.post("/sign-in", **fields, **who, passkey=answer)).status_code == 303
    device.count += 1
    assert (await again.post("/sign-in", **fields, **who, passkey=answer)).status_code == 401
    device.count = 0
    assert await sign_in_by_key(console, "the_author", device) == 401
    imitated = Authenticator("console.test", "https://console.evil.test", device.key, device.id, 9)
    assert await sign_in_by_key(console, "the_author", imitated) == 401


async def test_a_challenge_ends_after_ten_minutes(
    console: ConsoleHarness, device: Authenticator
) -> None:
    client = await console.sign_in_as(Role.AUTHOR)
    assert await add(client, device) == 303
    guest = console.client()
    fields = await offered(guest, "/sign-in")
    answer = device.get(fields.pop("options"))
    console.clock.advance(timedelta(minutes=10))
    who = {"username": "the_author", "password": PASSWORD}
    assert (await guest.post("/sign-in", **fields, **who, passkey=answer)).status_code == 401


@pytest.mark.parametrize(
    "answer",
    ["x", "{}", "[]", "1", '{"rawId": 7}', '{"rawId": "AA"}', "[" * 5000, "\ud800", "9" * 20_000],
)
async def test_what_is_no_answer_is_refused_like_a_wrong_code(
    console: ConsoleHarness, device: Authenticator, answer: str
) -> None:
    # SEC-21
    client = await console.sign_in_as(Role.AUTHOR)
    assert await add(client, device) == 303
    guest = console.client()
    fields = await offered(guest, "/sign-in")
    fields.pop("options")
    who = {"username": "the_author", "password": PASSWORD}
    sent = answer.encode(errors="replace").decode()
    assert (await guest.post("/sign-in", **fields, **who, passkey=sent)).status_code == 401
    mine = await offered(client, "/account/keys")
    mine.pop("options")
    added = await client.post("/account/keys/add-passkey", **mine, passkey=sent, key_name="x")
    assert added.status_code == 422


async def test_a_key_is_known_once_and_may_be_removed_by_its_owner_only(
    console: ConsoleHarness, device: Authenticator
) -> None:
    # SEC-26
    client, other = await console.sign_in_as(Role.AUTHOR), await console.sign_in_as(Role.READER)
    assert await add(client, device) == 303
    assert await add(client, device, "again") == 422
    assert await add(other, device, "mine now") == 422
    async with console.database.read() as session:
        key_id = str(await session.scalar(sa.select(Passkey.id)))
    path = "/account/keys/remove-passkey"
    assert (await other.act(path, passkey_id=key_id)).status_code == 404
    assert (await client.act(path, passkey_id=key_id)).status_code == 303
    assert await sign_in_by_key(console, "the_author", device) == 401


async def test_where_a_role_needs_a_passkey_nothing_else_opens_and_codes_no_longer_do(
    strict: ConsoleHarness, device: Authenticator
) -> None:
    # SEC-21
    client = await strict.sign_in_as(Role.APPROVER)
    refused = await client.get("/updates")
    assert refused.status_code == 403
    assert "First add a passkey" in refused.text
    assert (await client.get("/staff")).text.count("First add a passkey") == 0
    assert await add(client, device) == 303
    assert (await client.get("/updates")).status_code == 200
    assert await sign_in_by_code(strict, "the_approver") == 401
    assert await sign_in_by_key(strict, "the_approver", device) == 303
    author = await strict.sign_in_as(Role.AUTHOR)
    assert (await author.get("/updates")).status_code == 200


async def test_a_passkey_confirms_who_one_is_before_a_weighty_act(
    console: ConsoleHarness, device: Authenticator
) -> None:
    # SEC-28
    client = await console.sign_in_as(Role.APPROVER)
    assert await add(client, device) == 303
    console.clock.advance(timedelta(minutes=11))
    stale = await client.act("/account/keys/codes")
    assert stale.headers["location"].startswith("/console/confirm")
    fields = await offered(client, "/confirm")
    answer = device.get(fields.pop("options"))
    done = await client.post("/confirm", **fields, password=PASSWORD, passkey=answer)
    assert done.status_code == 303
    assert (await client.act("/account/keys/codes")).headers["location"].endswith("/account/keys")


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://chasqui.example.org", "chasqui.example.org"),
        ("http://localhost:8000", "localhost"),
        ("http://127.0.0.1:8000", None),
        ("https://[::1]", None),
        ("http://chasqui.example.org", None),
    ],
)
def test_passkeys_are_offered_where_browsers_have_them(origin: str, host: str | None) -> None:
    site = Site.at(origin)
    assert (site.host if site else None) == host
