"""Try asking: the real answer and the reason for it, of which nothing stays."""

import pytest
from sqlalchemy import func, select

from hub.app.hub import Hub
from hub.database import Base
from hub.staff.roles import Role
from tests.console.conftest import Client, ConsoleHarness

SCHOOL = "cómo matriculo a mi hijo en el colegio"


@pytest.fixture
def site(console_and_hub: tuple[ConsoleHarness, Hub]) -> tuple[ConsoleHarness, Hub]:
    return console_and_hub


@pytest.fixture
async def reader(site: tuple[ConsoleHarness, Hub]) -> Client:
    return await site[0].sign_in_as(Role.READER)


async def ask(client: Client, text: str, **more: str) -> str:
    answer = await client.act("/try", "/try", text=text, **more)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_a_question_shows_the_verified_answer_and_why(reader: Client) -> None:
    page = await ask(reader, SCHOOL)
    assert "nadie ha verificado este texto" in page  # as people get it, with all that goes with it
    assert "education.enrol" in page
    assert "A verified answer" in page
    assert "The simple matcher" in page
    assert 'href="/console/answers/' in page


async def test_danger_is_named_and_answered_first(reader: Client) -> None:
    page = await ask(reader, "mi esposo me pega y tengo miedo")
    assert "Violence by a partner" in page
    assert "A safety text" in page


async def test_what_identifies_a_person_is_shown_as_taken_out(reader: Client) -> None:
    # HUM-03
    page = await ask(reader, "mi dni es 45678912, cómo saco el SIS?")
    assert "Peruvian identity number" in page


async def test_earlier_messages_and_the_chosen_language_count(reader: Client) -> None:
    page = await ask(reader, "1", earlier=SCHOOL, language="en")  # the first choice of that answer
    assert "education.enrol" in page
    assert "English" in page


async def test_whatsapp_shows_numbers_where_telegram_shows_buttons(reader: Client) -> None:
    whatsapp = await ask(reader, SCHOOL, channel="whatsapp")
    telegram = await ask(reader, SCHOOL, channel="telegram")
    assert "said-buttons" not in whatsapp
    assert "of 1600 characters" in whatsapp
    assert "said-buttons" in telegram
    assert "of 4096 characters" in telegram


async def test_nothing_is_stored_and_nothing_sent(
    site: tuple[ConsoleHarness, Hub], reader: Client
) -> None:
    console, _ = site
    tables = ("contacts", "addresses", "inbox", "outbox", "conversations", "cases", "ratings")

    async def count() -> list[int]:
        async with console.database.read() as session:
            queries = [select(func.count()).select_from(Base.metadata.tables[t]) for t in tables]
            return [int(await session.scalar(query) or 0) for query in queries]

    before = await count()
    for text in (SCHOOL, "AVISOS", "PERSONA", "BORRAR"):
        await ask(reader, text)
    assert await count() == before == [0] * len(tables)


async def test_an_empty_or_endless_question_is_refused_with_its_field(reader: Client) -> None:
    for text in ("", "x" * 1001):
        answer = await reader.act("/try", "/try", text=text)
        assert answer.status_code == 422
        assert 'id="text-error"' in answer.text
    many = "\n".join(["hola"] * 11)
    answer = await reader.act("/try", "/try", text="hola", earlier=many)
    assert 'id="earlier-error"' in answer.text


async def test_hostile_words_are_only_words(reader: Client) -> None:
    # SEC-42
    page = await ask(reader, "<script>alert(1)</script>")
    assert "<script>alert" not in page


async def test_a_console_without_the_bot_says_so(console: ConsoleHarness) -> None:
    client = await console.sign_in_as(Role.READER)
    assert "this server runs the console alone" in (await client.get("/try")).text
    assert "this server runs the console alone" in await ask(client, "hola")
