"""Telegram: who may call, and what every kind of update becomes."""

import copy
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import (
    ForgedRequestError,
    MalformedRequestError,
    WebhookRequest,
    read_headers,
)
from bot.channels.telegram import Telegram
from bot.messages import Coordinates, Inbound, InboundKind
from tests.bot.channels.channel_cases import FUZZ, WebhookCases
from tests.bot.channels.conftest import NOW, make_telegram
from tests.bot.channels.requests import (
    NOWHERE,
    PAYLOADS,
    WEBHOOK_SECRET,
    telegram_payload,
    telegram_request,
)
from tests.servers.telegram import TOKEN

PERSON = "7000000001"
SENT_AT = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
TEXT = json.dumps(telegram_payload("text")).encode()


class TestTelegram(WebhookCases):
    @pytest.fixture
    def channel(self, telegram: Telegram) -> Telegram:
        return telegram

    @pytest.fixture
    async def unreachable(self) -> AsyncIterator[Telegram]:
        adapter = make_telegram(NOWHERE)
        await adapter.open()
        yield adapter
        await adapter.close()

    @pytest.fixture
    def address(self) -> str:
        return PERSON

    @pytest.fixture
    def genuine(self) -> WebhookRequest:
        return telegram_request(TEXT)

    @pytest.fixture
    def genuine_again(self) -> WebhookRequest:
        again = {**telegram_payload("text"), "update_id": 17}
        return telegram_request(json.dumps(again).encode())

    @pytest.fixture
    def secrets(self) -> tuple[str, ...]:
        return (TOKEN, TOKEN.split(":")[1], WEBHOOK_SECRET, "persona_canario")


def parse(name: str) -> list[Inbound]:
    return make_telegram(NOWHERE).parse_update(telegram_payload(name))


# --- Who may call (SEC-06)


@pytest.mark.parametrize(
    "secret",
    [
        "",
        WEBHOOK_SECRET[:-1],
        WEBHOOK_SECRET + "0",
        WEBHOOK_SECRET.lower(),
        WEBHOOK_SECRET + "\u00e9",
        f"{WEBHOOK_SECRET}, {WEBHOOK_SECRET}",
        f"wrong, {WEBHOOK_SECRET}",
    ],
)
def test_wrong_secret_is_refused(secret: str) -> None:
    request = telegram_request(TEXT, x_telegram_bot_api_secret_token=secret)
    with pytest.raises(ForgedRequestError):
        make_telegram(NOWHERE).verify(request)


def test_second_secret_header_does_not_pass() -> None:
    # SEC-06: read as the server reads them, two headers never count as one right one
    name = b"X-Telegram-Bot-Api-Secret-Token"
    headers = read_headers(
        [(b"Content-Type", b"application/json"), (name, b"x"), (name, WEBHOOK_SECRET.encode())]
    )
    with pytest.raises(ForgedRequestError):
        make_telegram(NOWHERE).verify(WebhookRequest("POST", "/", "", headers, TEXT))


def test_without_a_secret_nobody_may_call() -> None:
    adapter = make_telegram(NOWHERE, secret=None)
    for value in ("", "None", WEBHOOK_SECRET):
        with pytest.raises(ForgedRequestError):
            adapter.verify(telegram_request(TEXT, x_telegram_bot_api_secret_token=value))


def test_secret_that_telegram_would_not_take_is_named_at_start() -> None:
    with pytest.raises(ValueError, match="webhook secret") as caught:
        make_telegram(NOWHERE, secret="clave con espacios")
    assert "clave" not in str(caught.value)


# --- What updates become (F-34)


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("text", InboundKind.TEXT, "¿Dónde renuevo el carné?"),
        ("text_markup", InboundKind.TEXT, "<b>hola</b> [x](tg://user?id=1) _*"),
        ("start", InboundKind.TEXT, "/start desde_afiche"),
        ("caption", InboundKind.IMAGE, "mi carné 😀"),
        ("photo", InboundKind.IMAGE, ""),
        ("voice", InboundKind.VOICE, ""),
        ("audio", InboundKind.VOICE, ""),
        ("video", InboundKind.VIDEO, ""),
        ("video_note", InboundKind.VIDEO, ""),
        ("animation", InboundKind.VIDEO, ""),
        ("document", InboundKind.DOCUMENT, ""),
        ("sticker", InboundKind.STICKER, ""),
        ("contact", InboundKind.CONTACT, ""),
        ("location", InboundKind.LOCATION, ""),
        ("live_location", InboundKind.LOCATION, ""),
        ("venue", InboundKind.LOCATION, ""),
        ("edited", InboundKind.EDITED, "¿Dónde renuevo el PTP?"),
        ("poll", InboundKind.UNSUPPORTED, ""),
        ("dice", InboundKind.UNSUPPORTED, ""),
        ("unknown_content", InboundKind.UNSUPPORTED, ""),
        ("blocked", InboundKind.BLOCKED, ""),
        ("unblocked", InboundKind.UNBLOCKED, ""),
    ],
)
def test_update_of_a_person(name: str, kind: InboundKind, text: str) -> None:
    (said,) = parse(name)
    assert said.kind is kind
    assert said.text == text
    assert said.address == PERSON
    assert said.channel == "telegram"
    assert said.message_id == str(telegram_payload(name)["update_id"])
    assert said.sent_at == SENT_AT
    assert said.language_hint == "es"
    assert said.choice is None


