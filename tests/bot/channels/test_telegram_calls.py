"""Telegram: what goes over the wire, and what every answer means. Real library, real server."""

import asyncio
import json
import logging
from typing import Any

import pytest

from bot.channels.base import MalformedRequestError
from bot.channels.telegram import CAPABILITIES, Telegram
from bot.channels.telegram_errors import code_of, explain
from bot.messages import Button, Fault, InboundKind, Outbound, SendError, SendOutcome
from tests.bot.channels.conftest import make_telegram
from tests.bot.channels.requests import NOWHERE, telegram_payload
from tests.servers.faults import FaultKind
from tests.servers.telegram import TOKEN, TelegramServer

HELLO = Outbound("hola")


async def failing_send(telegram: Telegram) -> SendError:
    with pytest.raises(SendError) as caught:
        await telegram.send("7", HELLO, send_id="s1")
    return caught.value


# --- What is sent


async def test_text_is_sent_without_markup_or_preview(
    telegram: Telegram, telegram_server: TelegramServer
) -> None:
    # SEC-45
    text = "<b>hola</b> [x](tg://user?id=1) _* https://example.org 😀 + & = %"
    await telegram.send("7", Outbound(text), send_id="s1")
    (sent,) = telegram_server.sent_to(7)
    assert sent["text"] == text
    assert "parse_mode" not in sent
    assert "entities" not in sent
    assert json.loads(sent["link_preview_options"]) == {"is_disabled": True}
    assert "reply_markup" not in sent


async def test_buttons_are_one_in_a_row(
    telegram: Telegram, telegram_server: TelegramServer
) -> None:
    await telegram.send(
        "7", Outbound("Elija", (Button("Sí", "a" * 64), Button("No", "b"))), send_id="s"
    )
    (sent,) = telegram_server.sent_to(7)
    assert json.loads(sent["reply_markup"]) == {
        "inline_keyboard": [
            [{"text": "Sí", "callback_data": "a" * 64}],
            [{"text": "No", "callback_data": "b"}],
        ]
    }


async def test_a_voice_goes_by_its_address(
    telegram: Telegram, telegram_server: TelegramServer
) -> None:
    # Telegram fetches the file; nothing is uploaded.
    address = "https://hub.example.org/media/7KH3PX.es.ogg"
    given = await telegram.send("7", Outbound("Código: 7KH3PX", audio=address), send_id="s1")
    (sent,) = telegram_server.calls("sendVoice")
    assert (sent["chat_id"], sent["voice"], sent["caption"]) == ("7", address, "Código: 7KH3PX")
    assert "parse_mode" not in sent
    assert given
    assert telegram_server.calls("sendMessage") == []


async def test_a_voice_that_telegram_cannot_carry_is_refused(
    telegram: Telegram, telegram_server: TelegramServer
) -> None:
    voice = Outbound("a" * 1025, audio="https://hub.example.org/media/7KH3PX.es.ogg")
    with pytest.raises(SendError) as caught:
        await telegram.send("7", voice, send_id="s1")
    assert caught.value.fault is Fault.CONTENT
    assert telegram_server.calls("sendVoice") == []


@pytest.mark.parametrize("token", ["", "a" * 65, "ñ" * 33])
async def test_token_that_telegram_cannot_carry_is_refused(
    telegram: Telegram, telegram_server: TelegramServer, token: str
) -> None:
    with pytest.raises(SendError) as caught:
        await telegram.send("7", Outbound("Elija", (Button("Sí", token),)), send_id="s")
    assert caught.value.fault is Fault.CONTENT
    assert telegram_server.calls("sendMessage") == []


async def test_too_many_buttons_are_refused(telegram: Telegram) -> None:
    buttons = tuple(Button("a", f"t{n}") for n in range(CAPABILITIES.buttons + 1))
    with pytest.raises(SendError) as caught:
        await telegram.send("7", Outbound("Elija", buttons), send_id="s")
    assert caught.value.fault is Fault.CONTENT


