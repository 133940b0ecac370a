"""What the hub refuses before it starts, because going on would harm somebody."""

import asyncio
import shutil
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot.channels.registry import SIMULATED, TESTING
from bot.models import Address
from content.models import Answer
from hub.app.demonstration import (
    DemonstrationError,
    prepare_demonstration,
    refuse_demonstration,
    refuse_production,
)
from hub.app.hub import build_hub
from hub.app.one_worker import SecondWorkerError, hold_alone
from hub.app.processes import Worker
from hub.clock import ManualClock
from hub.config import Config, Environment, UnderstandingSettings
from hub.database import Database
from hub.jobs.loops import Jobs
from hub.staff.accounts import NewStaff, create_staff
from hub.staff.demonstration import ensure_demonstration_staff
from hub.staff.roles import Role
from hub.vault import KeyFileError, Vault
from tests.chat import Chat

CONFIG = Config(understanding=UnderstandingSettings(rasa=False))


@pytest.fixture
def url(prepared: Path, tmp_path: Path) -> str:
    shutil.copy(prepared, tmp_path / "copy.db")
    return f"sqlite:///{tmp_path}/copy.db"


async def channels_of_demonstration(
    url: str, vault: Vault, clock: ManualClock, **settings: object
) -> set[str]:
    environment = Environment(
        chasqui_database_url=url,
        telegram_bot_token=SecretStr("110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"),
        **settings,  # type: ignore[arg-type]
    )
    hub = await build_hub(CONFIG, environment, clock, vault, is_demonstration=True)
    await hub.database.close()
    return set(hub.channels) - set(SIMULATED) - set(TESTING)


async def test_demonstration_speaks_to_no_real_people(
    url: str, vault: Vault, clock: ManualClock
) -> None:
    # PEER-10: what approves itself has no live channel, unless it was told so expressly
    assert await channels_of_demonstration(url, vault, clock) == set()
    loopback = {"telegram_api_base": "http://127.0.0.1:9"}
    assert await channels_of_demonstration(url, vault, clock, **loopback) == {"telegram"}
    told = {"chasqui_demo_real_channels": True}
    assert await channels_of_demonstration(url, vault, clock, **told) == {"telegram"}


async def test_real_people_are_not_told_a_demonstrations_texts(url: str) -> None:
    # INV-6, INV-13
    database = Database(url)
    with pytest.raises(DemonstrationError, match="nobody verified"):
        await refuse_demonstration(database)
    await database.close()


async def test_demonstration_leaves_a_real_database_alone(
    sqlite: Database, vault: Vault, clock: ManualClock
) -> None:
    await refuse_production(sqlite)
    details = NewStaff("rosa", "Rosa", "Organización real", (Role.VERIFIER,))
    async with sqlite.write() as session:
        await create_staff(session, vault, details, "!", now=clock.now(), actor="test")
    with pytest.raises(DemonstrationError, match="of its own"):
        await refuse_production(sqlite)


async def test_a_demonstration_goes_on_with_what_its_people_did(
    url: str, vault: Vault, clock: ManualClock
) -> None:
    # PEER-10: whatever they verify, it never becomes a database for real people
    database = Database(url)
    async with database.write() as session:
        await ensure_demonstration_staff(session, vault, clock.now())
        details = NewStaff("rosa", "Rosa", "Organización A (demo)", (Role.VERIFIER,))
        rosa = await create_staff(session, vault, details, "!", now=clock.now(), actor="alba")
        for row in await session.scalars(select(Answer).where(Answer.is_demonstration)):
            row.is_demonstration, row.verified_by = False, rosa.staff_id
    await prepare_demonstration(database, vault, clock, "peru")
    with pytest.raises(DemonstrationError, match="nobody verified"):
        await refuse_demonstration(database)
    await database.close()


async def test_wrong_keys_are_refused_before_anything_is_given_up(
    chat: Chat, clock: ManualClock
) -> None:
    # F-18
    await chat.says("hola")
    async with chat.hub.database.read() as session:
        assert await session.scalar(select(Address.id)) is not None
    with pytest.raises(KeyFileError, match="do not open"):
        await build_hub(CONFIG, chat.hub.environment, clock, Vault.generate())


def test_sqlite_has_one_worker(tmp_path: Path) -> None:
    # F-08
    with (
        hold_alone(tmp_path / "chasqui.db"),
        pytest.raises(SecondWorkerError, match="PostgreSQL"),
        hold_alone(tmp_path / "chasqui.db"),
    ):
        pass
    with hold_alone(tmp_path / "chasqui.db"):
        pass  # let go of by then


async def test_a_part_that_dies_ends_the_process(chat: Chat) -> None:
    """Half a hub that acknowledges messages and answers none would go unnoticed."""
    stop = asyncio.Event()
    broken = Chat(chat.hub, chat.clock).hub
    object.__setattr__(broken.config.understanding, "examples", Path("/nowhere"))
    object.__setattr__(broken.matcher, "_folder", Path("/nowhere"))
    worker = Worker(broken, Jobs(), stop)
    worker.start()
    async with asyncio.timeout(10):
        await stop.wait()
    await worker.end()
    assert worker.has_failed


async def test_an_old_digit_does_no_old_thing(chat: Chat) -> None:
    await chat.says("hola")
    await chat.says("borrar")
    await chat.says("gracias")
    await chat.says("1")
    async with chat.hub.database.read() as session:
        assert await session.scalar(select(Address.id)) is not None
    assert "dos minutos" not in chat.text


async def test_a_question_after_a_disclosure_is_answered(chat: Chat) -> None:
    # HUM-23
    await chat.says("mi esposo me pega")
    await chat.says("gracias")
    chat.hears("Sigo aquí")
    await chat.says("quiero afiliarme al sis, como lo saco")
    assert "Sigo aquí" not in chat.text
