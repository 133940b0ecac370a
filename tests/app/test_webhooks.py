"""The doors for providers: what is let in is stored, then acknowledged; nothing is answered."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import select

from bot.channels.whatsapp import INBOUND_PATH, STATUS_PATH
from bot.lanes import Accepted
from bot.messages import SendState
from bot.models import OutboxRow
from hub.app.hub import Hub
from tests.app.web import (
    PATHS,
    SECRET,
    TELEGRAM_PATH,
    client_of,
    from_telegram,
    from_twilio,
    send,
    stored,
    telegram_text,
    twilio_text,
)
from tests.bot.channels.requests import (
    telegram_payload,
    whatsapp_payload,
    whatsapp_request,
)
from tests.bot.words import rows

MEGABYTE = 1024 * 1024


async def test_a_message_of_each_provider_is_stored(hub: Hub, web: httpx.AsyncClient) -> None:
    # INV-1, SEC-11
    for answer in (
        await from_telegram(web, telegram_text(900)),
        await from_twilio(web, twilio_text()),
    ):
        assert (answer.status_code, answer.content) == (200, b"")
    assert [row.channel for row in await stored(hub)] == ["telegram", "whatsapp"]


async def test_the_same_request_fifty_times_at_once_is_one_message(hub_on_each: Hub) -> None:
    # PEER-06, F-25: all 2xx, one row
    async with client_of(hub_on_each) as web:
        same = [from_telegram(web, telegram_text(900)) for _ in range(50)]
        twins = [from_twilio(web, twilio_text()) for _ in range(50)]
        answers = await asyncio.gather(*same, *twins)
    assert {answer.status_code for answer in answers} == {200}
    assert len(await stored(hub_on_each)) == 2


async def test_two_identical_texts_are_two_messages(hub: Hub, web: httpx.AsyncClient) -> None:
    # PEER-07
    await from_telegram(web, telegram_text(900, "sí"))
    await from_telegram(web, telegram_text(901, "sí"))
    assert len(await stored(hub)) == 2


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b", "\u202eabc", "😀" * 3000])
async def test_no_text_makes_a_provider_repeat_for_ever(hub_on_each: Hub, text: str) -> None:
    # SEC-41: in text, name and caption, on both databases
    update = telegram_text(900, text)
    update["message"]["from"]["first_name"] = text
    captioned = telegram_payload("caption")
    captioned["message"]["caption"] = text
    pressed = telegram_payload("callback_query")
    pressed["callback_query"]["data"] = text
    async with client_of(hub_on_each) as web:
        for number, each in enumerate((update, captioned, pressed)):
            each["update_id"] = number
            answer = await from_telegram(web, json.dumps(each).encode())
            assert (answer.status_code, answer.content) == (200, b"")
        body = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
        assert (await from_twilio(web, twilio_text(Body=body))).status_code == 200
    assert len(await stored(hub_on_each)) == 4
    while await hub_on_each.turns.step():
        pass
    assert {row.state for row in await stored(hub_on_each)} == {"answered"}


FORGED = {
    "no secret": {},
    "wrong secret": {"X-Telegram-Bot-Api-Secret-Token": "wrong"},
    "empty secret": {"X-Telegram-Bot-Api-Secret-Token": ""},
    "secret with more": {"X-Telegram-Bot-Api-Secret-Token": SECRET[next(iter(SECRET))] + "x"},
    "huge secret": {"X-Telegram-Bot-Api-Secret-Token": "x" * 10_000},
}


@pytest.mark.parametrize("name", FORGED)
async def test_a_forged_update_is_refused_without_a_word(
    hub: Hub, web: httpx.AsyncClient, name: str
) -> None:
    # SEC-06, SEC-10
    answer = await web.post(TELEGRAM_PATH, json=telegram_text(900), headers=FORGED[name])
    assert (answer.status_code, answer.content) == (403, b"")
    assert await stored(hub) == []


@pytest.mark.parametrize("second", ["wrong", SECRET[next(iter(SECRET))]])
async def test_a_header_that_comes_twice_passes_nowhere(
    hub: Hub, web: httpx.AsyncClient, second: str
) -> None:
    # SEC-06
    (name, value) = next(iter(SECRET.items()))
    for pair in ([(name, value), (name, second)], [(name, second), (name.lower(), value)]):
        answer = await web.post(TELEGRAM_PATH, json=telegram_text(900), headers=pair)
        assert answer.status_code == 403
    signed = whatsapp_request(twilio_text())
    signature = signed.headers["x-twilio-signature"]
    headers = [*signed.headers.items(), ("x-twilio-signature", signature)]
    answer = await web.post(INBOUND_PATH, content=signed.body, headers=headers)
    assert answer.status_code == 403
    assert await stored(hub) == []


@pytest.mark.parametrize(
    "signature", ["", "wrong", "ñ", "=" * 28, "A" * 10_000, "\x00", "RSOYDt4T1cUTdK1PDd93/VVr8B8="]
)
async def test_a_forged_signature_is_refused_without_a_word(
    hub: Hub, web: httpx.AsyncClient, signature: str
) -> None:
    # SEC-03, SEC-10
    signed = whatsapp_request(twilio_text())
    raw = [(name.encode(), value.encode("latin-1")) for name, value in signed.headers.items()]
    headers = [pair for pair in raw if pair[0] != b"x-twilio-signature"]
    headers.append((b"x-twilio-signature", signature.encode("latin-1")))
    answer = await web.post(INBOUND_PATH, content=signed.body, headers=headers)
    assert (answer.status_code, answer.content) == (403, b"")
    assert await stored(hub) == []


async def test_only_the_public_url_counts(hub: Hub, web: httpx.AsyncClient) -> None:
    # SEC-01: what the request says about itself is nobody's word
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "x"}
    assert (await from_twilio(web, twilio_text(), **forged)).status_code == 200
    elsewhere = whatsapp_request(
        twilio_text(sid="SM" + "2" * 32), public_url="https://evil.example"
    )
    answer = await send(web, elsewhere, Host="evil.example")
    assert answer.status_code == 403
    assert len(await stored(hub)) == 1


async def test_a_body_over_the_cap_is_not_read_to_its_end(hub: Hub, web: httpx.AsyncClient) -> None:
    # SEC-09: chunked, so that nothing says how long it will be
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(1024):
            read += 1
            yield b"x" * 65_536

    for path, cap in ((TELEGRAM_PATH, 256 * 1024), (INBOUND_PATH, 64 * 1024)):
        read = 0
        answer = await web.post(path, content=endless(), headers=SECRET)
        assert (answer.status_code, answer.content) == (413, b"")
        assert read <= cap // 65_536 + 1
    assert await stored(hub) == []


async def test_many_tiny_chunks_are_counted_too(hub: Hub, web: httpx.AsyncClient) -> None:
    # SEC-09
    read = 0

    async def crumbs() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(200_000):
            read += 1
            yield b"a"

    answer = await web.post(INBOUND_PATH, content=crumbs())
    assert answer.status_code == 413
    assert read == 64 * 1024 + 1


async def test_a_length_that_lies_changes_nothing(hub: Hub, web: httpx.AsyncClient) -> None:
    # SEC-09
    long = b"x" * MEGABYTE
    for claimed in ("10", "1000000000000"):
        headers = {**SECRET, "Content-Length": claimed, "Content-Type": "application/json"}
        assert (await web.post(TELEGRAM_PATH, content=long, headers=headers)).status_code == 413
    assert await stored(hub) == []


async def test_a_body_at_the_cap_is_read(hub: Hub, web: httpx.AsyncClient) -> None:
    update = telegram_text(900)
    update["padding"] = ""
    update["padding"] = "x" * (256 * 1024 - len(json.dumps(update)))
    body = json.dumps(update).encode()
    assert len(body) == 256 * 1024
    assert (await from_telegram(web, body)).status_code == 200
    assert (await from_telegram(web, body + b" ")).status_code == 413
    assert len(await stored(hub)) == 1


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "gzip, gzip", "x"])
async def test_packed_bodies_are_refused(hub: Hub, web: httpx.AsyncClient, coding: str) -> None:
    # SEC-09: so no bomb is ever unpacked
    packed = gzip.compress(json.dumps(telegram_text(900)).encode())
    answer = await from_telegram(web, packed, **{"Content-Encoding": coding})
    assert (answer.status_code, answer.content) == (413, b"")
    assert await stored(hub) == []


@pytest.mark.parametrize(
    "media_type",
    ["multipart/form-data; boundary=x", "text/plain", "", "application/xml", "application/jsonx"],
)
async def test_other_content_types_are_refused(
    hub: Hub, web: httpx.AsyncClient, media_type: str
) -> None:
    # SEC-09
    update = json.dumps(telegram_text(900)).encode()
    telegram = await from_telegram(web, update, **{"Content-Type": media_type})
    signed = whatsapp_request(twilio_text())
    twilio = await send(web, signed, **{"content-type": media_type})
    for answer in (telegram, twilio):
        assert (answer.status_code, answer.content) == (403, b"")
    assert await stored(hub) == []


async def test_a_multipart_body_is_not_parsed(hub: Hub, web: httpx.AsyncClient) -> None:
    # SEC-09: not even one of many thousand parts
    parts = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n' * 1000
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await web.post(INBOUND_PATH, content=parts, headers=headers)
    assert (answer.status_code, answer.content) == (403, b"")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
async def test_other_methods_are_refused(
    web: httpx.AsyncClient, hub: Hub, path: str, method: str
) -> None:
    # SEC-09, SEC-10: with the same shape everywhere
    answer = await web.request(method, path, headers=SECRET)
    assert answer.status_code == 405
    assert answer.content == b"" or set(answer.json()) == {"detail"}
    assert await stored(hub) == []


@pytest.mark.parametrize(
    "path",
    ["/", "/webhooks", "/webhooks/", "/webhooks/sms", "/webhooks/twilio/x",
     "//webhooks/telegram", "/WEBHOOKS/TELEGRAM", "/docs", "/openapi.json", "/redoc", "/demo"],
)  # fmt: skip
async def test_unknown_paths_are_alike(web: httpx.AsyncClient, path: str) -> None:
    # SEC-10, SEC-29: no documentation and no demonstration to be found
    for method in ("GET", "POST"):
        answer = await web.request(method, path, headers=SECRET)
        assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})


@pytest.mark.parametrize("path", [path + "/" for path in PATHS])
async def test_a_path_with_a_slash_too_many_is_no_door(
    hub: Hub, web: httpx.AsyncClient, path: str
) -> None:
    # SEC-01: Twilio signs the path as it is
    answer = await web.post(path, json=telegram_text(900), headers=SECRET)
    assert not answer.is_success
    assert await stored(hub) == []


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{", b"{}", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"update_id": "x"}'],
)
async def test_what_a_provider_sends_and_nobody_can_read_is_not_asked_for_again(
    hub: Hub, web: httpx.AsyncClient, body: bytes
) -> None:
    # F-23, INV-1: a 4xx would make Telegram repeat it and hold up what follows
    answer = await from_telegram(web, body)
    assert (answer.status_code, answer.content) == (200, b"")
    assert await stored(hub) == []


async def test_without_a_database_the_provider_is_asked_to_come_again(
    hub: Hub, hub_without_database: Hub
) -> None:
    # F-10, F-01: nothing is acknowledged that is not stored
    update, fields = telegram_text(900), twilio_text()
    async with client_of(hub_without_database) as down:
        for answer in (
            await from_telegram(down, update),
            await from_twilio(down, fields),
            await from_twilio(down, whatsapp_payload("status_delivered"), STATUS_PATH),
        ):
            assert (answer.status_code, answer.content) == (503, b"")
            assert answer.headers["Retry-After"].isdigit()
    async with client_of(hub) as up:
        assert (await from_telegram(up, update)).status_code == 200
        assert (await from_twilio(up, fields)).status_code == 200
    assert len(await stored(hub)) == 2


async def test_it_is_stored_before_it_is_acknowledged(hub: Hub) -> None:
    # INV-1: looked at from outside at the moment at which the answer begins
    seen: list[int] = []
    app = client_of(hub)._transport.app  # type: ignore[attr-defined]

    async def watching(scope: object, receive: object, send_on: object) -> None:
        async def send_and_look(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                seen.append(len(await stored(hub)))
            await send_on(message)  # type: ignore[operator]

        await app(scope, receive, send_and_look)

    transport = httpx.ASGITransport(watching)
    async with httpx.AsyncClient(transport=transport, base_url="https://hub.example.org") as web:
        await from_telegram(web, telegram_text(900))
        await from_telegram(web, telegram_text(901))
    assert seen == [1, 2]


async def test_a_receipt_moves_the_reply(hub: Hub, web: httpx.AsyncClient) -> None:
    # PEER-08, F-26: named by our own signed id, before and after our own record
    await from_twilio(web, twilio_text())
    while await hub.turns.step():
        pass
    (claim,) = await hub.outbox.claim("whatsapp", 1, hub.clock.now())
    mark = hub.vault.sign("twilio-status", claim.send_id)
    for name in ("delivered", "sent", "delivered", "read", "sent"):
        fields = whatsapp_payload(f"status_{name}")
        query = f"d={claim.send_id}&s={mark}"
        answer = await from_twilio(web, fields, STATUS_PATH, query)
        assert (answer.status_code, answer.content) == (200, b"")
    sid = dict(whatsapp_payload("status_sent"))["MessageSid"]
    await hub.outbox.record_accepted([Accepted(claim, sid, hub.clock.now())])
    (row,) = await rows(hub, select(OutboxRow).where(OutboxRow.id == claim.send_id))
    assert (row.state, row.provider_id) == (SendState.READ, sid)


async def test_a_receipt_that_is_signed_for_another_message_is_nobodys(
    hub: Hub, web: httpx.AsyncClient
) -> None:
    # SEC-05
    await from_twilio(web, twilio_text())
    while await hub.turns.step():
        pass
    (claim,) = await hub.outbox.claim("whatsapp", 1, hub.clock.now())
    mark = hub.vault.sign("twilio-status", "another")
    query = f"d={claim.send_id}&s={mark}"
    fields = whatsapp_payload("status_delivered")
    assert (await from_twilio(web, fields, STATUS_PATH, query)).status_code == 200
    (row,) = await rows(hub, select(OutboxRow).where(OutboxRow.id == claim.send_id))
    assert row.state == SendState.SENDING


async def test_groups_and_bots_leave_no_row(hub: Hub, web: httpx.AsyncClient) -> None:
    # SEC-08
    for name in ("group_message", "channel_post", "from_bot", "inline_query", "business_message"):
        assert (await from_telegram(web, telegram_payload(name))).status_code == 200
    assert await stored(hub) == []


async def test_ids_that_begin_anew_are_heard(hub: Hub, web: httpx.AsyncClient) -> None:
    # SEC-07: by set membership, not by "greater than the last"
    for update_id in (900, 901, 17, 18, 901, 17):
        await from_telegram(web, telegram_text(update_id))
    assert [row.message_id for row in await stored(hub)] == ["900", "901", "17", "18"]
