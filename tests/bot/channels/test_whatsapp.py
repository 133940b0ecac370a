"""WhatsApp: who may call, and what every kind of message and receipt becomes."""

import dataclasses
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from bot.channels.base import Channel, ForgedRequestError, MalformedRequestError, WebhookRequest
from bot.channels.twilio_signature import PublicURL
from bot.channels.twilio_signature import sign as twilio_sign
from bot.channels.whatsapp import MAX_BODY, STATUS_PATH, WhatsApp
from bot.channels.whatsapp_errors import explain, explain_refusal
from bot.messages import Coordinates, Fault, Inbound, InboundKind, SendOutcome, SendState
from tests.bot.channels.channel_cases import FUZZ, WebhookCases, receipt_of
from tests.bot.channels.conftest import NOW, SECONDARY_TOKEN, make_whatsapp, sign
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


# --- The signature (SEC-01, SEC-02, SEC-03): Twilio's own vectors

VECTOR_FIELDS = [
    ("From", "+14158675309"),
    ("To", "+18005551212"),
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675309"),
    ("Digits", "1234"),
]
VECTOR_DUPLICATES = [
    ("Sid", "CA123"),
    ("SidAccount", "AC123"),
    ("Digits", "5678"),
    ("Digits", "1234"),
    ("Digits", "1234"),
]
HOST = "mycompany.com"
QUERY = "/myapp.php?foo=1&bar=2"


