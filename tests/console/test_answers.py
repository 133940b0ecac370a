"""The answers pages: who may read, write, verify and withdraw, and exactly what is approved."""

import re
from datetime import timedelta

import pytest

from content.models import Answer
from content.states import State
from hub.staff.roles import Role
from tests.console.answers import LANGUAGES, SENTENCE, add_draft, add_in_review, make_content
from tests.console.conftest import Client, ConsoleHarness


async def _author(console: ConsoleHarness) -> str:
    return await console.add_staff("ana", Role.AUTHOR)


async def _in_review(console: ConsoleHarness) -> str:
    author = await _author(console)
    async with console.database.write() as session:
        return await add_in_review(session, author, console.clock.now())


async def _draft(console: ConsoleHarness) -> str:
    author = await _author(console)
    async with console.database.write() as session:
        return await add_draft(session, author, console.clock.now())


async def _read(console: ConsoleHarness, answer_id: str) -> Answer:
    async with console.database.read() as session:
        return await session.get_one(Answer, answer_id)


async def _verify_fields(client: Client, answer_id: str) -> dict[str, str]:
    page = (await client.get(f"/answers/{answer_id}")).text
    found = re.search(r'name="hash" value="([0-9a-f]{64})"', page)
    assert found
    return {"hash": found[1], "valid_until": "2027-03-01"}


async def test_a_second_person_verifies_exactly_what_the_page_showed(
    console: ConsoleHarness,
) -> None:
    # SEC-27
    answer_id = await _in_review(console)
    client = await console.sign_in_as(Role.VERIFIER)
    fields = await _verify_fields(client, answer_id)
    answer = await client.act(f"/answers/{answer_id}/verify", **fields)
    assert answer.headers["location"] == f"/console/answers/{answer_id}"
    row = await _read(console, answer_id)
    assert row.state == State.APPROVED
    assert row.verified_by == console.ids["the_verifier"]
    assert str(row.valid_until) == "2027-03-01"
    assert "Approved. The bot uses it from now on." in (await client.get("/account")).text


async def test_an_edit_after_the_page_was_read_voids_the_approval(console: ConsoleHarness) -> None:
    # SEC-27, PEER-10
    answer_id = await _in_review(console)
    client = await console.sign_in_as(Role.VERIFIER)
    fields = await _verify_fields(client, answer_id)
    author = await console.sign_in("ana")
    edited = await _edit_fields(author, answer_id, text_en=SENTENCE * 4 + "Changed.")
    await author.act(f"/answers/{answer_id}/edit/save", **edited, then="submit")
    answer = await client.act(f"/answers/{answer_id}/verify", **fields)
    assert answer.status_code == 409
    assert (await _read(console, answer_id)).state == State.IN_REVIEW


async def test_whoever_wrote_it_cannot_verify_it(console: ConsoleHarness) -> None:
    # PEER-10, SEC-27
    author = await console.add_staff("ana", Role.AUTHOR, Role.VERIFIER)
    async with console.database.write() as session:
        answer_id = await add_in_review(session, author, console.clock.now())
    client = await console.sign_in("ana")
    page = (await client.get(f"/answers/{answer_id}")).text
    assert "so somebody else verifies it" in page
    row = await _read(console, answer_id)
    answer = await client.act(
        f"/answers/{answer_id}/verify", hash=row.hash, valid_until="2027-03-01"
    )
    assert answer.status_code == 409
    assert (await _read(console, answer_id)).state == State.IN_REVIEW


async def test_another_sub_group_cannot_verify_it(console: ConsoleHarness) -> None:
    # SEC-26: object level
    answer_id = await _in_review(console)
    await console.add_staff("edu", Role.VERIFIER, sub_groups=("education",))
    client = await console.sign_in("edu")
    assert (
        "Only the sub-group Protection verifies" in (await client.get(f"/answers/{answer_id}")).text
    )
    row = await _read(console, answer_id)
    for verb, fields in (
        ("verify", {"hash": row.hash, "valid_until": "2027-03-01"}),
        ("send-back", {"comment": "No"}),
    ):
        assert (await client.act(f"/answers/{answer_id}/{verb}", **fields)).status_code == 409


