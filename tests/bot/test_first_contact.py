"""The first message of a person: who this is, what is kept, and that nothing is subscribed."""

from sqlalchemy import select

from bot.models import Address, ConsentEvent
from tests.chat import Chat


async def test_notice_comes_first_and_once(chat: Chat) -> None:
    # HUM-09
    await chat.says("hola")
    assert len(chat.heard) == 3
    notice = chat.heard[0].text + chat.heard[1].text
    for part in ("GTRM Perú", "105", "30", "BORRAR"):
        assert part in notice
    await chat.says("hola")
    assert len(chat.heard) == 1


async def test_writing_in_never_subscribes(chat: Chat) -> None:
    # HUM-06
    for text in ("hola", "/start", "como pido refugio", "si", "gracias"):
        await chat.says(text)
    async with chat.hub.database.read() as session:
        assert await session.scalar(select(Address.opted_in_at)) is None
        assert await session.scalar(select(ConsentEvent)) is None


async def test_question_of_the_first_message_is_answered_too(chat: Chat) -> None:
    await chat.says("me robaron todos mis documentos, dónde pongo la denuncia")
    assert len(chat.heard) == 3
    chat.hears("DEMOSTRACIÓN")


async def test_danger_comes_before_the_notice(chat: Chat) -> None:
    # HUM-20, HUM-22
    await chat.says("hola, mi esposo me pega, chao")
    assert "100" in chat.heard[0].text
    assert len(chat.heard) == 3


async def test_notice_is_in_the_language_of_the_message(chat: Chat) -> None:
    await chat.says("Hello, I need help with my papers please")
    assert chat.heard[0].text.startswith("Hello!")
