"""A short question after an answer stays on its topic; several questions get an answer each."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from bot import form_phrases, phrases
from bot.danger import SafetyClass, find_danger
from bot.models import OutboxRow
from bot.understanding import Scored
from content.answers import Answer
from tests.bot.understanders import Scripted, understood, with_conversation, with_understanding
from tests.bot.words import consents, rows, vetted_answer, words
from tests.chat import Chat

TOPIC = "asylum.apply"


async def _answer(chat: Chat, topic: str) -> Answer:
    found = await chat.hub.conversation.answers.find(topic, "es")
    assert isinstance(found, Answer)
    return found


async def _asks_about(chat: Chat, topic: str) -> None:
    answer = understood("utter_answer", (topic, 0.9), slots={"topic": topic})
    chat.hub = with_understanding(chat.hub, Scripted(answer))
    await chat.says("como pido refugio")


@pytest.mark.parametrize(
    ("response", "step"),
    [
        ("utter_ask_where", "where"),
        ("utter_ask_needs", "what_you_need"),
        ("utter_ask_problem", "if_it_goes_wrong"),
    ],
)
async def test_it_gets_the_step_that_it_asks_for(chat: Chat, response: str, step: str) -> None:
    await _asks_about(chat, TOPIC)
    chat.hub = with_understanding(
        chat.hub, Scripted(understood(response, (f"dialogue.{response.removeprefix('utter_')}", 1)))
    )
    await chat.says("y eso?")
    wanted = (await _answer(chat, TOPIC)).step(step)
    if wanted is None:
        chat.hears((await _answer(chat, TOPIC)).text.strip())
    else:
        chat.hears(wanted.text.strip())


async def test_it_gets_the_answer_again_where_there_is_no_such_step(chat: Chat) -> None:
    await _asks_about(chat, TOPIC)
    chat.hub = with_understanding(
        chat.hub, Scripted(understood("utter_more", ("dialogue.more", 0.9)))
    )
    await chat.says("explicame mas")
    chat.hears((await _answer(chat, TOPIC)).text.strip())


async def test_with_nothing_before_it_options_are_offered(chat: Chat) -> None:
    await chat.says("hola")
    ranking = understood("utter_ask_cost", ("dialogue.ask_cost", 0.6), (TOPIC, 0.3))
    chat.hub = with_understanding(chat.hub, Scripted(ranking))
    await chat.says("cuanto cuesta")
    titles = await chat.hub.conversation.answers.titles("es")
    assert titles[TOPIC] in [button.label for button in chat.heard[-1].buttons]


async def test_a_few_unclear_words_stay_on_the_topic(chat: Chat) -> None:
    await _asks_about(chat, TOPIC)
    unsure = understood("utter_unsure", ("asylum.card", 0.3), (TOPIC, 0.25))
    chat.hub = with_understanding(chat.hub, Scripted(unsure))
    await chat.says("y mi hijo tambien")
    chat.hears((await _answer(chat, TOPIC)).text.strip())


async def test_a_likely_question_on_the_answer_need_not_be_sure(chat: Chat) -> None:
    await _asks_about(chat, TOPIC)
    unsure = understood("utter_unsure", ("dialogue.more", 0.3), ("im.figures", 0.2))
    chat.hub = with_understanding(chat.hub, Scripted(unsure))
    await chat.says("y lo otro como seria entonces si uno es de otro lado")
    chat.hears((await _answer(chat, TOPIC)).text.strip())


@pytest.mark.parametrize(
    "said",
    [
        "y si la oficina de aqui atiende con otro horario",
        "but the office here has another schedule for it",
        "e se o escritório daqui tem outro horário pra isso",
        "mais le bureau chez nous fonctionne autrement",
        "men biwo ki toupre kay la gen yon lòt orè pou papye",
    ],
)
async def test_what_carries_on_and_names_no_topic_is_about_the_last_answer(
    chat: Chat, said: str
) -> None:
    await _asks_about(chat, TOPIC)
    unsure = understood("utter_unsure", ("education.enrol", 0.2), ("work.ruc", 0.1))
    chat.hub = with_understanding(chat.hub, Scripted(unsure))
    await chat.says(said)
    assert await _is_told_again(chat, TOPIC), chat.text


async def _is_told_again(chat: Chat, topic: str) -> bool:
    answers = chat.hub.conversation.answers
    found = [await answers.find(topic, language) for language in ("es", "en", "pt", "fr", "ht")]
    said = "\n".join(shown.text for shown in chat.heard)
    return any(each.text.strip()[:60] in said for each in found if isinstance(each, Answer))


@pytest.mark.parametrize(
    "said", ["otra pregunta, lo del negocio mio", "mudando de assunto, meu negócio"]
)
async def test_who_changes_the_subject_is_not_held_to_the_last_answer(
    chat: Chat, said: str
) -> None:
    # HUM-41
    await _asks_about(chat, TOPIC)
    unsure = understood("utter_unsure", ("work.ruc", 0.3), ("work.permit", 0.25))
    chat.hub = with_understanding(chat.hub, Scripted(unsure))
    await chat.says(said)
    assert not await _is_told_again(chat, TOPIC)


async def test_what_names_a_topic_of_its_own_is_not_about_the_last_answer(chat: Chat) -> None:
    # HUM-41
    await _asks_about(chat, TOPIC)
    unsure = understood("utter_unsure", ("work.ruc", 0.5), ("work.permit", 0.25))
    chat.hub = with_understanding(chat.hub, Scripted(unsure))
    await chat.says("y para vender empanadas que papel saco")
    assert not await _is_told_again(chat, TOPIC)


async def test_where_without_saying_what_is_where_the_last_answer_leads(chat: Chat) -> None:
    await _asks_about(chat, TOPIC)
    asks = understood("utter_ask_need", ("im.services_directory", 0.6))
    chat.hub = with_understanding(chat.hub, Scripted(asks))
    await chat.says("donde queda la oficina")
    where = (await _answer(chat, TOPIC)).step("where")
    assert where is not None
    chat.hears(where.text.strip())


async def test_a_place_after_an_answer_brings_what_it_is_about_there(chat: Chat) -> None:
    await _asks_about(chat, "health.mental")
    unsure = understood("utter_unsure", ("border.cebaf", 0.3), ("dialogue.ask_where", 0.2))
    chat.hub = with_understanding(chat.hub, Scripted(unsure))
    await chat.says("y en Tumbes hay?")
    found = await chat.hub.conversation.answering.services.find_services("psychosocial", "24", "es")
    assert found
    chat.hears("Tumbes:", found[0].name)


async def test_after_places_it_is_about_what_they_are_for(chat: Chat) -> None:
    places = understood(
        "utter_find_service", ("im.services_directory", 0.9), slots={"need": "food"}
    )
    chat.hub = with_understanding(chat.hub, Scripted(places))
    await chat.says("comedor en Tumbes")
    asks = understood("utter_ask_cost", ("dialogue.ask_cost", 0.9))
    chat.hub = with_understanding(chat.hub, Scripted(asks))
    await chat.says("y hay que pagar?")
    assert "food.assistance" in [told["topic"] for told in await _told(chat)]


async def _told(chat: Chat) -> list[dict[str, object]]:
    sent = await rows(chat.hub, select(OutboxRow))
    return [told for row in sent for told in row.content]


async def test_after_options_nobody_chose_from_it_gets_them_again(chat: Chat) -> None:
    # HUM-41: the last answer was about something else
    await _asks_about(chat, TOPIC)
    unsure = understood("utter_unsure", ("work.contract", 0.3), ("work.permit", 0.25))
    chat.hub = with_understanding(chat.hub, Scripted(unsure))
    await chat.says("el señor quiere que firme algo y no sé si con lo mío se puede o no se puede")
    asks = understood("utter_ask_cost", ("dialogue.ask_cost", 0.9))
    chat.hub = with_understanding(chat.hub, Scripted(asks))
    await chat.says("y cuanto cuesta?")
    titles = await chat.hub.conversation.answers.titles("es")
    offered = [button.label for button in chat.heard[-1].buttons]
    assert offered[:2] == [titles["work.contract"], titles["work.permit"]]


async def test_after_an_option_was_chosen_it_is_about_that(chat: Chat) -> None:
    unsure = understood("utter_unsure", ("asylum.card", 0.3), (TOPIC, 0.25))
    chat.hub = with_understanding(chat.hub, Scripted(unsure))
    await chat.says("lo del refugio, que no sé cómo es ni a quién se le pregunta eso")
    await chat.says("2")
    asks = understood("utter_more", ("dialogue.more", 0.9))
    chat.hub = with_understanding(chat.hub, Scripted(asks))
    await chat.says("explicame mas")
    chat.hears((await _answer(chat, TOPIC)).text.strip())


async def test_several_questions_get_an_answer_each_in_order(chat: Chat) -> None:
    both = understood(
        "utter_unsure",
        (TOPIC, 0.4),
        questions=(Scored(TOPIC, 0.9), Scored("education.enrol", 0.8)),
    )
    chat.hub = with_understanding(chat.hub, Scripted(both))
    await chat.says("como pido refugio? y el colegio de mi hijo?")
    said = [shown.text for shown in chat.heard]
    first, second = [
        next(at for at, text in enumerate(said) if answer.text.strip() in text)
        for answer in (await _answer(chat, TOPIC), await _answer(chat, "education.enrol"))
    ]
    assert first < second


async def test_danger_that_only_rasa_notices_is_answered_first(chat: Chat) -> None:
    # HUM-20: Rasa adds to what the hub finds
    quiet = understood(
        "utter_answer", (TOPIC, 0.9), slots={"topic": TOPIC}, danger=Scored("trafficking", 0.99)
    )
    chat.hub = with_understanding(chat.hub, Scripted(quiet))
    await chat.says("algo de unos papeles que no sé")
    assert chat.heard[0].text == await vetted_answer(chat, "trafficking")


async def test_a_doubt_adds_a_word_that_brings_help(chat: Chat) -> None:
    # HUM-20: the question is answered, and nobody is left without a way
    doubtful = understood(
        "utter_answer", (TOPIC, 0.9), slots={"topic": TOPIC}, danger=Scored("trafficking", 0.55)
    )
    thresholds = replace(chat.hub.conversation.thresholds, danger=0.9, hint=0.5)
    conversation = replace(chat.hub.conversation, thresholds=thresholds)
    chat.hub = with_conversation(chat.hub, conversation)
    chat.hub = with_understanding(chat.hub, Scripted(doubtful))
    await chat.says("como pido refugio")
    chat.hears((await _answer(chat, TOPIC)).text.strip(), words(phrases.if_not_safe))


@pytest.mark.parametrize(
    "word", ["PELIGRO", "danger!", "Perigo", "DANGER", "danje", "auxilio", "au secours", "anmwe"]
)
def test_that_word_alone_is_danger(word: str) -> None:
    found = find_danger(word)
    assert found is not None
    assert found.safety_class is SafetyClass.IMMEDIATE_DANGER
    assert found.is_sure


@pytest.mark.parametrize(
    ("response", "topic"),
    [("utter_rumour", "rumours.check"), ("utter_complaint_aid", "feedback.complaints")],
)
async def test_what_is_no_topic_has_its_answer_in_one(
    chat: Chat, response: str, topic: str
) -> None:
    chat.hub = with_understanding(chat.hub, Scripted(understood(response, ("dialogue.x", 0.9))))
    await chat.says("me dijeron algo en el grupo")
    chat.hears((await _answer(chat, topic)).text.strip())


async def test_asking_for_updates_asks_what_about_and_gives_none(chat: Chat) -> None:
    # HUM-06
    wish = understood("utter_opt_in", ("dialogue.opt_in", 0.9))
    chat.hub = with_understanding(chat.hub, Scripted(wish))
    await chat.says("quisiera enterarme cuando haya novedades de papeles")
    chat.hears(words(form_phrases.ask_interest))
    assert await consents(chat.hub) == []
