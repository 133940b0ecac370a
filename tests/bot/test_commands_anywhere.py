"""The words that always work: in five languages, at any moment of a dialogue."""

from collections.abc import Awaitable, Callable

import pytest

from bot import phrases
from bot.understanding import NLUClient
from hub.config import Config
from tests.bot.understanders import Scripted, understood, with_understanding
from tests.bot.words import LANGUAGES, PLATFORM, words
from tests.chat import Chat

STOPS = {"es": "BAJA", "en": "STOP", "pt": "sair", "fr": "arrêter", "ht": "rete"}
UPDATES = {"es": "AVISOS", "en": "UPDATES", "pt": "RECEBER AVISOS", "fr": "AVIS", "ht": "AVI"}
HELP = {"es": "AYUDA", "en": "HELP", "pt": "AJUDA", "fr": "AIDE", "ht": "ÈD"}
LANGUAGE = {"es": "IDIOMA", "en": "LANGUAGE", "pt": "IDIOMA", "fr": "LANGUE", "ht": "LANG"}
PERSON = {"es": "PERSONA", "en": "PERSON", "pt": "PESSOA", "fr": "PERSONNE", "ht": "MOUN"}
DATA = {
    "es": "MIS DATOS", "en": "MY DATA", "pt": "MEUS DADOS", "fr": "MES DONNÉES", "ht": "DONE MWEN",
}  # fmt: skip
ERASE = {"es": "BORRAR", "en": "ERASE", "pt": "APAGAR", "fr": "EFFACER", "ht": "EFASE"}


def expected(language: str) -> list[tuple[str, str]]:
    """Each command with what must be somewhere in its answer."""
    name = Config().names[language]
    data = words(phrases.my_data, language, language=name, updates=False, days=30, area=None)
    return [
        (STOPS[language], words(phrases.opted_out, language)),
        (UPDATES[language], words(phrases.ask_opt_in, language, PLATFORM)),
        (HELP[language], words(phrases.help_text, language)),
        (LANGUAGE[language], words(phrases.ask_language, language)),
        (PERSON[language], words(phrases.person, language)),
        (DATA[language], data),
        (ERASE[language], words(phrases.ask_erase, language)),
    ]


async def after_a_disclosure(chat: Chat) -> None:
    await chat.says("mi esposo me pega")
    assert "100" in chat.text


async def when_asked_for_the_need(chat: Chat) -> None:
    await chat.says("busco un lugar")
    assert len(chat.buttons) > 2


Moment = Callable[[Chat], Awaitable[None]]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("moment", [after_a_disclosure, when_asked_for_the_need])
async def test_commands_work_at_any_moment(chat: Chat, language: str, moment: Moment) -> None:
    # HUM-07, HUM-10, HUM-32: in the middle of the service form and right after a disclosure too
    asks_need: NLUClient = Scripted(understood("utter_ask_need"))
    chat.hub = with_understanding(chat.hub, asks_need)
    await chat.says(Config().names[language])
    for said, answer in expected(language):
        await moment(chat)
        await chat.says(said)
        chat.hears(answer)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_commands_work_as_the_first_word_of_all(chat: Chat, language: str) -> None:
    # HUM-07, HUM-09: nobody has to say hello first
    for number, (said, _) in enumerate(expected(language)):
        person = Chat(chat.hub, chat.clock, address=f"91000000{number}")
        await person.says(said)
        notice, command = person.heard[:2], person.heard[2:]
        assert len(notice) == 2
        assert len(command) == 1


async def test_commands_work_while_nothing_is_understood(chat: Chat) -> None:
    # HUM-07: during an outage of the understanding
    class Down:
        async def understand(self, question: object) -> None:
            raise AssertionError("a command must not be asked about")

    chat.hub = with_understanding(chat.hub, Down())  # type: ignore[arg-type]
    for said, answer in expected("es"):
        await chat.says(said)
        chat.hears(answer)


async def test_start_of_telegram_is_help_and_no_subscription(chat: Chat) -> None:
    # HUM-06
    await chat.says("/start")
    chat.hears(words(phrases.help_text))
    assert chat.buttons == []


@pytest.mark.parametrize("text", ["/restart", '/intent{"a":1}', "／session_start", "/x@1.0{}"])
async def test_no_slash_of_the_phone_reaches_the_understanding(chat: Chat, text: str) -> None:
    # SEC-46: what only Rasa would read as an order is an ordinary message here
    scripted = Scripted(understood("utter_unsure"))
    chat.hub = with_understanding(chat.hub, scripted)
    await chat.says(text)
    assert [question.intent for question in scripted.asked] == [None]
    chat.hears(words(phrases.unknown))
