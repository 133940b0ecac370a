"""A case goes to another desk by the person's yes; an answer outside the window waits for a tap."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import form_phrases
from bot.case_answers import KEPT, CaseAnswers
from bot.cases import CaseKind
from bot.models import Conversation, OutboxRow
from bot.outbox import decode_message
from content.voice import read_voice
from hub.clock import ManualClock
from hub.config import CaseSettings, CaseTemplate, Config
from hub.database import Database
from hub.staff.models import AuditEntry
from hub.staff.passwords import Passwords
from hub.staff.roles import Role
from hub.vault import Vault
from tests.bot.words import words
from tests.console.cases import WORDS, add_case, read_case, sent_words
from tests.console.conftest import Client, ConsoleHarness, make_app

HEALTH, PROTECTION = "health and nutrition", "protection"
SID = "HX" + "a" * 32
BODY = "Una persona de GTRM Perú te respondió. Toca el botón para leerlo."


async def desk(console: ConsoleHarness, name: str, group: str, organisation: str) -> Client:
    await console.add_staff(name, Role.DESK, sub_groups=(group,), organisation=organisation)
    return await console.sign_in(name)


async def key_of(client: Client, case_id: str) -> str:
    """The first desk that the page offers."""
    page = (await client.get(f"/cases/{case_id}")).text
    found = re.search(r'<option value="([^"]+/[^"]+)"', page)
    assert found, "nobody to pass it on to"
    return found[1]


async def test_it_is_passed_on_with_consent_and_seen_by_that_desk_only(
    console: ConsoleHarness,
) -> None:
    # HUM-29, HUM-32
    case_id = await add_case(console)
    dora = await desk(console, "dora", HEALTH, "Organización A")
    omar = await desk(console, "omar", PROTECTION, "Organización B")
    other = await desk(console, "otra", PROTECTION, "Organización C")
    await dora.act(f"/cases/{case_id}/take")
    fields = {"receiver": await key_of(dora, case_id), "pass_note": "Pide asesoría legal."}
    refused = await dora.act(f"/cases/{case_id}/pass-on", **fields)
    assert (refused.status_code, "without their yes" in refused.text) == (422, True)
    assert (await read_case(console, case_id)).owner == HEALTH
    answer = await dora.act(f"/cases/{case_id}/pass-on", **fields, agreed="yes")
    assert answer.headers["location"] == "/console/cases"
    case = await read_case(console, case_id)
    assert (case.state, case.owner, case.taken_by) == ("open", PROTECTION, None)
    assert case.passed_on_at == console.clock.now()
    assert (await dora.get(f"/cases/{case_id}")).status_code == 404
    assert (await other.get(f"/cases/{case_id}")).status_code == 404
    page = (await omar.get(f"/cases/{case_id}")).text
    for shown in (
        WORDS,
        "Pide asesoría legal.",
        "Organización B",
        "the person agreed on",
        "48 h left",
    ):
        assert shown in page
    async with console.database.read() as session:
        query = select(AuditEntry).where(AuditEntry.action == "case_pass_on")
        [entry] = await session.scalars(query)
    assert (entry.actor, entry.detail["consent"]) == (console.ids["dora"], "said yes")
    assert "legal" not in str(entry.detail)


async def test_the_person_is_told_where_it_is(console: ConsoleHarness) -> None:
    case_id = await add_case(console)
    dora = await desk(console, "dora", HEALTH, "Organización A")
    await desk(console, "omar", PROTECTION, "Organización B")
    await dora.act(f"/cases/{case_id}/take")
    receiver = await key_of(dora, case_id)
    await dora.act(f"/cases/{case_id}/pass-on", receiver=receiver, agreed="yes")
    told = words(form_phrases.passed_to, "es", "Organización B")
    assert (await sent_words(console))[-1] == told
    assert (await read_case(console, case_id)).held_until is None  # the bot answers until then


@pytest.mark.parametrize("receiver", ["", "nobody/education"])
async def test_it_goes_to_a_desk_with_somebody_at_it_or_nowhere(
    console: ConsoleHarness, receiver: str
) -> None:
    case_id = await add_case(console)
    dora = await desk(console, "dora", HEALTH, "Organización A")
    await desk(console, "omar", PROTECTION, "Organización B")
    await dora.act(f"/cases/{case_id}/take")
    answer = await dora.act(f"/cases/{case_id}/pass-on", receiver=receiver, agreed="yes")
    assert answer.status_code == 422
    assert (await read_case(console, case_id)).organisation_id is None


async def test_only_who_holds_it_passes_it_on_and_no_rumour_goes(console: ConsoleHarness) -> None:
    case_id = await add_case(console)
    rumour = await add_case(console, CaseKind.RUMOUR, reason="person", wants_reply=False)
    await console.add_staff("dora", Role.DESK, sub_groups=(HEALTH, "communications"))
    dora = await console.sign_in("dora")
    await desk(console, "omar", PROTECTION, "Organización B")
    await dora.act(f"/cases/{rumour}/take")
    assert "/pass-on" not in (await dora.get(f"/cases/{rumour}")).text
    await dora.act(f"/cases/{case_id}/take")
    receiver = await key_of(dora, case_id)
    await dora.act(f"/cases/{case_id}/give-back")
    answer = await dora.act(f"/cases/{case_id}/pass-on", receiver=receiver, agreed="yes")
    assert answer.status_code == 409
    await dora.act(f"/cases/{rumour}/pass-on", receiver=receiver, agreed="yes")
    assert (await read_case(console, rumour)).organisation_id is None


async def test_the_clock_runs_and_turns(console: ConsoleHarness) -> None:
    # HUM-32
    case_id = await add_case(console)
    dora = await desk(console, "dora", HEALTH, "Organización A")
    assert "48 h left" in (await dora.get("/cases")).text
    for hours, shown in ((47.5, "30 min left"), (3.5, "Overdue by 3 h")):
        console.clock.advance(timedelta(hours=hours))
        client = await console.sign_in("dora")
        assert shown in (await client.get("/cases")).text
        assert shown in (await client.get(f"/cases/{case_id}")).text


async def test_the_queue_is_narrowed_by_sub_group_and_area(console: ConsoleHarness) -> None:
    case_id = await add_case(console)
    await console.add_staff("dora", Role.DESK, sub_groups=(HEALTH, PROTECTION))
    dora = await console.sign_in("dora")
    assert case_id in (await dora.get(f"/cases?owner={HEALTH}")).text
    assert case_id not in (await dora.get(f"/cases?owner={PROTECTION}")).text
    assert case_id not in (await dora.get("/cases?area=24")).text


async def test_outside_the_window_a_template_announces_and_a_tap_tells(
    sqlite: Database, vault: Vault, clock: ManualClock, passwords: Passwords
) -> None:
    # HUM-32
    config = Config(cases=CaseSettings(templates={"es": CaseTemplate(sid=SID, body=BODY)}))
    app = make_app(sqlite, vault, clock, passwords, config=config)
    console = ConsoleHarness(sqlite, vault, clock, passwords, app)
    case_id = await add_case(console, wrote_ago=timedelta(hours=30))
    dora = await desk(console, "dora", HEALTH, "Organización A")
    await dora.act(f"/cases/{case_id}/take")
    assert await sent_words(console) == []
    assert "a template tells them" in (await dora.get(f"/cases/{case_id}")).text
    await dora.act(f"/cases/{case_id}/answer", answer="Ven mañana a la posta.")
    async with sqlite.write() as session:
        [row] = await session.scalars(select(OutboxRow))
        sealed = row.message_sealed or b""
        message = decode_message(vault.open("outbox", "message", row.id, sealed))
        session.add(
            Conversation(contact_id=row.contact_id, tracker_id="t1", updated_at=clock.now())
        )
    assert (message.text, message.template and message.template.sid) == (BODY, SID)
    phrases = read_voice(config).phrases
    answers = CaseAnswers(sqlite, vault, clock, phrases.for_language)
    waiting = await answers.read("t1")
    assert waiting is not None
    assert waiting.text == words(form_phrases.from_person, "es", "Ven mañana a la posta.")
    clock.advance(KEPT)
    assert await answers.read("t1") is None
    await console.close()
