"""Answers as people read them: verified text in their language, or an honest word instead."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import phrases
from bot.channels.registry import SIMULATED
from bot.channels.wire_text import with_numbered_lines
from bot.messages import Button, InboundKind, Outbound
from bot.models import OutboxRow
from content.answers import Answer, BeingChecked
from content.commands import find_pack
from tests.bot.understanders import Scripted, understood, with_understanding
from tests.bot.words import LANGUAGES, come_late, contacts, messages, rows, words
from tests.chat import Chat

ASYLUM = understood("utter_answer", ("asylum.apply", 0.9), slots={"topic": "asylum.apply"})
NAMES = {"es": "español", "en": "English", "pt": "português", "fr": "français", "ht": "kreyòl"}


async def find(chat: Chat, topic: str, language: str) -> Answer:
    found = await chat.hub.conversation.answers.find(topic, language)
    assert isinstance(found, Answer)
    return found


@pytest.fixture
def asylum(chat: Chat) -> Chat:
    chat.hub = with_understanding(chat.hub, Scripted(ASYLUM))
    return chat


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_chosen_language_sticks_and_answers_follow(asylum: Chat, language: str) -> None:
    await asylum.says(NAMES[language])
    asylum.hears(words(phrases.language_set, language))
    for said in ("¿cómo pido refugio en el Perú?", "how do I apply?", "kijan pou m mande azil?"):
        await asylum.says(said)
        found = await find(asylum, "asylum.apply", language)
        assert found.language == language
        assert asylum.text.startswith(found.text.strip())


async def test_a_language_can_be_chosen_by_button(asylum: Chat) -> None:
    await asylum.says("IDIOMA")
    assert asylum.buttons == ["Español", "English", "Português", "Français", "Kreyòl"]
    await asylum.presses("Kreyòl")
    asylum.hears(words(phrases.language_set, "ht"))
    await asylum.says("hola")
    asylum.hears((await find(asylum, "asylum.apply", "ht")).text.strip())


async def test_without_a_choice_the_message_decides(asylum: Chat) -> None:
    for said, language in (
        ("¿cómo pido refugio en el Perú?", "es"),
        ("how do I apply for asylum here?", "en"),
        ("ok", "en"),
        ("como faço para pedir refúgio?", "pt"),
    ):
        await asylum.says(said)
        asylum.hears((await find(asylum, "asylum.apply", language)).text.strip())


async def test_an_answer_shows_source_and_date(asylum: Chat) -> None:
    # HUM-40
    await asylum.says("¿cómo pido refugio?")
    found = await find(asylum, "asylum.apply", "es")
    asylum.hears(found.sources[0].name, "DEMOSTRACIÓN")


async def test_what_has_expired_is_told_as_being_checked(asylum: Chat) -> None:
    # INV-13, HUM-40, F-35
    fact = (await find(asylum, "asylum.apply", "es")).text.strip()
    asylum.clock.advance(timedelta(days=3650))
    await asylum.says("¿cómo pido refugio?")
    absent = await asylum.hub.conversation.answers.find("asylum.apply", "es")
    assert isinstance(absent, BeingChecked)
    asylum.hears(words(phrases.being_checked, "es", absent, "es"))
    assert fact not in asylum.text


async def test_a_topic_that_does_not_exist_is_admitted(asylum: Chat) -> None:
    # F-35, INV-13
    gone = understood("utter_answer", ("gone.topic", 0.9), slots={"topic": "gone.topic"})
    asylum.hub = with_understanding(asylum.hub, Scripted(gone))
    await asylum.says("¿y eso?")
    asylum.hears(words(phrases.unknown))


async def test_a_response_that_nobody_knows_offers_options(asylum: Chat) -> None:
    odd = understood("utter_something_new", ("asylum.apply", 0.4))
    asylum.hub = with_understanding(asylum.hub, Scripted(odd))
    await asylum.says("¿y eso?")
    asylum.hears(words(phrases.unsure))


async def test_what_was_told_is_recorded(asylum: Chat) -> None:
    # INV-13: every factual text maps to a version
    await asylum.says("¿cómo pido refugio?")
    found = await find(asylum, "asylum.apply", "es")
    told = [row.content for row in await rows(asylum.hub, select(OutboxRow)) if row.content]
    exposure = {"topic": "asylum.apply", "version": found.version, "answer": found.answer_id}
    assert told == [[exposure]]


async def test_every_answer_fits_on_the_smallest_channel(chat: Chat) -> None:
    """A message that is too long would be refused and nobody would hear anything."""
    smallest = SIMULATED["simulator.whatsapp"]
    topics = sorted(path.stem for path in (find_pack("peru") / "topics").glob("*.yml"))
    assert len(topics) > 30
    answering = chat.hub.conversation.answering
    too_long = []
    for topic in topics:
        for language in LANGUAGES:
            found = await find(chat, topic, language)
            text = words(phrases.answer, language, found, language)
            titles = await answering.answers.titles(language)
            related = [titles[key] for key in found.related if key in titles][:2]
            near = words(phrases.near_me_button, language)
            person = words(phrases.contact_person_button, language)
            buttons = tuple(Button(label, "t") for label in (near, *related, person))
            shown = with_numbered_lines(Outbound(text, buttons))
            if len(shown) > smallest.text_length:
                too_long.append(f"{topic} {language}: {len(shown)}")
    assert too_long == []


async def test_every_title_fits_on_a_button(chat: Chat) -> None:
    for language in LANGUAGES:
        titles = await chat.hub.conversation.answers.titles(language)
        longest = SIMULATED["simulator.telegram"].button_label_length
        assert [title for title in titles.values() if len(title) > longest] == []


async def test_stale_questions_get_no_answer(asylum: Chat) -> None:
    # F-25, F-27
    await asylum.says("hola")
    await come_late(asylum, timedelta(hours=24, seconds=1), text="¿cómo pido refugio?")
    asylum.hears_nothing()
    assert [row.reason for row in await messages(asylum.hub)] == [None, "stale"]
    await come_late(asylum, timedelta(hours=23), text="¿cómo pido refugio?")
    asylum.hears((await find(asylum, "asylum.apply", "es")).text.strip())


async def test_a_stale_stranger_leaves_no_contact(asylum: Chat) -> None:
    # F-25: replayed from last year
    await come_late(asylum, timedelta(days=365), text="hola", kind=InboundKind.TEXT)
    asylum.hears_nothing()
    assert await contacts(asylum.hub) == []
