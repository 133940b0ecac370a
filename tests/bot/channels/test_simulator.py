"""The simulated phones."""

from typing import Any

import pytest

from bot.channels.base import ForgedRequestError, MalformedRequestError, WebhookRequest
from bot.channels.registry import ADAPTERS, MAX_BODY, SIMULATED
from bot.channels.simulator import MOST_MESSAGES, MOST_PHONES, Simulator
from bot.channels.telegram import Telegram
from bot.channels.whatsapp import WhatsApp
from bot.messages import Button, Coordinates, Fault, InboundKind, Outbound, SendError, SendOutcome
from tests.bot.channels.channel_cases import AdapterCases
from tests.bot.channels.conftest import NOW, now

MENU = Outbound("¿Qué tema?", (Button("Salud", "t1"), Button("Asilo", "t2")))


def simulate(name: str) -> Simulator:
    return Simulator(name, SIMULATED[name], now=now)


class TestSimulator(AdapterCases):
    @pytest.fixture(params=sorted(SIMULATED))
    def channel(self, request: Any) -> Simulator:
        return simulate(request.param)

    @pytest.fixture
    def address(self) -> str:
        return "51999000111"


def test_registry_names_its_adapters() -> None:
    assert ADAPTERS["telegram"] is Telegram
    assert ADAPTERS["whatsapp"] is WhatsApp
    for name in SIMULATED:
        assert ADAPTERS[name] is Simulator
        real = ADAPTERS[name.removeprefix("simulator.")]
        assert SIMULATED[name] == real.capabilities
    assert set(MAX_BODY) == {"telegram", "whatsapp"}


async def test_phone_shows_what_a_phone_would() -> None:
    phone = simulate("simulator.telegram")
    said = phone.type_text("7", "hola", language="es")
    await phone.send("7", MENU, send_id="s1")
    first, second = phone.phone("7")
    assert (first.by_person, first.text, first.buttons, first.at) == (True, "hola", (), NOW)
    assert (second.by_person, second.text, second.buttons) == (False, MENU.text, MENU.buttons)
    assert second.number > first.number
    assert (said.kind, said.text, said.address) == (InboundKind.TEXT, "hola", "7")
    assert (said.channel, said.language_hint) == ("simulator.telegram", "es")
    assert phone.phone("8") == []


async def test_whatsapp_phone_shows_numbers() -> None:
    phone = simulate("simulator.whatsapp")
    await phone.send("+51999000111", MENU, send_id="s1")
    (shown,) = phone.phone("+51999000111")
    assert shown.text == "¿Qué tema?\n\n1. Salud\n2. Asilo"
    assert shown.buttons == ()
    assert phone.press("+51999000111", "t1") is None


async def test_pressing_a_button() -> None:
    phone = simulate("simulator.telegram")
    await phone.send("7", MENU, send_id="s1")
    pressed = phone.press("7", "t2")
    assert pressed is not None
    assert (pressed.kind, pressed.choice) == (InboundKind.CHOICE, "t2")
    assert phone.phone("7")[-1].text == "Asilo"
    assert phone.press("7", "t3") is None
    assert phone.press("8", "t2") is None


def test_pin_is_not_kept() -> None:
    # HUM-04
    phone = simulate("simulator.telegram")
    said = phone.share_location("7", -12.0464273, -77.0427934)
    assert said.kind is InboundKind.LOCATION
    assert said.coordinates == Coordinates(-12.0464273, -77.0427934)
    assert "12.04" not in repr(phone.phone("7")) + repr(said) + phone.phone("7")[0].text


def test_same_text_twice_is_two_messages() -> None:
    # PEER-07
    phone = simulate("simulator.telegram")
    assert phone.type_text("7", "si").message_id != phone.type_text("7", "si").message_id


async def test_sends_fail_as_told() -> None:
    phone = simulate("simulator.telegram")
    doubt = SendError(SendOutcome.IN_DOUBT, Fault.NETWORK, "?")
    gone = SendError(SendOutcome.REJECTED, Fault.RECIPIENT, "?", opted_out=True)
    phone.fail_next([doubt, gone])
    for expected in (doubt, gone):
        with pytest.raises(SendError) as caught:
            await phone.send("7", MENU, send_id="s1")
        assert caught.value is expected
    assert await phone.send("7", MENU, send_id="s1")
    assert len(phone.phone("7")) == 1


async def test_memory_is_bounded() -> None:
    phone = simulate("simulator.telegram")
    for number in range(MOST_MESSAGES + 50):
        phone.type_text("1", str(number))
    assert len(phone.phone("1")) == MOST_MESSAGES
    assert phone.phone("1")[-1].text == str(MOST_MESSAGES + 49)
    for address in range(2, MOST_PHONES + 1):
        phone.type_text(str(address), "hola")
    phone.type_text("1", "otra vez")  # used last, so it is kept
    phone.type_text("999", "hola")
    assert phone.phone("1") != []
    assert phone.phone("2") == []
    assert phone.phone("999") != []


def test_nobody_may_call_it() -> None:
    phone = simulate("simulator.telegram")
    request = WebhookRequest("POST", "/", "", {}, b"{}")
    with pytest.raises(ForgedRequestError):
        phone.verify(request)
    with pytest.raises(MalformedRequestError):
        phone.parse(request)
