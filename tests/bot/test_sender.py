"""The sender: pace, pauses, order, lanes; nothing lost and nothing repeated."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from bot.lanes import LEASE, Accepted, Claim
from bot.messages import Fault, Outbound, SendError, SendOutcome, SendState
from hub.app.hub import Hub
from hub.clock import ManualClock
from tests.bot.messages import answer_all, message, replies
from tests.bot.senders import ListLane, Pace, Provider, make_pace

EACH = 3  # the notice in two messages, and the answer


def error(outcome: SendOutcome, **more: object) -> SendError:
    return SendError(outcome, Fault.PROVIDER, "test", code="X", **more)  # type: ignore[arg-type]


async def ask(hub: Hub, people: int) -> None:
    await hub.inbox.receive([message(hub, person) for person in range(1, people + 1)])
    await answer_all(hub)


def pace_for(hub: Hub, provider: Provider, clock: ManualClock) -> Pace:
    return make_pace(provider, hub.lanes, clock)


def sent_once(provider: Provider) -> bool:
    return max(Counter(send_id for _, _, send_id in provider.accepted).values()) == 1


async def test_twenty_senders_at_once_send_each_reply_once(hub: Hub, clock: ManualClock) -> None:
    # PEER-01, INV-2
    await ask(hub, 6)
    provider = Provider()
    paces = [pace_for(hub, provider, clock) for _ in range(20)]
    for _ in range(EACH):
        await asyncio.gather(*(pace.send_all() for pace in paces))
    assert len(provider.accepted) == 6 * EACH
    assert sent_once(provider)


async def test_a_429_stops_the_channel_and_loses_nothing(
    small_hub: Hub, clock: ManualClock
) -> None:
    # F-21
    await ask(small_hub, 5)
    provider = Provider()
    provider.failures.append(error(SendOutcome.RETRY, retry_after=30.0, freezes_channel=True))
    pace = pace_for(small_hub, provider, clock)
    await pace.sender.step()
    await pace.sender.drain()
    before = len(provider.accepted)  # those that were under way
    await pace.send_all_later(29)
    assert len(provider.accepted) == before
    await pace.send_all_later(2)
    await pace.send_all_later(30)
    assert len(provider.accepted) == 5 * EACH
    assert sent_once(provider)


async def test_a_refused_account_pauses_without_being_told_how_long(
    small_hub: Hub, clock: ManualClock
) -> None:
    # F-28: nothing is marked failed for good
    await ask(small_hub, 1)
    provider = Provider()
    provider.failures.extend([error(SendOutcome.RETRY, freezes_channel=True)] * 8)
    pace = pace_for(small_hub, provider, clock)
    for _ in range(12):
        await pace.send_all_later(300)
    assert len(provider.accepted) == EACH
    assert {reply.state for reply in await replies(small_hub)} == {SendState.ACCEPTED}


async def test_order_per_person_survives_any_failures(small_hub: Hub, clock: ManualClock) -> None:
    # INV-7, F-20
    chance = random.Random(3)  # noqa: S311
    people = 6
    await ask(small_hub, people)
    provider = Provider()
    for person in range(1, people + 1):
        failing = provider.by_address[f"9{person:08}"]
        for _ in range(EACH):
            failing.extend([error(SendOutcome.RETRY)] * chance.randrange(3))
            failing.append(None)
    pace = pace_for(small_hub, provider, clock)
    for _ in range(60):
        await pace.send_all_later(1)
    order = [row.id for row in await replies(small_hub)]
    for person in range(1, people + 1):
        got = [send for address, _, send in provider.accepted if address == f"9{person:08}"]
        assert len(got) == EACH
        assert got == sorted(got, key=order.index)


async def test_in_doubt_is_not_repeated(small_hub: Hub, clock: ManualClock) -> None:
    # INV-2, F-22
    await ask(small_hub, 1)
    provider = Provider()
    provider.failures.append(error(SendOutcome.IN_DOUBT))
    pace = pace_for(small_hub, provider, clock)
    for _ in range(10):
        await pace.send_all_later(600)
    assert len(provider.accepted) == EACH - 1
    states = [reply.state for reply in await replies(small_hub)]
    assert states == [SendState.IN_DOUBT, SendState.ACCEPTED, SendState.ACCEPTED]


async def test_a_safety_answer_in_doubt_is_repeated(small_hub: Hub, clock: ManualClock) -> None:
    # INV-12
    await small_hub.inbox.receive([message(small_hub, text="mi esposo me pega")])
    await answer_all(small_hub)
    provider = Provider()
    provider.failures.append(error(SendOutcome.IN_DOUBT))
    pace = pace_for(small_hub, provider, clock)
    for _ in range(3):
        await pace.send_all_later(600)
    assert len(provider.accepted) == EACH


async def test_a_bug_in_an_adapter_loses_and_repeats_nothing(
    small_hub: Hub, clock: ManualClock
) -> None:
    # INV-2, PEER-04
    await ask(small_hub, 2)
    provider = Provider()
    provider.by_address["900000001"].append(ZeroDivisionError("a bug"))
    pace = pace_for(small_hub, provider, clock)
    await pace.send_all()
    assert Counter(address for address, _, _ in provider.accepted) == {"900000002": EACH}
    pace.advance(LEASE.total_seconds() + 1)
    assert await small_hub.outbox.recover(clock.now(), everything=False) == 1
    await pace.send_all()
    assert Counter(address for address, _, _ in provider.accepted)["900000001"] == EACH - 1
    assert (await replies(small_hub))[0].state == SendState.IN_DOUBT


async def test_no_more_are_under_way_than_allowed(small_hub: Hub, clock: ManualClock) -> None:
    await ask(small_hub, 30)
    provider = Provider(gate=asyncio.Event())
    pace = pace_for(small_hub, provider, clock)
    for _ in range(3):
        assert await pace.sender.step()
    assert provider.under_way == pace.sender.in_flight
    assert provider.gate is not None
    provider.gate.set()
    await pace.send_all()
    assert len(provider.accepted) == 30 * EACH


async def test_replies_go_before_bulk_and_bulk_leaves_them_room(clock: ManualClock) -> None:
    # PEER-13, INV-7
    bulk, lane = ListLane("bulk", is_bulk=True), ListLane("replies", is_bulk=False)
    bulk.fill(100)
    provider = Provider()
    pace = make_pace(provider, [lane, bulk], clock, rate=20)
    await pace.send_all()
    assert len(bulk.accepted) == 8
    lane.fill(5)
    await pace.send_all()
    assert len(lane.accepted) == 2
    for _ in range(3):
        await pace.send_all_later(1)
    assert len(lane.accepted) == 5
    assert len(bulk.accepted) < 40


async def test_bulk_flows_when_there_are_no_replies(clock: ManualClock) -> None:
    bulk = ListLane("bulk", is_bulk=True)
    bulk.fill(60)
    pace = make_pace(Provider(), [ListLane("replies", is_bulk=False), bulk], clock, rate=20)
    for _ in range(12):
        await pace.send_all_later(0.5)
    assert len(bulk.accepted) == 60


async def test_bulk_that_the_rate_holds_back_goes_a_few_at_a_time(clock: ManualClock) -> None:
    # PEER-13: each claim of bulk is in the way of replies, so there is not one for every message
    bulk = ListLane("bulk", is_bulk=True)
    bulk.fill(60)
    pace = make_pace(Provider(), [bulk], clock, rate=20)
    await pace.send_all()
    assert len(bulk.accepted) == 8
    await pace.send_all_later(0.06)
    assert len(bulk.accepted) == 8
    await pace.send_all_later(0.06)
    assert len(bulk.accepted) == 10


async def test_a_reply_does_not_wait_for_the_room_that_bulk_waits_for(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # PEER-13
    monkeypatch.setattr("bot.sender._LONGEST_WAIT_SECONDS", 3600.0)
    bulk, lane = ListLane("bulk", is_bulk=True), ListLane("replies", is_bulk=False)
    bulk.fill(5)
    provider = Provider(gate=asyncio.Event())
    sender = make_pace(provider, [lane, bulk], clock, rate=20).sender
    for under_way in (5, 6):
        step = asyncio.create_task(sender.step())
        while provider.under_way < under_way:
            await asyncio.sleep(0)
        assert not step.done()
        lane.fill(1)
        sender.nudge()
        await step
    assert provider.gate is not None
    provider.gate.set()
    await sender.drain()


async def test_results_of_bulk_are_not_recorded_before_a_reply_that_is_under_way(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # PEER-13: a transaction of bulk would hold up the one that records the reply
    monkeypatch.setattr("bot.recording._BULK_SECONDS", 3600.0)
    bulk, lane = ListLane("bulk", is_bulk=True), ListLane("replies", is_bulk=False)
    bulk.fill(5)
    provider = Provider()
    sender = make_pace(provider, [lane, bulk], clock, rate=20).sender
    assert await sender.step()
    await until_told()
    assert len(provider.accepted) == 5
    provider.gate = asyncio.Event()
    lane.fill(1)
    assert await sender.step()
    assert provider.under_way == 1
    assert bulk.accepted == []
    provider.gate.set()
    await until_told()
    await sender.step()
    assert (len(lane.accepted), len(bulk.accepted)) == (1, 5)


@dataclass
class Closing(ListLane):
    """A lane whose claim takes until a reply has left, and whose calls then do not end."""

    provider: Provider = field(default_factory=Provider)

    async def claim(
        self, channel: str, limit: int, now: datetime, accepted: Sequence[Accepted] = ()
    ) -> Sequence[Claim]:
        await until_told()
        self.provider.gate = asyncio.Event()
        return await super().claim(channel, limit, now, accepted)


async def test_a_reply_that_left_while_bulk_was_claimed_is_recorded_at_once(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # PEER-13, INV-7: the next message of the person waits for it
    monkeypatch.setattr("bot.recording._SECONDS", 3600.0)
    monkeypatch.setattr("bot.sender._LONGEST_WAIT_SECONDS", 3600.0)
    bulk, lane = Closing("bulk", is_bulk=True), ListLane("replies", is_bulk=False)
    bulk.fill(5)
    lane.fill(1)
    sender = make_pace(bulk.provider, [lane, bulk], clock).sender
    async with asyncio.timeout(10):  # less than a call may take
        await sender.step()
    step = asyncio.create_task(sender.step())
    while not lane.accepted:
        await asyncio.sleep(0)
    assert bulk.provider.gate is not None
    bulk.provider.gate.set()
    await step
    await sender.drain()


async def test_the_sender_wakes_itself_after_each_message(
    small_hub: Hub, clock: ManualClock
) -> None:
    await ask(small_hub, 1)
    woken: list[int] = []
    pace = pace_for(small_hub, Provider(), clock)
    pace.sender.go_on = lambda: woken.append(1)
    await pace.send_all()
    assert len(woken) >= EACH


@dataclass
class Strict(ListLane):
    """Refuses what has `bad` in it, and with it all that is recorded at the same time."""

    bad: str = ""
    transactions: int = 0

    async def record_accepted(self, accepted: Sequence[Accepted]) -> None:
        self.transactions += bool(accepted)
        if any(each.claim.send_id == self.bad for each in accepted):
            raise ZeroDivisionError
        await super().record_accepted(accepted)


async def test_what_was_accepted_is_recorded_with_the_next_claim(clock: ManualClock) -> None:
    # INV-2
    lane = Strict("bulk", is_bulk=True)
    lane.fill(64)
    pace = make_pace(Provider(), [lane], clock)
    while await pace.sender.step():
        pass
    await pace.sender.drain()
    assert sorted(lane.accepted) == sorted(f"bulk{number}" for number in range(64))
    assert lane.transactions <= 8


async def test_a_result_that_cannot_be_recorded_spoils_no_other(clock: ManualClock) -> None:
    # INV-2, PEER-04
    lane = Strict("bulk", is_bulk=True, bad="bulk3")
    lane.fill(40)
    provider = Provider()
    pace = make_pace(provider, [lane], clock)
    for _ in range(40):
        with suppress(ZeroDivisionError):
            await pace.sender.step()
        await pace.sender.drain()
    assert set(lane.accepted) == {f"bulk{number}" for number in range(40)} - {"bulk3"}
    assert sent_once(provider)


@dataclass
class Slow(ListLane):
    """Counts what would be in doubt if the process died."""

    most_open: int = 0
    open: int = 0

    async def is_waiting(self, channel: str, now: datetime) -> bool:
        await asyncio.sleep(0.001)
        return await super().is_waiting(channel, now)

    async def claim(
        self, channel: str, limit: int, now: datetime, accepted: Sequence[Accepted] = ()
    ) -> Sequence[Claim]:
        await asyncio.sleep(0.002)
        claims = await super().claim(channel, limit, now, accepted)
        self.open += len(claims)
        self.most_open = max(self.most_open, self.open)
        await asyncio.sleep(0.002)
        return claims

    async def record_accepted(self, accepted: Sequence[Accepted]) -> None:
        await asyncio.sleep(0.001)
        await super().record_accepted(accepted)
        self.open -= len(accepted)


async def test_no_more_can_be_in_doubt_than_the_window_holds(clock: ManualClock) -> None:
    # INV-2: what is claimed, called, accepted and not yet recorded, while the database is slow
    lane = Slow("bulk", is_bulk=True)
    lane.fill(300)
    pace = make_pace(Provider(), [lane], clock)
    while await pace.sender.step():
        pass
    await pace.sender.drain()
    assert len(lane.accepted) == 300
    assert lane.most_open <= pace.sender.in_flight


@dataclass
class OneByOne(Provider):
    """Answers as many of its calls as told, oldest first."""

    asked: list[asyncio.Event] = field(default_factory=list)

    async def send(self, address: str, message: Outbound, *, send_id: str) -> str:
        answer = asyncio.Event()
        self.asked.append(answer)
        await answer.wait()
        return await super().send(address, message, send_id=send_id)

    def answer(self, calls: int) -> None:
        for answer in self.asked[:calls]:
            answer.set()
        del self.asked[:calls]


async def test_room_that_comes_in_small_parts_is_not_left_empty(clock: ManualClock) -> None:
    # PEER-13: a provider far away, whose calls do not end together
    bulk, provider = ListLane("bulk", is_bulk=True), OneByOne()
    bulk.fill(60)
    pace = make_pace(provider, [bulk], clock)

    async def step_after(seconds: float, answered: int) -> int:
        """How many calls are under way after a step; it must not be the last of its job."""
        pace.advance(seconds)
        provider.answer(answered)
        await until_told()
        assert await pace.sender.patient_step()
        return len(provider.asked)

    assert await step_after(0, 0) == 16
    assert await step_after(0.25, 3) == 13, "too few for a claim, unless no more come"
    assert await step_after(0.04, 0) == 16
    assert await step_after(0.04, 5) == 11, "the last claim was a moment ago"
    assert await step_after(0.04, 0) == 16
    assert await step_after(0.25, 4) == 16
    assert await step_after(0.001, 8) == 16
    provider.answer(16)
    await pace.sender.drain()


@dataclass
class Outlasting(ListLane):
    """A lane whose claims take longer than the calls that are under way when they begin."""

    provider: OneByOne = field(default_factory=OneByOne)

    async def claim(
        self, channel: str, limit: int, now: datetime, accepted: Sequence[Accepted] = ()
    ) -> Sequence[Claim]:
        self.provider.answer(limit)
        await until_told()
        return await super().claim(channel, limit, now, accepted)


async def until_told() -> None:
    """Until the sender knows which calls have ended."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_what_ended_while_a_claim_was_made_is_claimed_beside_its_calls(
    clock: ManualClock,
) -> None:
    # PEER-13: else database and provider would wait for each other by turns
    bulk = Outlasting("bulk", is_bulk=True)
    bulk.fill(60)
    pace = make_pace(bulk.provider, [bulk], clock)
    assert await pace.sender.step()
    bulk.provider.answer(8)
    await until_told()
    step = asyncio.create_task(pace.sender.step())
    await until_told()
    await until_told()
    assert step.done(), "it does not wait for the calls of its own claim"
    assert len(bulk.provider.asked) == 8
    bulk.provider.answer(8)
    await pace.sender.drain()


async def test_what_came_late_is_sent_when_it_is_due(small_hub: Hub, clock: ManualClock) -> None:
    await ask(small_hub, 1)
    provider = Provider()
    provider.failures.append(error(SendOutcome.RETRY, retry_after=120.0))
    pace = pace_for(small_hub, provider, clock)
    await pace.send_all()
    assert provider.accepted == []
    clock.advance(timedelta(seconds=119))
    await pace.send_all()
    assert provider.accepted == []
    await pace.send_all_later(1)
    assert len(provider.accepted) == EACH
