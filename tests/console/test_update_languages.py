"""The language gate on an update's page: who read which language, and what nobody has read."""

import re
from collections.abc import AsyncIterator
from html import unescape

import pytest

from broadcast.models import UpdateText
from broadcast.states import State
from hub.clock import ManualClock
from hub.config import BroadcastSettings, Config
from hub.database import Database
from hub.staff.passwords import Passwords
from hub.staff.roles import Role
from hub.vault import Vault
from tests.console.conftest import Client, ConsoleHarness, make_app
from tests.console.test_updates import FORM, read, seen_hash
from tests.console.updates import UNTRIED, add_draft, add_in_review, add_readers

BUTTON = "I speak this language, I read it and it is right"
WARNING = "Nobody who speaks these languages has checked the text: "


@pytest.fixture
async def strict(
    sqlite: Database, vault: Vault, clock: ManualClock, passwords: Passwords
) -> AsyncIterator[ConsoleHarness]:
    """A deployment that sends nothing which nobody read in its language."""
    config = Config(broadcast=BroadcastSettings(require_checked_languages=True))
    app = make_app(sqlite, vault, clock, passwords, config=config)
    harness = ConsoleHarness(sqlite, vault, clock, passwords, app)
    yield harness
    await harness.close()


async def page_of(client: Client, update_id: str) -> str:
    return unescape((await client.get(f"/updates/{update_id}")).text)


async def check(client: Client, update_id: str, language: str) -> int:
    """As the form of the page sends it."""
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', await page_of(client, update_id))
    assert found
    answer = await client.act(f"/updates/{update_id}/check", seen=found[1], language=language)
    return answer.status_code


async def checkers(console: ConsoleHarness, update_id: str) -> dict[str, str | None]:
    async with console.database.read() as session:
        texts = [await session.get_one(UpdateText, (update_id, each)) for each in ("es", "en")]
    return {each.language: each.checked_by for each in texts}


async def test_the_author_notes_what_they_read(console: ConsoleHarness) -> None:
    await add_readers(console)
    update_id = await add_draft(console)
    client = await console.sign_in("ana")
    page = await page_of(client, update_id)
    assert page.count(BUTTON) == 2
    assert WARNING in page
    assert await check(client, update_id, "en") == 303
    page = await page_of(client, update_id)
    assert page.count(BUTTON) == 1
    assert "Read and found right by Ana" in page
    assert f"{WARNING}Español" in page
    assert "A language checked" in page
    assert await checkers(console, update_id) == {"es": None, "en": console.ids["ana"]}
    await client.act(f"/updates/{update_id}/edit/save", **FORM, version="1", then="draft")
    assert "Read and found right by Ana" in await page_of(client, update_id)
    fields = {**FORM, "text_en": "Another fair on 28 at 9.", "version": "2"}
    await client.act(f"/updates/{update_id}/edit/save", **fields, then="draft")
    assert await checkers(console, update_id) == {"es": None, "en": None}


async def test_the_approver_sees_what_lacks_and_may_add_to_it(console: ConsoleHarness) -> None:
    update_id = await add_in_review(console)
    client = await console.sign_in_as(Role.APPROVER)
    page = await page_of(client, update_id)
    assert f"{WARNING}English, Español" in page
    assert await check(client, update_id, "es") == 303
    assert f"{WARNING}English" in await page_of(client, update_id)
    # The mark is no edit: whoever made it is still a second person, and the code is the same.
    fields = {"hash": await seen_hash(client, update_id), "untried": UNTRIED}
    assert (await client.act(f"/updates/{update_id}/approve", **fields)).status_code == 303
    assert (await read(console, update_id)).state == State.APPROVED
    page = await page_of(client, update_id)
    assert BUTTON not in page
    assert re.search(r"Languages to check</dt><dd>English</dd>", page)


@pytest.mark.parametrize("role", [Role.READER, Role.VERIFIER])
async def test_who_only_reads_updates_notes_nothing(console: ConsoleHarness, role: Role) -> None:
    # SEC-26
    update_id = await add_draft(console)
    client = await console.sign_in_as(role)
    assert BUTTON not in await page_of(client, update_id)
    row = await read(console, update_id)
    fields = {"seen": row.content_hash, "language": "en"}
    assert (await client.act(f"/updates/{update_id}/check", **fields)).status_code == 403
    assert await checkers(console, update_id) == {"es": None, "en": None}


async def test_what_changed_after_the_page_was_read_is_not_checked(
    console: ConsoleHarness,
) -> None:
    update_id = await add_draft(console)
    seen = (await read(console, update_id)).content_hash
    client = await console.sign_in("ana")
    fields = {**FORM, "text_en": "Another fair on 28 at 9.", "version": "1"}
    await client.act(f"/updates/{update_id}/edit/save", **fields, then="draft")
    answer = await client.act(f"/updates/{update_id}/check", seen=seen, language="en")
    assert answer.status_code == 409
    assert await checkers(console, update_id) == {"es": None, "en": None}


async def test_where_it_is_required_the_form_and_the_page_say_what_to_do(
    strict: ConsoleHarness,
) -> None:
    await add_readers(strict)
    client = await strict.sign_in_as(Role.AUTHOR)
    refused = await client.act("/updates/new/save", **FORM, then="submit")
    assert refused.status_code == 422
    says = "Nobody who speaks this language has checked it. Save the draft:"
    assert says in unescape(refused.text)
    saved = await client.act("/updates/new/save", **FORM, then="draft")
    update_id = saved.headers["location"].removeprefix("/console/updates/")
    page = await page_of(client, update_id)
    assert says in page
    assert "Hand over for approval" not in page
    for language in ("es", "en"):
        assert await check(client, update_id, language) == 303
    page = await page_of(client, update_id)
    assert says not in page
    assert "Hand over for approval" in page
    assert (await client.act(f"/updates/{update_id}/submit", version="1")).status_code == 303
    assert (await read(strict, update_id)).state == State.IN_REVIEW


async def test_the_page_says_it_in_spanish(console: ConsoleHarness) -> None:
    await console.add_staff("ana", Role.AUTHOR, language="es")
    await add_readers(console)
    update_id = await add_draft(console)
    client = await console.sign_in("ana")
    page = await page_of(client, update_id)
    assert page.count("Hablo este idioma, lo leí y está bien") == 2
    assert "Nadie que hable estos idiomas ha revisado el texto: English, Español" in page
    assert await check(client, update_id, "en") == 303
    assert "Un idioma revisado" in await page_of(client, update_id)
