"""MY DATA: what is kept about this person, told to this person."""

from bot import phrases
from hub.config import Config
from tests.bot.understanders import Scripted, understood, with_understanding
from tests.bot.words import words
from tests.chat import Chat


async def test_a_stranger_has_little(chat: Chat) -> None:
    # HUM-10
    await chat.says("MIS DATOS")
    spanish = Config().names["es"]
    chat.hears(words(phrases.my_data, "es", language=spanish, updates=False, days=30, area=None))


async def test_it_follows_what_the_person_said(chat: Chat) -> None:
    # HUM-10, HUM-05
    find = understood("utter_find_service", slots={"need": "food"})
    chat.hub = with_understanding(chat.hub, Scripted(find))
    await chat.says("English")
    await chat.says("UPDATES")
    await chat.presses(words(phrases.opt_in_button, "en"))
    await chat.says("food in Tumbes")
    await chat.says("MY DATA")
    chat.hears(
        words(phrases.my_data, "en", language="English", updates=True, days=30, area="Tumbes")
    )
    await chat.says("STOP")
    await chat.says("MY DATA")
    chat.hears("updates: no")