@pytest.mark.parametrize("name", ["callback_query", "callback_query_old"])
def test_pressed_button(name: str) -> None:
    (said,) = parse(name)
    assert (said.kind, said.choice, said.text) == (InboundKind.CHOICE, "tok_1", "")
    assert said.callback_id == "4382bfdwdsb323b2d9"
    assert said.address == PERSON
    assert said.sent_at == NOW  # the update does not say when the button was pressed


@pytest.mark.parametrize(
    "name",
    [
        "group_added",
        "group_made_admin",
        "group_removed",
        "group_message",
        "group_edited",
        "group_callback",
        "channel_added",
        "channel_post",
        "from_bot",
        "inline_query",
        "business_message",
        "message_reaction",
        "callback_query_inline",
        "callback_query_game",
        "live_location_moves",
        "pinned_message",
        "auto_delete",
        "unknown_type",
    ],
)
def test_what_concerns_nobody_is_ignored(name: str) -> None:
    assert parse(name) == []  # SEC-08


def test_every_recorded_update_has_a_test() -> None:
    recorded = {path.stem for path in (PAYLOADS / "telegram").glob("*.json")}
    for name in sorted(recorded):
        assert isinstance(parse(name), list)
    assert len(recorded) >= 45


@pytest.mark.parametrize("name", ["location", "live_location", "venue"])
def test_coordinates_travel_in_memory_only(name: str) -> None:
    # HUM-04: nothing but `coordinates` holds the pin, the venue's name or its address
    (said,) = parse(name)
    assert said.coordinates == Coordinates(-12.0464273, -77.0427934)
    assert said.text == ""
    for canary in ("12.04", "77.04", "Canario"):
        assert canary not in repr(said)


@pytest.mark.parametrize(
    ("name", "text"), [("text_lone_surrogate", "hola \ufffd mundo"), ("text_nul", "hola")]
)
def test_text_that_could_not_be_stored_is_made_fit(name: str, text: str) -> None:
    (said,) = parse(name)  # SEC-41
    assert said.text == text
    assert said.text.encode()


def test_no_language_is_no_hint() -> None:
    (said,) = parse("text_no_language")
    assert said.language_hint is None


def test_ids_that_start_again_lower_are_all_heard() -> None:
    # SEC-07: nothing here remembers a highest id
    adapter = make_telegram(NOWHERE)
    ids = [900, 901, 17, 18]
    heard = [
        adapter.parse_update({**telegram_payload("text"), "update_id": update_id})[0].message_id
        for update_id in ids
    ]
    assert heard == ["900", "901", "17", "18"]


# --- What cannot be read names the field and never its value


@pytest.mark.parametrize(
    ("where", "value", "named"),
    [
        (("update_id",), "canary", "update_id"),
        (("update_id",), True, "update_id"),
        (("update_id",), 2**70, "update_id"),
        (("message",), ["canary"], "message"),
        (("message", "chat"), None, "message.chat"),
        (("message", "chat", "id"), "canary", "chat.id"),
        (("message", "chat", "type"), 7, "chat.type"),
        (("message", "date"), "canary", "message.date"),
        (("message", "date"), 10**17, "message.date"),
        (("message", "text"), {"canary": 1}, "message.text"),
        (("message", "from"), "canary", "message.from"),
        (("message", "location"), {"latitude": "canary", "longitude": 0}, "latitude"),
        (("message", "location"), {"latitude": 91, "longitude": 0}, "latitude"),
        (("message", "location"), {"latitude": 0, "longitude": float("nan")}, "longitude"),
        (("message", "venue"), {}, "venue.location"),
    ],
)
def test_malformed_update_names_the_field(where: tuple[str, ...], value: Any, named: str) -> None:
    update = copy.deepcopy(telegram_payload("text"))
    if where[-1] in ("location", "venue"):
        del update["message"]["text"]
    holder = update
    for name in where[:-1]:
        holder = holder[name]
    holder[where[-1]] = value
    with pytest.raises(MalformedRequestError, match=named) as caught:
        make_telegram(NOWHERE).parse_update(update)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[" * 100_000, b"9" * 10_000, b"[1]", b"null"]
)
def test_body_that_is_no_update_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedRequestError):
        make_telegram(NOWHERE).parse(telegram_request(body))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@FUZZ
@given(data=st.data(), junk=_JSON)
def test_any_damage_to_an_update_is_read_or_malformed(data: st.DataObject, junk: Any) -> None:
    names = ["text", "venue", "callback_query", "blocked", "edited", "caption"]
    update = telegram_payload(data.draw(st.sampled_from(names)))
    places: list[tuple[dict[str, Any], str]] = []
    _collect(update, places)
    holder, name = data.draw(st.sampled_from(places))
    holder[name] = junk
    try:
        heard = make_telegram(NOWHERE).parse_update(update)
    except MalformedRequestError:
        return
    for said in heard:
        assert said.text.encode() is not None
        assert (said.choice or "").encode() is not None


def _collect(holder: dict[str, Any], places: list[tuple[dict[str, Any], str]]) -> None:
    for name, value in holder.items():
        places.append((holder, name))
        if isinstance(value, dict):
            _collect(value, places)
