"""Whoever may want no more messages is asked whether that is so, and one tap or word decides."""

import pytest

from bot import leaving, phrases
from bot.understanding import Scored
from bot.wishes import STOP
from tests.bot.test_consent import opt_in, reached
from tests.bot.understanders import Scripted, understood, with_understanding
from tests.bot.words import LANGUAGES, words
from tests.chat import Chat

DOUBTFUL = "ese aparato ahora es de mi sobrino"
ASKED = words(phrases.ask_whether_to_stop)
YES, NO = words(phrases.leave_button), words(phrases.stay_button)
RENT = "¿cuánto me cobran de garantía?"


@pytest.fixture(autouse=True)
def doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which messages leave a doubt changes with each training; here it is one."""
    monkeypatch.setattr(leaving, "may_wish_to_stop", lambda text: text == DOUBTFUL)


def means(chat: Chat, response: str, danger: Scored | None = None, *, leave: float = 0.0) -> None:
    about = {"topic": "health.sis"}
    meaning = understood(
        response, ("health.sis", 0.9), slots=about, danger=danger, wishes={STOP: leave}
    )
    chat.hub = with_understanding(chat.hub, Scripted(meaning))


@pytest.mark.parametrize("said", ["sí", "Si por favor", "claro"])
async def test_a_yes_in_words_ends_the_updates(chat: Chat, said: str) -> None:
    # HUM-07
    await opt_in(chat)
    means(chat, "utter_unsure")
    await chat.says(DOUBTFUL)
    assert chat.text.startswith(ASKED)
    assert await reached(chat.hub) == 1
    await chat.says(said)
    chat.hears(words(phrases.opted_out))
    assert await reached(chat.hub) == 0


async def test_so_does_the_button_or_its_number(whatsapp: Chat) -> None:
    # HUM-07
    await whatsapp.says("AVISOS")
    await whatsapp.says("1")
    means(whatsapp, "utter_unsure")
    await whatsapp.says(DOUBTFUL)
    whatsapp.hears(ASKED, f"1. {YES}")
    await whatsapp.says("1")
    whatsapp.hears(words(phrases.opted_out))
    assert await reached(whatsapp.hub) == 0


@pytest.mark.parametrize("said", ["no", "No.", NO])
async def test_a_no_changes_nothing(chat: Chat, said: str) -> None:
    # HUM-07
    await opt_in(chat)
    means(chat, "utter_unsure")
    await chat.says(DOUBTFUL)
    await (chat.presses(said) if said == NO else chat.says(said))
    chat.hears(words(phrases.nothing_changes))
    assert await reached(chat.hub) == 1


async def test_who_goes_on_with_a_question_is_answered_and_stays(chat: Chat) -> None:
    # HUM-07
    await opt_in(chat)
    means(chat, "utter_unsure")
    await chat.says(DOUBTFUL)
    means(chat, "utter_answer")
    await chat.says(RENT)
    assert ASKED not in chat.text
    await chat.says("sí")  # about something else by now
    assert await reached(chat.hub) == 1


async def test_an_answer_is_given_before_the_question(chat: Chat) -> None:
    # HUM-07
    await opt_in(chat)
    means(chat, "utter_answer")
    await chat.says(RENT)
    answer = chat.text
    await chat.says(DOUBTFUL)
    assert chat.text.startswith(answer)
    assert chat.text.count(ASKED) == 1
    assert {YES, NO} <= set(chat.buttons)


async def test_where_sense_bears_the_words_out_nothing_is_asked(chat: Chat) -> None:
    # HUM-07
    await opt_in(chat)
    means(chat, "utter_answer", leave=0.9)
    await chat.says(DOUBTFUL)
    chat.hears(words(phrases.opted_out))
    assert await reached(chat.hub) == 0
    await chat.presses(words(phrases.opt_in_button))  # it was not meant so
    assert await reached(chat.hub) == 1


async def test_what_likelier_hangs_on_the_last_answer_is_asked_about(chat: Chat) -> None:
    # HUM-07: "they still send nothing", said of the card that was told about
    await opt_in(chat)
    means(chat, "utter_answer")
    await chat.says(RENT)
    problem = understood(
        "utter_unsure", ("dialogue.ask_problem", 0.7), ("health.sis", 0.1), wishes={STOP: 0.6}
    )
    chat.hub = with_understanding(chat.hub, Scripted(problem))
    await chat.says(DOUBTFUL)
    assert {YES, NO} <= set(chat.buttons)
    assert await reached(chat.hub) == 1


async def test_with_nothing_told_before_the_same_is_obeyed(chat: Chat) -> None:
    # HUM-07
    await opt_in(chat)
    problem = understood("utter_unsure", ("dialogue.ask_problem", 0.7), wishes={STOP: 0.6})
    chat.hub = with_understanding(chat.hub, Scripted(problem))
    await chat.says(DOUBTFUL)
    chat.hears(words(phrases.opted_out))
    assert await reached(chat.hub) == 0


async def test_sense_alone_asks(chat: Chat) -> None:
    # HUM-07
    await opt_in(chat)
    means(chat, "utter_unsure", leave=0.9)
    await chat.says("eso ahora es cosa de otra gente")
    assert chat.text.startswith(ASKED)
    assert await reached(chat.hub) == 1


@pytest.mark.parametrize("said", ["quiero más avisos", "quiero seguir recibiendo los avisos"])
async def test_what_speaks_against_it_is_not_asked_about(chat: Chat, said: str) -> None:
    # HUM-07
    await opt_in(chat)
    means(chat, "utter_unsure", leave=0.9)
    await chat.says(said)
    assert ASKED not in chat.text


async def test_danger_is_answered_and_nothing_asked(chat: Chat) -> None:
    # HUM-20, HUM-22
    means(chat, "utter_unsure", Scored("partner_violence", 0.95), leave=0.99)
    await chat.says(DOUBTFUL)
    assert ASKED not in chat.text
    assert "100" in chat.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_buttons_fit_wherever_they_are_shown(language: str) -> None:
    for label in (phrases.leave_button, phrases.stay_button):
        assert len(words(label, language)) <= 20  # as many as WhatsApp shows