async def test_pressed_button_is_acknowledged(
    telegram: Telegram, telegram_server: TelegramServer
) -> None:
    (press,) = telegram.parse_update(telegram_payload("callback_query"))
    (text,) = telegram.parse_update(telegram_payload("text"))
    await telegram.acknowledge(press)
    await telegram.acknowledge(text)
    calls = telegram_server.calls("answerCallbackQuery")
    assert [call["callback_query_id"] for call in calls] == ["4382bfdwdsb323b2d9"]


@pytest.mark.parametrize("name", ["group_added", "group_message", "channel_added"])
async def test_groups_are_left(
    telegram: Telegram, telegram_server: TelegramServer, name: str
) -> None:
    # SEC-08
    telegram_server.misbehave(FaultKind.STATUS, status=400, body={})  # a failure ends nothing
    for update in (name, name, "group_removed"):
        assert telegram.parse_update(telegram_payload(update)) == []
    for _ in range(100):
        if len(telegram_server.calls("leaveChat")) == 2:
            break
        await asyncio.sleep(0.01)
    payload = telegram_payload(name)
    chat = next(part["chat"]["id"] for part in payload.values() if isinstance(part, dict))
    assert [call["chat_id"] for call in telegram_server.calls("leaveChat")] == [str(chat)] * 2


# --- What answers mean (F-20 to F-24)


def refusal(status: int, description: str, **more: Any) -> dict[str, Any]:
    body = {"ok": False, "error_code": status, "description": description, **more}
    return {"kind": FaultKind.STATUS, "status": status, "body": body}


BLOCKED = "Forbidden: bot was blocked by the user"


@pytest.mark.parametrize(
    ("fault", "outcome", "whose", "code"),
    [
        (refusal(403, BLOCKED), "rejected", "recipient", "403"),
        (refusal(403, "Forbidden: user is deactivated"), "rejected", "recipient", "403"),
        (refusal(400, "Bad Request: chat not found"), "rejected", "recipient", "chat_not_found"),
        (refusal(400, "Bad Request: PEER_ID_INVALID"), "rejected", "recipient", "chat_not_found"),
        (refusal(400, "Bad Request: can't parse entities"), "rejected", "content", "400"),
        (refusal(413, "Request Entity Too Large"), "rejected", "content", "413"),
        (refusal(401, "Unauthorized"), "retry", "account", "401"),
        (refusal(404, "Not Found"), "retry", "account", "404"),
        (refusal(418, "I'm a teapot"), "retry", "provider", "unknown"),
        ({"kind": FaultKind.STATUS, "status": 403}, "retry", "provider", "unknown"),
        ({"kind": FaultKind.STATUS, "status": 400}, "retry", "provider", "unknown"),
        ({"kind": FaultKind.STATUS, "status": 500}, "in_doubt", "network", "in_doubt"),
        (refusal(502, "Bad Gateway"), "in_doubt", "network", "in_doubt"),
        ({"kind": FaultKind.STATUS, "status": 302}, "in_doubt", "network", "in_doubt"),
    ],
)
async def test_refusals(
    telegram: Telegram,
    telegram_server: TelegramServer,
    fault: dict[str, Any],
    outcome: str,
    whose: str,
    code: str,
) -> None:
    # F-24
    telegram_server.misbehave(**fault)
    error = await failing_send(telegram)
    assert (error.outcome, error.fault, error.code) == (outcome, whose, code)
    assert error.opted_out is (code == "403")
    assert error.freezes_channel is (whose == "account")
    assert error.staff_text == explain(code).staff_text
    await telegram.send("7", HELLO, send_id="s2")  # the next one goes through again


