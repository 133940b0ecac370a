"""After an answer: its steps one by one, then related topics, each recorded as the same version."""

import pytest
from sqlalchemy import select, update

from bot import form_phrases, phrases
from bot.models import OutboxRow
from bot.proof_phrases import step_name
from content.answers import Answer
from content.models import Answer as AnswerRow
from content.models import AnswerText
from content.rows import raise_revision
from content.states import State
from hub.config import Config
from tests.bot.understanders import Scripted, understood, with_understanding
from tests.bot.words import LANGUAGES, rows, words
from tests.chat import Chat

TOPIC = "asylum.apply"
ASYLUM = understood("utter_answer", (TOPIC, 0.9), slots={"topic": TOPIC})


@pytest.fixture
def asylum(chat: Chat) -> Chat:
    chat.hub = with_understanding(chat.hub, Scripted(ASYLUM))
    return chat


async def find(chat: Chat, language: str = "es", topic: str = TOPIC) -> Answer:
    found = await chat.hub.conversation.answers.find(topic, language)
    assert isinstance(found, Answer)
    return found


async def test_steps_follow_one_by_one_and_related_topics_come_last(asylum: Chat) -> None:
    await asylum.says("¿cómo pido refugio?")
    found = await find(asylum)
    assert len(found.steps) > 1
    for step in found.steps:
        await asylum.presses(words(step_name, "es", step.step))
        assert asylum.text.startswith(step.text)
        assert len(asylum.heard) == 1
    titles = await asylum.hub.conversation.answers.titles("es")
    assert titles[found.related[0]] in asylum.buttons
    assert not {words(step_name, "es", step.step) for step in found.steps} & set(asylum.buttons)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_never_more_than_three_buttons_and_a_person_among_them(
    chat: Chat, language: str
) -> None:
    await chat.says("IDIOMA")
    await chat.presses(Config().names[language])
    topics = sorted(await chat.hub.conversation.answers.titles(language))
    person = words(phrases.contact_person_button, language)
    rating = (  # not ways on: one tap each, in the last lines
        words(form_phrases.helped_button, language),
        words(form_phrases.not_helped_button, language),
    )
    for topic in topics[::6]:
        answer = understood("utter_answer", (topic, 0.9), slots={"topic": topic})
        chat.hub = with_understanding(chat.hub, Scripted(answer))
        await chat.says("xyz?")
        found = await find(chat, language, topic)
        assert len([each for each in chat.buttons if each not in rating]) <= 3
        assert (person in chat.buttons) is found.handover


async def test_a_step_is_an_exposure_of_the_version_that_it_belongs_to(asylum: Chat) -> None:
    # INV-13
    await asylum.says("¿cómo pido refugio?")
    found = await find(asylum)
    await asylum.presses(words(step_name, "es", found.steps[0].step))
    told = [row.content for row in await rows(asylum.hub, select(OutboxRow)) if row.content]
    exposure = {"topic": TOPIC, "version": found.version, "answer": found.answer_id}
    assert told == [[exposure], [exposure]]


async def test_a_step_shows_its_own_source(asylum: Chat) -> None:
    # HUM-40
    await asylum.says("¿cómo pido refugio?")
    sourced = [step for step in (await find(asylum)).steps if step.source]
    assert sourced
    for step in (await find(asylum)).steps:
        await asylum.presses(words(step_name, "es", step.step))
        if step.source:
            asylum.hears(step.source.name)


async def test_a_step_of_a_version_that_was_replaced_gives_the_newer_from_its_beginning(
    asylum: Chat,
) -> None:
    # F-35: never mixed versions
    await asylum.says("¿cómo pido refugio?")
    old = await find(asylum)
    async with asylum.hub.database.write() as session:
        await session.execute(
            update(AnswerRow).where(AnswerRow.id == old.answer_id).values(version=99)
        )
        await session.execute(
            update(AnswerText)
            .where(AnswerText.answer_id == old.answer_id, AnswerText.language == "es")
            .values(text="Lo que vale ahora.")
        )
        await raise_revision(session)
    await asylum.presses(words(step_name, "es", old.steps[0].step))
    assert asylum.text.startswith("Lo que vale ahora.")


async def test_a_step_of_what_was_withdrawn_is_not_told(asylum: Chat) -> None:
    # INV-13, HUM-40
    await asylum.says("¿cómo pido refugio?")
    old = await find(asylum)
    async with asylum.hub.database.write() as session:
        values = {"state": State.WITHDRAWN}
        await session.execute(
            update(AnswerRow).where(AnswerRow.id == old.answer_id).values(**values)
        )
        await raise_revision(session)
    await asylum.presses(words(step_name, "es", old.steps[0].step))
    assert old.steps[0].text not in asylum.text
    absent = await asylum.hub.conversation.answers.find(TOPIC, "es")
    asylum.hears(words(phrases.being_checked, "es", absent, "es"))


async def test_who_reads_another_language_hears_that_a_text_is_only_in_spanish(
    asylum: Chat,
) -> None:
    found = await find(asylum)
    async with asylum.hub.database.write() as session:
        await session.execute(
            update(AnswerText)
            .where(AnswerText.answer_id == found.answer_id, AnswerText.language == "ht")
            .values(text="", steps={})
        )
        await raise_revision(session)
    await asylum.says("kreyòl")
    await asylum.says("kijan pou m mande azil?")
    asylum.hears(words(lambda _: _("This text exists only in Spanish:"), "ht"), found.text.strip())
    await asylum.presses(words(step_name, "ht", found.steps[0].step))
    asylum.hears(words(lambda _: _("This text exists only in Spanish:"), "ht"), found.steps[0].text)
