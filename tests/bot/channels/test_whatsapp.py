"""WhatsApp: who may call, and what every kind of message and receipt becomes."""

import dataclasses
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import Channel, ForgedRequestError, MalformedRequestError, WebhookRequest
from bot.channels.whatsapp import STATUS_PATH, WhatsApp
from bot.channels.whatsapp_errors import explain, explain_refusal
from bot.messages import Coordinates, Fault, Inbound, InboundKind, SendOutcome, SendState
from tests.bot.channels.channel_cases import FUZZ, WebhookCases, receipt_of
from tests.bot.channels.conftest import NOW, SECONDARY_TOKEN, make_whatsapp, now, sign
from tests.bot.channels.requests import (
    NOWHERE,
    PAYLOADS,
    PUBLIC_URL,
    status_request,
    whatsapp_payload,
    whatsapp_request,
)
from tests.servers.twilio import ACCOUNT, AUTH_TOKEN, SENDER

PERSON = "+51999000111"
TEXT = whatsapp_payload("text")


@pytest.fixture
def closed() -> WhatsApp:
    """An adapter that is only asked to verify and to parse."""
    return make_whatsapp(NOWHERE)


class TestWhatsApp(WebhookCases):
    @pytest.fixture
    def channel(self, whatsapp: WhatsApp) -> WhatsApp:
        return whatsapp

    @pytest.fixture
    async def unreachable(self) -> AsyncIterator[WhatsApp]:
        adapter = make_whatsapp(NOWHERE)
        await adapter.open()
        yield adapter
        await adapter.close()

    @pytest.fixture
    def address(self) -> str:
        return PERSON

    @pytest.fixture
    def genuine(self) -> WebhookRequest:
        return whatsapp_request(TEXT)

    @pytest.fixture
    def genuine_again(self) -> WebhookRequest:
        again = {**dict(TEXT), "MessageSid": "SM" + "b" * 32, "SmsSid": "SM" + "b" * 32}
        return whatsapp_request(list(again.items()))

    @pytest.fixture
    def secrets(self) -> tuple[str, ...]:
        return (AUTH_TOKEN, SECONDARY_TOKEN, "Persona Canario", "51999000111", "renuevo")


@pytest.mark.parametrize("sender", ["", "51900000001", "+51 900 000 001", "whatsapp:+0", "canary"])
def test_sender_that_is_no_number_is_an_error_at_start(sender: str) -> None:
    with pytest.raises(ValueError, match="WhatsApp sender") as caught:
        WhatsApp(
            ACCOUNT, AUTH_TOKEN, sender, PUBLIC_URL, sign=str, is_signed=lambda *_: True, now=now
        )
    assert "canary" not in str(caught.value)


# --- Only what was signed for us (SEC-04)


@pytest.mark.parametrize(
    "changes",
    [
        {"AccountSid": "AC" + "f" * 32},
        {"AccountSid": ""},
        {"AccountSid": ACCOUNT.upper()},
        {"To": "whatsapp:+15005550006"},
        {"To": SENDER.removeprefix("whatsapp:")},
        {"To": ""},
    ],
)
def test_what_was_signed_for_others_is_refused(closed: WhatsApp, changes: dict[str, str]) -> None:
    # SEC-04: the right token, but another account or number
    with pytest.raises(ForgedRequestError):
        closed.verify(whatsapp_request(list({**dict(TEXT), **changes}.items())))


@pytest.mark.parametrize(
    "changes", [{"AccountSid": "AC" + "f" * 32}, {"From": "whatsapp:+15005550006"}]
)
def test_receipt_of_others_is_refused(closed: WhatsApp, changes: dict[str, str]) -> None:
    with pytest.raises(ForgedRequestError):
        closed.verify(status_request("sent", **changes))


# --- What messages become (F-34)


