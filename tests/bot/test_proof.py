"""Anybody may send a code or paste a text, and learns whether it is ours and what holds now."""

import pytest
from sqlalchemy import select, update

from bot import phrases, proof_phrases
from bot.models import OutboxRow
from content.answers import Answer
from content.models import Answer as AnswerRow
from content.proof import Proof
from content.rows import raise_revision
from content.states import State
from tests.bot.understanders import Scripted, understood, with_understanding
from tests.bot.words import LANGUAGES, rows, words
from tests.chat import Chat

TOPIC = "asylum.apply"


@pytest.fixture
def asker(chat: Chat) -> Chat:
    chat.hub = with_understanding(chat.hub, Scripted(understood("utter_thanks")))
    return chat


async def find(chat: Chat, language: str = "es", topic: str = TOPIC) -> Answer:
    found = await chat.hub.conversation.answers.find(topic, language)
    assert isinstance(found, Answer)
    return found


async def withdraw(chat: Chat, answer_id: str) -> None:
    async with chat.hub.database.write() as session:
        values = {"state": State.WITHDRAWN, "changed_at": chat.clock.now()}
        await session.execute(update(AnswerRow).where(AnswerRow.id == answer_id).values(**values))
        await raise_revision(session)


async def test_every_answer_tells_its_code_and_the_code_leads_back(asker: Chat) -> None:
    found = await find(asker)
    assert found.code
    assert words(proof_phrases.proof_lines, "es", found, (), "es") == f"Código: {found.code}"
    await asker.says(found.code.lower())
    asker.hears(words(proof_phrases.is_known_code), found.text.strip(), found.code)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_forwarded_answer_is_known_as_it_was_shown(asker: Chat, language: str) -> None:
    found = await find(asker, language)
    shown = words(phrases.answer, language, found, language)
    await asker.says(f"{shown}\n\n1. X\n2. Y")
    said = [words(proof_phrases.is_current, one) for one in LANGUAGES]
    assert any(one in asker.text for one in said)


async def test_changed_words_are_told_with_what_we_say(asker: Chat) -> None:
    found = await find(asker)
    false = found.text.replace("2026", "2027")
    await asker.says(false)
    asker.hears(words(proof_phrases.is_altered), found.text.strip())


async def test_what_no_longer_holds_is_not_told_again(asker: Chat) -> None:
    # INV-13, HUM-40
    found = await find(asker)
    assert found.code
    await withdraw(asker, found.answer_id)
    await asker.says(found.code)
    assert found.text.strip() not in asker.text
    proof = await asker.hub.conversation.proving.proofs.find(found.code)
    assert isinstance(proof, Proof)
    asker.hears(words(proof_phrases.is_checked, "es", proof, "es"), "0800-15170")


async def test_an_unknown_code_is_a_warning(asker: Chat) -> None:
    await asker.says("7KH 3PX")
    asker.hears(words(proof_phrases.is_unknown))


async def test_what_was_told_again_is_recorded(asker: Chat) -> None:
    # INV-13
    found = await find(asker)
    await asker.says(str(found.code))
    told = [row.content for row in await rows(asker.hub, select(OutboxRow)) if row.content]
    exposure = {"topic": TOPIC, "version": found.version, "answer": found.answer_id}
    assert told == [[exposure]]


async def test_a_safety_text_is_confirmed_without_a_record(asker: Chat) -> None:
    # HUM-29
    async with asker.hub.database.read() as session:
        code = await session.scalar(
            select(AnswerRow.code).where(AnswerRow.topic == "safety.partner_violence")
        )
    assert code
    await asker.says(code)
    asker.hears(words(proof_phrases.is_known_code))
    assert all(row.content == [] for row in await rows(asker.hub, select(OutboxRow)))


async def test_danger_comes_before_any_code(asker: Chat) -> None:
    # HUM-22
    found = await find(asker)
    await asker.says(f"{found.code} me quiero matar")
    assert words(proof_phrases.is_known_code) not in asker.text
