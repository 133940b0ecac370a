"""Signing in and out through the pages: SEC-21, SEC-22, SEC-23, SEC-28."""

from datetime import timedelta

import sqlalchemy as sa

from hub.console.cookies import ENTRY_COOKIE, SESSION_COOKIE
from hub.staff.accounts import disable, find_staff, set_roles
from hub.staff.models import StaffSession
from hub.staff.roles import Role
from tests.console.conftest import PASSWORD, ConsoleHarness


async def test_the_session_cookie_is_bound_to_the_host_and_hidden(console: ConsoleHarness) -> None:
    # SEC-23
    await console.add_staff("ana", Role.AUTHOR)
    client = console.client()
    answer = await client.act(
        "/sign-in", "/sign-in", username=" Ana ", password=PASSWORD, code=console.code("ana")
    )
    [cookie] = [
        line for line in answer.headers.get_list("set-cookie") if line.startswith(SESSION_COOKIE)
    ]
    assert cookie.startswith("__Host-")
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"secure", "httponly", "samesite=strict", "path=/"} <= attributes
    assert not any(part.startswith("domain") for part in attributes)


async def test_all_refusals_look_the_same(console: ConsoleHarness) -> None:
    # SEC-22
    await console.add_staff("ana", Role.AUTHOR)
    bodies = set()
    for username, password, code in (
        ("ana", "wrong password entirely", console.code("ana")),
        ("ana", PASSWORD, "000000"),
        ("nadie", PASSWORD, "000000"),
    ):
        client = console.client()
        hidden = await client.hidden("/sign-in")
        answer = await client.post(
            "/sign-in", **hidden, username=username, password=password, code=code
        )
        assert answer.status_code == 401
        assert password not in answer.text
        found = answer.text.split('role="alert"')[1].split("</div>")[0]
        bodies.add(found)
    assert len(bodies) == 1


async def test_a_code_cannot_be_replayed(console: ConsoleHarness) -> None:
    # SEC-21
    await console.add_staff("ana", Role.AUTHOR)
    await console.sign_in("ana")
    client = console.client()
    answer = await client.act(
        "/sign-in", "/sign-in", username="ana", password=PASSWORD, code=console.code("ana")
    )
    assert answer.status_code == 401
    assert SESSION_COOKIE not in client.http.cookies


async def test_guessing_gets_a_wait_with_its_length(console: ConsoleHarness) -> None:
    # SEC-22
    await console.add_staff("ana", Role.AUTHOR)
    client = console.client()
    for _ in range(4):
        await client.act("/sign-in", "/sign-in", username="ana", password="x", code="1")
    answer = await client.act("/sign-in", "/sign-in", username="ana", password="x", code="1")
    assert answer.status_code == 429
    assert "Wait 2 seconds" in answer.text or "Espera 2 segundos" in answer.text


async def test_a_planted_session_cookie_is_not_taken_over(console: ConsoleHarness) -> None:
    # SEC-23: fixation
    await console.add_staff("ana", Role.AUTHOR)
    client = console.client()
    client.http.cookies.set(SESSION_COOKIE, "planted", domain="console.test")
    client.http.cookies.set(ENTRY_COOKIE, "planted too", domain="console.test")
    hidden = await client.hidden("/sign-in")
    await client.post(
        "/sign-in", **hidden, username="ana", password=PASSWORD, code=console.code("ana")
    )
    planted = console.client()
    planted.http.cookies.set(SESSION_COOKIE, "planted", domain="console.test")
    assert (await planted.get("/")).status_code == 303


async def test_after_sign_out_the_old_cookie_is_worth_nothing(console: ConsoleHarness) -> None:
    # SEC-23, SEC-25
    client = await console.sign_in_as(Role.AUTHOR)
    token = client.http.cookies[SESSION_COOKIE]
    answer = await client.act("/sign-out")
    assert answer.headers["clear-site-data"] == '"cache", "cookies", "storage"'
    assert SESSION_COOKIE not in client.http.cookies
    thief = console.client()
    thief.http.cookies.set(SESSION_COOKIE, token, domain="console.test")
    assert (await thief.get("/")).headers["location"].startswith("/console/sign-in")


async def test_idle_and_absolute_ends_send_to_sign_in(console: ConsoleHarness) -> None:
    # SEC-23
    client = await console.sign_in_as(Role.READER)
    console.clock.advance(timedelta(minutes=14))
    assert (await client.get("/")).status_code == 200
    console.clock.advance(timedelta(minutes=14))
    assert (await client.get("/")).status_code == 200  # the request before counted as presence
    console.clock.advance(timedelta(minutes=15))
    assert (await client.get("/")).status_code == 303
    console.clock.advance(timedelta(minutes=1))
    client = await console.sign_in("the_reader")
    for _ in range(60):
        assert (await client.get("/")).status_code == 200
        console.clock.advance(timedelta(minutes=10))
    assert (await client.get("/")).status_code == 303


