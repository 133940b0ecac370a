"""Who was told a version: one query, for answers of the bot and for updates."""

from pathlib import Path

import pytest
from sqlalchemy import select

from broadcast.models import Update
from broadcast.versions import short_code
from content.models import Answer
from hub.app.exposures import Exposure, count_exposures
from hub.clock import ManualClock
from hub.database import Database
from hub.vault import Vault
from tests.app.test_command_line import Run, run, with_content  # noqa: F401  # fixtures
from tests.bot.understanders import Scripted, understood, with_understanding
from tests.broadcast.scene import Scene
from tests.chat import Chat

ASYLUM = understood("utter_answer", ("asylum.apply", 0.9), slots={"topic": "asylum.apply"})


async def test_answers_are_counted_by_version(chat: Chat) -> None:
    chat.hub = with_understanding(chat.hub, Scripted(ASYLUM))
    await chat.says("¿cómo pido refugio?")
    await chat.says("¿y cómo pido refugio?")
    other = Chat(chat.hub, chat.clock, address="900000002")
    await other.says("¿cómo pido refugio?")
    async with chat.hub.database.read() as session:
        answer = await session.scalar(select(Answer).where(Answer.topic == "asylum.apply"))
        assert answer is not None
        assert answer.code
        found = await count_exposures(session, answer.code.lower())
        other_code = await session.scalar(select(Answer.code).where(Answer.topic == "health.sis"))
        nobody = await count_exposures(session, str(other_code))
    assert found is not None
    assert found.name == "answer asylum.apply, version 1, approved"
    (count,) = found.counts
    assert (count.kind, count.channel) == ("answer", "simulator.telegram")
    assert (count.messages, count.people) == (3, 2)
    assert nobody is not None
    assert nobody.counts == ()


async def test_updates_are_counted_by_the_code_of_their_page(
    database: Database, vault: Vault, clock: ManualClock
) -> None:
    scene = Scene(database, vault, clock)
    await scene.hire()
    for _ in range(3):
        await scene.add_person()
    update_id = await scene.sending()
    async with database.read() as session:
        row = await session.get_one(Update, update_id)
        found = await count_exposures(session, short_code(row.content_hash))
    assert found is not None
    assert found.name.startswith(f"update {update_id}, version 1")
    assert found.counts == (Exposure("update", "telegram", "queued", 3, 3),)


@pytest.mark.parametrize("code", ["", "7KH3PX", "deadbeef0000", "'; drop", "%%%%%%%%"])
async def test_codes_that_nobody_gave(sqlite: Database, code: str) -> None:
    async with sqlite.read() as session:
        assert await count_exposures(session, code) is None


def test_the_command(with_content: Run, prepared: Path) -> None:  # noqa: F811
    del prepared
    ended = with_content("report", "exposures", "7KH3PX")
    assert (ended.status, ended.out) == (2, "")
    assert "neither an answer nor an update" in ended.err
