"""The audit page: what it finds, whether the chain is whole, and that it stays cheap (INV-11)."""

import ast
import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.console.audit_details import LEFT_OUT, label_names
from hub.staff.audit import record_act
from hub.staff.audit_check import ANEW_AFTER, follow_chain
from hub.staff.audit_reading import AuditFilter, list_entries
from hub.staff.models import AuditCheck
from hub.staff.roles import Role
from tests.console.conftest import Client, ConsoleHarness

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def ana(console: ConsoleHarness) -> Client:
    await console.add_staff("ana", Role.ADMIN)
    return await console.sign_in("ana")


async def follow(console: ConsoleHarness, at_once: int = 2000) -> AuditCheck:
    async with console.database.write() as session:
        return await follow_chain(session, console.clock.now(), at_once)


async def write(console: ConsoleHarness, *actions: str, actor: str = "system") -> None:
    async with console.database.write() as session:
        for number, action in enumerate(actions):
            await record_act(
                session, console.clock.now(), actor, action, "thing", f"thing-{number}"
            )


async def damage(console: ConsoleHarness, statement: str) -> None:
    async with console.database.write() as session:
        for verb in ("update", "delete"):
            await session.execute(sa.text(f"DROP TRIGGER audit_entries_is_append_only_{verb}"))
        await session.execute(sa.text(statement))


async def test_who_did_what_is_found_by_person_act_object_and_day(
    console: ConsoleHarness, ana: Client
) -> None:
    # INV-11
    await write(console, "first_act", "second_act")
    console.clock.advance(timedelta(days=3))
    day = console.clock.now().date().isoformat()
    await write(console, "third_act", actor="cli")
    await ana.http.aclose()
    client = await console.sign_in("ana")

    async def finds(query: str) -> set[str]:
        page = (await client.get(f"/audit?{query}")).text
        table = page.partition("<tbody>")[2]
        return {name for name in ("first_act", "second_act", "third_act") if name in table}

    assert await finds("") == {"first_act", "second_act", "third_act"}
    assert await finds("action=second_act") == {"second_act"}
    assert await finds("actor=cli") == {"third_act"}
    assert await finds("object_kind=thing&object_id=thing-1") == {"second_act"}
    assert await finds(f"since={day}") == {"third_act"}
    assert await finds("until=2026-01-01") == set()
    assert await finds("since=9999-12-31") == set()
    assert await finds("until=0001-01-01") == set()
    assert await finds("since=no-day") == {"first_act", "second_act", "third_act"}
    assert await finds(f"actor={console.ids['ana']}&object_kind=thing") == set()


async def test_pages_go_on_where_the_one_before_ended(console: ConsoleHarness, ana: Client) -> None:
    await write(console, *(f"act_{number:03}" for number in range(120)))
    first = (await ana.get("/audit")).text
    assert "act_119" in first
    assert "act_069" not in first
    older = first.partition('rel="next" href="/console')[2].partition('"')[0]
    second = (await ana.get(older.replace("&amp;", "&"))).text
    assert "act_069" in second
    assert "act_119" not in second


async def test_the_page_says_how_far_the_chain_is_unbroken(
    console: ConsoleHarness, ana: Client
) -> None:
    # INV-11
    assert "being followed for the first time" in (await ana.get("/audit")).text
    check = await follow(console)
    page = (await ana.get("/audit")).text
    assert f"Unbroken up to entry {check.whole_seq}." in page
    await write(console, "one", "two", "three", "four", "five")
    steps = [(await follow(console, at_once=2)).whole_seq for _ in range(3)]
    assert steps[-1] == check.whole_seq + 5


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE audit_entries SET actor = 'x' WHERE seq = 3", 3),
        ("DELETE FROM audit_entries WHERE seq = 3", 3),
        ("DELETE FROM audit_entries WHERE seq >= 5", 5),
    ],
)
async def test_damage_behind_the_mark_is_found_within_a_day_and_stays_told(
    console: ConsoleHarness, ana: Client, statement: str, broken: int
) -> None:
    # INV-11
    await write(console, "one", "two", "three", "four")
    assert (await follow(console)).broken_seq is None
    await damage(console, statement)
    console.clock.advance(ANEW_AFTER)
    for _ in range(2):
        check = await follow(console)
    assert check.broken_seq == broken
    client = await console.sign_in("ana")
    assert "The audit log is broken" in (await client.get("/")).text
    assert f"broken at entry {broken}" in (await client.get("/audit")).text


