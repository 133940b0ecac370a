"""INV-13, HUM-40, F-35: only approved and unexpired words are told, as stored, in one version."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import delete, select

from content.answers import Answer, AnswerBook, BeingChecked
from content.models import Answer as AnswerRow
from content.models import AnswerText
from content.review import draft_topic, edit_answer, submit_answer, withdraw_answer
from content.rows import raise_revision, read_topic
from hub.clock import ManualClock
from hub.database import Database
from tests.content.conftest import Desk
from tests.content.packs import make_topic


def open_book(desk: Desk) -> AnswerBook:
    return AnswerBook(desk.database, desk.clock)


async def test_an_approved_answer_is_found_as_stored(each_desk: Desk) -> None:
    await each_desk.verify()
    found = await open_book(each_desk).find("asylum.apply", "ht")
    assert isinstance(found, Answer)
    assert found.text == make_topic().texts["ht"]
    assert (found.language, found.title) == ("ht", "Mande azil")
    assert (found.version, found.need, found.handover) == (1, "legal", True)
    assert (found.verified_on, found.valid_until) == (date(2026, 11, 22), date(2027, 5, 21))
    assert [(source.name, source.date) for source in found.sources] == [
        ("Diario, 2026", "2026-02-07")
    ]


async def test_a_missing_language_falls_back_to_spanish_and_says_so(desk: Desk) -> None:
    await desk.verify()
    found = await open_book(desk).find("asylum.apply", "fr")
    assert isinstance(found, Answer)
    assert (found.language, found.text) == ("es", make_topic().texts["es"])


async def test_a_translation_that_vanished_falls_back_within_the_version(desk: Desk) -> None:
    await desk.verify()
    async with desk.database.write() as session:
        await session.execute(delete(AnswerText).where(AnswerText.language == "ht"))
        await raise_revision(session)
    found = await open_book(desk).find("asylum.apply", "ht")
    assert isinstance(found, Answer)
    assert found.language == "es"


async def test_an_unknown_topic_is_none(desk: Desk) -> None:
    assert await open_book(desk).find("no.such", "es") is None


async def test_what_nobody_verified_is_not_told_not_even_its_title(desk: Desk) -> None:
    found = await open_book(desk).find("asylum.apply", "es")
    assert found == BeingChecked("asylum.apply", "", "protection", None)


async def test_after_its_day_an_answer_is_being_checked(each_desk: Desk) -> None:
    await each_desk.verify()
    book = open_book(each_desk)
    last_day = ManualClock(datetime(2027, 5, 21, 23, 59, tzinfo=UTC))
    assert isinstance(
        await AnswerBook(each_desk.database, last_day).find("asylum.apply", "es"), Answer
    )
    each_desk.clock.advance(timedelta(days=181))
    found = await book.find("asylum.apply", "en")
    assert found == BeingChecked("asylum.apply", "Ask for asylum", "protection", date(2027, 5, 21))
    assert await book.titles("es") == {}
    assert await book.topics_with_need() == {}


async def test_the_book_notices_the_day_without_any_write(desk: Desk) -> None:
    await desk.verify()
    book = open_book(desk)
    assert isinstance(await book.find("asylum.apply", "es"), Answer)
    desk.clock.advance(timedelta(days=181))
    assert isinstance(await book.find("asylum.apply", "es"), BeingChecked)


async def test_what_another_process_withdraws_is_not_told_again(each_desk: Desk) -> None:
    await each_desk.verify()
    book = open_book(each_desk)
    assert isinstance(await book.find("asylum.apply", "es"), Answer)
    other = Database(each_desk.database.engine.url.render_as_string(hide_password=False))
    async with other.write() as session:
        row = await session.scalar(select(AnswerRow).where(AnswerRow.topic == "asylum.apply"))
        assert row is not None
        each_desk.clock.advance(timedelta(days=1))
        await withdraw_answer(session, row.id, each_desk.verifier, each_desk.clock.now())
    await other.close()
    found = await book.find("asylum.apply", "es")
    assert found == BeingChecked("asylum.apply", "Pedir refugio", "protection", date(2026, 11, 23))


async def test_a_draft_of_a_new_version_leaves_the_old_one_told(desk: Desk) -> None:
    await desk.verify()
    book = open_book(desk)
    async with desk.database.write() as session:
        row = await desk.answer(session)
        content = await read_topic(session, row)
        draft = await edit_answer(session, row.id, content, desk.author, desk.clock.now())
        await submit_answer(session, draft.id, desk.author, desk.clock.now())
    found = await book.find("asylum.apply", "es")
    assert isinstance(found, Answer)
    assert found.version == 1
    await desk.verify()
    found = await book.find("asylum.apply", "es")
    assert isinstance(found, Answer)
    assert found.version == 2


async def test_titles_are_of_answerable_topics_only(each_desk: Desk) -> None:
    await each_desk.verify()
    await each_desk.verify("safety.self_harm")
    book = open_book(each_desk)
    assert await book.titles("en") == {"asylum.apply": "Ask for asylum"}
    assert await book.titles("fr") == {"asylum.apply": "Pedir refugio"}
    await each_desk.verify("work.rights")
    assert list(await book.titles("en")) == ["asylum.apply", "work.rights"]
    assert await book.topics_with_need() == {"asylum.apply": "legal"}


async def test_what_the_book_gives_out_cannot_change_the_book(desk: Desk) -> None:
    await desk.verify()
    book = open_book(desk)
    (await book.titles("es")).clear()
    assert await book.titles("es") == {"asylum.apply": "Pedir refugio"}


async def test_safety_texts_go_through_the_same_verification(desk: Desk) -> None:
    book = open_book(desk)
    assert await book.safety("self_harm", "es") is None
    await desk.verify("safety.self_harm")
    found = await book.safety("self_harm", "en")
    assert found is not None
    assert (found.text, found.sensitive, found.title) == (make_topic().texts["en"], True, "")
    assert await book.safety("no_such_class", "es") is None


async def test_a_new_topic_of_the_console_is_found_once_verified(desk: Desk) -> None:
    async with desk.database.write() as session:
        row = await draft_topic(session, make_topic("new.topic"), desk.author, desk.clock.now())
        await submit_answer(session, row.id, desk.author, desk.clock.now())
    book = open_book(desk)
    assert isinstance(await book.find("new.topic", "es"), BeingChecked)
    await desk.verify("new.topic")
    assert isinstance(await book.find("new.topic", "es"), Answer)
