"""What the bot could not answer is kept as work for staff; danger, cases and numbers are not."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import form_phrases, phrases
from bot.contacts import ERASE_DELAY
from bot.question_models import QuestionGroup, UnansweredQuestion
from bot.understanding import Scored
from tests.bot.canaries import find_in_tables
from tests.bot.questions import groups, kept
from tests.bot.understanders import Scripted, understood, with_understanding
from tests.bot.words import keep_house, rows, words
from tests.chat import Chat

TOPIC = "housing.rent"
CAT = "puedo viajar con mi gato en el bus"
HAIR = "donde me puedo cortar el pelo"
NONE = words(phrases.none_of_these)
NO_HELP = words(form_phrases.not_helped_button)


def _understands_nothing(chat: Chat) -> None:
    chat.hub = with_understanding(chat.hub, Scripted(understood("utter_unsure", ("", 0.0))))


def _is_unsure_of(chat: Chat, *topics: str) -> None:
    ranking = [(topic, 0.3) for topic in topics]
    chat.hub = with_understanding(chat.hub, Scripted(understood("utter_unsure", *ranking)))


def _answers(chat: Chat, topic: str) -> None:
    answer = understood("utter_answer", (topic, 0.9), slots={"topic": topic})
    chat.hub = with_understanding(chat.hub, Scripted(answer))


async def test_what_nobody_understands_is_kept(chat: Chat) -> None:
    # HUM-29
    _understands_nothing(chat)
    await chat.says(CAT)
    assert await kept(chat.hub) == [("unknown", CAT)]
    assert await find_in_tables(chat.hub.database, [CAT]) == []


async def test_refused_options_are_about_what_was_asked_before(chat: Chat) -> None:
    _is_unsure_of(chat, TOPIC, "work.contract")
    await chat.says(CAT)
    assert await kept(chat.hub) == []
    await chat.presses(NONE)
    assert await kept(chat.hub) == [("refused", CAT)]


async def test_an_answer_that_did_not_help_is_kept_with_its_topic(chat: Chat) -> None:
    _answers(chat, TOPIC)
    await chat.says(CAT)
    await chat.presses(NO_HELP)
    assert await kept(chat.hub) == [("not_helped", CAT)]
    (row,) = await rows(chat.hub, select(UnansweredQuestion))
    assert row.topic == TOPIC
    await chat.presses(NO_HELP)
    assert len(await kept(chat.hub)) == 1


async def test_saying_it_in_words_is_about_the_question_too(chat: Chat) -> None:
    _answers(chat, TOPIC)
    await chat.says(CAT)
    said = Scripted(understood("utter_not_helped", ("dialogue.not_helped", 0.9)))
    chat.hub = with_understanding(chat.hub, said)
    await chat.says("eso no me sirve para nada")
    assert await kept(chat.hub) == [("not_helped", CAT)]


async def test_what_identifies_somebody_is_not_in_it(chat: Chat) -> None:
    # HUM-03
    _understands_nothing(chat)
    await chat.says("me llamo Rosa Quispe y mi numero es 987654321, puedo llevar un gato")
    ((_reason, text),) = await kept(chat.hub)
    assert "Rosa" not in text
    assert "987654321" not in text
    assert "gato" in text


async def test_a_disclosure_is_never_kept_and_takes_along_what_was(chat: Chat) -> None:
    # HUM-29
    _understands_nothing(chat)
    await chat.says("no se a quien preguntar esto")
    assert len(await kept(chat.hub)) == 1
    await chat.says("mi esposo me pega")
    assert await kept(chat.hub) == []
    await chat.says("y que pasa con el gato ahora")
    assert await kept(chat.hub) == []


@pytest.mark.parametrize("confidence", [0.55, 0.6])
async def test_a_hint_of_danger_is_enough_to_keep_nothing(chat: Chat, confidence: float) -> None:
    # HUM-29
    hint = Scored("trafficking", confidence)
    answer = understood("utter_unsure", ("", 0.0), danger=hint)
    chat.hub = with_understanding(chat.hub, Scripted(answer))
    await chat.says("el senor guarda mis papeles en su casa")
    assert await kept(chat.hub) == []


async def test_topics_that_are_told_with_care_are_not_kept(chat: Chat) -> None:
    # HUM-29
    _is_unsure_of(chat, "protection.gbv", TOPIC)
    await chat.says(CAT)
    await chat.presses(NONE)
    _answers(chat, "protection.extortion")
    await chat.says(HAIR)
    said = Scripted(understood("utter_not_helped", ("dialogue.not_helped", 0.9)))
    chat.hub = with_understanding(chat.hub, said)
    await chat.says("eso no me sirve para nada")
    assert await kept(chat.hub) == []


async def test_words_within_a_form_are_of_the_form(chat: Chat) -> None:
    # HUM-29
    await chat.says("PERSONA")
    await chat.presses(chat.buttons[0])
    _understands_nothing(chat)
    await chat.says(CAT)
    assert await kept(chat.hub) == []


async def test_those_that_are_alike_meet_and_nobody_counts_twice(chat: Chat) -> None:
    _understands_nothing(chat)
    other = Chat(chat.hub, chat.clock, address="900000002")
    await chat.says(CAT)
    await chat.says("puedo viajar con mi gato en el bus??")
    await other.says("puedo biajar con mi gato en el bus")
    await other.says(HAIR)
    found = await groups(chat.hub)
    assert [(group.size, group.state) for group in found] == [(2, "open"), (1, "open")]


async def test_words_go_with_the_messages_and_a_decision_stays(chat: Chat) -> None:
    # PEER-16
    _understands_nothing(chat)
    await chat.says(CAT)
    await chat.says(HAIR)
    decided, _open = await groups(chat.hub)
    async with chat.hub.database.write() as session:
        group = await session.get_one(QuestionGroup, decided.id)
        group.state, group.decided_at = "aside", chat.clock.now()
    chat.clock.advance(timedelta(days=chat.hub.config.retention.message_days + 1))
    await keep_house(chat.hub)
    assert await kept(chat.hub) == []
    assert [group.id for group in await groups(chat.hub)] == [decided.id]


async def test_they_go_with_the_person(chat: Chat) -> None:
    # HUM-10, INV-10
    _understands_nothing(chat)
    await chat.says(CAT)
    await chat.says("BORRAR")
    await chat.presses(words(phrases.erase_button))
    chat.clock.advance(ERASE_DELAY)
    await keep_house(chat.hub)
    assert await kept(chat.hub) == []
