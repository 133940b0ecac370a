"""SEC-24, SEC-26: what the registry says is what happens, for every role and every route."""

import re

import pytest
from fastapi.routing import APIRoute

from hub.clock import ManualClock
from hub.config import Config
from hub.console.build import build_console
from hub.console.forms import Body
from hub.console.frame import Act, Page, Route
from hub.console.pages import DEMONSTRATION_PAGES, PAGES
from hub.database import Database
from hub.staff.passwords import Passwords
from hub.staff.roles import Permission, Role, permissions_of
from hub.vault import Vault
from tests.console.conftest import SAME_SITE, Client, ConsoleHarness

_ADDRESS = re.compile(r"\{[^}]*\}")
POSTS = [route for route in PAGES if route.method == "POST"]
GETS = [route for route in PAGES if route.method == "GET"]
# These open their own transactions, for they set cookies, hash passwords, ask the bot or show a
# secret; each is tested by name.
POSTS_THAT_ARE_NO_ACTS = {
    "/sign-in",
    "/sign-out",
    "/confirm",
    "/try",
    "/simulator/say",
    "/api-access/{token_id}/show",
    "/answers/{answer_id}/edit/check",
    "/services/import/check",  # shows what a file would change
    "/account/keys/password",
    "/welcome/{token}/open",
    "/contacts/exports/{act_id}/take",  # a file, which `collect` hands out once
}


def _address(route: Route) -> str:
    """The route's path with an id that no object has."""
    return _ADDRESS.sub("nothing", route.path)


@pytest.mark.parametrize("is_demonstration", [False, True])
async def test_every_mounted_route_is_declared_and_nothing_else_is_mounted(
    sqlite: Database,
    vault: Vault,
    clock: ManualClock,
    passwords: Passwords,
    is_demonstration: bool,
) -> None:
    router = build_console(
        sqlite, vault, Config(), clock, passwords=passwords, is_demonstration=is_demonstration
    )
    mounted = set()
    for route in router.routes:
        assert isinstance(route, APIRoute)
        mounted |= {(route.path, method) for method in route.methods or ()}
    declared = (*DEMONSTRATION_PAGES, *PAGES) if is_demonstration else PAGES
    assert mounted == {(f"/console{route.path}", route.method) for route in declared}


def test_every_declaration_names_a_permission_and_posts_act_once() -> None:
    # SEC-26, PEER-20
    for route in (*PAGES, *DEMONSTRATION_PAGES):
        assert isinstance(route.permission, Permission)
    no_acts = {route.path for route in POSTS if not isinstance(route, Act)}
    assert no_acts == POSTS_THAT_ARE_NO_ACTS
    assert all(isinstance(route, Page) for route in GETS)


async def test_without_a_session_only_public_routes_answer(console: ConsoleHarness) -> None:
    # SEC-26
    client = console.client()
    for route in PAGES:
        if route.method == "GET":
            answer = await client.get(_address(route))
            expected = {200, 404} if route.permission is Permission.PUBLIC else {303}
        else:
            answer = await client.post(_address(route))
            expected = {403}
        assert answer.status_code in expected, route
        if answer.status_code == 303:
            assert answer.headers["location"].startswith("/console/sign-in")


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_reaches_what_its_permissions_say_and_no_more(
    console: ConsoleHarness, role: Role
) -> None:
    # SEC-26: 403 exactly where the permission lacks; objects that do not exist are 404 or refused.
    client = await console.sign_in_as(role)
    granted = permissions_of([role])
    ends_session = {"/sign-out", "/account/end-others"}
    for route in PAGES:
        if route.path in ends_session | POSTS_THAT_ARE_NO_ACTS:
            continue
        if route.method == "GET":
            answer = await client.get(_address(route))
        else:
            answer = await client.act(_address(route))
        is_refused = answer.status_code == 403
        assert is_refused is (route.permission not in granted), (route, answer.status_code)
        assert answer.status_code < 500, route


