"""What an update offers beyond its words: choices, plan, urgency, test sends, results."""

import csv
import io
import re
from html import unescape

import pytest
from sqlalchemy import select

from bot.lanes import Accepted
from bot.messages import Fault, SendError, SendOutcome
from bot.outbox import Outbox
from broadcast.audience import Audience
from broadcast.control import tick
from broadcast.deliveries import Deliveries
from broadcast.models import Trial, Update
from broadcast.states import State
from content.models import AreaRow
from hub.staff.roles import Role
from tests.console.conftest import Client, ConsoleHarness
from tests.console.test_updates import FORM, id_in, read, seen_hash
from tests.console.updates import (
    POLICY,
    UNTRIED,
    add_draft,
    add_in_review,
    add_readers,
    add_sending,
)

WHY = "The bridge is closed from now on."


async def write(console: ConsoleHarness, client: Client, **fields: str) -> Update:
    answer = await client.act("/updates/new/save", **{**FORM, **fields}, then="draft")
    assert answer.status_code == 303, unescape(answer.text)
    return await read(console, id_in(answer.headers["location"]))


async def test_all_choices_come_back_as_they_were_made(console: ConsoleHarness) -> None:
    async with console.database.write() as session:
        session.add(AreaRow(code="24", name="Tumbes", level="department", parent=None, aliases=[]))
    client = await console.sign_in_as(Role.AUTHOR)
    row = await write(
        console,
        client,
        without_languages="en",
        without_channels="whatsapp",
        without_places="Tumbes",
        seen_within="30",
        new_within="7",
        urgency=WHY,
        repeat_days="7",
        repeat_until="2026-12-31",
        template_sid_es="HX" + "a" * 32,
        template_es="Hola {{1}}",
        template_fillings_es="28",
    )
    audience = Audience.from_json(row.audience)
    assert (audience.seen_within_days, audience.new_within_days) == (30, 7)
    assert audience.excluded.areas == ("24",)
    assert (audience.excluded.languages, audience.excluded.channels) == (("en",), ("whatsapp",))
    assert (row.urgency, row.repeat_days) == (WHY, 7)
    form = unescape((await client.get(f"/updates/{row.id}/edit")).text)
    for shown in ("Tumbes (24)", WHY, 'value="2026-12-31"', "Hola {{1}}", "HX" + "a" * 32):
        assert shown in form
    page = unescape((await client.get(f"/updates/{row.id}")).text)
    for shown in ("Left out", WHY, "Hola 28"):
        assert shown in page


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"seen_within": "soon"}, "Write a number of days"),
        ({"new_within": "0"}, "Write a number of days"),
        ({"repeat_days": "7"}, "Write the last day"),
        ({"answer": "ZZZZZZ"}, "No answer has this code."),
        ({"without_places": "Atlantis"}, "There is no place called “Atlantis”."),
    ],
)
async def test_what_cannot_be_read_is_named(
    console: ConsoleHarness, changes: dict[str, str], phrase: str
) -> None:
    client = await console.sign_in_as(Role.AUTHOR)
    answer = await client.act("/updates/new/save", **{**FORM, **changes}, then="draft")
    assert answer.status_code == 422
    assert phrase in unescape(answer.text)


async def test_the_count_follows_exclusion(console: ConsoleHarness) -> None:
    await add_readers(console, 3, "es")
    await add_readers(console, 2, "en")
    client = await console.sign_in_as(Role.AUTHOR)
    assert "3 people" in (await client.get("/updates/count?without_languages=en")).text
    assert "0 people" in (await client.get("/updates/count?without_channels=telegram")).text


async def test_the_approver_sees_the_plan(console: ConsoleHarness) -> None:
    # HUM-42
    update_id = await add_in_review(console)
    client = await console.sign_in_as(Role.APPROVER)
    page = unescape((await client.get(f"/updates/{update_id}")).text)
    assert "What sending it means" in page
    assert "The last one leaves on" in page
    assert page.count("•••• •••• ••</span> <span>Telegram · speaks Español · reads Español") == 3
    assert "Nobody has read this version on a phone yet." in page