async def test_disabling_and_role_changes_end_open_sessions(console: ConsoleHarness) -> None:
    # SEC-23
    first = await console.sign_in_as(Role.AUTHOR)
    second = await console.sign_in_as(Role.READER)
    async with console.database.write() as session:
        author = await find_staff(session, "the_author")
        await disable(session, author, now=console.clock.now(), actor="cli")
        reader = await find_staff(session, "the_reader")
        await set_roles(session, reader, (Role.ADMIN,), now=console.clock.now(), actor="cli")
    assert (await first.get("/")).status_code == 303
    assert (await second.get("/")).status_code == 303


async def test_staff_see_and_end_their_own_sessions(console: ConsoleHarness) -> None:
    # SEC-23
    client = await console.sign_in_as(Role.AUTHOR)
    console.clock.advance(timedelta(seconds=60))
    phone = await console.sign_in(
        "the_author", console.client(**{"User-Agent": "Mozilla/5.0 (Android) Firefox/140.0"})
    )
    page = (await client.get("/account")).text
    assert "Firefox, Android" in page
    async with console.database.read() as session:
        other = await session.scalar(
            sa.select(StaffSession.id).where(StaffSession.browser == "Firefox, Android")
        )
    answer = await client.act(f"/account/sessions/{other}/end")
    assert answer.status_code == 303
    assert (await phone.get("/")).status_code == 303
    assert (await client.get("/")).status_code == 200


async def test_nobody_ends_somebody_elses_session(console: ConsoleHarness) -> None:
    # SEC-26
    await console.sign_in_as(Role.AUTHOR)
    other = await console.sign_in_as(Role.ADMIN)
    async with console.database.read() as session:
        victim = await session.scalar(
            sa.select(StaffSession.id).where(StaffSession.staff_id == console.ids["the_author"])
        )
    assert (await other.act(f"/account/sessions/{victim}/end")).status_code == 404


async def test_signing_in_leads_back_but_never_out_of_the_console(console: ConsoleHarness) -> None:
    await console.add_staff("ana", Role.ADMIN)
    for wanted, expected in (
        ("/console/staff", "/console/staff"),
        ("/console/answers?state=draft&q=a", "/console/answers?state=draft&q=a"),
        ("https://evil.test/", "/console/"),
        ("//evil.test/console/", "/console/"),
        ("/console/\\evil.test", "/console/"),
        ("/console/x\r\nSet-Cookie: a=b", "/console/"),
        ("/webhooks/telegram", "/console/"),
    ):
        console.clock.advance(timedelta(minutes=2))
        client = console.client()
        answer = await client.act(
            "/sign-in",
            "/sign-in",
            username="ana",
            password=PASSWORD,
            code=console.code("ana"),
            next=wanted,
        )
        assert answer.headers["location"] == expected


async def test_confirming_makes_the_session_fresh_under_a_new_cookie(
    console: ConsoleHarness,
) -> None:
    # SEC-23, SEC-28
    client = await console.sign_in_as(Role.VERIFIER)
    console.clock.advance(timedelta(minutes=11))
    before = client.http.cookies[SESSION_COOKIE]
    wrong = await client.act("/confirm", "/confirm", password=PASSWORD, code="000000")
    assert wrong.status_code == 401
    answer = await client.act(
        "/confirm",
        "/confirm",
        password=PASSWORD,
        code=console.code("the_verifier"),
        next="/console/answers/x",
    )
    assert answer.headers["location"] == "/console/answers/x"
    assert client.http.cookies[SESSION_COOKIE] != before
    assert (await client.get("/")).status_code == 200
    old = console.client()
    old.http.cookies.set(SESSION_COOKIE, before, domain="console.test")
    assert (await old.get("/")).status_code == 303


async def test_the_language_is_the_browsers_first_and_then_ones_own(
    console: ConsoleHarness,
) -> None:
    guest = console.client(**{"Accept-Language": "en-GB,es;q=0.5"})
    assert '<html lang="en">' in (await guest.get("/sign-in")).text
    assert '<html lang="es">' in (await guest.get("/sign-in?lang=es")).text
    assert '<html lang="es">' in (await console.client().get("/sign-in")).text
    client = await console.sign_in_as(Role.READER)
    await client.act("/account/language", language="es")
    page = (await client.get("/account")).text
    assert '<html lang="es">' in page
    assert "La consola ya está en tu idioma." in page
    assert (await client.act("/account/language", language="xx")).status_code == 400


async def test_demonstration_sign_in_exists_only_in_a_demonstration(
    console: ConsoleHarness, demonstration: ConsoleHarness
) -> None:
    client = demonstration.client()
    answer = await client.act("/demo-sign-in", "/sign-in", username="autora")
    assert answer.headers["location"] == "/console/"
    page = (await client.get("/")).text
    assert "Demostración: nada de esto está verificado" in page
    stranger = await demonstration.client().act("/demo-sign-in", "/sign-in", username="nobody")
    assert stranger.status_code == 403
    real = console.client()
    refused = await real.act("/demo-sign-in", "/sign-in", username="autora")
    assert refused.status_code == 405  # as for any address that only the catch-all page knows
    assert "Demostración" not in (await real.get("/sign-in")).text