def parse(closed: WhatsApp, name: str) -> Inbound:
    request = whatsapp_request(whatsapp_payload(name))
    closed.verify(request)
    (said,) = closed.parse(request)
    assert isinstance(said, Inbound)
    return said


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("text", InboundKind.TEXT, "¿Dónde renuevo el carné? 😀 +&=%"),
        ("text_nul", InboundKind.TEXT, "hola"),
        ("text_bidi", InboundKind.TEXT, "a b+c\n\u202ex"),
        ("new_field", InboundKind.TEXT, "hola"),
        ("button", InboundKind.CHOICE, "Sí, quiero"),
        ("list_reply", InboundKind.CHOICE, "Lima"),
        ("location", InboundKind.LOCATION, ""),
        ("image", InboundKind.IMAGE, ""),
        ("image_caption", InboundKind.IMAGE, "mi carné"),
        ("sticker", InboundKind.STICKER, ""),
        ("voice", InboundKind.VOICE, ""),
        ("video", InboundKind.VIDEO, ""),
        ("document", InboundKind.DOCUMENT, "papel.pdf"),
        ("contact", InboundKind.CONTACT, ""),
        ("text_file", InboundKind.DOCUMENT, ""),
        ("unknown_media", InboundKind.UNSUPPORTED, ""),
        ("nothing", InboundKind.UNSUPPORTED, ""),
    ],
)
def test_message_of_a_person(closed: WhatsApp, name: str, kind: InboundKind, text: str) -> None:
    said = parse(closed, name)
    assert (said.kind, said.text) == (kind, text)
    assert said.channel == "whatsapp"
    assert said.address == PERSON
    assert said.message_id == dict(whatsapp_payload(name))["MessageSid"]
    assert said.sent_at == NOW
    assert said.text.encode()[:0] == b""


@pytest.mark.parametrize(("name", "choice"), [("button", "tok_1"), ("list_reply", "tok_2")])
def test_choice_is_the_token_of_the_button(closed: WhatsApp, name: str, choice: str) -> None:
    assert parse(closed, name).choice == choice


def test_coordinates_travel_in_memory_only(closed: WhatsApp) -> None:
    # HUM-04
    said = parse(closed, "location")
    assert said.coordinates == Coordinates(-12.0464273, -77.0427934)
    for canary in ("12.04", "77.04", "Canario"):
        assert canary not in repr(said) + said.text


def test_every_recorded_message_has_a_meaning(closed: WhatsApp) -> None:
    names = [path.stem for path in (PAYLOADS / "whatsapp").glob("*.form")]
    for name in names:
        if not name.startswith("status_"):
            assert parse(closed, name).channel == "whatsapp"
    assert len(names) >= 28


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"MessageSid": "", "SmsSid": ""}, "MessageSid"),
        ({"MessageSid": "canary/../x"}, "MessageSid"),
        ({"MessageSid": "S" * 65}, "MessageSid"),
        ({"From": ""}, "From"),
        ({"From": PERSON}, "From"),
        ({"From": "whatsapp:canary"}, "From"),
        ({"From": "whatsapp:+0canary"}, "From"),
        ({"From": "messenger:+51999000111"}, "From"),
        ({"Latitude": "canary", "Longitude": "1"}, "Latitude"),
        ({"Latitude": "1"}, "Longitude"),
        ({"Latitude": "90.5", "Longitude": "1"}, "Latitude"),
        ({"Latitude": "nan", "Longitude": "1"}, "Latitude"),
        ({"Latitude": "1", "Longitude": "inf"}, "Longitude"),
    ],
)
def test_malformed_message_names_the_field(
    closed: WhatsApp, changes: dict[str, str], named: str
) -> None:
    request = whatsapp_request(list({**dict(TEXT), **changes}.items()))
    closed.verify(request)
    with pytest.raises(MalformedRequestError, match=named) as caught:
        closed.parse(request)
    assert "canary" not in str(caught.value)
    assert "51999" not in str(caught.value)


@FUZZ
@given(
    st.dictionaries(
        st.sampled_from([n for n, _ in whatsapp_payload("location")]), st.text(max_size=30)
    )
)
def test_any_values_are_read_or_malformed(closed: WhatsApp, changes: dict[str, str]) -> None:
    fields = {**dict(whatsapp_payload("location")), **changes}
    body = "&".join(
        f"{name}={urlencode({'': value}, errors='replace')[1:]}" for name, value in fields.items()
    )
    request = dataclasses.replace(whatsapp_request(TEXT), body=body.encode())
    try:
        (said,) = closed.parse(request)
    except MalformedRequestError:
        return
    assert isinstance(said, Inbound)
    assert said.text.encode() is not None


# --- Receipts (PEER-08, F-26)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("accepted", SendState.ACCEPTED),
        ("scheduled", SendState.ACCEPTED),
        ("queued", SendState.ACCEPTED),
        ("sending", SendState.ACCEPTED),
        ("sent", SendState.SENT),
        ("partially_delivered", SendState.SENT),
        ("delivered", SendState.DELIVERED),
        ("read", SendState.READ),
        ("undelivered", SendState.FAILED),
        ("failed", SendState.FAILED),
        ("canceled", SendState.FAILED),
    ],
)
def test_receipt(closed: WhatsApp, status: str, state: SendState) -> None:
    receipt = receipt_of(closed, status_request(status))
    assert receipt.state is state
    assert receipt.provider_id == "SM" + "a" * 32
    assert receipt.channel == "whatsapp"
    assert receipt.error_code == ("63016" if status in ("undelivered", "failed") else None)
    assert receipt.send_id is None


