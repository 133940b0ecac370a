"""The way of an update as staff walk it: looked over, decided, taken back in time."""

import re
from html import unescape

import pytest

from broadcast.control import tick
from broadcast.models import Update
from broadcast.states import State
from content.models import AreaRow
from hub.staff.roles import Role
from tests.console.conftest import Client, ConsoleHarness
from tests.console.test_updates import FORM
from tests.console.updates import (
    POLICY,
    UNTRIED,
    add_draft,
    add_in_review,
    add_readers,
    add_sending,
)

TEMPLATE = {
    "template_sid_es": "HX" + "0" * 32,
    "template_es": "Hay una novedad: {{1}}",
    "template_fillings_es": "feria, sábado 28",
}


async def read(console: ConsoleHarness, update_id: str) -> Update:
    async with console.database.read() as session:
        return await session.get_one(Update, update_id)


async def page_of(client: Client, path: str) -> str:
    return unescape((await client.get(path)).text)


def id_in(location: str) -> str:
    return location.removeprefix("/console/updates/").removesuffix("/edit")


async def test_what_is_right_is_looked_over_before_it_is_handed_over(
    console: ConsoleHarness,
) -> None:
    # HUM-42
    await add_readers(console)
    await console.add_staff("pedro", Role.APPROVER)
    client = await console.sign_in_as(Role.AUTHOR)
    answer = await client.act("/updates/new/save", **FORM, then="look")
    update_id = id_in(answer.headers["location"])
    assert (await read(console, update_id)).state == State.DRAFT
    page = await page_of(client, f"/updates/{update_id}")
    for shown in (
        "The checks found nothing to mend",
        "3 people would get it",
        "Nobody has tried it on a phone",
        "Then one of them reads it and decides: <bdi",
        "Pedro",
    ):
        assert shown in " ".join(page.split())
    assert 'aria-current="step"><span class="step-mark" aria-hidden="true">2</span>' in page


async def test_what_has_to_be_mended_is_kept_and_shown_beside_its_field(
    console: ConsoleHarness,
) -> None:
    await add_readers(console)
    client = await console.sign_in_as(Role.AUTHOR)
    fields = {**FORM, "text_en": "Fair on Saturday 27."}
    answer = await client.act("/updates/new/save", **fields, then="look")
    location = answer.headers["location"]
    assert location.endswith("/edit")
    assert (await read(console, id_in(location))).state == State.DRAFT
    page = await page_of(client, location.removeprefix("/console"))
    assert 'id="text_en-error"' in page
    assert "here 27, there 28, 9." in page


async def test_who_waits_is_told_whom_to_tell(console: ConsoleHarness) -> None:
    # PEER-10
    update_id = await add_in_review(console)
    author = await console.sign_in("ana")
    assert "There is nobody who may approve it" in await page_of(author, f"/updates/{update_id}")
    await console.add_staff("pedro", Role.APPROVER)
    page = await page_of(author, f"/updates/{update_id}")
    assert "Tell one of them:" in page
    assert "Pedro" in page


async def test_the_decision_says_what_it_changes_for_whom(console: ConsoleHarness) -> None:
    # HUM-42: number, languages and three masked examples beside the button.
    await add_readers(console, 2, "en")
    update_id = await add_in_review(console)
    client = await console.sign_in_as(Role.APPROVER)
    page = " ".join((await page_of(client, f"/updates/{update_id}")).split())
    decision = page[page.index('id="decide"') :]
    for shown in (
        "<strong>5 people get it</strong>",
        "3 read Español",
        "2 read English",
        "speaks English · reads English",
        "Approve for 5 people",
    ):
        assert shown in decision
    assert decision.count('class="mask"') == 3


async def test_an_approval_is_undone_while_nothing_has_left(console: ConsoleHarness) -> None:
    # F-37, HUM-42
    update_id = await add_in_review(console)
    client = await console.sign_in_as(Role.APPROVER)
    page = await page_of(client, f"/updates/{update_id}")
    found = re.search(r'name="hash" value="([0-9a-f]{64})"', page)
    assert found
    await client.act(f"/updates/{update_id}/approve", hash=found[1], untried=UNTRIED)
    await tick(console.database, POLICY, console.clock)
    page = await page_of(client, f"/updates/{update_id}")
    assert "Starts in 60 seconds" in page
    assert f"/updates/{update_id}/undo" in page
    await client.act(f"/updates/{update_id}/undo")
    console.clock.advance(POLICY.undo)
    await tick(console.database, POLICY, console.clock)
    assert (await read(console, update_id)).state == State.DRAFT
    page = await page_of(client, f"/updates/{update_id}")
    assert "Taken back before anything left" in page


async def test_once_it_has_begun_undo_does_nothing(console: ConsoleHarness) -> None:
    update_id = await add_sending(console)
    client = await console.sign_in("pedro")
    assert "/undo" not in await page_of(client, f"/updates/{update_id}")
    assert (await client.act(f"/updates/{update_id}/undo")).status_code == 409
    assert (await read(console, update_id)).state == State.SENDING