@pytest.mark.parametrize(
    ("details", "pause"),
    [
        ({"body": {"parameters": {"retry_after": 17}}}, 17),
        ({"body": {"parameters": {"retry_after": 10**9}}}, 3600),
        ({"body": {"parameters": {"retry_after": "soon"}}}, 30),
        ({"body": {"parameters": []}}, 30),
        ({"headers": {"Retry-After": "12"}}, 12),
        ({"headers": {"Retry-After": "nan"}}, 30),
        ({"headers": {"Retry-After": "-5"}}, 1),
        (
            {
                "headers": {
                    "Retry-After": "Sun, 22 Nov 2026 15:00:20 GMT",
                    "Date": "Sun, 22 Nov 2026 15:00:00 GMT",
                }
            },
            20,
        ),
        ({}, 30),
    ],
)
async def test_429_freezes_the_channel_for_a_bounded_time(
    telegram: Telegram, telegram_server: TelegramServer, details: dict[str, Any], pause: float
) -> None:
    # F-21
    if "body" in details:
        details["body"] |= {"ok": False, "error_code": 429, "description": "Too Many Requests"}
    telegram_server.misbehave(FaultKind.STATUS, status=429, **details)
    error = await failing_send(telegram)
    assert (error.outcome, error.fault) == (SendOutcome.RETRY, Fault.PROVIDER)
    assert error.freezes_channel
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
async def test_what_is_not_confirmed_is_in_doubt(
    telegram: Telegram, telegram_server: TelegramServer, kind: FaultKind, arrived: bool
) -> None:
    # F-20, F-22, F-23
    telegram_server.misbehave(kind)
    error = await failing_send(telegram)
    assert error.outcome is SendOutcome.IN_DOUBT
    assert not error.opted_out
    assert not error.freezes_channel
    assert len(telegram_server.sent_to(7)) == arrived


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"[" * 5000,
        b'{"ok":true,"result":null}',
        b'{"ok":true,"result":7}',
        b'{"ok":true,"result":true}',
        b'{"ok":true,"result":[]}',
        b'{"ok":true,"result":{}}',
        b'{"ok":true,"result":{"message_id":1}}',
        b'{"ok":true,"result":{"message_id":1,"date":"x","chat":"y"}}',
        b'{"ok":"yes","result":{"message_id":1}}',
        b'{"ok":false}',
        b'{"ok":true,"result":{"message_id":1},"ok":false}',
        '{"ok":true,"result":"\u00f1"}'.encode("latin-1"),
    ],
)
async def test_strange_answers_are_in_doubt(
    telegram: Telegram, telegram_server: TelegramServer, raw: bytes
) -> None:
    # F-23
    telegram_server.misbehave(FaultKind.RAW, raw=raw)
    assert (await failing_send(telegram)).outcome is SendOutcome.IN_DOUBT


async def test_sending_before_open_is_try_again() -> None:
    error = await failing_send(make_telegram(NOWHERE))
    assert error.outcome is SendOutcome.RETRY


async def test_text_and_token_of_an_unreadable_answer_are_not_logged(
    telegram: Telegram, telegram_server: TelegramServer, caplog: pytest.LogCaptureFixture
) -> None:
    # SEC-91: the library logs answers that it cannot read, and URLs
    caplog.set_level(logging.DEBUG)
    telegram_server.misbehave(FaultKind.RAW, raw=b'{"ok":true,"result":{"text":"canary"')
    error = await failing_send(telegram)
    for secret in ("canary", TOKEN):
        assert secret not in caplog.text + repr(error)


@pytest.mark.parametrize("status", range(400, 600))
def test_every_status_has_a_meaning(status: int) -> None:
    for description in ("", "Bad Request: something"):
        meaning = explain(code_of(status, description))
        assert meaning.staff_text
        assert (meaning.outcome is SendOutcome.IN_DOUBT) == (status >= 500)
        assert meaning.opted_out == (status == 403 and description != "")


# --- Polling


async def test_polling_confirms_what_it_read(
    telegram: Telegram, telegram_server: TelegramServer
) -> None:
    await telegram_server.says(7, "hola")
    await telegram_server.presses(8, "tok_1")
    first = await telegram.fetch(None, 0)
    assert [said.kind for said in first.inbounds] == [InboundKind.TEXT, InboundKind.CHOICE]
    assert await telegram.fetch(None, 0) == first  # unconfirmed, so it comes again
    assert first.next_offset == int(first.inbounds[-1].message_id) + 1
    empty = await telegram.fetch(first.next_offset, 0)
    assert (empty.inbounds, empty.malformed) == ((), 0)
    assert (await telegram.fetch(empty.next_offset, 0)).inbounds == ()
    (asked, *_) = telegram_server.calls("getUpdates")
    wanted = ["message", "edited_message", "callback_query", "my_chat_member"]
    assert json.loads(asked["allowed_updates"]) == wanted


