"""The pages of updates: writing, the second person, and control while they are sent."""

import re
from html import unescape
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import bot.channels
import broadcast
from broadcast.control import tick
from broadcast.models import Update
from broadcast.states import State
from broadcast.versions import read_sent_texts
from content.models import AreaRow
from hub.i18n import LOCALE_FOLDER
from hub.staff.roles import Role
from tests.console.conftest import Client, ConsoleHarness
from tests.console.updates import (
    POLICY,
    TEXTS,
    UNTRIED,
    add_draft,
    add_in_review,
    add_readers,
    add_sending,
)

FORM = {
    "title": "Feria de salud",
    "text_es": TEXTS["es"],
    "text_en": TEXTS["en"],
    "not_after": "2026-11-25T10:00",
}


async def read(console: ConsoleHarness, update_id: str) -> Update:
    async with console.database.read() as session:
        return await session.get_one(Update, update_id)


async def seen_hash(client: Client, update_id: str) -> str:
    page = (await client.get(f"/updates/{update_id}")).text
    found = re.search(r'name="hash" value="([0-9a-f]{64})"', page)
    assert found, page
    return found[1]


def id_in(location: str) -> str:
    return location.removeprefix("/console/updates/").removesuffix("/edit")


async def test_an_author_writes_and_hands_over_in_one_step(console: ConsoleHarness) -> None:
    await add_readers(console)
    client = await console.sign_in_as(Role.AUTHOR)
    answer = await client.act("/updates/new/save", **FORM, then="submit")
    update_id = id_in(answer.headers["location"])
    row = await read(console, update_id)
    assert (row.state, row.title) == (State.IN_REVIEW, "Feria de salud")
    async with console.database.read() as session:
        texts = await read_sent_texts(session, update_id)
    assert texts["es"] == f"{TEXTS['es']}\n\n{POLICY.closings['es']}"
    page = (await client.get(f"/updates/{update_id}")).text
    assert "Waiting for approval" in page
    assert POLICY.closings["en"] in unescape(page)


async def test_what_breaks_a_rule_comes_back_with_the_form(console: ConsoleHarness) -> None:
    await add_readers(console)
    client = await console.sign_in_as(Role.AUTHOR)
    fields = {**FORM, "text_en": "Fair on Saturday 27."}
    answer = await client.act("/updates/new/save", **fields, then="submit")
    assert answer.status_code == 422
    page = unescape(answer.text)
    assert "The numbers differ from Español: here 27, there 28, 9." in page
    assert "Fair on Saturday 27." in page
    assert (await client.get("/updates")).text.count("row-link") == 0


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"title": ""}, "Give the update a title"),
        ({"not_after": "soon"}, "Write a day and an hour."),
        ({"send_at": "2026-11-26T10:00"}, "Set an end that is later"),
        ({"places": "Atlantis Perdida"}, "There is no place called “Atlantis Perdida”."),
    ],
)
async def test_what_cannot_be_read_is_named(
    console: ConsoleHarness, changes: dict[str, str], phrase: str
) -> None:
    client = await console.sign_in_as(Role.AUTHOR)
    answer = await client.act("/updates/new/save", **{**FORM, **changes}, then="draft")
    assert answer.status_code == 422
    assert phrase in unescape(answer.text)


async def test_places_and_times_come_back_as_they_were_written(console: ConsoleHarness) -> None:
    async with console.database.write() as session:
        for code, name, level in (
            ("24", "Tumbes", "department"),
            ("2403", "Zarumilla", "province"),
            ("240302", "Aguas Verdes", "district"),
        ):
            parent = code[:-2] or None
            session.add(AreaRow(code=code, name=name, level=level, parent=parent, aliases=[]))
            await session.flush()
    client = await console.sign_in_as(Role.AUTHOR)
    fields = {**FORM, "places": "aguas verdes", "departments": "24", "send_at": "2026-11-23T10:30"}
    answer = await client.act("/updates/new/save", **fields, then="draft")
    update_id = id_in(answer.headers["location"])
    assert (await read(console, update_id)).audience["areas"] == ["24", "240302"]
    page = (await client.get(f"/updates/{update_id}/edit")).text
    assert "Aguas Verdes (240302)" in page
    assert 'value="2026-11-23T10:30"' in page
    fields = {**fields, "places": "Aguas Verdes (240302)", "version": "1"}
    await client.act(f"/updates/{update_id}/edit/save", **fields, then="draft")
    assert (await read(console, update_id)).audience["areas"] == ["24", "240302"]