async def test_the_export_is_what_the_page_shows_without_formulas(
    console: ConsoleHarness, ana: Client
) -> None:
    # SEC-43
    async with console.database.write() as session:
        now = console.clock.now()
        await record_act(session, now, "cli", "try_it", "thing", "=1+1", said="@SUM(A1)", list=[1])
    answer = await ana.get("/audit/entries.csv?action=try_it")
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    [_, row] = csv.reader(io.StringIO(answer.text))
    assert row[3:] == ["try_it", "thing", "'=1+1", "said: @SUM(A1); list: 1"]


async def test_filters_use_an_index_however_long_the_log_is(console: ConsoleHarness) -> None:
    queries: list[str] = []
    sa.event.listen(
        console.database.engine.sync_engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_: queries.append(statement),
    )
    now = console.clock.now()
    async with console.database.read() as session:
        for wanted in (
            AuditFilter(actor="x"),
            AuditFilter(action="x"),
            AuditFilter(object_kind="x", object_id="y"),
            AuditFilter(since=now, until=now),
        ):
            await list_entries(session, wanted, before=10, limit=50)
        asked = [query for query in queries if "audit_entries" in query]
        for query in asked:
            plan = await session.execute(sa.text(f"EXPLAIN QUERY PLAN {query.replace('?', '1')}"))
            for row in plan:
                assert "USING TEMP B-TREE" not in row.detail, query
                assert not row.detail.startswith("SCAN"), query


async def test_details_are_told_in_words_in_both_languages_and_the_chain_keeps_what_was_recorded(
    console: ConsoleHarness, ana: Client
) -> None:
    # INV-11
    now, until = console.clock.now(), console.clock.now() + timedelta(hours=4)
    recorded = {
        "condition": "full",
        "until": until.isoformat(),
        "hash": "0123456789abcdef" * 4,
        "before": ["desk"],
        "after": ["desk", "admin"],
        "channel": "whatsapp",
        "outcome": "unreachable",
        "owner": "protection",
        "codes": ["150101", "150102"],
        "why": "own_request",
        "version": 3,
    }
    async with console.database.write() as session:
        await record_act(session, now, "system", "made_up", "thing", "1", **recorded)
    english = (await ana.get("/audit?action=made_up")).text
    for words in (
        "state of the day: Full: nobody new is taken in",
        "until: 22 Nov 2026, 14:00",
        "fingerprint: 0123456789ab;",
        "from now on: Desk, Administrator",
        "channel: WhatsApp",
        "what came of it: The person could not be reached",
        "sub-group: Protection",
        "places: 2",
        "version: 3",
    ):
        assert words in english, words
    await console.add_staff("rosa", Role.ADMIN, language="es")
    spanish = (await (await console.sign_in("rosa")).get("/audit?action=made_up")).text
    assert "estado del día: " in spanish
    assert "state of the day" not in spanish
    raw = (await ana.get("/audit/entries.csv?action=made_up")).text
    assert "condition: full" in raw
    assert (await follow(console)).broken_seq is None


def test_every_detail_that_is_recorded_has_a_name() -> None:
    labels, unnamed = label_names(str), set()
    for part in ("hub", "bot", "broadcast", "content"):
        for path in (ROOT / part).rglob("*.py"):
            for call in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
                if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "record_act":
                    unnamed |= {each.arg for each in call.keywords if each.arg} - {*labels}
    assert unnamed - LEFT_OUT == set()
