"""Texts go to translators as PO files and come in again; whatever comes in waits for review."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from content.exporting import NothingToExportError, by_version, load_pack
from content.findings import Findings
from content.models import Answer, AnswerText, Service
from content.po_files import Entry, read_translations, tidy, write_translations
from content.review import edit_answer
from content.rows import read_topic
from content.translations import TranslationError, export_translations, import_translations
from hub.clock import ManualClock
from hub.database import Database
from tests.content.conftest import Desk
from tests.content.packs import NOW

letters = st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"])
words = st.text(letters | st.sampled_from('%"\\\n#~'), min_size=1, max_size=90).map(tidy)
filled = words.filter(bool)
OLD = "Mande azil"
NEW = "Mande pwoteksyon"


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(pairs=st.lists(st.tuples(filled, words), min_size=1, max_size=5))
def test_no_text_is_lost_on_its_way(tmp_path: Path, pairs: list[tuple[str, str]]) -> None:
    entries = [Entry(f"a.topic/{n}", *pair) for n, pair in enumerate(pairs)]
    findings = Findings()
    write_translations(tmp_path / "ht.po", "ht", "Test", entries, NOW)
    file = read_translations(tmp_path / "ht.po", findings)
    assert file is not None
    assert findings.items == []
    assert file.language == "ht"
    found = [(entry.context, entry.spanish, entry.translation) for entry in file.entries]
    assert found == [(entry.context, entry.spanish, entry.translation) for entry in entries]
    assert not any(entry.is_fuzzy for entry in file.entries)


async def _export(desk: Desk, folder: Path, language: str = "ht") -> Path:
    [path] = await export_translations(desk.database, folder, (language,), desk.clock)
    return path


def _change(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf8")


async def test_what_goes_out_comes_in_as_nothing_new(each_desk: Desk, tmp_path: Path) -> None:
    desk = each_desk
    await desk.verify()
    paths = await export_translations(desk.database, tmp_path, (), desk.clock)
    assert [path.name for path in paths] == ["en.po", "ht.po"]
    for path in paths:
        result = await import_translations(desk.database, path, "cli", desk.clock)
        assert (result.stored.new_answers, result.stored.new_services) == (0, 0)


async def test_an_empty_hub_has_nothing_to_translate(
    sqlite: Database, clock: ManualClock, tmp_path: Path
) -> None:
    with pytest.raises(NothingToExportError):
        await export_translations(sqlite, tmp_path, (), clock)


async def test_a_translation_waits_for_a_second_person(desk: Desk, tmp_path: Path) -> None:
    # PEER-10
    await desk.verify()
    path = await _export(desk, tmp_path)
    _change(path, OLD, NEW)
    result = await import_translations(desk.database, path, "cli", desk.clock)
    assert result.stored.new_answers == 1
    async with desk.database.read() as session:
        row = await desk.answer(session)
        assert (row.version, row.state, row.verified_by) == (2, "in_review", None)
        content = await read_topic(session, row)
        assert content.titles == {"es": "Pedir refugio", "en": "Ask for asylum", "ht": NEW}
        told = await session.scalar(select(Answer.version).where(Answer.state == "approved"))
        assert told == 1
        spanish = await session.get(AnswerText, (row.id, "es"))
        haitian = await session.get(AnswerText, (row.id, "ht"))
        assert spanish is not None
        assert haitian is not None
        assert spanish.checked_by == desk.verifier.id
        assert haitian.checked_by is None


async def test_one_language_after_the_other_comes_into_the_same_version(
    desk: Desk, tmp_path: Path
) -> None:
    await desk.verify()
    english, haitian = await export_translations(desk.database, tmp_path, (), desk.clock)
    _change(english, "Ask for asylum", "Asking for asylum")
    _change(haitian, OLD, NEW)
    for path in (english, haitian):
        await import_translations(desk.database, path, "cli", desk.clock)
    async with desk.database.read() as session:
        content = await read_topic(session, await desk.answer(session))
        assert (content.titles["en"], content.titles["ht"]) == ("Asking for asylum", NEW)
        waiting = select(func.count()).select_from(Answer).where(Answer.state == "in_review")
        assert await session.scalar(waiting.where(Answer.topic == desk.topic)) == 1


async def test_a_service_gets_a_language_that_it_lacked(desk: Desk, tmp_path: Path) -> None:
    path = await _export(desk, tmp_path)
    entry = 'msgctxt "services/near/name"\nmsgid "Servicio near"\nmsgstr "{}"'
    _change(path, entry.format(""), entry.format("Sèvis near"))
    result = await import_translations(desk.database, path, "cli", desk.clock)
    assert result.stored.new_services == 1
    async with desk.database.read() as session:
        pack = await load_pack(session, by_version)
        [near] = [service for service in pack.services if service.key == "near"]
        assert near.names["ht"] == "Sèvis near"
        newest = await session.scalar(
            select(func.max(Service.version)).where(Service.key == "near")
        )
        assert newest == 2


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (f'msgstr "{OLD}"', 'msgstr ""', "is empty"),
        ('msgctxt "asylum.apply/title"', '#, fuzzy\nmsgctxt "asylum.apply/title"', "marked fuzzy"),
        ('msgid "Pedir refugio"', 'msgid "Pedir asilo"', "the Spanish text changed since"),
    ],
)
async def test_what_is_unfinished_or_outdated_is_passed_over_and_named(
    desk: Desk, tmp_path: Path, before: str, after: str, reason: str
) -> None:
    path = await _export(desk, tmp_path)
    _change(path, before, after)
    if OLD not in before:
        _change(path, OLD, NEW)
    result = await import_translations(desk.database, path, "cli", desk.clock)
    assert result.stored.new_answers == 0
    [named] = [each for each in result.passed_over if each.field == "asylum.apply/title"]
    assert reason in named.message
    assert named.path == "ht.po"
    assert "Pedir" in "".join(path.read_text(encoding="utf8").splitlines()[named.line - 1 :][:3])


@pytest.mark.parametrize("is_told", [True, False])
async def test_what_staff_are_changing_stays_theirs(
    desk: Desk, tmp_path: Path, is_told: bool
) -> None:
    # PEER-10: an import beside their draft would make them second persons of their own words
    if is_told:
        await desk.verify()
    path = await _export(desk, tmp_path)
    _change(path, OLD, NEW)
    async with desk.database.write() as session:
        row = await desk.answer(session)
        content = await read_topic(session, row)
        await edit_answer(session, row.id, content, desk.author, desk.clock.now())
    result = await import_translations(desk.database, path, "cli", desk.clock)
    assert result.stored.new_answers == 0
    assert "somebody is changing it" in "\n".join(str(each) for each in result.passed_over)


@pytest.mark.parametrize(
    ("before", "after", "finding"),
    [
        ("Language: ht", "Language: qu", "ht.po:1: error: Language: the header names 'qu'"),
        ("Language: ht", "Language: es", "ht.po:1: error: Language: "),
        (OLD, "Mande azil kounye a pou fanmi w", "error: title.ht: has 31 characters"),
        ("rele 105", "rele 106", "error: texts.ht: "),
        ('"asylum.apply/title"', '"asylum.flee/title"', "asylum.flee/title: the hub has no such"),
        (OLD, "Mande \u202eazil", "asylum.apply/title: holds an invisible or direction mark"),
        (OLD, "Mande \x07azil", "asylum.apply/title: holds a control character"),
        (
            f'msgstr "{OLD}"',
            f'msgid_plural "a"\nmsgstr[0] "{OLD}"',
            ": error: file: plural forms are not used",
        ),
        (f'msgstr "{OLD}"', f"msgstr {OLD}", ": error: file: is no line of a PO file"),
        ("Content-Transfer", 'Plural-Forms: nplurals=x; plural\\n"\n"Content-Transfer', "be read"),
    ],
)
async def test_errors_name_file_line_and_text_and_nothing_is_imported(
    desk: Desk, tmp_path: Path, before: str, after: str, finding: str
) -> None:
    # SEC-50
    path = await _export(desk, tmp_path)
    _change(path, "Ale nan biwo", "Ale dousman nan biwo")  # something new that is right
    _change(path, before, after)
    with pytest.raises(TranslationError) as refused:
        await import_translations(desk.database, path, "cli", desk.clock)
    assert finding in str(refused.value)
    assert str(refused.value).startswith("ht.po:")
    async with desk.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Answer)) == 10


async def test_what_is_no_text_or_too_large_is_not_parsed(desk: Desk, tmp_path: Path) -> None:
    # SEC-50
    path = tmp_path / "ht.po"
    for raw, reason in [(b"\xff\xfe", "not UTF-8"), (b"#" * (5 * 1024 * 1024 + 1), "is larger")]:
        path.write_bytes(raw)
        with pytest.raises(TranslationError, match=reason):
            await import_translations(desk.database, path, "cli", desk.clock)
    with pytest.raises(TranslationError, match="cannot be read"):
        await import_translations(desk.database, tmp_path / "none.po", "cli", desk.clock)


async def test_a_language_that_the_pack_lacks_is_not_exported(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(TranslationError, match="'pt' is no language to translate into"):
        await export_translations(desk.database, tmp_path, ("pt",), desk.clock)