async def test_verifying_wants_a_fresh_sign_in_and_comes_back_to_the_page(
    console: ConsoleHarness,
) -> None:
    # SEC-28
    answer_id = await _in_review(console)
    client = await console.sign_in_as(Role.VERIFIER)
    fields = await _verify_fields(client, answer_id)
    console.clock.advance(timedelta(minutes=11))
    page = (await client.get(f"/answers/{answer_id}")).text
    assert "Confirm that it is me" in page
    answer = await client.act(f"/answers/{answer_id}/verify", **fields)
    assert answer.headers["location"] == f"/console/confirm?next=%2Fconsole%2Fanswers%2F{answer_id}"
    assert (await _read(console, answer_id)).state == State.IN_REVIEW
    comment = await client.act(f"/answers/{answer_id}/send-back", comment="Typed for long")
    assert comment.headers["location"] == f"/console/answers/{answer_id}"


@pytest.mark.parametrize("day", ["", "2026-11-21", "yesterday"])
async def test_a_validity_that_is_over_or_no_day_is_explained(
    console: ConsoleHarness, day: str
) -> None:
    answer_id = await _in_review(console)
    client = await console.sign_in_as(Role.VERIFIER)
    fields = {**await _verify_fields(client, answer_id), "valid_until": day}
    answer = await client.act(f"/answers/{answer_id}/verify", **fields)
    assert answer.status_code == 422
    assert "Choose a day from today on" in answer.text
    assert (await _read(console, answer_id)).state == State.IN_REVIEW


async def test_sending_back_needs_a_reason_and_the_author_reads_it(
    console: ConsoleHarness,
) -> None:
    answer_id = await _in_review(console)
    client = await console.sign_in_as(Role.VERIFIER)
    assert (await client.act(f"/answers/{answer_id}/send-back")).status_code == 422
    await client.act(f"/answers/{answer_id}/send-back", comment="The <b>fee</b> is missing")
    author = await console.sign_in("ana")
    page = (await author.get(f"/answers/{answer_id}")).text
    assert "The &lt;b&gt;fee&lt;/b&gt; is missing" in page
    assert "Answers sent back" in (await author.get("/")).text


async def test_withdrawing_takes_effect_and_shows_in_the_history(console: ConsoleHarness) -> None:
    # INV-11
    answer_id = await _in_review(console)
    client = await console.sign_in_as(Role.VERIFIER)
    await client.act(f"/answers/{answer_id}/verify", **await _verify_fields(client, answer_id))
    await client.act(f"/answers/{answer_id}/withdraw")
    assert (await _read(console, answer_id)).state == State.WITHDRAWN
    page = (await client.get(f"/answers/{answer_id}")).text
    history = page.split('class="timeline"')[1].split("</ol>")[0]
    acts = re.findall(r"<strong>([^<]+)</strong>", history)
    assert acts == ["Withdrawn", "Approved", "Sent to review", "New version begun"]
    assert "The_Verifier" in history


async def test_a_draft_is_saved_as_it_is_but_review_wants_it_complete(
    console: ConsoleHarness,
) -> None:
    answer_id = await _draft(console)
    author = await console.sign_in("ana")
    short = await _edit_fields(author, answer_id, text_fr="Court.", title_pt="")
    answer = await author.act(f"/answers/{answer_id}/edit/save", **short, then="submit")
    assert answer.status_code == 422
    assert "Too short: 6 characters" in answer.text
    assert "Not written yet" in answer.text
    assert "Court." in answer.text  # nothing that was typed is lost
    row = await _read(console, answer_id)
    assert (row.state, row.edited_by) == (State.DRAFT, [])
    answer = await author.act(f"/answers/{answer_id}/edit/save", **short, then="draft")
    assert answer.status_code == 303
    assert "Court." in (await author.get(f"/answers/{answer_id}")).text
    assert (await author.act(f"/answers/{answer_id}/submit")).status_code == 422