async def test_what_is_polled_holds_no_button_and_a_meter_with_a_name(
    console: ConsoleHarness,
) -> None:
    update_id = await add_sending(console)
    client = await console.sign_in("pedro")
    part = (await client.get(f"/updates/{update_id}/progress?seen=sending")).text
    assert "<button" not in part
    assert '<label for="bar">0 of 3 people</label>' in part


async def test_the_list_says_how_many_it_went_to_and_what_goes_first(
    console: ConsoleHarness,
) -> None:
    # HUM-44
    await add_sending(console)
    reader = await console.sign_in_as(Role.READER)
    page = await page_of(reader, "/updates")
    assert '<div class="cell-body">3</div>' in page
    assert "Urgent, goes before all others" not in page
    await console.add_staff("eva", Role.AUTHOR)
    eva = await console.sign_in("eva")
    fields = {**FORM, "urgency": "Huaico en camino: hay que salir hoy."}
    answer = await eva.act("/updates/new/save", **fields, then="submit")
    urgent = id_in(answer.headers["location"])
    pedro = await console.sign_in("pedro")
    seen = (await read(console, urgent)).content_hash
    await pedro.act(f"/updates/{urgent}/approve", hash=seen, untried=UNTRIED)
    page = await page_of(reader, "/updates")
    assert "Urgent, goes before all others" in page
    assert "Huaico en camino" in page


async def test_the_tree_opens_level_by_level_and_what_is_ticked_stays(
    console: ConsoleHarness,
) -> None:
    async with console.database.write() as session:
        for code, name, level in (
            ("24", "Tumbes", "department"),
            ("2403", "Zarumilla", "province"),
            ("240302", "Aguas Verdes", "district"),
        ):
            session.add(
                AreaRow(code=code, name=name, level=level, parent=code[:-2] or None, aliases=[])
            )
            await session.flush()
    client = await console.sign_in_as(Role.AUTHOR)
    assert 'hx-get="/console/updates/areas/24"' in await page_of(client, "/updates/new")
    assert "Zarumilla" in await page_of(client, "/updates/areas/24")
    assert 'value="240302"' in await page_of(client, "/updates/areas/2403")
    fields = {**FORM, "departments": "240302", "title": ""}
    refused = await client.act("/updates/new/save", **fields, then="draft")
    assert "Aguas Verdes (240302)" in unescape(refused.text)
    answer = await client.act("/updates/new/save", **{**fields, "title": "x"}, then="draft")
    row = await read(console, id_in(answer.headers["location"]))
    assert row.audience["areas"] == ["240302"]


async def test_a_template_used_before_is_picked_from_a_list(console: ConsoleHarness) -> None:
    client = await console.sign_in_as(Role.AUTHOR)
    assert 'name="template_pick_es"' not in await page_of(client, "/updates/new")
    await add_sending(console)
    author = await console.sign_in("ana")
    first = await author.act("/updates/new/save", **FORM, **TEMPLATE, then="draft")
    first_id = id_in(first.headers["location"])
    await author.act(f"/updates/{first_id}/submit", version="1")
    pedro = await console.sign_in("pedro")
    seen = (await read(console, first_id)).content_hash
    await pedro.act(f"/updates/{first_id}/approve", hash=seen, untried=UNTRIED)
    page = await page_of(author, "/updates/new")
    assert f'<option value="{TEMPLATE["template_sid_es"]}">Hay una novedad: {{{{1}}}}</option>' in (
        page
    )
    picked = {
        "template_pick_es": TEMPLATE["template_sid_es"],
        "template_fillings_es": "cierre, lunes 30",
    }
    answer = await author.act("/updates/new/save", **FORM, **picked, then="draft")
    second = id_in(answer.headers["location"])
    page = await page_of(author, f"/updates/{second}")
    assert "Hay una novedad: cierre, lunes 30" in page
    page = await page_of(author, f"/updates/{second}/edit")
    assert f'<option value="{TEMPLATE["template_sid_es"]}" selected>' in page


@pytest.mark.parametrize(("owner", "status"), [("education", 303), ("health", 422)])
async def test_an_author_writes_for_sub_groups_of_their_own(
    console: ConsoleHarness, owner: str, status: int
) -> None:
    # HUM-44: nobody spends the quota of another sub-group.
    await console.add_staff("ana", Role.AUTHOR, sub_groups=("protection", "education"))
    client = await console.sign_in("ana")
    answer = await client.act("/updates/new/save", **FORM, owner=owner, then="draft")
    assert answer.status_code == status
    if status == 303:
        assert (await read(console, id_in(answer.headers["location"]))).owner == owner


async def test_an_empty_draft_says_that_nobody_would_get_it(console: ConsoleHarness) -> None:
    update_id = await add_draft(console)
    client = await console.sign_in("ana")
    page = await page_of(client, f"/updates/{update_id}")
    assert "0 people would get it" in page
    assert "Mend it in the form" in page
    assert f"/updates/{update_id}/submit" not in page
