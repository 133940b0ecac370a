"""Replies that may or may not have been sent: the provider's own list says which (F-05)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from sqlalchemy import select

from bot.messages import SendState
from bot.models import OutboxRow
from hub.app.hub import Hub
from hub.app.settling import Settling
from hub.clock import ManualClock
from hub.database import Database
from hub.vault import Vault
from tests.app.conftest import make_hub
from tests.bot.messages import answer_all, message
from tests.bot.senders import Pace, make_pace
from tests.bot.words import rows
from tests.servers.faults import FaultKind
from tests.servers.twilio import TwilioServer

NUMBER = "+51987654321"
EACH = 3  # the notice in two messages, and the answer


class SlowTwilio(TwilioServer):
    """`list_takes` is how much later it is when it has looked a message up."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self._clock = clock
        self.list_takes = timedelta()

    async def _list(self, request: web.Request) -> web.StreamResponse:
        self._clock.advance(self.list_takes)
        return await super()._list(request)


@pytest.fixture
async def twilio(clock: ManualClock) -> AsyncIterator[SlowTwilio]:
    async with SlowTwilio(clock) as server:
        server.now = clock.now
        server.behaviour.statuses = ()
        yield server


@pytest.fixture
async def hub(
    sqlite: Database, vault: Vault, clock: ManualClock, tmp_path: Path, twilio: TwilioServer
) -> AsyncIterator[Hub]:
    """WhatsApp through the server that plays Twilio."""
    url = sqlite.engine.url.render_as_string(hide_password=False)
    made = await make_hub(url, vault, clock, tmp_path, twilio_api_base=twilio.url)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def pace(hub: Hub, clock: ManualClock) -> Pace:
    said = message(hub, channel="whatsapp", address=NUMBER)
    await hub.inbox.receive([said])
    await answer_all(hub)
    return make_pace(hub.channels["whatsapp"], hub.lanes, clock)


def settling(hub: Hub, channel: str = "whatsapp") -> Settling:
    return Settling(hub.lanes, hub.channels[channel], hub.clock)


async def states(hub: Hub) -> list[str]:
    return [row.state for row in await rows(hub, select(OutboxRow).order_by(OutboxRow.seq))]


async def test_what_twilio_has_is_not_sent_again(
    hub: Hub, pace: Pace, twilio: TwilioServer
) -> None:
    # F-05, F-20: accepted, and then the line was cut
    twilio.misbehave(FaultKind.RESET_AFTER)
    await pace.send_all()
    assert await states(hub) == [SendState.IN_DOUBT, SendState.ACCEPTED, SendState.ACCEPTED]
    await pace.send_all_later(31)
    await settling(hub).step()
    await pace.send_all_later(600)
    assert await states(hub) == [SendState.ACCEPTED] * EACH
    assert len(twilio.sent_to(NUMBER)) == EACH
    sids = {row.provider_id for row in await rows(hub, select(OutboxRow))}
    assert sids == {sent["sid"] for sent in twilio.sent_to(NUMBER)}


async def test_what_is_looked_up_last_is_found_however_long_the_others_took(
    hub: Hub, pace: Pace, twilio: SlowTwilio
) -> None:
    # F-05
    for _ in range(EACH):
        twilio.misbehave(FaultKind.RESET_AFTER)
    await pace.send_all()
    assert await states(hub) == [SendState.IN_DOUBT] * EACH
    pace.advance(31)
    twilio.list_takes = timedelta(seconds=70)
    await settling(hub).step()
    assert await states(hub) == [SendState.ACCEPTED] * EACH


async def test_what_twilio_never_had_is_sent_after_all(
    hub: Hub, pace: Pace, twilio: TwilioServer
) -> None:
    # F-04: a 500 without an effect cannot be told from one with
    twilio.misbehave(FaultKind.STATUS, status=500)
    await pace.send_all()
    assert await states(hub) == [SendState.IN_DOUBT, SendState.ACCEPTED, SendState.ACCEPTED]
    await pace.send_all_later(31)
    await settling(hub).step()
    await pace.send_all_later(1)
    assert await states(hub) == [SendState.ACCEPTED] * EACH
    assert len(twilio.sent_to(NUMBER)) == EACH


async def test_it_is_not_asked_too_early(hub: Hub, pace: Pace, twilio: TwilioServer) -> None:
    twilio.misbehave(FaultKind.RESET_AFTER)
    await pace.send_all()
    pace.clock.advance(timedelta(seconds=5))
    await settling(hub).step()
    assert twilio.calls("list") == []


async def test_while_twilio_cannot_be_asked_nothing_changes(
    hub: Hub, pace: Pace, twilio: TwilioServer
) -> None:
    # F-20
    twilio.misbehave(FaultKind.RESET_AFTER)
    await pace.send_all()
    pace.advance(31)
    twilio.misbehave(FaultKind.STATUS, status=503)
    await settling(hub).step()
    assert (await states(hub))[0] == SendState.IN_DOUBT
    await settling(hub).step()
    assert (await states(hub))[0] == SendState.ACCEPTED


async def test_telegram_cannot_be_asked_so_the_doubt_stays(hub: Hub, clock: ManualClock) -> None:
    await hub.inbox.receive([message(hub, channel="telegram", address="7")])
    await answer_all(hub)
    await hub.outbox.claim("telegram", 1, clock.now())
    await hub.outbox.recover(clock.now(), everything=True)
    clock.advance(timedelta(hours=1))
    assert not await settling(hub, "telegram").step()
    assert (await states(hub))[0] == SendState.IN_DOUBT
