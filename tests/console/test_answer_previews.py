"""Writing an answer: phones show it as people will read it; the rules speak beside the field."""

import re
from html import unescape

import pytest
from sqlalchemy import func, select

from bot.bubbles import Span, show
from bot.messages import Button, Outbound
from content.models import Answer
from hub.app.hub import Hub
from hub.staff.roles import Role
from tests.console.conftest import Client, ConsoleHarness

TEXT = "El colegio recibe a todos. Lleva lo que tengas. " * 6


@pytest.fixture
def site(console_and_hub: tuple[ConsoleHarness, Hub]) -> ConsoleHarness:
    return console_and_hub[0]


@pytest.fixture
async def author(site: ConsoleHarness) -> Client:
    return await site.sign_in_as(Role.AUTHOR)


async def find(site: ConsoleHarness, topic: str) -> str:
    async with site.database.read() as session:
        return str(await session.scalar(select(Answer.id).where(Answer.topic == topic)))


async def check(client: Client, answer_id: str, **fields: str) -> str:
    path = f"/answers/{answer_id}/edit"
    answer = await client.act(f"{path}/check", path, **fields)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def note(page: str, field: str) -> str:
    found = re.search(rf'id="note-{field}"[^>]*>(.*?)</div>', page, re.DOTALL)
    assert found is not None
    return found[1]


async def test_the_phone_shows_the_text_as_it_will_be_told(
    site: ConsoleHarness, author: Client
) -> None:
    answer_id = await find(site, "education.enrol")
    page = await check(author, answer_id, text_es=TEXT + "*Gratis*.", source_1_name="Minedu")
    phone = page[page.index('id="preview"') :]
    assert "<strong>Gratis</strong>" in phone  # WhatsApp makes stars bold
    assert "Fuente: Minedu" in phone
    assert "Verificado el 22 nov 2026 por: Educación" in phone
    assert "1. " in phone
    telegram = await check(author, answer_id, text_es=TEXT + "*Gratis*.", phone_channel="telegram")
    phone = telegram[telegram.index('id="preview"') :]
    assert "*Gratis*" in phone
    assert "said-buttons" in phone


async def test_another_language_can_be_chosen_and_spanish_stands_in(
    site: ConsoleHarness, author: Client
) -> None:
    answer_id = await find(site, "education.enrol")
    page = await check(author, answer_id, text_es=TEXT, phone_language="fr")
    phone = page[page.index('id="preview"') :]
    assert "Ce texte existe seulement en espagnol :" in phone


async def test_what_the_rules_find_stands_beside_its_field(
    site: ConsoleHarness, author: Client
) -> None:
    answer_id = await find(site, "education.enrol")
    page = await check(
        author,
        answer_id,
        text_es="Corto.",
        text_en="Call 999888.",
        title_es="Un título mucho más largo de lo que cabe",
        related="no.such",
    )
    assert "Too short" in note(page, "text_es")
    assert "Too long" in note(page, "title_es")
    assert "Not written yet" in note(page, "text_ht")
    assert "One of these topics does not exist" in note(page, "related")
    assert 'aria-describedby="text_es-count note-text_es"' in page


async def test_what_is_hard_to_read_is_advice_and_no_fault(
    site: ConsoleHarness, author: Client
) -> None:
    answer_id = await find(site, "education.enrol")
    hard = "La documentación administrativa correspondiente deberá presentarse " * 5
    words = note(await check(author, answer_id, text_es=hard), "text_es")
    assert 'class="advice"' in words
    assert "Long sentences" in words
    assert 'class="error"' not in words


async def test_showing_saves_nothing(site: ConsoleHarness, author: Client) -> None:
    answer_id = await find(site, "education.enrol")
    async with site.database.read() as session:
        before = await session.scalar(select(func.count()).select_from(Answer))
    page = await check(author, answer_id, text_es=TEXT, hash="seen-first")
    assert 'name="hash" value="seen-first"' in page  # a save after it is still compared
    async with site.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Answer)) == before


async def test_readers_see_both_phones_in_the_language_of_their_choice(
    site: ConsoleHarness,
) -> None:
    reader = await site.sign_in_as(Role.READER)
    answer_id = await find(site, "education.enrol")
    page = (await reader.get(f"/answers/{answer_id}/phones")).text
    assert "of 1600 characters" in page
    assert "of 4096 characters" in page
    assert "Fuente: " in page
    for language in ("es", "en", "pt", "fr", "ht"):
        assert f"phones?phone_language={language}" in page
    french = (await reader.get(f"/answers/{answer_id}/phones?phone_language=fr")).text
    assert "Fuente: " not in french
    assert (await reader.get(f"/answers/{answer_id}/edit")).status_code == 403


async def test_a_safety_text_is_shown_bare(site: ConsoleHarness) -> None:
    reader = await site.sign_in_as(Role.READER)
    answer_id = await find(site, "safety.self_harm")
    page = (await reader.get(f"/answers/{answer_id}/phones")).text
    assert "Verificado el" not in page


def test_a_bubble_says_what_the_channel_would_refuse() -> None:
    fits = show(Outbound("Hola", (Button("Sí", "t"),)), "whatsapp")
    assert (fits.text, fits.buttons, fits.problem) == ("Hola\n\n1. Sí", (), None)
    long = show(Outbound("x" * 1601), "whatsapp")
    assert long.problem == "The message is longer than this channel allows."
    assert show(Outbound("x" * 1601), "telegram").problem is None


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("a *b* c", (Span("a "), Span("b", "strong"), Span(" c"))),
        ("_b_ ~c~ `d`", (Span("b", "em"), Span(" "), Span("c", "s"), Span(" "), Span("d", "code"))),
        ("2 * 3 * 4", (Span("2 * 3 * 4"),)),
        ("snake_case_name", (Span("snake_case_name"),)),
        ("- uno\n- dos", (Span("• uno"), Span("\n"), Span("• dos"))),
        ("*no\ncierra*", (Span("*no"), Span("\n"), Span("cierra*"))),
    ],
)
def test_whatsapp_shapes_words_between_marks(text: str, spans: tuple[Span, ...]) -> None:
    assert show(Outbound(text), "whatsapp").spans == spans
    assert show(Outbound(text), "telegram").spans == (Span(text),)
