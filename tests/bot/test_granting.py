"""A wish to the bot itself that only Rasa hears is granted as the word for it would be."""

import pytest

from bot import form_phrases, phrases
from bot.understanding import Scored
from bot.wishes import STOP
from hub.config import Config
from tests.bot.test_commands_anywhere import expected
from tests.bot.understanders import Scripted, understood, with_understanding
from tests.bot.words import PLATFORM, contacts, words
from tests.chat import Chat

ODD = "que la ardilla cante su parte"  # no word of it is listed or learnt for any wish
TOPIC = "health.sis"
WISHES = ("start", "help", "language", "person", "my_data", "erase")
CAN_DO = words(phrases.help_text)


def means(
    chat: Chat, response: str, intent: str, wishes: dict[str, float], danger: Scored | None = None
) -> None:
    about = {"topic": TOPIC}
    meaning = understood(response, (intent, 0.9), slots=about, danger=danger, wishes=wishes)
    chat.hub = with_understanding(chat.hub, Scripted(meaning))


@pytest.mark.parametrize(("wish", "answer"), list(zip(WISHES, expected("es")[1:], strict=True)))
async def test_each_wish_is_granted(chat: Chat, wish: str, answer: tuple[str, str]) -> None:
    # HUM-10, HUM-32
    means(chat, "utter_unsure", "", {wish: 0.9})
    await chat.says(ODD)
    assert answer[1].split("\n")[0] in chat.text


async def test_to_be_forgotten_takes_a_second_yes(chat: Chat) -> None:
    means(chat, "utter_unsure", "", {"erase": 0.99})
    await chat.says(ODD)
    assert words(phrases.ask_erase) in chat.text
    assert len(await contacts(chat.hub)) == 1


async def test_a_question_is_answered_where_the_wish_is_less_sure(chat: Chat) -> None:
    means(chat, "utter_answer", TOPIC, {"help": 0.65})
    await chat.says(ODD)
    assert CAN_DO not in chat.text
    assert chat.buttons
    means(chat, "utter_answer", TOPIC, {"help": 0.75})
    await chat.says(ODD)
    assert CAN_DO in chat.text


async def test_a_wish_that_is_not_sure_is_not_granted(chat: Chat) -> None:
    means(chat, "utter_unsure", "dialogue.greeting", {"help": 0.45})
    await chat.says(ODD)
    assert CAN_DO not in chat.text
    means(chat, "utter_unsure", "dialogue.greeting", {"help": 0.55})
    await chat.says(ODD)
    assert CAN_DO in chat.text


async def test_the_likeliest_wish_counts_and_the_one_to_hear_no_more_is_not_granted_here(
    chat: Chat,
) -> None:
    # HUM-07: words and sense have to agree on that, or the bot asks
    means(chat, "utter_unsure", "", {"help": 0.6, STOP: 0.7})
    await chat.says(ODD)
    assert CAN_DO not in chat.text
    assert words(phrases.ask_whether_to_stop) in chat.text


async def test_while_a_form_asks_the_words_belong_to_it(chat: Chat) -> None:
    await chat.says("PERSONA")
    await chat.presses(words(form_phrases.topic_family, "es", "papers"))
    await chat.says("me robaron los papeles en el terminal y no sé qué hacer")
    chat.hears(words(form_phrases.ask_area))
    means(chat, "utter_unsure", "", {"help": 0.9})
    await chat.says(ODD)
    assert CAN_DO not in chat.text


async def test_danger_goes_before_any_wish(chat: Chat) -> None:
    # HUM-22
    means(chat, "utter_unsure", "", {"erase": 0.99}, Scored("partner_violence", 0.97))
    await chat.says(ODD)
    assert words(phrases.ask_erase) not in chat.text
    assert "100" in chat.text


async def test_where_the_dialogue_of_rasa_leads_there_it_is_left_to_it(chat: Chat) -> None:
    means(chat, "utter_language", "dialogue.language", {"language": 0.9})
    await chat.says(ODD)
    assert set(Config().names.values()) <= set(chat.buttons)
    means(chat, "utter_unsure", "dialogue.greeting", {"start": 0.9})
    await chat.says(ODD)
    assert words(phrases.ask_opt_in, "es", PLATFORM) in chat.text
