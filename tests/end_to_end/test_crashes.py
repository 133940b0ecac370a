"""kill -9 at every numbered point: no inbound message is lost, no reply is sent twice."""

import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.end_to_end.conftest import few_examples
from tests.end_to_end.process import HubProcess, until
from tests.servers.telegram import TOKEN, TelegramServer

pytestmark = [pytest.mark.crash, pytest.mark.timeout(180)]

# Points at which nothing was promised to the provider yet, or the reply is certainly unsent: after
# a restart everybody is answered in full.
REPLY_COMES = (
    "inbox.before_commit",
    "inbox.after_commit",
    "inbox.claimed",
    "turns.before_understanding",
    "turns.before_commit",
    "turns.inside_commit",
    "turns.after_commit",
)
# Points between "this will be sent" and "this was sent": the reply is in doubt and not repeated.
IN_DOUBT = ("outbox.claimed", "sender.before_call", "sender.after_call", "outbox.before_record")
# What was sent is known; but the same commit may have claimed what comes next.
AFTER = ("outbox.recorded",)
PEOPLE = (501, 502, 503)
NOTICE_AND_ANSWER = 3


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as server:
        yield server


@pytest.fixture
async def hub(hub_folder: Path, telegram: TelegramServer) -> AsyncIterator[HubProcess]:
    process = HubProcess(
        hub_folder,
        environment={"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_BASE": telegram.url},
        settings={"understanding": few_examples(hub_folder)},
    )
    yield process
    await process.kill()


async def _crash_and_return(hub: HubProcess, telegram: TelegramServer, point: str) -> None:
    await hub.start(CHASQUI_FAILPOINT=point)
    for person in PEOPLE:
        await telegram.says(person, "me robaron mis documentos donde denuncio")
    assert await hub.died() == -9, f"{point} was never reached\n{hub.log}"
    await hub.start()
    await until(lambda: _open_messages(hub.folder) == 0)
    await until(lambda: _open_replies(hub.folder) == 0)


@pytest.mark.parametrize("point", REPLY_COMES)
async def test_everybody_is_answered_once(
    hub: HubProcess, telegram: TelegramServer, point: str
) -> None:
    # INV-1, INV-2, F-01, F-02, F-03
    await _crash_and_return(hub, telegram, point)
    for person in PEOPLE:
        texts = [call["text"] for call in telegram.sent_to(person)]
        assert len(texts) == NOTICE_AND_ANSWER, f"{person}: {texts}\n{hub.log}"
        assert max(Counter(texts).values()) == 1


@pytest.mark.parametrize("point", [*IN_DOUBT, *AFTER])
async def test_what_may_have_been_sent_is_in_doubt_and_not_repeated(
    hub: HubProcess, telegram: TelegramServer, point: str
) -> None:
    # INV-1, INV-2, F-04, F-05: bounded by the sends under way, listed, never repeated
    await _crash_and_return(hub, telegram, point)
    states = _states(hub.folder)
    least = 0 if point in AFTER else 1
    in_doubt = states["in_doubt"]
    assert least <= in_doubt <= len(PEOPLE)
    for person in PEOPLE:
        texts = [call["text"] for call in telegram.sent_to(person)]
        assert len(texts) == len(set(texts))
    reached = sum(len(telegram.sent_to(person)) for person in PEOPLE)
    everything = NOTICE_AND_ANSWER * len(PEOPLE)
    assert everything - in_doubt <= reached <= everything


async def test_sigterm_ends_in_order(hub: HubProcess, telegram: TelegramServer) -> None:
    # F-09
    await hub.start()
    await telegram.says(PEOPLE[0], "hola")
    await until(lambda: len(telegram.sent_to(PEOPLE[0])) == NOTICE_AND_ANSWER)
    assert await hub.stop() == 0
    assert "in_doubt" not in _states(hub.folder)


def _query(folder: Path, statement: str) -> list[tuple[str, int]]:
    connection = sqlite3.connect(f"file:{folder}/chasqui.db?mode=ro", uri=True)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def _open_messages(folder: Path) -> int:
    states = dict(_query(folder, "SELECT state, count(*) FROM inbox GROUP BY state"))
    closed = states.get("answered", 0)
    return len(PEOPLE) - closed


def _states(folder: Path) -> Counter[str]:
    return Counter(dict(_query(folder, "SELECT state, count(*) FROM outbox GROUP BY state")))


def _open_replies(folder: Path) -> int:
    states = _states(folder)
    return states["queued"] + states["sending"]
