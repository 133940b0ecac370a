"""What is no text: voice notes, photos, stickers, contacts, edits. And what cannot be a message."""

import pytest

from bot import phrases
from bot.messages import InboundKind
from bot.text import LONGEST
from tests.bot.canaries import find_in_tables
from tests.bot.understanders import Scripted, understood, with_understanding
from tests.bot.words import LANGUAGES, messages, words
from tests.chat import Chat

UNREADABLE = (
    InboundKind.VOICE,
    InboundKind.IMAGE,
    InboundKind.VIDEO,
    InboundKind.DOCUMENT,
    InboundKind.STICKER,
    InboundKind.CONTACT,
    InboundKind.UNSUPPORTED,
)


@pytest.mark.parametrize("kind", UNREADABLE)
async def test_what_cannot_be_read_is_said_so(chat: Chat, kind: InboundKind) -> None:
    # F-34, HUM-03
    await chat.says("hola")
    await chat.sends(kind)
    assert chat.text == words(phrases.only_text)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_it_is_said_in_the_persons_language(chat: Chat, language: str) -> None:
    await chat.sends(InboundKind.VOICE, language_hint=language)
    assert chat.heard[-1].text == words(phrases.only_text, language)


async def test_a_caption_is_read(chat: Chat) -> None:
    scripted = Scripted(understood("utter_thanks"))
    chat.hub = with_understanding(chat.hub, scripted)
    await chat.sends(InboundKind.IMAGE, text="esto es mi carta de refugio")
    assert [question.text for question in scripted.asked] == ["esto es mi carta de refugio"]


async def test_an_edit_is_asked_to_be_written_again(chat: Chat) -> None:
    # F-34
    scripted = Scripted(understood("utter_thanks"))
    chat.hub = with_understanding(chat.hub, scripted)
    await chat.says("hola")
    await chat.sends(InboundKind.EDITED, text="hola de nuevo")
    assert chat.text == words(phrases.edited)
    assert len(scripted.asked) == 1


async def test_two_identical_messages_are_two_messages(chat: Chat) -> None:
    # PEER-07
    scripted = Scripted(understood("utter_thanks"))
    chat.hub = with_understanding(chat.hub, scripted)
    for _ in range(2):
        await chat.says("sí")
        chat.hears(words(phrases.thanks))
    assert [question.text for question in scripted.asked] == ["sí", "sí"]
    assert len(await messages(chat.hub)) == 2


ODD = {
    "nothing": "",
    "spaces": " \n\t ",
    "null": "ho\x00la",
    "controls": "\x1b[31mhola\x07\x9b",
    "bidi": "\u202ehola\u2066",
    "zero width": "h\u200bo\u200cl\u200da",
    "byte order": "\ufeffhola",
    "lone surrogate": "hola \ud800",
    "zalgo": "a" + "\u0301" * 5000,
    "emoji": "😀" * 10_000,
    "family": "\u200d".join("👩" * 10_000),
    "flags": "🇵🇪" * 5000,
    "ligature": "\ufdfd" * 5000,
    "tags": "🏴" + "".join(chr(0xE0000 + ord(c)) for c in "baja"),
    "long": "refugio " * 100_000,
    "one word": "a" * 1_000_000,
    "private use": "\ue000\U0010ffff",
    "format": "%(platform)s {0} %s ${x} {{7*7}}",
}


@pytest.mark.parametrize("name", ODD)
async def test_odd_text_gets_an_answer(chat: Chat, name: str) -> None:
    # SEC-40, SEC-41, F-34
    await chat.says(ODD[name])
    assert len(chat.heard) == 3
    (message,) = await messages(chat.hub)
    assert message.state == "answered"


async def test_what_is_kept_is_clean_and_no_longer_than_a_message(chat: Chat) -> None:
    # SEC-40
    inbound = chat.phone.type_text(chat.address, "x" * 50_000 + "\x00\u202e")
    await chat.hub.inbox.receive([inbound])
    work = await chat.hub.inbox.claim()
    assert work is not None
    assert work.inbound.text == "x" * LONGEST


async def test_a_homoglyph_is_not_taken_for_a_command(chat: Chat) -> None:
    """ "BАJA" with a Cyrillic А is no word of ours; it must do no harm, and needs no effect."""
    await chat.says("BАJA")
    assert len(chat.heard) == 3


async def test_other_alphabets_are_answered(chat: Chat) -> None:
    for text in ("привет", "你好", "שלום", "नमस्ते", "Imaynalla"):
        await chat.says(text)
        assert chat.heard, text


async def test_no_text_is_kept_in_the_clear(chat: Chat) -> None:
    # SEC-75, HUM-03
    await chat.says("mi cédula es V-12.345.678 y mi correo ana@example.org")
    canaries = ["V-12.345.678", "12345678", "ana@example.org"]
    assert await find_in_tables(chat.hub.database, canaries) == []
