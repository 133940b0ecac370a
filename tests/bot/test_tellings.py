"""Each telling of a version is counted by channel and language, and of nobody."""

from sqlalchemy import select

from bot.tellings import TellingCount, read_tellings
from content.models import Answer
from tests.chat import Chat

SCHOOL = "cómo matriculo a mi hijo en el colegio"


async def read(chat: Chat) -> list[tuple[str, str, str, int]]:
    async with chat.hub.database.read() as session:
        rows = await session.scalars(select(TellingCount))
        return [(row.answer_id, row.channel, row.language, row.messages) for row in rows]


async def test_an_answer_and_its_step_are_two_tellings(chat: Chat) -> None:
    await chat.says(SCHOOL)
    await chat.presses(chat.buttons[0])
    async with chat.hub.database.read() as session:
        query = select(Answer.id).where(Answer.topic == "education.enrol")
        answer_id = str(await session.scalar(query))
        (told,) = await read_tellings(session, [answer_id])
    assert (told.channel, told.language, told.messages) == ("simulator.telegram", "es", 2)


async def test_channels_and_languages_are_told_apart(chat: Chat) -> None:
    other = Chat(chat.hub, chat.clock, "simulator.whatsapp", "+51900000002")
    await chat.says(SCHOOL)
    await other.says("how do I enrol my child in school")
    told = {(channel, language): count for _, channel, language, count in await read(chat)}
    assert told == {("simulator.telegram", "es"): 1, ("simulator.whatsapp", "en"): 1}


async def test_nothing_is_counted_of_a_disclosure(chat: Chat) -> None:
    # HUM-29
    await chat.says("mi esposo me pega y tengo miedo")
    assert await read(chat) == []
