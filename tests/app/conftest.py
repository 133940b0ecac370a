"""The web application with its real channels, asked without a network."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from bot.inbox import Inbox
from bot.outbox import Outbox
from broadcast.deliveries import Deliveries
from hub.app.hub import Hub, build_hub
from hub.clock import ManualClock
from hub.config import Config, Environment, UnderstandingSettings
from hub.database import Database
from hub.vault import Vault
from tests.app.web import client_of
from tests.bot.channels.requests import NOWHERE, PUBLIC_URL, WEBHOOK_SECRET
from tests.bot.understanders import Scripted, understood, with_understanding
from tests.hub.logging_state import logging_as_before
from tests.servers.telegram import TOKEN
from tests.servers.twilio import ACCOUNT, AUTH_TOKEN, SENDER

# A port on which nothing listens: the database is down.
DEAD = "postgresql://nobody@127.0.0.1:1/none"


def make_environment(url: str, **more: str) -> Environment:
    """Both channels, whose providers are not there unless told where."""
    values = {
        "chasqui_database_url": url,
        "chasqui_public_url": PUBLIC_URL,
        "telegram_bot_token": TOKEN,
        "telegram_api_base": NOWHERE,
        "telegram_webhook_secret": WEBHOOK_SECRET,
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_token": AUTH_TOKEN,
        "twilio_whatsapp_from": SENDER.removeprefix("whatsapp:"),
        "twilio_api_base": NOWHERE,
        **more,
    }
    return Environment.model_validate(values)


async def make_hub(url: str, vault: Vault, clock: ManualClock, folder: Path, **more: str) -> Hub:
    settings = UnderstandingSettings(rasa=False, examples=folder)
    config = Config(understanding=settings)
    hub = await build_hub(config, make_environment(url, **more), clock, vault)
    return with_understanding(hub, Scripted(understood("utter_thanks")))


@pytest.fixture(autouse=True)
def logging_state() -> Iterator[None]:
    """What a test configures here is undone."""
    with logging_as_before():
        yield


@pytest.fixture
async def hub(
    sqlite: Database, vault: Vault, clock: ManualClock, tmp_path: Path
) -> AsyncIterator[Hub]:
    """Telegram and WhatsApp over an empty database."""
    made = await make_hub(_url(sqlite), vault, clock, tmp_path)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def hub_on_each(
    database: Database, vault: Vault, clock: ManualClock, tmp_path: Path
) -> AsyncIterator[Hub]:
    """The same, on each kind of database."""
    made = await make_hub(_url(database), vault, clock, tmp_path)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def web(hub: Hub) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(hub) as client:
        yield client


@pytest.fixture
async def hub_without_database(hub: Hub) -> AsyncIterator[Hub]:
    """The same hub, after its database went away."""
    dead = Database(DEAD)
    yield replace(
        hub,
        database=dead,
        inbox=Inbox(dead, hub.vault, hub.clock, lambda _: None),
        outbox=Outbox(dead, hub.vault),
        deliveries=Deliveries(dead, hub.vault, hub.policy),
    )
    await dead.close()


def _url(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)