async def test_every_approver_is_told_of_urgent_ones(console: ConsoleHarness) -> None:
    # HUM-45
    await add_readers(console)
    author = await console.sign_in_as(Role.AUTHOR)
    row = await write(console, author, urgency=WHY)
    await author.act(f"/updates/{row.id}/submit", version="1")
    approver = await console.sign_in_as(Role.APPROVER)
    assert "Urgent updates this week" not in (await approver.get("/")).text
    await approver.act(
        f"/updates/{row.id}/approve", hash=await seen_hash(approver, row.id), untried=UNTRIED
    )
    await tick(console.database, POLICY, console.clock)
    await console.add_staff("rosa", Role.APPROVER)
    other = await console.sign_in("rosa")
    home = unescape((await other.get("/")).text)
    assert "Urgent updates this week" in home
    assert WHY in home


async def test_recall_stops_and_begins_the_correction_at_once(console: ConsoleHarness) -> None:
    # HUM-43
    update_id = await add_sending(console)
    author = await console.sign_in("ana")
    assert "Stop it and write a correction" in (await author.get(f"/updates/{update_id}")).text
    answer = await author.act(f"/updates/{update_id}/correct")
    assert (await read(console, update_id)).state == State.CANCELLED
    correction = await read(console, id_in(answer.headers["location"]))
    assert correction.audience["reached_by"] == update_id


async def test_a_test_goes_to_ones_own_phone(console: ConsoleHarness) -> None:
    # HUM-42
    await add_readers(console, 1, "900")
    update_id = await add_draft(console)
    client = await console.sign_in("ana")
    answer = await client.act(f"/updates/{update_id}/try")
    assert answer.headers["location"] == "/console/updates/phone"
    refused = await client.act(
        "/updates/phone/add", "/updates/phone", channel="telegram", number="1"
    )
    assert (refused.status_code, "Write to the bot" in refused.text) == (422, True)
    await client.act("/updates/phone/add", "/updates/phone", channel="telegram", number="9000")
    outbox = Outbox(console.database, console.vault)
    [code] = await outbox.claim("telegram", 9, console.clock.now())
    await client.act("/updates/phone/code", "/updates/phone", code="none")
    digits = re.findall(r"\d{6}", code.message.text)[0]
    await client.act("/updates/phone/code", "/updates/phone", code=digits)
    assert "Registered" in (await client.get("/updates/phone")).text
    await client.act(f"/updates/{update_id}/try")
    async with console.database.read() as session:
        [trial] = (await session.scalars(select(Trial))).all()
    assert trial.update_id == update_id
    assert "Nobody has read this version" not in (await client.get(f"/updates/{update_id}")).text


async def test_results_and_the_file_name_nobody(console: ConsoleHarness) -> None:
    # PEER-14
    update_id = await add_sending(console)
    lane = Deliveries(console.database, console.vault, POLICY)
    claims = list(await lane.claim("telegram", 10, console.clock.now()))
    broken = SendError(SendOutcome.REJECTED, Fault.PROVIDER, "words")
    await lane.record_error(claims[0], broken, console.clock.now())
    for one in claims[1:]:
        await lane.record_accepted([Accepted(one, f"p{one.send_id}", console.clock.now())])
    client = await console.sign_in("pedro")
    page = unescape((await client.get(f"/updates/{update_id}/results")).text)
    for shown in ("3 people", "Over time", "Place unknown", "a failure of its own"):
        assert shown in page
    answer = await client.get(f"/updates/{update_id}/results.csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert len(rows) == 4
    assert not any(one.address in answer.text + page for one in claims)
    await client.act(f"/updates/{update_id}/results/retry", f"/updates/{update_id}/results")
    assert len(await lane.claim("telegram", 10, console.clock.now())) == 1
    assert (await client.get("/updates/nothing/results.csv")).status_code == 404
