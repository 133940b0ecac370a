"""Services near a place: named, remembered, or from a pin whose coordinates nobody keeps."""

from pathlib import Path

import pytest

from bot import phrases, service_phrases
from bot.messages import InboundKind
from content.answers import Answer
from tests.bot.canaries import find_in_bytes, find_in_files, find_in_tables
from tests.bot.understanders import Scripted, understood, with_understanding
from tests.bot.words import contacts, words
from tests.chat import Chat

LATITUDE, LONGITUDE = -3.5669271, -80.4515493  # in the town of Tumbes
CANARIES = ["3.5669271", "80.4515493", "3.5669", "80.4515"]
FIND_FOOD = understood("utter_find_service", slots={"need": "food"})


@pytest.fixture
def scripted(chat: Chat) -> Scripted:
    scripted = Scripted(FIND_FOOD)
    chat.hub = with_understanding(chat.hub, scripted)
    return scripted


async def shares_pin(chat: Chat, latitude: float, longitude: float) -> None:
    await chat._give(chat.phone.share_location(chat.address, latitude, longitude))


async def test_services_near_a_named_place(chat: Chat, scripted: Scripted) -> None:
    await chat.says("comida en Tumbes")
    place = next(a for a in [chat.hub.conversation.answering.areas.find_in_text("Tumbes")] if a)
    found = await chat.hub.conversation.answering.services.find_services("food", place.code, "es")
    assert found
    chat.hears(words(service_phrases.services, "es", found, place.name))
    assert (await contacts(chat.hub))[0].area == place.code


async def test_without_a_place_it_is_asked_for(chat: Chat, scripted: Scripted) -> None:
    await chat.says("comida")
    chat.hears(words(phrases.ask_place))
    await chat.says("Tumbes")
    chat.hears("Tumbes:")


async def test_an_unknown_place_is_not_guessed(chat: Chat, scripted: Scripted) -> None:
    # INV-13
    scripted.answer = understood(
        "utter_find_service", slots={"need": "food", "place": "Xyzzyville"}
    )
    await chat.says("comida en Xyzzyville")
    chat.hears(words(phrases.place_unknown))
    assert (await contacts(chat.hub))[0].area is None


async def test_the_place_is_remembered(chat: Chat, scripted: Scripted) -> None:
    await chat.says("comida en Tumbes")
    said = chat.heard[-1].text
    await chat.says("comida otra vez")
    assert chat.text == said


async def test_a_pin_finds_the_same_and_is_not_kept(
    chat: Chat, scripted: Scripted, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    # HUM-04, HUM-03, SEC-90
    await shares_pin(chat, LATITUDE, LONGITUDE)
    chat.hears("Tumbes:")
    (contact,) = await contacts(chat.hub)
    assert contact.area is not None
    assert contact.area.startswith("24")
    assert await find_in_tables(chat.hub.database, CANARIES) == []
    assert find_in_files(tmp_path, CANARIES) == []
    printed = capfd.readouterr()
    assert find_in_bytes((printed.out + printed.err).encode(), CANARIES) == []
    asked = scripted.asked[-1]
    assert (asked.intent, asked.text) == ("im.services_directory", "")
    assert find_in_bytes(repr(asked).encode(), CANARIES) == []


async def test_a_pin_is_reduced_before_it_is_sealed(chat: Chat) -> None:
    # HUM-04: not even in the encrypted payload
    pin = chat.phone.share_location(chat.address, LATITUDE, LONGITUDE)
    await chat.hub.inbox.receive([pin])
    work = await chat.hub.inbox.claim()
    assert work is not None
    assert work.inbound.coordinates is None
    assert work.inbound.area is not None
    assert find_in_bytes(repr(work).encode(), CANARIES) == []


async def test_a_pin_abroad_is_no_place(chat: Chat, scripted: Scripted) -> None:
    await shares_pin(chat, 48.8583, 2.2945)
    chat.hears(words(phrases.place_unknown))
    assert (await contacts(chat.hub))[0].area is None


async def test_a_location_without_coordinates_is_no_place(chat: Chat) -> None:
    # F-34: a live location that has ended
    await chat.sends(InboundKind.LOCATION)
    chat.hears(words(phrases.place_unknown))


async def test_where_nothing_is_known_that_is_said(chat: Chat, scripted: Scripted) -> None:
    # INV-13
    scripted.answer = understood("utter_find_service", slots={"need": "connectivity"})
    await chat.says("internet en Tumbes")
    services = chat.hub.conversation.answering.services
    found = await services.find_services("connectivity", "24", "es")
    expected = (
        words(service_phrases.services, "es", found, "Tumbes")
        if found
        else words(phrases.no_services)
    )
    chat.hears(expected)


async def test_where_nothing_is_known_a_person_is_offered(chat: Chat, scripted: Scripted) -> None:
    # HUM-32
    scripted.answer = understood("utter_find_service", slots={"need": "food"})
    await chat.says("comida en Comas")
    chat.hears(words(phrases.no_services))
    assert chat.buttons == [words(phrases.contact_person_button)]


async def test_the_matcher_answers_where_a_pin_leads(chat: Chat) -> None:
    """Without Rasa a pin alone still gets a verified answer or a list."""
    await shares_pin(chat, LATITUDE, LONGITUDE)
    found = await chat.hub.conversation.answers.find("im.services_directory", "es")
    assert isinstance(found, Answer)
    chat.hears(found.text.strip())


async def test_the_near_me_button_uses_the_place_of_the_pin(chat: Chat) -> None:
    await shares_pin(chat, LATITUDE, LONGITUDE)
    answer = understood("utter_answer", ("health.sis", 0.9), slots={"topic": "health.sis"})
    chat.hub = with_understanding(chat.hub, Scripted(answer))
    await chat.says("cómo saco el SIS")
    await chat.presses(words(phrases.near_me_button))
    chat.hears("Tumbes:")
