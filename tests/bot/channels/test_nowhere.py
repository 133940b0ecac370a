"""The channels of test contacts: nothing leaves by them, and nothing of theirs leaves by others."""

from typing import Any

import pytest

from bot.channels.base import (
    Channel,
    ForgedRequestError,
    Lookup,
    MalformedRequestError,
    WebhookRequest,
)
from bot.channels.nowhere import Nowhere, is_test, new_address
from bot.channels.registry import ADAPTERS, CAPABILITIES, MAX_BODY, SIMULATED, TESTING
from bot.channels.simulator import Simulator
from bot.messages import Fault, Outbound, SendError, SendOutcome
from tests.bot.channels.channel_cases import AdapterCases
from tests.bot.channels.conftest import make_telegram, make_whatsapp, now
from tests.bot.channels.requests import NOWHERE


class TestNowhere(AdapterCases):
    @pytest.fixture(params=sorted(TESTING))
    def channel(self, request: Any) -> Nowhere:
        return Nowhere(request.param, TESTING[request.param])

    @pytest.fixture
    def address(self) -> str:
        return new_address()

    @pytest.mark.parametrize("number", ["+51999000111", "51999000111", "7000000001"])
    async def test_a_number_that_may_be_somebodys_is_refused(
        self, channel: Channel, number: str
    ) -> None:
        with pytest.raises(SendError) as caught:
            await channel.send(number, Outbound("hola"), send_id="s1")
        assert caught.value.fault is Fault.RECIPIENT

    async def test_nobody_can_call_it(self, channel: Channel) -> None:
        request = WebhookRequest("POST", "/webhooks/test", "", {}, b"{}")
        with pytest.raises(ForgedRequestError):
            channel.verify(request)
        with pytest.raises(MalformedRequestError):
            channel.parse(request)
        assert channel.name not in MAX_BODY
        assert not isinstance(channel, Lookup)


@pytest.mark.parametrize(
    "channel",
    [
        make_telegram(NOWHERE),
        make_whatsapp(NOWHERE),
        *(Simulator(name, played, now=now) for name, played in SIMULATED.items()),
    ],
    ids=lambda channel: str(channel.name),
)
async def test_every_other_channel_refuses_the_address_of_a_test_contact(channel: Channel) -> None:
    # INV-4: refused for what it is, before anybody is called.
    with pytest.raises(SendError) as caught:
        await channel.send(new_address(), Outbound("hola"), send_id="s1")
    assert caught.value.outcome is SendOutcome.REJECTED
    assert caught.value.fault is Fault.RECIPIENT


def test_each_plays_a_real_channel() -> None:
    assert {name for name in ADAPTERS if is_test(name)} == set(TESTING)
    for name, played in TESTING.items():
        real = CAPABILITIES[name.removeprefix("test.")]
        assert played.text_length == real.text_length
        assert played.buttons == real.buttons
        assert played.session_window == real.session_window
