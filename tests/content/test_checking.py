"""The language gate: a version says which of its languages no person has checked."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from content.checking import check_language, find_unchecked, read_gate, read_words
from content.commands import import_content
from content.review import edit_answer, submit_answer, verify_answer
from content.rows import read_topic
from content.states import MoveRefusedError
from hub.staff.audit import find_break
from hub.staff.models import AuditEntry
from tests.content.conftest import Desk
from tests.content.packs import SETTINGS, add_member, make_pack, make_topic, write


async def unchecked(session: AsyncSession, answer_id: str) -> list[str]:
    return find_unchecked(await read_words(session, answer_id), SETTINGS.languages)


async def test_verifying_checks_spanish_and_what_the_verifier_reads(each_desk: Desk) -> None:
    desk = each_desk
    async with desk.database.write() as session:
        row = await desk.answer(session)
        assert await unchecked(session, row.id) == ["es", "en", "ht"]
        now = desk.clock.now()
        await verify_answer(session, row.id, desk.verifier, row.hash, now, checked=["en"])
        assert await unchecked(session, row.id) == ["ht"]


async def test_somebody_else_checks_a_language_later(each_desk: Desk) -> None:
    desk = each_desk
    await desk.verify()
    async with desk.database.write() as session:
        speaker = await add_member(session, "marie", ("verifier",), ("integration",))
        row = await desk.answer(session)
        await check_language(session, row.id, "ht", speaker, row.hash, desk.clock.now())
        assert await unchecked(session, row.id) == ["en"]
        assert await find_break(session) is None


@pytest.mark.parametrize(
    ("who", "language", "seen", "reason"),
    [
        ("author", "ht", "", "permission"),
        ("both", "ht", "", "wrote, edited or submitted"),
        ("speaker", "fr", "", "no text in this language"),
        ("speaker", "ht", "0" * 64, "not the text that you saw"),
    ],
)
async def test_who_may_not_check(
    desk: Desk, who: str, language: str, seen: str, reason: str
) -> None:  # PEER-10
    async with desk.database.write() as session:
        people = {
            "author": desk.author,
            "both": await add_member(session, "both"),
            "speaker": await add_member(session, "marie", ("verifier",)),
        }
        row = await desk.answer(session)
        content = replace(await read_topic(session, row), handover=False)
        row = await edit_answer(session, row.id, content, people["both"], desk.clock.now())
        await submit_answer(session, row.id, desk.author, desk.clock.now())
        with pytest.raises(MoveRefusedError, match=reason):
            await check_language(
                session, row.id, language, people[who], seen or row.hash, desk.clock.now()
            )


async def test_a_draft_is_not_checked(desk: Desk) -> None:
    async with desk.database.write() as session:
        row = await desk.answer(session)
        content = await read_topic(session, row)
        row = await edit_answer(session, row.id, content, desk.author, desk.clock.now())
        with pytest.raises(MoveRefusedError, match="draft"):
            await check_language(session, row.id, "ht", desk.verifier, row.hash, desk.clock.now())


async def test_unchanged_words_stay_checked_and_changed_ones_do_not(desk: Desk) -> None:
    async with desk.database.write() as session:
        row = await desk.answer(session)
        now = desk.clock.now()
        await verify_answer(session, row.id, desk.verifier, row.hash, now, checked=["en", "ht"])
        content = await read_topic(session, row)
        texts = content.texts | {"ht": content.texts["ht"].replace("Li gratis", "Li pa peye")}
        changed = replace(content, texts=texts)
        draft = await edit_answer(session, row.id, changed, desk.author, now)
        assert await unchecked(session, draft.id) == ["ht"]
        back = await edit_answer(session, draft.id, content, desk.author, now)
        assert await unchecked(session, back.id) == ["ht"]
        assert await unchecked(session, row.id) == []


async def test_an_import_keeps_the_checks_of_unchanged_words(
    desk: Desk, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with desk.database.write() as session:
        row = await desk.answer(session)
        now = desk.clock.now()
        await verify_answer(session, row.id, desk.verifier, row.hash, now, checked=["en"])
    plain = make_topic()
    texts = plain.texts | {"en": plain.texts["en"].replace("It is free", "It costs nothing")}
    folder = write(tmp_path_factory.mktemp("pack"), make_pack(make_topic(texts=texts)))
    await import_content(desk.database, folder, desk.clock)
    async with desk.database.read() as session:
        assert await unchecked(session, (await desk.answer(session)).id) == ["en", "ht"]


async def test_the_history_says_what_an_edit_changed(desk: Desk) -> None:
    async with desk.database.write() as session:
        row = await desk.answer(session)
        content = await read_topic(session, row)
        changed = replace(content, need=None, titles=content.titles | {"en": "Asylum"})
        await edit_answer(session, row.id, changed, desk.author, desk.clock.now())
        entry = await session.scalar(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1))
        assert entry is not None
        assert entry.detail["changed"] == "en, need"


async def test_the_gate_of_all_answers_says_what_lacks_in_each_language(each_desk: Desk) -> None:
    desk = each_desk
    today = desk.clock.now().date()
    async with desk.database.write() as session:
        [spanish, *_] = await read_gate(session, ("es", "ht", "fr"), today)
        assert (spanish.told, spanish.unwritten, spanish.unchecked) == (0, (), ())
        for topic in ("safety.self_harm", "asylum.apply"):
            row = await desk.answer(session, topic)
            now = desk.clock.now()
            await verify_answer(session, row.id, desk.verifier, row.hash, now, checked=["en"])
    async with desk.database.read() as session:
        spanish, creole, french = await read_gate(session, ("es", "ht", "fr"), today)
        later = await read_gate(session, ("es",), today + timedelta(days=400))
    both = ("safety.self_harm", "asylum.apply")
    assert (spanish.told, spanish.unwritten, spanish.unchecked) == (2, (), ())
    assert (creole.unwritten, creole.unchecked) == ((), both)
    assert (french.unwritten, french.unchecked) == (both, ())
    assert [each.told for each in later] == [0]
