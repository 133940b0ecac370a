"""What staff are working on is theirs: no import overwrites it, gets round its review (PEER-10), or
undoes what came in some other way."""

from dataclasses import replace
from pathlib import Path

import pytest

from content.commands import import_content
from content.importing import ImportResult
from content.models import Answer, Service
from content.review import (
    edit_answer,
    recheck_service,
    submit_answer,
    verify_answer,
    verify_service,
)
from content.rows import read_topic
from content.spreadsheets import export_sheets, import_sheets
from content.states import MoveRefusedError, State
from content.translations import export_translations, import_translations
from tests.content.conftest import Desk
from tests.content.packs import make_pack, make_service, make_topic, write
from tests.content.test_importing import states


async def bring(desk: Desk, folder: Path) -> ImportResult:
    """The pack again, with something else about the desk's topic."""
    pack = make_pack(make_topic(need=None), make_topic("work.rights", need=None))
    return await import_content(desk.database, write(folder / "again", pack), desk.clock)


async def write_draft(desk: Desk, *, is_submitted: bool) -> str:
    """A version of the author's own, beside the one that is told."""
    await desk.verify()
    async with desk.database.write() as session:
        told = await desk.answer(session)
        content = replace(await read_topic(session, told), handover=False)
        row = await edit_answer(session, told.id, content, desk.author, desk.clock.now())
        if is_submitted:
            await submit_answer(session, row.id, desk.author, desk.clock.now())
        return row.id


@pytest.mark.parametrize("is_submitted", [True, False])
async def test_a_pack_leaves_alone_what_staff_are_writing(
    each_desk: Desk, tmp_path: Path, *, is_submitted: bool
) -> None:
    # PEER-10
    desk = each_desk
    row_id = await write_draft(desk, is_submitted=is_submitted)
    result = await bring(desk, tmp_path)
    assert (result.new_answers, result.unchanged_answers) == (0, 9)
    assert result.passed_over == (desk.topic,)
    state = State.IN_REVIEW if is_submitted else State.DRAFT
    assert await states(desk.database) == [State.APPROVED, state]
    async with desk.database.read() as session:
        row = await session.get_one(Answer, row_id)
        assert row.author == desk.author.id


async def test_an_imported_version_that_somebody_edited_is_not_withdrawn(
    desk: Desk, tmp_path: Path
) -> None:
    async with desk.database.write() as session:
        row = await desk.answer(session)
        content = replace(await read_topic(session, row), handover=False)
        await edit_answer(session, row.id, content, desk.author, desk.clock.now())
    assert (await bring(desk, tmp_path)).passed_over == (desk.topic,)
    async with desk.database.read() as session:
        row = await desk.answer(session)
        assert (row.version, row.state) != (1, State.WITHDRAWN)
        assert desk.author.id in row.edited_by


async def test_nobody_verifies_their_own_words_by_way_of_a_spreadsheet(
    desk: Desk, tmp_path: Path
) -> None:
    # PEER-10: what comes in has no author, so whoever wrote it could approve it.
    await write_draft(desk, is_submitted=True)
    await export_sheets(desk.database, tmp_path)
    path = tmp_path / "topics.csv"
    text = path.read_text(encoding="utf-8-sig")
    assert "Lleva agua." in text
    path.write_text(text.replace("Lleva agua.", "Lleva tu agua."), encoding="utf8")
    result = await import_sheets(desk.database, path, "cli", desk.clock)
    assert result.passed_over == (desk.topic,)
    async with desk.database.read() as session:
        assert (await desk.answer(session)).author == desk.author.id


async def test_a_service_that_waits_for_its_check_is_left_alone(desk: Desk, tmp_path: Path) -> None:
    async with desk.database.write() as session:
        row = await desk.service(session, "near")
        await verify_service(session, row.id, desk.verifier, row.hash, desk.clock.now())
        again = await recheck_service(session, row.id, desk.author, desk.clock.now())
        again_id = again.id
    changed = make_service("near", "150132", phone="200-2000")
    pack = make_pack(make_topic(), services=(changed,))
    result = await import_content(desk.database, write(tmp_path / "again", pack), desk.clock)
    assert (result.new_services, result.passed_over) == (0, ("services/near",))
    async with desk.database.read() as session:
        assert (await session.get_one(Service, again_id)).state == State.IN_REVIEW


async def test_the_pack_of_every_start_does_not_undo_a_translation(
    each_desk: Desk, tmp_path: Path
) -> None:
    desk = each_desk
    await desk.verify()
    [path] = await export_translations(desk.database, tmp_path, ("ht",), desk.clock)
    text = path.read_text(encoding="utf8").replace("Mande azil", "Mande pwoteksyon")
    path.write_text(text, encoding="utf8")
    assert (await import_translations(desk.database, path, "cli", desk.clock)).stored.new_answers
    again = await import_content(desk.database, tmp_path / "pack", desk.clock)
    assert (again.new_answers, again.passed_over) == (0, ())
    assert await states(desk.database) == [State.APPROVED, State.IN_REVIEW]
    # Other words in the pack do come in, and the translation that waited gives way to them.
    assert (await bring(desk, tmp_path)).new_answers == 1


async def test_once_it_is_decided_the_pack_comes_in(desk: Desk, tmp_path: Path) -> None:
    row_id = await write_draft(desk, is_submitted=True)
    await bring(desk, tmp_path)
    async with desk.database.write() as session:
        row = await session.get_one(Answer, row_id)
        with pytest.raises(MoveRefusedError):
            await verify_answer(session, row.id, desk.author, row.hash, desk.clock.now())
    await desk.verify()
    assert (await bring(desk, tmp_path)).new_answers == 1
