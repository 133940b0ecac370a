"""The voice of an answer in the chat: where it is offered and where not, and what is fetched."""

import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from bot import phrases, speaking_phrases
from bot.models import OutboxRow
from content.answers import Answer
from content.models import Answer as AnswerRow
from content.rows import raise_revision
from content.states import State
from hub.app.hub import build_hub
from hub.clock import ManualClock
from hub.config import Config, Environment, UnderstandingSettings, VoiceSettings
from hub.vault import Vault
from tests.app.test_headers_and_health import assert_strict
from tests.app.web import client_of
from tests.bot.channels.requests import PUBLIC_URL
from tests.bot.understanders import Scripted, understood, with_conversation, with_understanding
from tests.bot.words import LANGUAGES, rows, words
from tests.chat import Chat
from tests.content.programs import install

TOPIC = "asylum.apply"
LISTEN = words(speaking_phrases.listen_button, "es")
QUESTION = "¿cómo pido refugio?"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A speaker and an encoder that pass on what is said; the speaker counts how often."""
    folder = tmp_path / "bin"
    folder.mkdir()
    install(folder, "espeak-ng", 'echo once >> "$0.asked"; cat')
    install(folder, "opusenc", "cat")
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.fixture
async def open_chat(
    prepared: Path, tmp_path: Path, vault: Vault, clock: ManualClock, programs: Path
) -> AsyncIterator[Callable[..., Any]]:
    """Opens a person's phone before a hub where voice is on."""
    opened: list[Chat] = []

    async def open_one(topic: str = TOPIC, public_url: str | None = f"{PUBLIC_URL}/") -> Chat:
        path = tmp_path / "chasqui.db"
        shutil.copy(prepared, path)
        environment = Environment(
            chasqui_database_url=f"sqlite:///{path}", chasqui_public_url=public_url
        )
        config = Config(
            understanding=UnderstandingSettings(rasa=False, examples=programs),
            voice=VoiceSettings(enabled=True, folder=tmp_path / "voice"),
        )
        hub = await build_hub(config, environment, clock, vault, is_demonstration=True)
        await hub.open()
        answer = understood("utter_answer", (topic, 0.9), slots={"topic": topic})
        chat = Chat(with_understanding(hub, Scripted(answer)), clock)
        opened.append(chat)
        return chat

    yield open_one
    for chat in opened:
        await chat.hub.close()


@pytest.fixture
async def voiced(open_chat: Callable[..., Any]) -> Chat:
    chat: Chat = await open_chat()
    return chat


async def find(chat: Chat, topic: str = TOPIC, language: str = "es") -> Answer:
    found = await chat.hub.conversation.answers.find(topic, language)
    assert isinstance(found, Answer)
    return found


async def fetch(chat: Chat, name: str, method: str = "GET") -> httpx.Response:
    async with client_of(chat.hub) as client:
        return await client.request(method, f"/media/{name}")


async def withdraw(chat: Chat, found: Answer) -> None:
    async with chat.hub.database.write() as session:
        values = {"state": State.WITHDRAWN, "changed_at": chat.clock.now()}
        await session.execute(
            update(AnswerRow).where(AnswerRow.id == found.answer_id).values(**values)
        )
        await raise_revision(session)


def voice_of(chat: Chat) -> str | None:
    (shown,) = chat.heard
    return shown.audio


def times_spoken(programs: Path) -> int:
    asked = programs / "espeak-ng.asked"
    return len(asked.read_text(encoding="utf8").split()) if asked.exists() else 0


async def readiness(chat: Chat) -> Any:
    async with client_of(chat.hub) as client:
        return (await client.get("/readyz")).json()["voice"]


# --- In the chat


async def test_it_is_off_unless_somebody_turns_it_on(chat: Chat) -> None:
    answer = understood("utter_answer", (TOPIC, 0.9), slots={"topic": TOPIC})
    chat.hub = with_understanding(chat.hub, Scripted(answer))
    await chat.says(QUESTION)
    found = await find(chat)
    chat.hears(found.text.strip())
    assert LISTEN not in chat.buttons
    assert await readiness(chat) == "off"
    assert (await fetch(chat, f"{found.code}.es.ogg")).status_code == 404


async def test_a_tap_plays_the_answer_and_is_recorded_as_the_same_version(voiced: Chat) -> None:
    # INV-13
    await voiced.says(QUESTION)
    assert voiced.buttons.count(LISTEN) == 1
    found = await find(voiced)
    await voiced.presses(LISTEN)
    assert voice_of(voiced) == f"{PUBLIC_URL}/media/{found.code}.es.ogg"
    voiced.hears(f"{found.code}")
    told = [row.content for row in await rows(voiced.hub, select(OutboxRow)) if row.content]
    exposure = {"topic": TOPIC, "version": found.version, "answer": found.answer_id}
    assert told == [[exposure], [exposure]]
    assert await readiness(voiced) == "on"


async def test_digits_go_on_meaning_the_options_of_the_answer(voiced: Chat) -> None:
    phone = Chat(voiced.hub, voiced.clock, "simulator.whatsapp", "+51900000002")
    await phone.says(QUESTION)
    numbered = next(line for line in phone.text.splitlines() if line.endswith(f". {LISTEN}"))
    await phone.says(numbered.partition(".")[0])
    assert voice_of(phone) is not None
    await phone.says("1")
    phone.hears((await find(voiced)).steps[0].text)


