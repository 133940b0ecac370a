"""When somebody reads what people pass on, told as the deployment sets it."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot import form_phrases
from bot.duty import Duty
from content.opening import read_opening
from hub.app.hub import build_hub
from hub.clock import ManualClock
from hub.config import Config, ConfigError, Environment, UnderstandingSettings
from hub.database import Database
from hub.vault import Vault
from tests.bot.test_forms import SKIP, family
from tests.bot.understanders import with_conversation
from tests.bot.words import words
from tests.chat import Chat

LIMA = ZoneInfo("America/Lima")
SUNDAY_AT_TEN = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


async def say(chat: Chat, *hours: str) -> None:
    """The confirmation of a request, where somebody reads at these hours."""
    answering = chat.hub.conversation.answering
    forms = replace(answering.forms, duty=Duty(read_opening(hours), LIMA))
    conversation = replace(chat.hub.conversation, answering=replace(answering, forms=forms))
    chat.hub = with_conversation(chat.hub, conversation)
    await chat.says("PERSONA")
    await chat.presses(family("health"))
    await chat.presses(SKIP)
    await chat.presses(SKIP)


async def test_nobody_at_fixed_hours_is_said(chat: Chat) -> None:
    # HUM-32
    await say(chat)
    chat.hears(words(form_phrases.no_fixed_hours))


async def test_nobody_now_is_said_with_when(chat: Chat) -> None:
    # HUM-32
    await say(chat, "mon-fri 09:00-17:00")
    monday = datetime(2026, 11, 23, 9, 0, tzinfo=LIMA)
    local = SUNDAY_AT_TEN.astimezone(LIMA)
    chat.hears(words(form_phrases.nobody_reads_now, "es", monday, local))


async def test_somebody_now_is_said_with_until_when(chat: Chat) -> None:
    # HUM-32
    await say(chat, "sun 08:00-12:00")
    noon = datetime(2026, 11, 22, 12, 0, tzinfo=LIMA)
    chat.hears(words(form_phrases.person_reads, "es", noon, SUNDAY_AT_TEN.astimezone(LIMA)))


async def test_somebody_always_is_said(chat: Chat) -> None:
    await say(chat, "always")
    chat.hears(words(form_phrases.person_reads, "es", None, SUNDAY_AT_TEN))


async def test_hours_that_cannot_be_read_stop_the_start(
    sqlite: Database, vault: Vault, clock: ManualClock
) -> None:
    url = sqlite.engine.url.render_as_string(hide_password=False)
    config = Config(understanding=UnderstandingSettings(rasa=False), duty=("whenever",))
    with pytest.raises(ConfigError, match="duty: 'whenever'"):
        await build_hub(config, Environment(chasqui_database_url=url), clock, vault)
