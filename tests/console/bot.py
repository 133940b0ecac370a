"""The console beside the whole hub, so that its pages can ask the bot."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import copyfile

from bot.lexical import LexicalMatcher
from bot.understanding import NLUClient
from hub.app.hub import Hub
from hub.clock import ManualClock
from hub.staff.passwords import Passwords
from hub.vault import Vault
from tests.bot.understanders import make_hub, with_understanding
from tests.console.conftest import ConsoleHarness, make_app

EXAMPLES = Path(__file__).parent.parent.parent / "nlu" / "data"


def read_matcher() -> LexicalMatcher:
    return LexicalMatcher.read(EXAMPLES)


@asynccontextmanager
async def open_console_with_bot(
    prepared: Path,
    folder: Path,
    vault: Vault,
    clock: ManualClock,
    passwords: Passwords,
    matcher: NLUClient,
) -> AsyncIterator[tuple[ConsoleHarness, Hub]]:
    """Over a copy of the prepared database; the matcher answers in Rasa's place."""
    path = folder / "chasqui.db"
    copyfile(prepared, path)
    hub = with_understanding(await make_hub(f"sqlite:///{path}", vault, clock), matcher)
    app = make_app(hub.database, vault, clock, passwords, rehearser=hub.rehearser)
    harness = ConsoleHarness(hub.database, vault, clock, passwords, app)
    yield harness, hub
    await harness.close()
    await hub.close()
