"""Twilio's signature: exactly what Twilio signed over our public URL passes, and nothing else."""

import base64
import dataclasses
import hmac
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from bot.channels.base import ForgedRequestError
from bot.channels.twilio_signature import PublicURL
from bot.channels.twilio_signature import sign as twilio_sign
from bot.channels.whatsapp import MAX_BODY, WhatsApp
from tests.bot.channels.channel_cases import FUZZ
from tests.bot.channels.conftest import SECONDARY_TOKEN, make_whatsapp
from tests.bot.channels.requests import NOWHERE, PUBLIC_URL, whatsapp_payload, whatsapp_request
from tests.servers.twilio import AUTH_TOKEN

TEXT = whatsapp_payload("text")


@pytest.fixture
def closed() -> WhatsApp:
    """An adapter that is only asked to verify."""
    return make_whatsapp(NOWHERE)


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
    pairs = sorted([*((n.encode(), v.encode()) for n, v in TEXT), (b"Odd", b"\xff\xfe")])
    signed = f"{PUBLIC_URL}/webhooks/twilio".encode() + b"".join(n + v for n, v in pairs)
    signature = base64.b64encode(hmac.digest(AUTH_TOKEN.encode(), signed, "sha1")).decode()
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