async def test_the_count_follows_the_choices(console: ConsoleHarness) -> None:
    await add_readers(console, 3, "es")
    await add_readers(console, 2, "en")
    client = await console.sign_in_as(Role.AUTHOR)
    assert "5 people" in (await client.get("/updates/count")).text
    assert "2 people" in (await client.get("/updates/count?languages=en")).text
    assert "0 people" in (await client.get("/updates/count?channels=whatsapp")).text


async def test_a_second_person_approves_what_the_page_showed(console: ConsoleHarness) -> None:
    # PEER-10, SEC-27
    update_id = await add_in_review(console)
    client = await console.sign_in_as(Role.APPROVER)
    assert "Updates to approve" in (await client.get("/")).text
    fields = {"hash": await seen_hash(client, update_id), "untried": UNTRIED}
    answer = await client.act(f"/updates/{update_id}/approve", **fields)
    assert answer.headers["location"] == f"/console/updates/{update_id}"
    assert (await read(console, update_id)).state == State.APPROVED
    page = (await client.get(f"/updates/{update_id}")).text
    assert "It starts in a moment." in page
    assert "The_Approver" in page


async def test_an_approval_without_a_test_send_wants_a_reason(console: ConsoleHarness) -> None:
    # HUM-42
    update_id = await add_in_review(console)
    client = await console.sign_in_as(Role.APPROVER)
    seen = await seen_hash(client, update_id)
    answer = await client.act(f"/updates/{update_id}/approve", hash=seen, untried="no phone")
    assert answer.status_code == 422
    assert "Try it first, or say why it cannot be tried." in unescape(answer.text)
    assert "no phone</textarea>" in answer.text
    assert (await read(console, update_id)).state == State.IN_REVIEW
    await client.act(f"/updates/{update_id}/approve", hash=seen, untried=UNTRIED)
    page = unescape((await client.get(f"/updates/{update_id}")).text)
    assert re.search(rf"Not tried on a phone: <bdi[^>]*>{UNTRIED}<", page)


async def test_an_edit_after_the_page_was_read_voids_the_approval(console: ConsoleHarness) -> None:
    # SEC-27
    update_id = await add_in_review(console)
    client = await console.sign_in_as(Role.APPROVER)
    seen = await seen_hash(client, update_id)
    author = await console.sign_in("ana")
    fields = {**FORM, "text_es": "Otra feria el 28 a las 9.", "version": "1"}
    await author.act(f"/updates/{update_id}/edit/save", **fields, then="submit")
    answer = await client.act(f"/updates/{update_id}/approve", hash=seen, untried=UNTRIED)
    assert answer.status_code == 409
    assert (await read(console, update_id)).state == State.IN_REVIEW


async def test_nobody_approves_their_own(console: ConsoleHarness) -> None:
    # PEER-10
    await console.add_staff("ana", Role.AUTHOR, Role.APPROVER)
    update_id = await add_in_review(console)
    client = await console.sign_in("ana")
    page = unescape((await client.get(f"/updates/{update_id}")).text)
    assert "so somebody else has to approve it" in page
    assert 'name="hash"' not in page
    row = await read(console, update_id)
    answer = await client.act(
        f"/updates/{update_id}/approve", hash=row.content_hash, untried=UNTRIED
    )
    assert answer.status_code == 403
    assert "so somebody else has to approve it" in unescape(answer.text)
    assert (await read(console, update_id)).state == State.IN_REVIEW


async def test_approval_wants_a_fresh_sign_in(console: ConsoleHarness) -> None:
    # SEC-28
    update_id = await add_in_review(console)
    client = await console.sign_in_as(Role.APPROVER)
    seen = await seen_hash(client, update_id)
    form = await client.hidden("/account")
    for _ in range(2):  # stay signed in, yet let the last full sign-in grow old
        console.clock.advance(POLICY.undo * 9)
        await client.get("/account")
    answer = await client.post(f"/updates/{update_id}/approve", **{**form, "hash": seen})
    assert "/console/confirm" in answer.headers["location"]
    assert (await read(console, update_id)).state == State.IN_REVIEW


async def test_sending_back_says_why(console: ConsoleHarness) -> None:
    update_id = await add_in_review(console)
    client = await console.sign_in_as(Role.APPROVER)
    path = f"/updates/{update_id}/send-back"
    refused = await client.act(path, version="1", comment="")
    assert refused.status_code == 422
    await client.act(path, version="1", comment="¿A qué hora <b>termina</b>?")
    author = await console.sign_in("ana")
    page = (await author.get(f"/updates/{update_id}/edit")).text
    assert "¿A qué hora &lt;b&gt;termina&lt;/b&gt;?" in page


