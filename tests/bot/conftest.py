"""Phones in front of the whole hub, and the parts behind them one by one."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.lexical import LexicalMatcher
from bot.understanding import NLUClient
from hub.app.hub import Hub
from hub.clock import ManualClock
from hub.database import Database
from hub.vault import Vault
from tests.bot.understanders import Scripted, make_hub, understood, with_understanding
from tests.chat import Chat

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def matcher() -> LexicalMatcher:
    """Learning the examples takes a second, so everybody shares one matcher: it never changes."""
    return LexicalMatcher.read(ROOT / "nlu" / "data")


@pytest.fixture
async def chat(
    prepared: Path, tmp_path: Path, vault: Vault, clock: ManualClock, matcher: NLUClient
) -> AsyncIterator[Chat]:
    """A person on Telegram, and the whole hub behind it (without Rasa: the matcher answers)."""
    path = tmp_path / "chasqui.db"
    shutil.copy(prepared, path)
    hub = with_understanding(await make_hub(f"sqlite:///{path}", vault, clock), matcher)
    yield Chat(hub, clock)
    await hub.close()


@pytest.fixture
async def hub(database: Database, vault: Vault, clock: ManualClock) -> AsyncIterator[Hub]:
    """The hub over an empty database of each kind: it thanks for everything that is said."""
    url = database.engine.url.render_as_string(hide_password=False)
    made = await make_hub(url, vault, clock)
    yield with_understanding(made, Scripted(understood("utter_thanks")))
    await made.close()


@pytest.fixture
async def small_hub(sqlite: Database, vault: Vault, clock: ManualClock) -> AsyncIterator[Hub]:
    """The same over SQLite only, for tests whose subject is not the database."""
    url = sqlite.engine.url.render_as_string(hide_password=False)
    made = await make_hub(url, vault, clock)
    yield with_understanding(made, Scripted(understood("utter_thanks")))
    await made.close()


@pytest.fixture
def whatsapp(chat: Chat) -> Chat:
    """The same person's WhatsApp, which has no buttons."""
    return Chat(chat.hub, chat.clock, "simulator.whatsapp", "+51900000002")