@pytest.mark.parametrize("topic", ["protection.gbv", "health.hiv_tb"])
async def test_nothing_sensitive_is_said_aloud(open_chat: Callable[..., Any], topic: str) -> None:
    # HUM-26
    chat = await open_chat(topic)
    await chat.says(QUESTION)
    found = await find(chat, topic)
    assert found.sensitive
    chat.hears(found.text.strip())
    assert LISTEN not in chat.buttons
    assert (await fetch(chat, f"{found.code}.es.ogg")).status_code == 404


async def test_nothing_is_said_aloud_after_a_disclosure(voiced: Chat, programs: Path) -> None:
    # HUM-23
    await voiced.says(QUESTION)
    (listen,) = [b for shown in voiced.heard for b in shown.buttons if b.label == LISTEN]
    await voiced.says("mi esposo me pega")
    assert LISTEN not in voiced.buttons
    await voiced.says(QUESTION)
    found = await find(voiced)
    voiced.hears(found.text.strip())
    assert LISTEN not in voiced.buttons
    inbound = voiced.phone.press(voiced.address, listen.token)
    assert inbound is not None
    await voiced._give(inbound)
    voiced.hears(found.text.strip())
    assert voice_of(voiced) is None
    assert times_spoken(programs) == 0


async def test_an_old_button_gives_what_holds_now(voiced: Chat, programs: Path) -> None:
    # HUM-40
    await voiced.says(QUESTION)
    await withdraw(voiced, await find(voiced))
    await voiced.presses(LISTEN)
    assert voice_of(voiced) is None
    assert times_spoken(programs) == 0


async def test_who_taps_learns_that_nothing_can_be_said(voiced: Chat, programs: Path) -> None:
    await voiced.says(QUESTION)
    (programs / "opusenc").unlink()
    await voiced.presses(LISTEN)
    assert voiced.text == words(speaking_phrases.cannot_be_said, "es")
    found = await find(voiced)
    assert (await fetch(voiced, f"{found.code}.es.ogg")).status_code == 503


async def test_a_voice_that_takes_too_long_holds_nobody_up(voiced: Chat, programs: Path) -> None:
    await voiced.says(QUESTION)
    install(programs, "opusenc", "exec sleep 60")
    talk = voiced.hub.conversation
    speaking = talk.answering.speaking
    assert speaking is not None
    hurried = replace(talk.answering, speaking=replace(speaking, longest_wait=0.2))
    voiced.hub = with_conversation(voiced.hub, replace(talk, answering=hurried))
    await voiced.presses(LISTEN)
    assert voiced.text == words(speaking_phrases.cannot_be_said, "es")


async def test_without_a_public_address_it_is_not_offered(open_chat: Callable[..., Any]) -> None:
    chat = await open_chat(public_url=None)
    await chat.says(QUESTION)
    assert LISTEN not in chat.buttons
    assert await readiness(chat) == "lacking"


async def test_without_a_speaker_it_is_not_offered(
    open_chat: Callable[..., Any], programs: Path
) -> None:
    (programs / "espeak-ng").unlink()
    chat = await open_chat()
    await chat.says(QUESTION)
    assert LISTEN not in chat.buttons
    assert await readiness(chat) == "lacking"


# --- What is fetched


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_recording_says_the_text_that_is_told(voiced: Chat, language: str) -> None:
    found = await find(voiced, language=language)
    answer = await fetch(voiced, f"{found.code}.{language}.ogg")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "audio/ogg"
    assert_strict(answer)
    assert "set-cookie" not in answer.headers
    said = answer.text
    assert said.startswith(words(phrases.demonstration, language))
    assert found.text.split(".")[0].strip() in said
    head = await fetch(voiced, f"{found.code}.{language}.ogg", "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(answer.content))


async def test_a_recording_is_made_once(voiced: Chat, programs: Path) -> None:
    found = await find(voiced)
    await voiced.says(QUESTION)
    await voiced.presses(LISTEN)
    for _ in range(2):
        assert (await fetch(voiced, f"{found.code}.es.ogg")).status_code == 200
    assert times_spoken(programs) == 1


@pytest.mark.parametrize(
    "name", ["{code}.qu.ogg", "{code}.es.mp3", "{code}", "7KH3PX.es.ogg", "..%2Fchasqui.db"]
)
async def test_anything_else_is_not_found(voiced: Chat, programs: Path, name: str) -> None:
    found = await find(voiced)
    assert (await fetch(voiced, name.format(code=found.code))).status_code == 404
    assert times_spoken(programs) == 0


async def test_what_was_withdrawn_is_no_longer_played(voiced: Chat) -> None:
    # INV-13, HUM-40
    found = await find(voiced)
    name = f"{found.code}.es.ogg"
    assert (await fetch(voiced, name)).status_code == 200
    await withdraw(voiced, found)
    assert (await fetch(voiced, name)).status_code == 404


async def test_safety_texts_are_not_played(voiced: Chat) -> None:
    # HUM-26
    vetted = await voiced.hub.conversation.answers.safety("partner_violence", "es")
    assert vetted is not None
    assert (await fetch(voiced, f"{vetted.code}.es.ogg")).status_code == 404


async def test_only_the_page_of_the_phones_may_play(voiced: Chat) -> None:
    # SEC-25
    async with client_of(voiced.hub) as client:
        page, other = await client.get("/demo"), await client.get("/readyz")
    assert page.status_code == 200, page.text
    assert_strict(page)
    assert page.headers["Content-Security-Policy"].endswith("; media-src 'self'")
    assert "media-src" not in other.headers["Content-Security-Policy"]