@pytest.mark.parametrize(
    ("field", "value", "phrase"),
    [
        ("text_en", SENTENCE * 4 + "Call 1234.", "not the same as in the Spanish text: 1234"),
        ("text_en", SENTENCE * 30, "at most 600 fit"),
        ("text_es", SENTENCE * 4 + "Envíanos tu DNI.", "It asks for personal data"),
        ("title_es", "t" * 25, "at most 24 fit"),
        ("related", "no.such.topic", "One of these topics does not exist"),
        ("source_1_date", "last week", "Write 2026, 2026-03"),
        ("source_1_confidence", "", "Choose one of the list"),
        ("source_1_url", "javascript:alert(1)", "An address starts with https:// or http://"),
        ("source_1_name", "", "Name at least one source"),
        ("source_1_says", "No sentence begins so", "Copy the first words of Spanish sentences"),
        ("step_where_es", "Corto.", "Too short: 6 characters"),
        ("step_cost_fr", SENTENCE * 9, "at most 400 fit"),
        ("step_time_en", SENTENCE * 2 + "Wait 5 days.", "not the same as in the Spanish text: 5"),
    ],
)
async def test_each_broken_rule_is_told_in_words_beside_its_field(
    console: ConsoleHarness, field: str, value: str, phrase: str
) -> None:
    answer_id = await _draft(console)
    author = await console.sign_in("ana")
    if field.startswith("step_"):
        step = field.rpartition("_")[0]
        steps = {f"{step}_{language}": SENTENCE * 2 for language in LANGUAGES}
    else:
        steps = {}
    fields = await _edit_fields(author, answer_id, **steps | {field: value})
    answer = await author.act(f"/answers/{answer_id}/edit/save", **fields, then="submit")
    assert answer.status_code == 422
    assert phrase in answer.text
    assert f'href="#{field}"' in answer.text


async def test_steps_and_what_sources_say_are_written_and_shown(console: ConsoleHarness) -> None:
    answer_id = await _draft(console)
    author = await console.sign_in("ana")
    steps = {f"step_where_{language}": SENTENCE * 2 for language in LANGUAGES}
    says = {"source_1_says": "Ven con calma\nVen con calma a"}
    fields = await _edit_fields(author, answer_id, **steps, **says)
    answer = await author.act(f"/answers/{answer_id}/edit/save", **fields, then="submit")
    assert answer.status_code == 303
    page = (await author.get(f"/answers/{answer_id}")).text
    assert page.count("<h3>Where</h3>") == len(LANGUAGES)
    assert ">Ven con calma</bdi> …”, “<bdi" in page
    form = (await author.get(f"/answers/{answer_id}/edit")).text
    assert form.count(f"\n{SENTENCE}{SENTENCE.strip()}</textarea>") == len(LANGUAGES)
    assert "Ven con calma\nVen con calma a</textarea>" in form


async def test_a_step_that_lacks_a_language_is_told_beside_its_field(
    console: ConsoleHarness,
) -> None:
    answer_id = await _draft(console)
    author = await console.sign_in("ana")
    fields = await _edit_fields(author, answer_id, step_cost_es=SENTENCE * 2)
    answer = await author.act(f"/answers/{answer_id}/edit/save", **fields, then="submit")
    assert answer.status_code == 422
    assert 'href="#step_cost_ht"' in answer.text
    assert "Not written yet" in answer.text


async def test_two_authors_do_not_overwrite_each_other(console: ConsoleHarness) -> None:
    answer_id = await _draft(console)
    await console.add_staff("luz", Role.AUTHOR)
    ana, luz = await console.sign_in("ana"), await console.sign_in("luz")
    from_ana = await _edit_fields(ana, answer_id, text_es=SENTENCE * 5)
    from_luz = await _edit_fields(luz, answer_id, text_es=SENTENCE * 6)
    first = await ana.act(f"/answers/{answer_id}/edit/save", **from_ana, then="draft")
    second = await luz.act(f"/answers/{answer_id}/edit/save", **from_luz, then="draft")
    assert (first.status_code, second.status_code) == (303, 409)


