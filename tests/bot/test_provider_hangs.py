"""While a provider or the understanding hangs, nobody else waits, even with two connections."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from bot.understanding import Question, Understanding
from hub.app.hub import Hub
from hub.clock import ManualClock
from hub.vault import Vault
from tests.bot.messages import answer_all, message
from tests.bot.senders import Provider, make_pace
from tests.bot.understanders import make_hub, understood, with_understanding
from tests.databases import PostgresServer

pytestmark = pytest.mark.postgres
IN_TIME = 5.0  # seconds; a hang would last for ever
STUCK = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"


@pytest.fixture
async def narrow(
    postgres: PostgresServer, schema_in_postgres: str, vault: Vault, clock: ManualClock
) -> AsyncIterator[Hub]:
    """A hub whose every part shares two connections to PostgreSQL."""
    url = postgres.new_database(like=schema_in_postgres)
    made = await make_hub(url, vault, clock, database_connections=2)
    yield with_understanding(made, Hanging(asyncio.Event(), open_from_start=True))
    await made.close()


class Hanging:
    """An understanding that says nothing until its gate opens."""

    def __init__(self, gate: asyncio.Event, *, open_from_start: bool = False) -> None:
        self.gate, self.waiting = gate, 0
        if open_from_start:
            gate.set()

    async def understand(self, question: Question) -> Understanding:
        del question
        self.waiting += 1
        await self.gate.wait()
        return understood("utter_thanks")


async def assert_works(hub: Hub, person: int) -> None:
    """Webhooks, reads and claims go on; nothing idles in a transaction."""
    async with asyncio.timeout(IN_TIME):
        for number in range(3):
            assert await hub.inbox.receive([message(hub, person + number)]) == 1
        assert await hub.inbox.open_count() >= 3
        await asyncio.gather(*(hub.outbox.counts() for _ in range(6)))
        async with hub.database.read() as session:
            assert await session.scalar(text(STUCK)) == 0


async def until(condition: object) -> None:
    assert callable(condition)
    async with asyncio.timeout(IN_TIME):
        while not condition():
            await asyncio.sleep(0.001)


async def test_a_provider_that_hangs_holds_no_connection(narrow: Hub, clock: ManualClock) -> None:
    # PEER-02
    await narrow.inbox.receive([message(narrow, person) for person in range(8)])
    await answer_all(narrow)
    gate = asyncio.Event()
    provider = Provider(gate=gate)
    pace = make_pace(provider, narrow.lanes, clock)
    sending = asyncio.create_task(pace.send_all())
    await until(lambda: provider.under_way == 8)
    await assert_works(narrow, 100)
    gate.set()
    await sending
    assert len(provider.accepted) == 8 * 3


async def test_an_understanding_that_hangs_holds_no_connection(narrow: Hub) -> None:
    # PEER-02
    gate = asyncio.Event()
    hanging = Hanging(gate)
    hub = with_understanding(narrow, hanging)
    await hub.inbox.receive([message(hub, person) for person in range(6)])
    turns = [asyncio.create_task(hub.turns.step()) for _ in range(6)]
    await until(lambda: hanging.waiting == 6)
    await assert_works(hub, 100)
    gate.set()
    assert await asyncio.gather(*turns) == [True] * 6
