"""WhatsApp: what goes over the wire, what every answer means, and finding a send in doubt again."""

import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.channels.base import Lookup
from bot.channels.whatsapp import WhatsApp
from bot.messages import (
    Button,
    Fault,
    Inbound,
    Outbound,
    Receipt,
    SendError,
    SendOutcome,
    SendState,
    TemplateUse,
)
from tests.bot.channels.conftest import is_signed, make_whatsapp, now
from tests.bot.channels.hub import Hub
from tests.servers.faults import FaultKind
from tests.servers.twilio import AUTH_TOKEN, SENDER, TwilioServer, age

PERSON = "+51999000111"
HELLO = Outbound("hola")


def ago(seconds: int) -> datetime:
    """By the clock of the server, which dates what it accepts."""
    return now() - timedelta(seconds=seconds)


async def failing_send(whatsapp: WhatsApp) -> SendError:
    with pytest.raises(SendError) as caught:
        await whatsapp.send(PERSON, HELLO, send_id="s1")
    return caught.value


# --- What is sent


async def test_message_and_its_signed_callback(
    whatsapp: WhatsApp, twilio_server: TwilioServer
) -> None:
    text = "<b>hola</b> *x* 😀 + & = % ¿qué?"
    sid = await whatsapp.send(PERSON, Outbound(text), send_id="row1")
    (sent,) = twilio_server.calls("create")
    assert (sent["From"], sent["To"], sent["Body"]) == (SENDER, f"whatsapp:{PERSON}", text)
    assert twilio_server.messages[0]["sid"] == sid
    callback = urlsplit(sent["StatusCallback"])
    assert f"{callback.scheme}://{callback.netloc}{callback.path}" == (
        "https://hub.example.org/webhooks/twilio/status"
    )
    assert callback.fragment == "rc=5&rp=all"
    query = parse_qs(callback.query)
    assert query["d"] == ["row1"]
    assert is_signed("row1", query["s"][0])
    assert PERSON not in sent["StatusCallback"]


async def test_a_template_goes_by_id_and_is_found_again(
    whatsapp: WhatsApp, twilio_server: TwilioServer
) -> None:
    sid = "HX" + "0" * 32
    twilio_server.behaviour.templates[sid] = "Hola. Novedades del {{1}}: toca el botón."
    use = TemplateUse(sid, (("1", "sábado 28"),))
    message = Outbound("Hola. Novedades del sábado 28: toca el botón.", template=use)
    sent = await whatsapp.send(PERSON, message, send_id="s1")
    (fields,) = twilio_server.calls("create")
    assert (fields["ContentSid"], fields["ContentVariables"]) == (sid, '{"1": "sábado 28"}')
    assert "Body" not in fields
    assert await whatsapp.find_sent(PERSON, message, ago(60)) == sent


async def test_a_voice_goes_by_its_address_and_is_found_again(
    whatsapp: WhatsApp, twilio_server: TwilioServer
) -> None:
    address = "https://hub.example.org/media/7KH3PX.es.ogg"
    voice = Outbound("Código: 7KH3PX", audio=address)
    sent = await whatsapp.send(PERSON, voice, send_id="s1")
    (fields,) = twilio_server.calls("create")
    assert (fields["Body"], fields["MediaUrl"]) == ("Código: 7KH3PX", address)
    assert await whatsapp.find_sent(PERSON, voice, ago(60)) == sent


async def test_choices_are_numbered_lines(whatsapp: WhatsApp, twilio_server: TwilioServer) -> None:
    buttons = (Button("Salud", "t1"), Button("Asilo", "t2"))
    await whatsapp.send(f"whatsapp:{PERSON}", Outbound("¿Qué tema?", buttons), send_id="s1")
    (sent,) = twilio_server.calls("create")
    assert sent["Body"] == "¿Qué tema?\n\n1. Salud\n2. Asilo"


async def test_numbered_lines_count_towards_the_length(whatsapp: WhatsApp) -> None:
    with pytest.raises(SendError) as caught:
        await whatsapp.send(PERSON, Outbound("a" * 1591, (Button("Salud", "t"),)), send_id="s1")
    assert caught.value.fault is Fault.CONTENT


# --- What answers mean (F-20 to F-24)


def refusal(status: int, code: object) -> dict[str, Any]:
    body = {"code": code, "message": "canary", "status": status}
    return {"kind": FaultKind.STATUS, "status": status, "body": body}