@pytest.mark.parametrize(
    ("url", "fields", "signature"),
    [
        (f"https://{HOST}{QUERY}", VECTOR_FIELDS, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (f"http://{HOST}:1234{QUERY}", VECTOR_FIELDS, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        (f"https://{HOST}:443{QUERY}", VECTOR_FIELDS, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        (f"http://{HOST}:80{QUERY}", VECTOR_FIELDS, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        (f"https://{HOST}{QUERY}", VECTOR_DUPLICATES, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
    ],
)
def test_signature_equals_twilios_own(
    url: str, fields: list[tuple[str, str]], signature: str
) -> None:
    assert twilio_sign(b"12345", url, fields).decode() == signature
    reference = RequestValidator("12345")
    assert reference.compute_signature(url, MultiDict(fields)) == signature


@FUZZ
@given(st.lists(st.tuples(st.text(min_size=1, max_size=8), st.text(max_size=20)), max_size=12))
def test_signature_equals_the_library_on_any_fields(fields: list[tuple[str, str]]) -> None:
    fields = [(n, v) for n, v in fields if (n + v).isprintable()]
    url = "https://hub.example.org/webhooks/twilio?a=%20b+c"
    reference = RequestValidator(AUTH_TOKEN).compute_signature(url, MultiDict(fields))
    assert twilio_sign(AUTH_TOKEN.encode(), url, fields).decode() == reference


@pytest.mark.parametrize(
    ("configured", "signed"),
    [
        ("https://hub.example.org", "https://hub.example.org"),
        ("https://hub.example.org/", "https://hub.example.org"),
        ("https://hub.example.org", "https://hub.example.org:443"),
        ("https://hub.example.org:443", "https://hub.example.org"),
        ("https://hub.example.org:8443", "https://hub.example.org"),
        ("https://hub.example.org:8443", "https://hub.example.org:8443"),
        ("http://hub.example.org", "http://hub.example.org:80"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("https://example.org/hub", "https://example.org/hub"),
        ("https://example.org/hub/", "https://example.org:443/hub"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]:443"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]"),
        ("https://HUB.Example.org", "https://HUB.Example.org"),
    ],
)
def test_spellings_of_the_public_url_that_pass(configured: str, signed: str) -> None:
    # SEC-01
    make_whatsapp(NOWHERE, configured).verify(whatsapp_request(TEXT, public_url=signed))


@pytest.mark.parametrize(
    ("signed", "path", "query"),
    [
        ("http://hub.example.org/webhooks/twilio", "/webhooks/twilio", ""),
        ("https://evil.example.org/webhooks/twilio", "/webhooks/twilio", ""),
        ("https://hub.example.org:8443/webhooks/twilio", "/webhooks/twilio", ""),
        ("https://hub.example.org/webhooks/twilio/", "/webhooks/twilio", ""),
        ("https://hub.example.org/webhooks/twilio", "/webhooks/twilio/", ""),
        ("https://hub.example.org/webhooks/twilio?b=2&a=1", "/webhooks/twilio", "a=1&b=2"),
        ("https://hub.example.org/webhooks/twilio?a=x+y", "/webhooks/twilio", "a=x%20y"),
        ("https://hub.example.org/webhooks/twilio?a=x", "/webhooks/twilio", ""),
        ("https://hub.example.org/webhooks/twilio", "/webhooks/twilio", "a=x"),
    ],
)
def test_url_that_was_not_signed_is_refused(
    closed: WhatsApp, signed: str, path: str, query: str
) -> None:
    # SEC-01
    signature = RequestValidator(AUTH_TOKEN).compute_signature(signed, MultiDict(TEXT))
    request = whatsapp_request(TEXT, path=path, query=query, x_twilio_signature=signature)
    with pytest.raises(ForgedRequestError, match="signature"):
        closed.verify(request)


@pytest.mark.parametrize("query", ["a=1&b=2", "b=2&a=1", "a=x+y", "a=x%20y", "a", "a=%C3%B1"])
def test_query_is_taken_as_it_was_sent(closed: WhatsApp, query: str) -> None:
    closed.verify(whatsapp_request(TEXT, query=query))


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example.org"},
        {"x_forwarded_host": "hub.example.org"},
        {"x_forwarded_proto": "https"},
        {"x_forwarded_prefix": "/x"},
        {"forwarded": "host=hub.example.org;proto=https"},
    ],
)
def test_headers_never_change_the_url(closed: WhatsApp, headers: dict[str, str]) -> None:
    closed.verify(whatsapp_request(TEXT, **headers))
    forged = whatsapp_request(TEXT, public_url="https://evil.example.org", **headers)
    with pytest.raises(ForgedRequestError):
        closed.verify(forged)


@pytest.mark.parametrize(
    "url", ["", "hub.example.org", "ftp://x.org", "https://", "https://x.org?a=1"]
)
def test_public_url_that_is_none_is_an_error_at_start(url: str) -> None:
    with pytest.raises(ValueError, match="public URL"):
        PublicURL(url)


@pytest.mark.parametrize("signature", ["", "AAAA", "=", "ñ" * 28, "\ud800", "x" * 10_000, " "])
def test_malformed_signatures_are_refused(closed: WhatsApp, signature: str) -> None:
    with pytest.raises(ForgedRequestError):  # SEC-03
        closed.verify(whatsapp_request(TEXT, x_twilio_signature=signature))


def test_both_tokens_count_while_they_are_changed(closed: WhatsApp) -> None:
    # SEC-01
    closed.verify(whatsapp_request(TEXT, token=SECONDARY_TOKEN))
    with pytest.raises(ForgedRequestError):
        closed.verify(whatsapp_request(TEXT, token="other"))


@pytest.mark.parametrize(
    "name", ["location", "text", "text_nul", "text_bidi", "new_field", "button"]
)
def test_every_field_counts_blank_new_and_many(closed: WhatsApp, name: str) -> None:
    # SEC-02: blank `Body`, fields that we never heard of, 200 of them, UTF-8 and emoji
    fields = whatsapp_payload(name)
    request = whatsapp_request(fields)
    closed.verify(request)
    for dropped in range(len(fields)):
        fewer = fields[:dropped] + fields[dropped + 1 :]
        without = dataclasses.replace(request, body=urlencode(fewer).encode())
        with pytest.raises(ForgedRequestError):
            closed.verify(without)


def test_duplicate_fields_count_as_twilio_counts_them(closed: WhatsApp) -> None:
    fields = [*TEXT, ("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234")]
    closed.verify(whatsapp_request(fields))  # SEC-02


def test_bytes_that_are_not_utf8_are_signed_as_they_are(closed: WhatsApp) -> None:
    body = urlencode(TEXT).encode() + b"&Odd=%FF%FE"
    fields = [*TEXT, ("Odd", "\udcff\udcfe")]
    signature = twilio_sign(AUTH_TOKEN.encode(), f"{PUBLIC_URL}/webhooks/twilio", fields).decode()
    request = whatsapp_request(TEXT, x_twilio_signature=signature)
    closed.verify(dataclasses.replace(request, body=body))


@pytest.mark.parametrize("charset", ["", "; charset=UTF-8", ";charset=utf-8"])
def test_content_type_of_a_form(closed: WhatsApp, charset: str) -> None:
    closed.verify(
        whatsapp_request(TEXT, content_type=f"application/x-www-form-urlencoded{charset}")
    )


def test_absurdly_many_fields_are_refused(closed: WhatsApp) -> None:
    body = b"&".join([b"a=1"] * 10_000)
    assert len(body) < MAX_BODY
    with pytest.raises(ForgedRequestError, match="too many fields"):
        closed.verify(dataclasses.replace(whatsapp_request(TEXT), body=body))


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