def test_receipt_names_our_message_if_we_signed_it(closed: Channel) -> None:
    query = urlencode({"d": "row1", "s": sign("row1")})
    assert receipt_of(closed, status_request("sent", query)).send_id == "row1"


@pytest.mark.parametrize(
    "query",
    [
        "",
        "d=row1",
        "s=x",
        "d=&s=",
        "d=row1&s=wrong",
        f"d=row2&s={sign('row1')}",
        f"d=row2&d=row1&s={sign('row1')}",
        "d=row1&s=%FF",
        "d=row1&s=%ED%A0%80",
        "&".join(["d=row1"] * 50),
    ],
)
def test_send_id_without_our_signature_is_not_believed(closed: Channel, query: str) -> None:
    assert receipt_of(closed, status_request("sent", query)).send_id is None


@pytest.mark.parametrize("status", ["", "canary", "received", "DELIVERED"])
def test_unknown_status_is_malformed(closed: WhatsApp, status: str) -> None:
    request = status_request("sent", MessageStatus=status, SmsStatus=status)
    closed.verify(request)
    with pytest.raises(MalformedRequestError, match="MessageStatus") as caught:
        closed.parse(request)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("code", ["", "0", "canary", "1" * 11, "٣"])
def test_error_code_that_is_none_is_dropped(closed: WhatsApp, code: str) -> None:
    request = status_request("failed", ErrorCode=code)
    assert receipt_of(closed, request).error_code is None


def test_status_callback_and_inbound_do_not_mix(closed: WhatsApp) -> None:
    """A receipt posted where messages are expected has our number as sender, so it is refused."""
    receipt = whatsapp_payload("status_sent")
    with pytest.raises(ForgedRequestError):
        closed.verify(whatsapp_request(receipt))
    with pytest.raises(ForgedRequestError):
        closed.verify(whatsapp_request(TEXT, path=STATUS_PATH))


# --- What codes mean (F-24)


@pytest.mark.parametrize(
    ("code", "fault", "outcome", "opted_out"),
    [
        ("21610", Fault.RECIPIENT, SendOutcome.REJECTED, True),
        ("63014", Fault.RECIPIENT, SendOutcome.REJECTED, True),
        ("21211", Fault.RECIPIENT, SendOutcome.REJECTED, False),
        ("63003", Fault.RECIPIENT, SendOutcome.REJECTED, False),
        ("63024", Fault.RECIPIENT, SendOutcome.REJECTED, False),
        ("63016", Fault.RECIPIENT, SendOutcome.REJECTED, False),
        ("63032", Fault.RECIPIENT, SendOutcome.REJECTED, False),
        ("63049", Fault.RECIPIENT, SendOutcome.REJECTED, False),
        ("21656", Fault.CONTENT, SendOutcome.REJECTED, False),
        ("21658", Fault.CONTENT, SendOutcome.REJECTED, False),
        ("63028", Fault.CONTENT, SendOutcome.REJECTED, False),
        ("63041", Fault.CONTENT, SendOutcome.REJECTED, False),
        ("63013", Fault.ACCOUNT, SendOutcome.RETRY, False),
        ("20003", Fault.ACCOUNT, SendOutcome.RETRY, False),
        ("63007", Fault.ACCOUNT, SendOutcome.RETRY, False),
        ("63018", Fault.PROVIDER, SendOutcome.RETRY, False),
        ("20429", Fault.PROVIDER, SendOutcome.RETRY, False),
        ("99999", Fault.PROVIDER, SendOutcome.RETRY, False),
        ("", Fault.PROVIDER, SendOutcome.RETRY, False),
    ],
)
def test_meaning_of_codes(code: str, fault: Fault, outcome: SendOutcome, opted_out: bool) -> None:
    meaning = explain(code)
    assert (meaning.fault, meaning.outcome, meaning.opted_out) == (fault, outcome, opted_out)
    assert meaning.staff_text
    waits = fault is Fault.ACCOUNT or code in ("63018", "20429")
    assert meaning.freezes_channel is waits


@pytest.mark.parametrize("status", range(400, 500))
def test_refusal_without_a_code_opts_nobody_out(status: int) -> None:
    code, meaning = explain_refusal(status, None)
    assert code
    assert not meaning.opted_out
    assert meaning.outcome is SendOutcome.RETRY  # a proxy's page says nothing about our message
