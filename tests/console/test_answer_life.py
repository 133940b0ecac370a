"""The life of an answer in the console: what ends soon, languages to check, what changed."""

import re
from datetime import timedelta

from content.models import AnswerText
from hub.staff.roles import Role
from tests.console.answers import SENTENCE, add_in_review, make_content
from tests.console.conftest import Client, ConsoleHarness


async def _in_review(console: ConsoleHarness) -> str:
    author = await console.add_staff("ana", Role.AUTHOR)
    async with console.database.write() as session:
        return await add_in_review(session, author, console.clock.now())


async def _hash(client: Client, answer_id: str) -> str:
    page = (await client.get(f"/answers/{answer_id}")).text
    found = re.search(r'name="hash" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


async def _approve(console: ConsoleHarness, answer_id: str, until: str) -> Client:
    client = await console.sign_in_as(Role.VERIFIER)
    fields = {"hash": await _hash(client, answer_id), "valid_until": until}
    await client.act(f"/answers/{answer_id}/verify", **fields, checked="fr")
    return client


async def test_what_ends_within_two_weeks_is_on_its_owners_list(console: ConsoleHarness) -> None:
    # HUM-40
    answer_id = await _in_review(console)
    client = await _approve(console, answer_id, "2026-12-07")
    assert "Answers that end soon" not in (await client.get("/")).text
    assert "No answer matches" in (await client.get("/answers?state=due")).text
    console.clock.advance(timedelta(days=1))
    client = await console.sign_in("the_verifier")
    assert "Answers that end soon" in (await client.get("/")).text
    assert "asylum.apply" in (await client.get("/answers?state=due")).text
    await console.add_staff("edu", Role.AUTHOR, sub_groups=("education",))
    other = await console.sign_in("edu")
    assert "Answers that end soon" not in (await other.get("/")).text


async def test_languages_that_nobody_checked_are_listed_and_can_be_checked(
    console: ConsoleHarness,
) -> None:
    answer_id = await _in_review(console)
    client = await _approve(console, answer_id, "2027-03-01")
    page = (await client.get(f"/answers/{answer_id}")).text
    facts = page.split("<dt>Languages to check</dt>")[1].split("</dd>")[0]
    assert "English" in facts
    assert "Français" not in facts
    assert "Español" not in facts
    assert "asylum.apply" in (await client.get("/answers?state=unchecked")).text
    await client.act(
        f"/answers/{answer_id}/check", hash=await _hash(client, answer_id), language="ht"
    )
    async with console.database.read() as session:
        words = await session.get_one(AnswerText, (answer_id, "ht"))
    assert words.checked_by == console.ids["the_verifier"]
    page = (await client.get(f"/answers/{answer_id}")).text
    assert "Language checked" in page


async def test_whoever_wrote_it_does_not_check_its_languages(console: ConsoleHarness) -> None:
    # PEER-10
    author = await console.add_staff("ana", Role.AUTHOR, Role.VERIFIER)
    async with console.database.write() as session:
        answer_id = await add_in_review(session, author, console.clock.now())
    client = await console.sign_in("ana")
    page = (await client.get(f"/answers/{answer_id}")).text
    assert "I read it and it is right" not in page
    found = re.search(r"[0-9a-f]{64}", page)
    seen = found[0] if found else ""
    answer = await client.act(f"/answers/{answer_id}/check", hash=seen, language="ht")
    assert answer.status_code == 409


async def test_a_new_version_shows_what_it_changes(console: ConsoleHarness) -> None:
    answer_id = await _in_review(console)
    await _approve(console, answer_id, "2027-03-01")
    author = await console.sign_in("ana")
    page = (await author.get(f"/answers/{answer_id}/edit")).text
    found = re.search(r'name="hash" value="([0-9a-f]{64})"', page)
    assert found
    content = make_content()
    fields = {"hash": found[1], "need": "legal", "flags": "handover"}
    for language, text in content.texts.items():
        fields |= {f"title_{language}": content.titles[language], f"text_{language}": text}
    fields |= {f"source_1_{key}": value for key, value in content.sources[0].items()}
    fields["text_en"] = SENTENCE * 3 + "Ven con calma a la oficina y pregunta por su turno."
    saved = await author.act(f"/answers/{answer_id}/edit/save", **fields, then="draft")
    page = (await author.get(saved.headers["location"].removeprefix("/console"))).text
    changes = page.split('id="changes"')[1].split("</section>")[0]
    assert "What changed since version 1" in page
    seen = re.sub(r'<span class="visually-hidden">[^<]*</span>', "", changes)
    assert "<del>tu</del> <ins>su</ins>" in seen
    assert changes.count("<h3>") == 1
    assert "Changed: English" in " ".join(page.split())


async def test_the_code_of_an_approved_version_is_shown(console: ConsoleHarness) -> None:
    answer_id = await _in_review(console)
    client = await _approve(console, answer_id, "2027-03-01")
    page = (await client.get(f"/answers/{answer_id}")).text
    assert re.search(r"<dt>Code</dt><dd><code>[2-9B-Z]{6}</code>", page)
