"""What a process holds is its own while it says so, and nobody's effect comes after its lease."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from bot.lanes import Accepted, Claim
from bot.messages import Outbound, SendState
from bot.outbox import Outbox
from hub.app.hub import Hub
from hub.clock import ManualClock
from tests.bot.messages import CHANNEL, answer_all, message, replies
from tests.bot.senders import Pace, Provider, make_pace


@dataclass
class Stopped:
    """The system stops the process for `seconds` right after its claim is committed."""

    lane: Outbox
    pace: Pace
    seconds: float
    recovers: bool  # whether another process looks for dead ones meanwhile

    def __getattr__(self, name: str) -> object:
        return getattr(self.lane, name)

    async def claim(
        self, channel: str, limit: int, now: datetime, accepted: Sequence[Accepted] = ()
    ) -> Sequence[Claim]:
        claims = await self.lane.claim(channel, limit, now, accepted)
        self.pace.advance(self.seconds)
        if self.recovers:
            await self.lane.recover(self.pace.clock.now(), everything=False)
        return claims


async def ask(hub: Hub, *texts: str) -> None:
    await hub.inbox.receive([message(hub, n, text=text) for n, text in enumerate(texts, 1)])
    await answer_all(hub)


def whole(hub: Hub) -> float:
    """A lease in seconds: short where other processes may wait for it."""
    return hub.outbox.lease.total_seconds()


async def states(hub: Hub) -> list[str]:
    return [row.state for row in await replies(hub)]


@pytest.mark.parametrize("recovers", [False, True])
async def test_a_process_that_was_stopped_past_its_lease_sends_nothing_of_it(
    hub: Hub, clock: ManualClock, *, recovers: bool
) -> None:
    # PEER-01, INV-5: others may have taken it up, and the person may have opted out since
    await ask(hub, "hola")
    provider = Provider()
    pace = make_pace(provider, [], clock)
    stopped = Stopped(hub.outbox, pace, whole(hub) + 1, recovers)
    pace.sender.lanes = [stopped]  # type: ignore[list-item]
    await pace.sender.step()
    await pace.sender.drain()
    assert provider.accepted == []
    # It alone knows that nothing was sent, so nothing is in doubt.
    assert set(await states(hub)) == {SendState.QUEUED}
    awake = make_pace(provider, hub.lanes, clock)
    for _ in range(3):
        await awake.send_all_later(60)
    assert len(provider.accepted) == len({send_id for _, _, send_id in provider.accepted}) == 3


async def test_a_short_stop_is_no_harm(hub: Hub, clock: ManualClock) -> None:
    await ask(hub, "hola")
    provider = Provider()
    pace = make_pace(provider, [], clock)
    pace.sender.lanes = [Stopped(hub.outbox, pace, whole(hub) - 2, recovers=True)]  # type: ignore[list-item]
    await pace.sender.step()
    await pace.sender.drain()
    assert len(provider.accepted) == 1


async def test_a_slow_provider_makes_no_doubt_while_the_process_lives(
    hub: Hub, clock: ManualClock
) -> None:
    # PEER-04
    await ask(hub, "hola")
    provider = Provider(gate=asyncio.Event())
    assert provider.gate is not None
    pace = make_pace(provider, hub.lanes, clock)
    await pace.sender.step()
    for _ in range(4):
        pace.advance(whole(hub) - 2)
        await pace.sender.renew()
        assert await hub.outbox.recover(clock.now(), everything=False) == 0
    provider.gate.set()
    await pace.sender.drain()
    assert (await states(hub))[0] == SendState.ACCEPTED


async def test_a_lease_that_is_over_is_not_renewed(hub: Hub, clock: ManualClock) -> None:
    await ask(hub, "hola")
    [claim] = await hub.outbox.claim(CHANNEL, 1, clock.now())
    clock.advance(timedelta(seconds=whole(hub) + 1))
    assert await hub.outbox.renew([claim.send_id], clock.now()) == set()
    assert await hub.outbox.recover(clock.now(), everything=False) == 1


async def test_a_message_that_is_being_answered_stays_with_its_process(
    hub: Hub, clock: ManualClock
) -> None:
    # PEER-04: however long Rasa takes
    await hub.inbox.receive([message(hub)])
    work = await hub.inbox.claim()
    assert work is not None
    for _ in range(3):
        clock.advance(timedelta(seconds=whole(hub) - 2))
        await hub.inbox.renew([work.id])
        assert await hub.inbox.recover(everything=False) == 0
    clock.advance(timedelta(seconds=whole(hub) + 1))
    await hub.inbox.renew([work.id])
    assert await hub.inbox.recover(everything=False) == 1


def test_words_are_never_shown_in_a_claim() -> None:
    # INV-9
    assert "secret" not in repr(Claim("id", "telegram", "secret", Outbound("secret"), 1))