@pytest.mark.parametrize(
    ("fault", "outcome", "whose", "code", "opted_out"),
    [
        (refusal(400, 21610), "rejected", "recipient", "21610", True),
        (refusal(400, 21211), "rejected", "recipient", "21211", False),
        (refusal(400, 63016), "rejected", "recipient", "63016", False),
        (refusal(400, 21617), "rejected", "content", "21617", False),
        (refusal(400, 12345), "rejected", "content", "12345", False),
        (refusal(401, 20003), "retry", "account", "20003", False),
        (refusal(403, 20005), "retry", "account", "20005", False),
        (refusal(404, 20404), "retry", "account", "20404", False),
        (refusal(400, 63007), "retry", "account", "63007", False),
        (refusal(400, 63018), "retry", "provider", "63018", False),
        (refusal(400, "21610"), "retry", "provider", "400", False),
        (refusal(409, 99), "retry", "provider", "99", False),
        ({"kind": FaultKind.STATUS, "status": 403}, "retry", "account", "403", False),
        ({"kind": FaultKind.STATUS, "status": 400}, "retry", "provider", "400", False),
        (refusal(500, 20500), "in_doubt", "network", "in_doubt", False),
        (refusal(503, 21610), "in_doubt", "network", "in_doubt", False),
        ({"kind": FaultKind.STATUS, "status": 302}, "in_doubt", "network", "in_doubt", False),
    ],
)
async def test_refusals(
    whatsapp: WhatsApp,
    twilio_server: TwilioServer,
    fault: dict[str, Any],
    outcome: str,
    whose: str,
    code: str,
    opted_out: bool,
) -> None:
    # F-24
    twilio_server.misbehave(**fault)
    error = await failing_send(whatsapp)
    assert (error.outcome, error.fault, error.code) == (outcome, whose, code)
    assert error.opted_out is opted_out
    assert error.staff_text
    assert "canary" not in f"{error!r} {error.staff_text}"
    await whatsapp.send(PERSON, HELLO, send_id="s2")


async def test_refusals_of_the_server_itself(
    whatsapp: WhatsApp, twilio_server: TwilioServer
) -> None:
    twilio_server.behaviour.opted_out.add(f"whatsapp:{PERSON}")
    assert (await failing_send(whatsapp)).opted_out
    twilio_server.token = "changed"
    error = await failing_send(whatsapp)
    assert (error.fault, error.code, error.freezes_channel) == (Fault.ACCOUNT, "20003", True)


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "1e12"}, 3600),
        ({"Retry-After": "soon"}, 30),
        ({}, 30),
        (
            {
                "Retry-After": "Sun, 22 Nov 2026 15:01:30 GMT",
                "Date": "Sun, 22 Nov 2026 15:00:00 GMT",
            },
            90,
        ),
    ],
)
async def test_429_freezes_the_channel_for_a_bounded_time(
    whatsapp: WhatsApp, twilio_server: TwilioServer, headers: dict[str, str], pause: float
) -> None:
    # F-21
    body = {"code": 20429, "message": "Too Many Requests", "status": 429}
    twilio_server.misbehave(FaultKind.STATUS, status=429, body=body, headers=headers)
    error = await failing_send(whatsapp)
    assert (error.outcome, error.fault) == (SendOutcome.RETRY, Fault.PROVIDER)
    assert (error.code, error.freezes_channel) == ("20429", True)
    assert error.retry_after == pause


@pytest.mark.parametrize(
    ("kind", "arrived"),
    [
        (FaultKind.STATUS_AFTER, True),
        (FaultKind.HANG, True),
        (FaultKind.SLOW, True),
        (FaultKind.RESET, False),
        (FaultKind.RESET_AFTER, True),
        (FaultKind.CUT_OFF, True),
        (FaultKind.TRUNCATED, True),
        (FaultKind.HTML, True),
        (FaultKind.EMPTY, True),
        (FaultKind.HUGE, True),
    ],
)
async def test_what_is_not_confirmed_is_in_doubt_and_can_be_settled(
    whatsapp: WhatsApp, twilio_server: TwilioServer, kind: FaultKind, arrived: bool
) -> None:
    # F-20, F-22, F-23
    twilio_server.misbehave(kind)
    error = await failing_send(whatsapp)
    assert error.outcome is SendOutcome.IN_DOUBT
    found = await whatsapp.find_sent(PERSON, HELLO, ago(60))
    assert found == (twilio_server.messages[0]["sid"] if arrived else None)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"[" * 5000,
        b'{"sid":null}',
        b'{"sid":7}',
        b'{"sid":""}',
        '{"sid":"\u00f1"}'.encode("latin-1"),
    ],
)
async def test_strange_answers_are_in_doubt(
    whatsapp: WhatsApp, twilio_server: TwilioServer, raw: bytes
) -> None:
    # F-23
    twilio_server.misbehave(FaultKind.RAW, raw=raw)
    assert (await failing_send(whatsapp)).outcome is SendOutcome.IN_DOUBT


