"""Turns by several workers at once: in order for each person, one transaction each, no poison."""

import asyncio
import random
from datetime import timedelta

import pytest

from bot import phrases
from bot.inbox import MOST_ATTEMPTS, InboxState
from bot.models import OutboxRow
from bot.outbox import decode_message
from hub.app.hub import Hub
from hub.clock import ManualClock
from tests.bot.messages import answer_all, message, replies
from tests.bot.understanders import Failing, Wandering, understood, with_understanding
from tests.bot.words import contacts, messages, words

THANKS = understood("utter_thanks")
PEOPLE, EACH, WORKERS = 5, 6, 4


def text_of(hub: Hub, reply: OutboxRow) -> str:
    assert reply.message_sealed is not None
    return decode_message(hub.vault.open("outbox", "message", reply.id, reply.message_sealed)).text


async def work_until_done(hub: Hub) -> None:
    while await hub.inbox.open_count():
        if not await hub.turns.step():
            await asyncio.sleep(0.001)  # others hold what is left; nothing depends on how long


@pytest.mark.parametrize("seed", [1, 2])
async def test_each_person_is_answered_in_order(hub: Hub, seed: int) -> None:
    # INV-7, INV-2, SEC-64: whatever the understanding takes for each message
    chance = random.Random(seed)  # noqa: S311
    pauses = {f"{p}.{n}": chance.randrange(200) for p in range(PEOPLE) for n in range(EACH)}
    slow = Wandering(THANKS, pauses=lambda text: pauses[text])
    hub = with_understanding(hub, slow)
    said = sorted(pauses, key=lambda text: (text.split(".")[1], chance.random()))
    ids: dict[str, str] = {}
    for text in said:
        inbound = message(hub, int(text.split(".")[0]), text)
        ids[inbound.message_id] = text
        await hub.inbox.receive([inbound])
    await asyncio.gather(*(work_until_done(hub) for _ in range(WORKERS)))
    assert {row.state for row in await messages(hub)} == {InboxState.ANSWERED}
    texts = {row.id: ids[row.message_id] for row in await messages(hub)}
    answered = [texts[reply.inbound_id or ""] for reply in await replies(hub) if reply.part == 0]
    for person in range(PEOPLE):
        expected = [f"{person}.{number}" for number in range(EACH)]
        assert [text for text in slow.order if text.startswith(f"{person}.")] == expected
        assert [text for text in answered if text.startswith(f"{person}.")] == expected
    assert len(answered) == len(set(answered)) == PEOPLE * EACH


async def test_one_contact_for_everything_that_a_stranger_says_at_once(hub: Hub) -> None:
    await hub.inbox.receive([message(hub, 1, str(number)) for number in range(4)])
    await asyncio.gather(*(work_until_done(hub) for _ in range(WORKERS)))
    assert len(await contacts(hub)) == 1


async def test_poison_is_put_aside_and_neighbours_go_on(hub: Hub, clock: ManualClock) -> None:
    # F-32
    broken = Failing(THANKS, is_poison=lambda text: text == "poison")
    hub = with_understanding(hub, broken)
    await hub.inbox.receive([message(hub, 1, "poison"), message(hub, 1, "after")])
    await hub.inbox.receive([message(hub, 2, "neighbour")])
    for _ in range(MOST_ATTEMPTS):
        await answer_all(hub)
        clock.advance(timedelta(seconds=30))
    assert broken.attempts == MOST_ATTEMPTS
    await answer_all(hub)
    poison, after, neighbour = await messages(hub)
    assert (poison.state, poison.reason) == (InboxState.QUARANTINED, "failed")
    assert (after.state, neighbour.state) == (InboxState.ANSWERED, InboxState.ANSWERED)
    said = [text_of(hub, row) for row in await replies(hub) if row.inbound_id == poison.id]
    assert said == [words(phrases.failed)]


async def test_a_neighbour_does_not_wait_for_poison(hub: Hub) -> None:
    # F-32
    broken = Failing(THANKS, is_poison=lambda text: text == "poison")
    hub = with_understanding(hub, broken)
    await hub.inbox.receive([message(hub, 1, "poison"), message(hub, 2, "neighbour")])
    await answer_all(hub)
    assert [row.state for row in await messages(hub)] == [
        InboxState.RECEIVED,
        InboxState.ANSWERED,
    ]


async def test_poison_as_the_first_word_does_not_cost_the_notice(
    hub: Hub, clock: ManualClock
) -> None:
    # HUM-09
    hub = with_understanding(hub, Failing(THANKS, is_poison=lambda text: text == "poison"))
    await hub.inbox.receive([message(hub, 1, "poison")])
    for _ in range(MOST_ATTEMPTS):
        await answer_all(hub)
        clock.advance(timedelta(seconds=30))
    before = len(await replies(hub))
    await hub.inbox.receive([message(hub, 1, "hola")])
    await answer_all(hub)
    assert len(await replies(hub)) == before + 3


async def test_a_turn_whose_lease_was_lost_writes_nothing(hub: Hub) -> None:
    # INV-2, F-08: the twin answered meanwhile; the slow worker's whole turn is dropped
    gate = asyncio.Event()

    class Slow:
        async def understand(self, question: object) -> object:
            await gate.wait()
            return THANKS

    slow = with_understanding(hub, Slow())  # type: ignore[arg-type]
    await hub.inbox.receive([message(hub)])
    first = asyncio.create_task(slow.turns.step())
    while not any(row.state == InboxState.PROCESSING for row in await messages(hub)):
        await asyncio.sleep(0.001)
    await hub.inbox.recover(everything=True)
    await answer_all(hub)
    written = len(await replies(hub))
    gate.set()
    assert await first
    assert len(await replies(hub)) == written == 3