@pytest.mark.parametrize(
    ("headers", "with_token"),
    [
        (SAME_SITE, False),
        ({}, True),
        ({"Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"}, True),
        ({"Origin": "https://console.test", "Sec-Fetch-Site": "same-site"}, True),
        ({"Origin": "https://evil.test"}, True),
        ({"Origin": "null"}, True),
        ({"Origin": "https://console.test.evil.test"}, True),
        ({"Origin": "http://console.test"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
    ],
)
async def test_forged_posts_are_refused(
    console: ConsoleHarness, headers: dict[str, str], with_token: bool
) -> None:
    # SEC-24: signed in with every role, so that nothing else can be the reason.
    await console.add_staff("ana", *Role)
    client = await console.sign_in("ana")
    fields = await client.hidden("/account")
    if not with_token:
        fields["csrf"] = "x" * len(fields["csrf"])
    for route in POSTS:
        files = {"sheet": ("a.csv", b"a")} if route.body is Body.FILE else None
        at = f"/console{_address(route)}"
        answer = await client.http.post(at, data=fields, files=files, headers=headers)
        assert answer.status_code == 403, route
    assert (await client.get("/")).status_code == 200  # still signed in: sign-out was refused too


@pytest.mark.parametrize(
    "headers",
    [
        SAME_SITE,
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},  # what `no-referrer` makes of it
        {"Sec-Fetch-Site": "same-origin"},
        {"Origin": "https://console.test"},  # browsers that know no Sec-Fetch-Site
    ],
)
async def test_what_browsers_send_from_our_forms_is_let_through(
    console: ConsoleHarness, headers: dict[str, str]
) -> None:
    # SEC-24
    client = await console.sign_in_as(Role.READER)
    fields = await client.hidden("/account")
    answer = await client.post("/account/language", headers, language="es", **fields)
    assert answer.status_code == 303


async def test_the_sign_in_form_of_one_browser_is_worth_nothing_in_another(
    console: ConsoleHarness,
) -> None:
    # SEC-24: login CSRF
    await console.add_staff("ana", Role.AUTHOR)
    attacker, victim = console.client(), console.client()
    await victim.get("/sign-in")
    fields = await attacker.hidden("/sign-in")
    answer = await victim.post("/sign-in", **fields, username="ana")
    assert answer.status_code == 403


async def test_another_sessions_token_is_refused(console: ConsoleHarness) -> None:
    # SEC-24
    one, two = await console.sign_in_as(Role.AUTHOR), await console.sign_in_as(Role.READER)
    answer = await two.post("/account/language", **await one.hidden("/account"), language="es")
    assert answer.status_code == 403


async def test_reading_changes_nothing(console: ConsoleHarness) -> None:
    # SEC-24
    await console.add_staff("ana", *Role)
    client = await console.sign_in("ana")
    before = await _dump(console)
    for _ in range(2):
        for route in GETS:
            await client.get(_address(route))
    assert await _dump(console) == before


async def test_bodies_that_are_no_form_of_ours_are_refused(console: ConsoleHarness) -> None:
    client = await console.sign_in_as(Role.READER)
    for content, kind in (
        (b"{}", "application/json"),
        (b"a=" + b"x" * 300_000, "application/x-www-form-urlencoded"),
        (b"--x--", "multipart/form-data; boundary=x"),
    ):
        answer = await client.http.post(
            "/console/account/language",
            content=content,
            headers={**SAME_SITE, "Content-Type": kind},
        )
        assert answer.status_code == 400


async def test_what_was_typed_survives_the_end_of_a_session(console: ConsoleHarness) -> None:
    client: Client = await console.sign_in_as(Role.AUTHOR)
    fields = await client.hidden("/account")
    client.http.cookies.clear()
    answer = await client.post("/answers/x/edit/save", **fields, text_es="Un texto <b>largo</b>")
    assert answer.status_code == 403
    assert "Un texto &lt;b&gt;largo&lt;/b&gt;" in answer.text


async def _dump(console: ConsoleHarness) -> list[object]:
    async with console.database.engine.connect() as connection:
        names = await connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        )
        return [
            tuple((await connection.exec_driver_sql(f"SELECT * FROM {name}")).all())
            for (name,) in names.all()
        ]