async def test_a_message_with_a_name_was_accepted_whatever_its_dates_say(
    whatsapp: WhatsApp, twilio_server: TwilioServer
) -> None:
    raw = b'{"sid":"SM1","date_created":"Sun, 99 Nov 2026 99:00:00 +0000"}'
    twilio_server.misbehave(FaultKind.RAW, raw=raw)
    assert await whatsapp.send("+51900000002", HELLO, send_id="s1") == "SM1"


async def test_numbers_and_token_are_not_logged(
    whatsapp: WhatsApp, twilio_server: TwilioServer, caplog: pytest.LogCaptureFixture
) -> None:
    # SEC-91
    caplog.set_level(logging.DEBUG)
    await whatsapp.send(PERSON, Outbound("texto canario"), send_id="s1")
    await whatsapp.find_sent(PERSON, HELLO, ago(60))
    twilio_server.misbehave(FaultKind.TRUNCATED)
    error = await failing_send(whatsapp)
    for secret in (AUTH_TOKEN, PERSON, "51999000111", "canario"):
        assert secret not in caplog.text + repr(error)


# --- Looking a send up


async def test_only_this_text_to_this_person_in_this_time_is_found(
    whatsapp: WhatsApp, twilio_server: TwilioServer
) -> None:
    assert isinstance(whatsapp, Lookup)
    menu = Outbound("Elija", (Button("Salud", "t"),))
    sid = await whatsapp.send(PERSON, menu, send_id="s1")
    await whatsapp.send("+51999000222", HELLO, send_id="s2")
    assert await whatsapp.find_sent(PERSON, menu, ago(60)) == sid
    assert await whatsapp.find_sent(PERSON, Outbound("Elija"), ago(60)) is None
    assert await whatsapp.find_sent(PERSON, HELLO, ago(60)) is None
    age(twilio_server.messages[1], by=timedelta(seconds=90))
    assert await whatsapp.find_sent(PERSON, menu, ago(60)) is None
    assert await whatsapp.find_sent(PERSON, menu, ago(120)) == sid


async def test_too_many_messages_to_tell_is_try_again(
    whatsapp: WhatsApp, twilio_server: TwilioServer
) -> None:
    await whatsapp.send(PERSON, HELLO, send_id="s1")
    twilio_server.messages *= 200
    with pytest.raises(SendError) as caught:
        await whatsapp.find_sent(PERSON, Outbound("otro"), ago(60))
    assert caught.value.outcome is SendOutcome.RETRY
    age(twilio_server.messages[0], by=timedelta(days=1))  # all 200 are this one message
    assert await whatsapp.find_sent(PERSON, Outbound("otro"), ago(60)) is None


@pytest.mark.parametrize(
    "kind", [FaultKind.STATUS, FaultKind.HTML, FaultKind.EMPTY, FaultKind.HANG]
)
async def test_lookup_that_fails_is_never_absence(
    whatsapp: WhatsApp, twilio_server: TwilioServer, kind: FaultKind
) -> None:
    """`None` means that the message is sent again, so it must not come from a failure."""
    await whatsapp.send(PERSON, HELLO, send_id="s1")
    twilio_server.misbehave(kind)
    with pytest.raises(SendError):
        await whatsapp.find_sent(PERSON, HELLO, ago(60))


# --- With Twilio calling back


@pytest.fixture
async def hub(twilio_server: TwilioServer) -> AsyncIterator[Hub]:
    async with Hub() as hub:
        adapter = make_whatsapp(twilio_server.url, hub.url)
        hub.adapter = adapter
        twilio_server.webhook = f"{hub.url}/webhooks/twilio"
        await adapter.open()
        yield hub
        await adapter.close()


async def test_a_conversation_with_receipts(hub: Hub, twilio_server: TwilioServer) -> None:
    twilio_server.behaviour.statuses = ("sent", "delivered", "read")
    assert await twilio_server.says(PERSON, "¿Dónde está el CEBAF? 😀") == 200
    sid = await hub.adapter.send(PERSON, HELLO, send_id="row1")
    await twilio_server.settle()
    said, *receipts = hub.heard
    assert isinstance(said, Inbound)
    assert (said.text, said.address) == ("¿Dónde está el CEBAF? 😀", PERSON)
    assert receipts == [
        Receipt("whatsapp", sid, state, send_id="row1")
        for state in (SendState.SENT, SendState.DELIVERED, SendState.READ)
    ]


async def test_lost_callbacks_come_again_and_failures_carry_their_code(
    hub: Hub, twilio_server: TwilioServer
) -> None:
    hub.answers = [500, 503]
    twilio_server.behaviour.failing[f"whatsapp:{PERSON}"] = 63024
    await hub.adapter.send(PERSON, HELLO, send_id="row1")
    await twilio_server.settle()
    (receipt,) = hub.heard
    assert isinstance(receipt, Receipt)
    assert (receipt.state, receipt.error_code) == (SendState.FAILED, "63024")
    assert [status for _, _, status in twilio_server.callbacks] == [500, 503, 200]