async def test_pause_resume_stop(console: ConsoleHarness) -> None:
    # HUM-43
    update_id = await add_sending(console)
    client = await console.sign_in("pedro")
    for verb, state in (
        ("pause", State.PAUSED),
        ("resume", State.SENDING),
        ("stop", State.CANCELLED),
    ):
        answer = await client.act(f"/updates/{update_id}/{verb}")
        assert answer.status_code == 303
        assert (await read(console, update_id)).state == state
    page = unescape((await client.get(f"/updates/{update_id}")).text)
    assert "The update was stopped before their turn came." in page
    assert (await client.act(f"/updates/{update_id}/resume")).status_code == 409


async def test_a_page_that_is_behind_is_loaded_anew(console: ConsoleHarness) -> None:
    update_id = await add_sending(console)
    client = await console.sign_in("pedro")
    path = f"/console/updates/{update_id}/progress?seen="
    ask = {"HX-Request": "true"}
    same = await client.http.get(f"{path}sending", headers=ask)
    assert (same.status_code, 'id="live"' in same.text) == (200, True)
    behind = await client.http.get(f"{path}scheduled", headers=ask)
    assert (behind.status_code, behind.headers["HX-Refresh"]) == (204, "true")


async def test_a_correction_goes_to_those_who_were_reached(console: ConsoleHarness) -> None:
    # HUM-43: two clicks, and the audience is the earlier one.
    update_id = await add_sending(console)
    author = await console.sign_in("ana")
    answer = await author.act(f"/updates/{update_id}/correct")
    correction = id_in(answer.headers["location"])
    row = await read(console, correction)
    assert row.audience["reached_by"] == update_id
    assert row.title == "Correction: Feria de salud"
    page = (await author.get(f"/updates/{correction}/edit")).text
    assert f'name="reached_by" value="{update_id}"' in page


async def test_giving_up_keeps_the_page(console: ConsoleHarness) -> None:
    update_id = await add_draft(console)
    client = await console.sign_in("ana")
    await client.act(f"/updates/{update_id}/withdraw")
    assert (await read(console, update_id)).state == State.WITHDRAWN
    assert (await client.get(f"/updates/{update_id}")).status_code == 200
    assert (await client.get(f"/updates/{update_id}/edit")).status_code == 409


async def test_handing_over_what_is_unfit_leads_to_the_form(console: ConsoleHarness) -> None:
    update_id = await add_draft(console)
    client = await console.sign_in("ana")
    answer = await client.act(f"/updates/{update_id}/submit", version="1")
    assert answer.headers["location"] == f"/console/updates/{update_id}/edit"
    assert (await read(console, update_id)).state == State.DRAFT


async def test_the_countdown_is_shown_and_can_be_stopped(console: ConsoleHarness) -> None:
    update_id = await add_in_review(console)
    client = await console.sign_in_as(Role.APPROVER)
    fields = {"hash": await seen_hash(client, update_id), "untried": UNTRIED}
    await client.act(f"/updates/{update_id}/approve", **fields)
    await tick(console.database, POLICY, console.clock)
    assert "Starts in 60 seconds" in (await client.get(f"/updates/{update_id}")).text
    await client.act(f"/updates/{update_id}/stop")
    assert (await read(console, update_id)).state == State.CANCELLED


async def test_hostile_titles_and_texts_stay_text(console: ConsoleHarness) -> None:
    await add_readers(console)
    hostile = "<img src=x onerror=alert(1)>"
    client = await console.sign_in_as(Role.AUTHOR)
    fields = {**FORM, "title": hostile, "text_es": f"{hostile} 28 9", "text_en": "28 9 1"}
    answer = await client.act("/updates/new/save", **fields, then="draft")
    for path in ("/updates", f"/updates/{id_in(answer.headers['location'])}"):
        page = (await client.get(path)).text
        assert "<img" not in page
        assert "&lt;img src=x" in page


def test_every_phrase_of_broadcasts_and_channels_has_its_spanish() -> None:
    """They are marked there and translated here, so the console's own test does not see them."""
    keywords = {"_": None, "noop": None}
    folders = [Path(next(iter(part.__path__))) for part in (broadcast, bot.channels)]
    used = {
        found[2]
        for folder in folders
        for found in extract_from_dir(folder, [("**.py", "python")], {}, keywords=keywords)
    }
    with (LOCALE_FOLDER / "es" / "console.po").open("rb") as file:
        known = {message.id for message in read_po(file, locale="es")}
    of_the_bot = {"To stop receiving these messages, reply STOP."}
    assert len(used) > 60
    assert used - known <= of_the_bot
