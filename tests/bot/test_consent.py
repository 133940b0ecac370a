"""Opting in takes two steps and leaves a proof; opting out takes one and leaves silence."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import phrases
from bot.addresses import suppression_index
from bot.contacts import CONSENT_TEXT_VERSION
from bot.messages import Fault, InboundKind, SendError, SendOutcome
from bot.models import OutboxRow, Suppression
from broadcast.audience import Audience
from broadcast.reckoning import count_audience
from hub.app.hub import Hub
from tests.bot.words import LANGUAGES, PLATFORM, address, come_late, consents, rows, words
from tests.chat import Chat, run_until_quiet
from tests.conftest import NOW

YES = words(phrases.opt_in_button)


async def reached(hub: Hub) -> int:
    """How many people an update for everybody would go to."""
    async with hub.database.read() as session:
        found = await count_audience(session, Audience(), hub.policy, hub.clock.now())
        return found.total


async def opt_in(chat: Chat) -> None:
    await chat.says("AVISOS")
    await chat.presses(YES)


async def test_the_word_alone_is_no_consent(chat: Chat) -> None:
    # HUM-06
    await chat.says("AVISOS")
    chat.hears(words(phrases.ask_opt_in, "es", PLATFORM))
    assert (await address(chat.hub)).opted_in_at is None
    assert await consents(chat.hub) == []
    for text in ("ok", "gracias", "hola"):
        await chat.says(text)
    assert await reached(chat.hub) == 0


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_second_yes_is_recorded_as_proof(chat: Chat, language: str) -> None:
    # HUM-06: text version, time, channel and language
    asking = {"es": "AVISOS", "en": "UPDATES", "pt": "QUERO AVISOS", "fr": "AVIS", "ht": "AVI"}
    names = {"es": "español", "en": "English", "pt": "português", "fr": "français", "ht": "kreyòl"}
    await chat.says(names[language])
    await chat.says(asking[language])
    chat.clock.advance(timedelta(seconds=30))
    await chat.presses(words(phrases.opt_in_button, language))
    chat.hears(words(phrases.opted_in, language))
    (event,) = await consents(chat.hub)
    moment = NOW + timedelta(seconds=30)
    assert (event.event, event.language, event.channel) == ("opt_in", language, chat.channel)
    assert (event.text_version, event.at) == (CONSENT_TEXT_VERSION, moment)
    assert (await address(chat.hub)).opted_in_at == moment
    assert await reached(chat.hub) == 1


async def test_a_second_word_asks_nothing_again(chat: Chat) -> None:
    await opt_in(chat)
    await chat.says("AVISOS")
    chat.hears(words(phrases.already_opted_in))
    assert chat.buttons == []
    assert len(await consents(chat.hub)) == 1


async def test_opting_out_takes_effect_at_once_and_lasts(chat: Chat) -> None:
    # HUM-07, INV-5: one confirmation, then silence until asked again
    await opt_in(chat)
    await chat.says("BAJA")
    chat.hears(words(phrases.opted_out))
    assert len(chat.heard) == 1
    assert await reached(chat.hub) == 0
    assert [event.event for event in await consents(chat.hub)] == ["opt_in", "opt_out"]
    sent = await rows(chat.hub, select(OutboxRow))
    chat.clock.advance(timedelta(days=20))
    await run_until_quiet(chat.hub)
    assert len(await rows(chat.hub, select(OutboxRow))) == len(sent)
    await chat.says("¿cómo pido refugio?")
    assert await reached(chat.hub) == 0


async def test_opting_out_is_kept_as_a_hash_and_undone_by_opting_in(chat: Chat) -> None:
    # HUM-08, SEC-76: of a purpose of its own
    await opt_in(chat)
    await chat.says("BAJA")
    (kept,) = await rows(chat.hub, select(Suppression))
    assert kept.index == suppression_index(chat.hub.vault, chat.channel, chat.address)
    assert kept.index != (await address(chat.hub)).index
    await opt_in(chat)
    assert await rows(chat.hub, select(Suppression)) == []
    assert await reached(chat.hub) == 1


@pytest.mark.parametrize(
    "typo", ["bajaa", "vaja", "¡¡BAJA!! 🙏", "salirr", "stopp", "no mas", "Sair"]
)
async def test_opting_out_survives_a_typo(chat: Chat, typo: str) -> None:
    # HUM-07
    await opt_in(chat)
    await chat.says(typo)
    assert [event.event for event in await consents(chat.hub)] == ["opt_in", "opt_out"]


@pytest.mark.parametrize(
    "sentence",
    [
        "mi esposo quiere salir del país",
        "¿dónde puedo parar a dormir?",
        "quiero cancelar mi cita en Migraciones",
        "tengo la presión baja",
    ],
)
async def test_a_sentence_with_the_word_is_no_opt_out(chat: Chat, sentence: str) -> None:
    # HUM-07
    await opt_in(chat)
    await chat.says(sentence)
    assert [event.event for event in await consents(chat.hub)] == ["opt_in"]
    assert await reached(chat.hub) == 1


async def test_blocking_is_an_opt_out_answered_with_silence(chat: Chat) -> None:
    # HUM-07: Telegram's my_chat_member kicked
    await opt_in(chat)
    await chat.sends(InboundKind.BLOCKED)
    chat.hears_nothing()
    assert [event.event for event in await consents(chat.hub)] == ["opt_in", "blocked"]
    assert len(await rows(chat.hub, select(Suppression))) == 1
    await chat.sends(InboundKind.UNBLOCKED)
    chat.hears_nothing()
    found = await address(chat.hub)
    assert (found.opted_in_at, found.blocked_at) == (None, None)
    assert await reached(chat.hub) == 0


async def test_who_blocked_before_ever_being_told_is_told_on_their_first_word(chat: Chat) -> None:
    # HUM-09: a block is no first contact
    await chat.sends(InboundKind.BLOCKED)
    await chat.sends(InboundKind.UNBLOCKED)
    await chat.says("hola")
    assert chat.heard[0].text.startswith("¡Hola! Soy el asistente automático")


async def test_a_provider_that_says_blocked_opts_out(chat: Chat) -> None:
    # HUM-07: Telegram's 403, Twilio's 21610
    await opt_in(chat)
    refused = SendError(
        SendOutcome.REJECTED, Fault.RECIPIENT, "blocked", code="403", opted_out=True
    )
    chat.phone.fail_next([refused])
    await chat.says("hola")
    chat.hears_nothing()
    found = await address(chat.hub)
    assert found.opted_in_at is None
    assert found.blocked_at == NOW
    assert await reached(chat.hub) == 0


async def test_who_opts_in_again_after_a_block_is_reached_again(chat: Chat) -> None:
    # HUM-06: WhatsApp never tells that a block has ended; writing to us does
    await opt_in(chat)
    refused = SendError(SendOutcome.REJECTED, Fault.RECIPIENT, "STOP", code="21610", opted_out=True)
    chat.phone.fail_next([refused])
    await chat.says("hola")
    assert await reached(chat.hub) == 0
    await opt_in(chat)
    assert await reached(chat.hub) == 1


async def test_an_opt_out_that_comes_a_day_late_still_counts(chat: Chat) -> None:
    # HUM-07, F-25, F-27: too late to be answered, never too late to be obeyed
    await opt_in(chat)
    await come_late(chat, timedelta(hours=30), text="BAJA")
    chat.hears_nothing()
    assert await reached(chat.hub) == 0
    assert [event.event for event in await consents(chat.hub)] == ["opt_in", "opt_out"]


async def test_a_block_that_comes_a_day_late_still_counts(chat: Chat) -> None:
    # HUM-07, F-27
    await opt_in(chat)
    await come_late(chat, timedelta(hours=30), kind=InboundKind.BLOCKED)
    assert await reached(chat.hub) == 0
