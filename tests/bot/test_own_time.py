"""People tell which time it is where they are: in their own words, by a button, or not at all."""

from dataclasses import replace

import pytest

from bot import own_time_phrases, phrases
from bot.contacts import ERASE_DELAY
from bot.time_zones import find_zones, name_zone
from hub.config import Config
from tests.bot.understanders import with_conversation
from tests.bot.words import LANGUAGES, contacts, keep_house, words
from tests.chat import Chat

NIGHT = ("21:00", "08:00")
ASKED = {
    "es": "zona horaria",
    "en": "time zone",
    "pt": "fuso horário",
    "fr": "fuseau horaire",
    "ht": "zòn orè",
}


async def own_zone(chat: Chat) -> str | None:
    [contact] = await contacts(chat.hub)
    return contact.time_zone


@pytest.fixture
async def asked(chat: Chat) -> Chat:
    await chat.says("zona horaria")
    return chat


@pytest.mark.parametrize("language", LANGUAGES)
async def test_it_is_asked_in_every_language(chat: Chat, language: str) -> None:
    # HUM-45
    await chat.says(Config().names[language])
    await chat.says(ASKED[language])
    # Ten in the morning in Lima, by the clock of the tests.
    chat.hears(words(own_time_phrases.ask, language, NIGHT, "Lima", "10:00"))
    assert chat.buttons[0] == name_zone("America/Lima", language)
    await chat.presses(name_zone("America/Santiago", language))
    assert await own_zone(chat) == "America/Santiago"


@pytest.mark.parametrize(
    ("said", "zone", "city", "hour"),
    [
        ("Santiago", "America/Santiago", "Santiago de Chile", "12:00"),
        ("chile", "America/Santiago", "Santiago de Chile", "12:00"),
        ("La Paz", "America/La_Paz", "La Paz", "11:00"),
        ("são paulo", "America/Sao_Paulo", "São Paulo", "12:00"),
        ("America/Caracas", "America/Caracas", "Caracas", "11:00"),
        ("España", "Europe/Madrid", "Madrid", "16:00"),
    ],
)
async def test_a_city_a_country_or_a_zone_can_be_written(
    asked: Chat, said: str, zone: str, city: str, hour: str
) -> None:
    # HUM-45
    await asked.says(said)
    asked.hears(words(own_time_phrases.noted, "es", city, hour, NIGHT))
    assert await own_zone(asked) == zone


async def test_a_country_of_many_times_is_asked_about(asked: Chat) -> None:
    await asked.says("México")
    assert await own_zone(asked) is None
    assert "Ciudad de México" in asked.text
    await asked.presses("Ciudad de México")
    assert await own_zone(asked) == "America/Mexico_City"


async def test_peru_again_is_nothing_to_remember(asked: Chat) -> None:
    await asked.says("Chile")
    await asked.says("zona horaria")
    asked.hears("Santiago")
    await asked.presses("Perú")
    asked.hears(words(own_time_phrases.noted, "es", "Lima", "10:00", NIGHT))
    assert await own_zone(asked) is None


async def test_a_city_counts_only_right_after_the_question(asked: Chat) -> None:
    # Nothing is inferred: who names a place to find help there says nothing of their clock.
    await asked.says("gracias")
    await asked.says("Santiago")
    assert await own_zone(asked) is None


async def test_a_question_right_after_it_is_a_question(asked: Chat) -> None:
    await asked.says("¿cómo inscribo a mi hijo en la escuela?")
    assert await own_zone(asked) is None
    assert words(own_time_phrases.ask_button) not in asked.buttons


async def test_danger_right_after_it_is_answered_first(asked: Chat) -> None:
    # HUM-22
    await asked.says("me quieren matar")
    assert "105" in asked.text
    assert await own_zone(asked) is None


async def test_neither_a_place_nor_a_number_tells_the_time(chat: Chat) -> None:
    # HUM-45
    chat.address = "56900000001"  # begins as numbers of Chile do
    await chat.says("estoy en Santiago de Chile")
    assert await own_zone(chat) is None


async def test_it_is_offered_to_who_asks_for_updates(chat: Chat) -> None:
    # HUM-45
    await chat.says("AVISOS")
    await chat.presses(words(phrases.opt_in_button))
    await chat.presses(words(own_time_phrases.ask_button))
    await chat.presses("Bolivia")
    assert await own_zone(chat) == "America/La_Paz"


async def test_it_is_told_and_forgotten_by_itself(asked: Chat) -> None:
    # HUM-05, HUM-10
    await asked.says("Chile")
    await asked.says("MIS DATOS")
    asked.hears(words(own_time_phrases.own_time, "es", "Chile"))
    await asked.presses(words(own_time_phrases.forget_button))
    assert await own_zone(asked) is None
    await asked.says("MIS DATOS")
    assert words(own_time_phrases.own_time, "es", "Chile") not in asked.text


async def test_an_erasure_forgets_it(asked: Chat) -> None:
    # HUM-08
    await asked.says("Chile")
    await asked.says("BORRAR")
    await asked.presses(words(phrases.erase_button))
    asked.clock.advance(ERASE_DELAY)
    await keep_house(asked.hub)
    assert await contacts(asked.hub) == []


async def test_where_updates_come_at_any_hour_nothing_is_asked(chat: Chat) -> None:
    commanding = chat.hub.conversation.commanding
    sleepless = replace(commanding, own_time=replace(commanding.own_time, quiet=None))
    conversation = replace(chat.hub.conversation, commanding=sleepless)
    chat.hub = with_conversation(chat.hub, conversation)
    await chat.says("zona horaria")
    chat.hears(words(own_time_phrases.no_night))
    assert chat.buttons == []


@pytest.mark.parametrize(
    ("name", "zones"),
    [
        ("quito", ()),
        ("UTC", ()),
        ("ecuador", ("America/Guayaquil",)),
        ("Argentina", ("America/Argentina/Buenos_Aires",)),
        ("Port-au-Prince", ("America/Port-au-Prince",)),
        ("Puerto Príncipe", ("America/Port-au-Prince",)),
        ("America/Buenos_Aires", ("America/Argentina/Buenos_Aires",)),
    ],
)
def test_names_of_zones(name: str, zones: tuple[str, ...]) -> None:
    assert find_zones(name, LANGUAGES) == zones


def test_every_zone_that_is_offered_has_a_name_of_its_own() -> None:
    offered = ("America/Lima", *Config().broadcast.time_zones)
    for language in LANGUAGES:
        assert len({name_zone(zone, language) for zone in offered}) == len(offered)
