"""The list of answers by language, and who was told which version."""

import pytest

from bot.tellings import TellingCount
from content.models import AnswerText
from hub.staff.roles import Role
from tests.console.answers import add_in_review, make_content
from tests.console.conftest import Client, ConsoleHarness


@pytest.fixture
async def author(console: ConsoleHarness) -> Client:
    return await console.sign_in_as(Role.AUTHOR)


async def add(console: ConsoleHarness, topic: str = "asylum.apply") -> str:
    async with console.database.write() as session:
        author = console.ids["the_author"]
        now = console.clock.now()
        return await add_in_review(session, author, now, make_content(topic))


async def test_people_told_are_shown_in_tens_by_version_channel_and_language(
    console: ConsoleHarness, author: Client
) -> None:
    # HUM-14
    answer_id = await add(console)
    async with console.database.write() as session:
        for channel, language, messages in (
            ("whatsapp", "es", 1234),
            ("telegram", "ht", 9),
        ):
            session.add(
                TellingCount(
                    answer_id=answer_id, channel=channel, language=language, messages=messages
                )
            )
    page = (await author.get(f"/answers/{answer_id}")).text
    assert "1230 or more" in page
    assert "fewer than 10" in page
    assert "1234" not in page
    assert f"/updates/new?told_answer={answer_id}" in page


async def test_who_may_not_write_updates_is_not_led_to_a_correction(
    console: ConsoleHarness, author: Client
) -> None:
    answer_id = await add(console)
    async with console.database.write() as session:
        session.add(
            TellingCount(answer_id=answer_id, channel="telegram", language="es", messages=20)
        )
    reader = await console.sign_in_as(Role.READER)
    page = (await reader.get(f"/answers/{answer_id}")).text
    assert "20 or more" in page
    assert "told_answer" not in page


async def test_answers_are_found_by_what_a_language_has_lacks_or_nobody_checked(
    console: ConsoleHarness, author: Client
) -> None:
    whole, part = await add(console), await add(console, "school")
    async with console.database.write() as session:
        words = await session.get_one(AnswerText, (part, "ht"))
        words.text = ""
        checked = await session.get_one(AnswerText, (whole, "en"))
        checked.checked_by = console.ids["the_author"]

    async def found(**query: str) -> set[str]:
        address = "&".join(f"{name}={value}" for name, value in query.items())
        page = (await author.get(f"/answers?{address}")).text
        return {each for each in (whole, part) if f'href="/console/answers/{each}"' in page}

    assert await found(language="ht", having="has") == {whole}
    assert await found(language="ht", having="lacks") == {part}
    assert await found(language="en", having="unchecked") == {part}
    assert await found(language="en") == {whole, part}