async def test_editing_what_was_told_makes_a_new_version(console: ConsoleHarness) -> None:
    answer_id = await _in_review(console)
    client = await console.sign_in_as(Role.VERIFIER)
    await client.act(f"/answers/{answer_id}/verify", **await _verify_fields(client, answer_id))
    console.clock.advance(timedelta(minutes=1))
    author = await console.sign_in("ana")
    fields = await _edit_fields(author, answer_id, text_es=SENTENCE * 5)
    answer = await author.act(f"/answers/{answer_id}/edit/save", **fields, then="draft")
    new_id = answer.headers["location"].rsplit("/", 1)[1]
    assert new_id != answer_id
    old, new = await _read(console, answer_id), await _read(console, new_id)
    assert (old.state, new.state, new.version) == (State.APPROVED, State.DRAFT, 2)


async def test_the_list_is_filtered_by_owner_state_and_words(console: ConsoleHarness) -> None:
    author = await _author(console)
    async with console.database.write() as session:
        now = console.clock.now()
        await add_in_review(session, author, now, make_content("asylum.apply", title="Refugio"))
        await add_draft(
            session, author, now, make_content("school", owner="education", title="Matrícula")
        )
    client = await console.sign_in_as(Role.READER)
    for query, found in (
        ("", {"asylum.apply", "school"}),
        ("?owner=education", {"school"}),
        ("?state=in_review", {"asylum.apply"}),
        ("?state=approved", set()),
        ("?q=matricula", {"school"}),  # without the accent
        ("?q=REFUGIO+turno", {"asylum.apply"}),
        ("?q=refugio&owner=education", set()),
        ("?q=%25", set()),
        ("?page=99", set()),
        ("?page=x", {"asylum.apply", "school"}),
    ):
        page = (await client.get(f"/answers{query}")).text
        assert set(re.findall(r'class="quiet">([a-z.]+) ·', page)) == found, query
    assert "No answer matches" in (await client.get("/answers?q=nothing")).text


async def test_all_languages_stand_side_by_side_in_their_own_language(
    console: ConsoleHarness,
) -> None:
    answer_id = await _draft(console)
    client = await console.sign_in_as(Role.READER)
    page = (await client.get(f"/answers/{answer_id}")).text
    assert re.findall(r'class="words" lang="(\w+)"', page) == list(LANGUAGES)
    assert "/verify" not in page
    assert "/edit" not in page


async def test_after_its_day_an_approved_answer_is_shown_as_expired(
    console: ConsoleHarness,
) -> None:
    answer_id = await _in_review(console)
    client = await console.sign_in_as(Role.VERIFIER)
    fields = {**await _verify_fields(client, answer_id), "valid_until": "2026-11-22"}
    await client.act(f"/answers/{answer_id}/verify", **fields)
    console.clock.advance(timedelta(days=1))
    client = await console.sign_in("the_verifier")
    assert "The bot no longer gives this text" in (await client.get(f"/answers/{answer_id}")).text
    assert "Answers that expired" in (await client.get("/")).text


async def _edit_fields(client: Client, answer_id: str, **changes: str) -> dict[str, str]:
    """All fields of the edit form as a browser would send them, some of them changed."""
    page = (await client.get(f"/answers/{answer_id}/edit")).text
    found = re.search(r'name="hash" value="([0-9a-f]{64})"', page)
    assert found
    content = make_content()
    fields = {"hash": found[1], "need": "legal", "related": "", "flags": "handover"}
    for language in LANGUAGES:
        fields[f"title_{language}"] = content.titles[language]
        fields[f"text_{language}"] = content.texts[language]
    source = content.sources[0]
    fields |= {f"source_1_{key}": value for key, value in source.items()}
    return {**fields, **changes}
