"""The pages of cases: who sees what, taking, answering within the window, noting, closing."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import form_phrases
from bot.cases import CaseKind
from hub.staff.models import AuditEntry, Organisation, StaffMember
from hub.staff.roles import Role
from tests.bot.words import words
from tests.console.cases import NUMBER, WORDS, add_case, read_case, sent_words
from tests.console.conftest import Client, ConsoleHarness
from tests.console.test_hostile_text import HOSTILE, find_harm

HEALTH = "health and nutrition"


async def _desk(console: ConsoleHarness, name: str = "dora", *groups: str) -> Client:
    await console.add_staff(name, Role.DESK, sub_groups=groups or (HEALTH,))
    return await console.sign_in(name)


async def _focal(console: ConsoleHarness, name: str = "fina", **more: str) -> Client:
    await console.add_staff(name, Role.COMPLAINTS, sub_groups=(), **more)
    return await console.sign_in(name)


async def _acts(console: ConsoleHarness, action: str) -> list[AuditEntry]:
    async with console.database.read() as session:
        query = select(AuditEntry).where(AuditEntry.action == action)
        return list(await session.scalars(query))


async def test_a_case_is_in_the_queue_of_its_sub_group_only(console: ConsoleHarness) -> None:
    # SEC-26
    case_id = await add_case(console)
    mine = await _desk(console)
    other = await _desk(console, "otto", "education")
    assert case_id in (await mine.get("/cases")).text
    assert case_id not in (await other.get("/cases")).text
    assert (await other.get(f"/cases/{case_id}")).status_code == 404
    assert (await other.act(f"/cases/{case_id}/take")).status_code == 404
    assert (await read_case(console, case_id)).state == "open"


async def test_no_number_is_shown_and_the_words_are(console: ConsoleHarness) -> None:
    # PEER-14
    case_id = await add_case(console)
    client = await _desk(console)
    for path in ("/cases", f"/cases/{case_id}"):
        page = (await client.get(path)).text
        assert NUMBER not in page
    assert WORDS in page


async def test_it_is_taken_answered_noted_and_closed(console: ConsoleHarness) -> None:
    # HUM-32
    case_id = await add_case(console)
    client = await _desk(console)
    at = f"/cases/{case_id}"
    assert (await client.act(f"{at}/take")).status_code == 303
    case = await read_case(console, case_id)
    assert (case.state, case.taken_by) == ("taken", console.ids["dora"])
    assert case.held_until is not None
    await client.act(f"{at}/answer", answer="Ven mañana al local de la posta.")
    await client.act(f"{at}/note", note="Llamé a la posta.")
    page = (await client.get(at)).text
    assert "Ven mañana al local de la posta." in page
    assert "Llamé a la posta." in page
    assert (await client.act(f"{at}/close", outcome="answered")).status_code == 303
    assert await sent_words(console) == [
        words(form_phrases.somebody_reads, "es", "GTRM Perú"),
        words(form_phrases.from_person, "es", "Ven mañana al local de la posta."),
        words(form_phrases.case_ended),
    ]
    case = await read_case(console, case_id)
    assert (case.state, case.outcome, case.held_until) == ("closed", "answered", None)
    for act in ("case_take", "case_answer", "case_note", "case_close"):
        [entry] = await _acts(console, act)
        assert entry.actor == console.ids["dora"]
        assert "posta" not in str(entry.detail)


async def test_outside_the_window_nothing_is_sent(console: ConsoleHarness) -> None:
    case_id = await add_case(console, wrote_ago=timedelta(hours=25))
    client = await _desk(console)
    await client.act(f"/cases/{case_id}/take")
    assert 'name="answer"' not in (await client.get(f"/cases/{case_id}")).text
    assert (await client.act(f"/cases/{case_id}/answer", answer="Hola")).status_code == 409
    assert await sent_words(console) == []
    assert (await read_case(console, case_id)).held_until is None  # so the bot goes on answering


async def test_only_who_holds_it_acts(console: ConsoleHarness) -> None:
    case_id = await add_case(console)
    first, second = await _desk(console), await _desk(console, "dina")
    await first.act(f"/cases/{case_id}/take")
    assert (await second.act(f"/cases/{case_id}/answer", answer="x")).status_code == 409
    assert (await second.act(f"/cases/{case_id}/take")).status_code == 303
    assert (await first.act(f"/cases/{case_id}/close", outcome="answered")).status_code == 409
    assert (await second.act(f"/cases/{case_id}/give-back")).status_code == 303
    case = await read_case(console, case_id)
    assert (case.state, case.held_until) == ("open", None)


@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        ("answer", {"answer": ""}),
        ("answer", {"answer": "x" * 1001}),
        ("note", {"note": ""}),
        ("close", {"outcome": "nonsense"}),
        ("close", {}),
    ],
)
async def test_a_form_with_a_mistake_changes_nothing(
    console: ConsoleHarness, verb: str, fields: dict[str, str]
) -> None:
    case_id = await add_case(console)
    client = await _desk(console)
    await client.act(f"/cases/{case_id}/take")
    answer = await client.act(f"/cases/{case_id}/{verb}", **fields)
    assert answer.status_code == 422
    assert (await read_case(console, case_id)).state == "taken"


async def test_sensitive_words_are_not_in_the_page_before_they_are_opened(
    console: ConsoleHarness,
) -> None:
    # HUM-33
    case_id = await add_case(console, is_sensitive=True)
    client = await _desk(console)
    assert WORDS not in (await client.get(f"/cases/{case_id}")).text
    assert (await client.act(f"/cases/{case_id}/open")).status_code == 303
    assert WORDS in (await client.get(f"/cases/{case_id}")).text
    [entry] = await _acts(console, "case_open")
    assert (entry.actor, entry.object_id) == (console.ids["dora"], case_id)
    colleague = await _desk(console, "dina")
    assert WORDS not in (await colleague.get(f"/cases/{case_id}")).text
    console.clock.advance(timedelta(minutes=14))
    await client.get("/cases")
    console.clock.advance(timedelta(minutes=2))
    assert WORDS not in (await client.get(f"/cases/{case_id}")).text


@pytest.mark.parametrize("role", [each for each in Role if each is not Role.COMPLAINTS])
async def test_complaints_are_invisible_to_everybody_else(
    console: ConsoleHarness, role: Role
) -> None:
    # HUM-30: also to administrators
    case_id = await add_case(console, CaseKind.COMPLAINT, reason="money", is_sensitive=True)
    client = await console.sign_in_as(role)
    assert (await client.get("/complaints")).status_code == 403
    assert (await client.get(f"/complaints/{case_id}")).status_code == 403
    requests = await client.get(f"/cases/{case_id}")
    assert requests.status_code in (403, 404)
    assert case_id not in (await client.get("/cases")).text


async def test_a_focal_point_reads_complaints_and_no_requests(console: ConsoleHarness) -> None:
    # HUM-30, HUM-33
    complaint = await add_case(console, CaseKind.COMPLAINT, reason="money", is_sensitive=True)
    client = await _focal(console)
    assert complaint in (await client.get("/complaints")).text
    assert (await client.get("/cases")).status_code == 403
    await client.act(f"/complaints/{complaint}/open")
    assert WORDS in (await client.get(f"/complaints/{complaint}")).text
    assert len(await _acts(console, "case_open")) == 1


async def test_the_organisation_that_it_is_about_never_sees_it(console: ConsoleHarness) -> None:
    # HUM-30
    client = await _focal(console, organisation="Manos Unidas del Norte")
    complaint = await add_case(console, CaseKind.COMPLAINT, reason="money", is_sensitive=True)
    async with console.database.write() as session:
        member = await session.get_one(StaffMember, console.ids["fina"])
        organisation = await session.get_one(Organisation, member.organisation_id)
        case = await read_case(console, complaint)
        case.barred = [organisation.id]
        await session.merge(case)
    assert complaint not in (await client.get("/complaints")).text
    assert (await client.get(f"/complaints/{complaint}")).status_code == 404
    other = await _focal(console, "fatima", organisation="Otra")
    assert complaint in (await other.get("/complaints")).text


async def test_who_only_reported_is_not_written_to(console: ConsoleHarness) -> None:
    complaint = await add_case(console, CaseKind.COMPLAINT, reason="money", wants_reply=False)
    client = await _focal(console)
    await client.act(f"/complaints/{complaint}/take")
    assert (await client.act(f"/complaints/{complaint}/answer", answer="x")).status_code == 409
    assert (
        await client.act(f"/complaints/{complaint}/close", outcome="passed_on")
    ).status_code == 303
    assert await sent_words(console) == []


async def test_who_waits_too_long_is_counted(console: ConsoleHarness) -> None:
    # HUM-32
    await add_case(console, is_sensitive=True)
    client = await _desk(console)
    assert "Overdue" not in (await client.get("/cases")).text
    console.clock.advance(timedelta(hours=25))
    client = await console.sign_in("dora")
    assert "Overdue" in (await client.get("/cases")).text
    assert "Overdue" in (await client.get("/")).text


async def test_hostile_words_stay_words(console: ConsoleHarness) -> None:
    # SEC-40
    client = await _desk(console)
    for text in HOSTILE:
        case_id = await add_case(console, said=text)
        page = (await client.get(f"/cases/{case_id}")).text
        assert not find_harm(page)
