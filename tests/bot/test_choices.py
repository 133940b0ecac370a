"""What was offered can be chosen by button or by number; what was not offered cannot be chosen."""

import pytest

from bot import phrases
from bot.messages import InboundKind
from tests.bot.understanders import Scripted, understood, with_understanding
from tests.bot.words import address, consents, contacts, words
from tests.chat import Chat

UNSURE = understood(
    "utter_unsure",
    ("asylum.apply", 0.4),
    ("health.sis", 0.3),
    ("work.rights", 0.2),
    ("cash.assistance", 0.001),
)
NEEDS = understood("utter_ask_need")


@pytest.fixture(autouse=True)
def unsure(chat: Chat, whatsapp: Chat) -> Scripted:
    """Both phones are in front of a hub that is unsure."""
    scripted = Scripted(UNSURE)
    chat.hub = whatsapp.hub = with_understanding(chat.hub, scripted)
    return scripted


async def test_a_telegram_phone_shows_buttons_and_a_whatsapp_phone_numbers(
    chat: Chat, whatsapp: Chat
) -> None:
    await chat.says("papeles o salud")
    await whatsapp.says("papeles o salud")
    assert len(chat.buttons) == 4
    assert whatsapp.buttons == []
    numbered = "\n".join(f"{number}. {label}" for number, label in enumerate(chat.buttons, 1))
    assert whatsapp.heard[-1].text == f"{chat.heard[-1].text}\n\n{numbered}"


@pytest.mark.parametrize("number", [1, 2, 3, 4])
async def test_button_and_number_lead_to_the_same(chat: Chat, whatsapp: Chat, number: int) -> None:
    await chat.says("papeles o salud")
    await whatsapp.says("papeles o salud")
    await chat.presses(chat.buttons[number - 1])
    await whatsapp.says(str(number))
    assert len(chat.heard) == len(whatsapp.heard) == 1
    assert whatsapp.text.startswith(chat.text)


async def test_unsure_offers_the_likely_topics_and_a_way_out(chat: Chat) -> None:
    # HUM-41: what is less likely than the deployment's least is not offered
    await chat.says("papeles o salud")
    titles = await chat.hub.conversation.answers.titles("es")
    expected = [titles[topic] for topic in ("asylum.apply", "health.sis", "work.rights")]
    assert chat.buttons == [*expected, words(phrases.none_of_these)]
    chat.hears(words(phrases.unsure))
    await chat.presses(words(phrases.none_of_these))
    chat.hears(words(phrases.unknown))


async def test_unsure_without_any_likely_topic_admits_it(chat: Chat, unsure: Scripted) -> None:
    # HUM-41, INV-13: no guess, and ways on that work
    unsure.answer = understood("utter_unsure", ("asylum.apply", 0.001))
    await chat.says("xyzzy")
    chat.hears(words(phrases.unknown))
    legal, person = chat.buttons
    await chat.presses(person)
    chat.hears(words(phrases.person))
    await chat.says("xyzzy")
    unsure.answer = understood("utter_find_service", slots={"need": "legal"})
    await chat.presses(legal)
    chat.hears(words(phrases.ask_place))


@pytest.mark.parametrize("written", ["2", "2.", " 2) ", "2 "])
async def test_a_number_may_be_written_as_people_do(whatsapp: Chat, written: str) -> None:
    await whatsapp.says("papeles o salud")
    await whatsapp.says(written)
    titles = await whatsapp.hub.conversation.answers.titles("es")
    found = await whatsapp.hub.conversation.answers.find("health.sis", "es")
    assert titles["health.sis"]
    assert getattr(found, "text", "?").strip() in whatsapp.text


@pytest.mark.parametrize(
    "number", ["0", "9", "-1", "002", "0012", "00234567", "12345678", "2" * 5000, "²", "१", "1.5"]
)
async def test_a_number_that_was_not_offered_is_a_message(
    whatsapp: Chat, unsure: Scripted, number: str
) -> None:
    # SEC-40, F-34: a document's number, or any other, chooses nothing and breaks nothing
    await whatsapp.says("papeles o salud")
    await whatsapp.says(number)
    assert len(unsure.asked) == 2
    whatsapp.hears(words(phrases.unsure))


async def test_the_newest_offer_is_what_numbers_mean(whatsapp: Chat, unsure: Scripted) -> None:
    await whatsapp.says("papeles o salud")
    await whatsapp.says("BORRAR")
    await whatsapp.says("2")
    whatsapp.hears(words(phrases.kept))
    assert len(unsure.asked) == 1


async def test_an_older_button_still_means_what_it_said(chat: Chat) -> None:
    await chat.says("papeles o salud")
    first = chat.buttons[0]
    await chat.says("BORRAR")
    await chat.presses(first)
    found = await chat.hub.conversation.answers.find("asylum.apply", "es")
    assert getattr(found, "text", "?").strip() in chat.text


async def _press(chat: Chat, token: str) -> None:
    await chat.sends(InboundKind.CHOICE, choice=token)


@pytest.mark.parametrize(
    "token", ["opt_in", "erase", "/restart", '{"do":"erase"}', "\x00", "á" * 200]
)
async def test_a_forged_token_does_nothing(chat: Chat, token: str, unsure: Scripted) -> None:
    # SEC-46
    await chat.says("hola")
    asked = len(unsure.asked)
    await _press(chat, token)
    chat.hears(words(phrases.stale_button))
    assert len(unsure.asked) == asked
    assert (await address(chat.hub)).opted_in_at is None
    assert (await contacts(chat.hub))[0].erase_after is None


async def test_a_token_of_somebody_else_does_nothing(chat: Chat) -> None:
    # SEC-46
    other = Chat(chat.hub, chat.clock, address="900000777")
    await other.says("AVISOS")
    token = other.phone.phone(other.address)[-1].buttons[0].token
    await chat.says("hola")
    await _press(chat, token)
    chat.hears(words(phrases.stale_button))
    assert await consents(chat.hub) == []


async def test_a_button_too_many_messages_old_is_stale(chat: Chat) -> None:
    await chat.says("AVISOS")
    token = chat.phone.phone(chat.address)[-1].buttons[0].token
    for _ in range(7):
        await chat.says("papeles o salud")
    await _press(chat, token)
    chat.hears(words(phrases.stale_button))
    assert await consents(chat.hub) == []


async def test_a_choice_of_the_form_carries_only_what_the_hub_put_there(
    chat: Chat, unsure: Scripted
) -> None:
    # SEC-46: intent and slots come from our token
    unsure.answer = NEEDS
    await chat.says("busco algo")
    await chat.presses(chat.buttons[0])
    question = unsure.asked[-1]
    assert (question.intent, question.slots) == ("im.services_directory", {"need": "food"})