async def test_waiting_longer_than_the_deadline_of_a_call(
    telegram: Telegram, telegram_server: TelegramServer
) -> None:
    waiting = asyncio.create_task(telegram.fetch(None, 5))
    await asyncio.sleep(0.6)  # the deadline of a call is 0.4
    await telegram_server.says(7, "hola")
    assert len((await waiting).inbounds) == 1


async def test_poison_is_counted_and_not_met_again(
    telegram: Telegram, telegram_server: TelegramServer
) -> None:
    await telegram_server.push({"message": {"chat": "poison"}})
    await telegram_server.says(7, "hola")
    await telegram_server.push({"message": 7})
    batch = await telegram.fetch(None, 0)
    assert [said.text for said in batch.inbounds] == ["hola"]
    assert batch.malformed == 2
    assert (await telegram.fetch(batch.next_offset, 0)).inbounds == ()


async def test_updates_without_ids_are_an_error_not_a_loop(
    telegram: Telegram, telegram_server: TelegramServer
) -> None:
    telegram_server.misbehave(FaultKind.RAW, raw=b'{"ok":true,"result":[{"message":{}},7]}')
    with pytest.raises(MalformedRequestError, match="update_id"):
        await telegram.fetch(None, 0)


async def test_ids_that_begin_anew_and_lower_are_heard(
    telegram: Telegram, telegram_server: TelegramServer
) -> None:
    # SEC-07
    await telegram_server.push({**telegram_payload("text"), "update_id": 901})
    offset = (await telegram.fetch(None, 0)).next_offset
    assert offset == 902
    offset = (await telegram.fetch(offset, 0)).next_offset  # the quiet week
    await telegram_server.push({**telegram_payload("text"), "update_id": 17})
    assert [said.message_id for said in (await telegram.fetch(offset, 0)).inbounds] == ["17"]


@pytest.mark.parametrize("raw", [b'{"ok":true,"result":{}}', b"<html>", b'{"ok":true}'])
async def test_polling_an_unreadable_answer_is_a_send_error(
    telegram: Telegram, telegram_server: TelegramServer, raw: bytes
) -> None:
    telegram_server.misbehave(FaultKind.RAW, raw=raw)
    with pytest.raises(SendError):
        await telegram.fetch(None, 0)


async def test_webhook_and_polling_exclude_each_other(
    telegram: Telegram, telegram_server: TelegramServer
) -> None:
    await telegram.use_webhook(f"{NOWHERE}/webhooks/telegram")
    with pytest.raises(SendError) as caught:
        await telegram.fetch(None, 0)
    assert (caught.value.code, caught.value.fault) == ("409", Fault.ACCOUNT)
    await telegram_server.says(7, "hola")
    await telegram.use_polling()
    assert len((await telegram.fetch(None, 0)).inbounds) == 1  # what waited was kept


async def test_webhook_is_set_with_secret_and_limits(
    telegram: Telegram, telegram_server: TelegramServer
) -> None:
    # SEC-06
    await telegram.use_webhook("https://hub.example.org/webhooks/telegram")
    (asked,) = telegram_server.calls("setWebhook")
    assert len(asked["secret_token"]) >= 32
    assert 1 <= int(asked["max_connections"]) <= 100
    assert "my_chat_member" in json.loads(asked["allowed_updates"])
    assert "drop_pending_updates" not in asked


async def test_webhook_without_secret_is_not_set(telegram_server: TelegramServer) -> None:
    adapter = make_telegram(telegram_server.url, secret=None)
    await adapter.open()
    with pytest.raises(ValueError, match="secret"):
        await adapter.use_webhook("https://hub.example.org/webhooks/telegram")
    await adapter.close()
