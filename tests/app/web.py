"""Asks the web application as providers and browsers do, without a network."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from sqlalchemy import select

from bot.channels.base import WebhookRequest
from bot.channels.whatsapp import INBOUND_PATH, STATUS_PATH
from bot.models import InboxRow
from hub.app.hub import Hub
from hub.app.web import build_web
from hub.jobs.loops import Jobs
from tests.bot.channels.requests import (
    PUBLIC_URL,
    WEBHOOK_SECRET,
    telegram_payload,
    whatsapp_payload,
    whatsapp_request,
)

TELEGRAM_PATH = "/webhooks/telegram"
PATHS = (TELEGRAM_PATH, INBOUND_PATH, STATUS_PATH)
SECRET = {"X-Telegram-Bot-Api-Secret-Token": WEBHOOK_SECRET}


def client_of(
    hub: Hub, jobs: Jobs | None = None, address: str = "203.0.113.9"
) -> httpx.AsyncClient:
    """`address` is where the request seems to come from."""
    app = build_web(hub, jobs or Jobs())
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 40_000))
    return httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL)


async def from_telegram(
    client: httpx.AsyncClient, update: Mapping[str, Any] | bytes, **headers: str
) -> httpx.Response:
    """An update as Telegram posts it, with the right secret."""
    sent = {**SECRET, **headers}
    if isinstance(update, bytes):
        sent.setdefault("Content-Type", "application/json")
        return await client.post(TELEGRAM_PATH, content=update, headers=sent)
    return await client.post(TELEGRAM_PATH, json=update, headers=sent)


async def from_twilio(
    client: httpx.AsyncClient,
    fields: Sequence[tuple[str, str]],
    path: str = INBOUND_PATH,
    query: str = "",
    **headers: str,
) -> httpx.Response:
    """A request as Twilio signs it."""
    return await send(client, whatsapp_request(fields, path=path, query=query), **headers)


async def send(
    client: httpx.AsyncClient, request: WebhookRequest, **headers: str
) -> httpx.Response:
    target = f"{request.path}?{request.query}" if request.query else request.path
    sent = {**request.headers, **headers}
    return await client.request(request.method, target, content=request.body, headers=sent)


def telegram_text(update_id: int, text: str = "hola", user: int = 123456789) -> dict[str, Any]:
    update = telegram_payload("text")
    update["update_id"] = update_id
    update["message"] |= {"text": text}
    update["message"]["chat"]["id"] = update["message"]["from"]["id"] = user
    return update


def twilio_text(sid: str = "SM" + "1" * 32, **changes: str) -> list[tuple[str, str]]:
    fields = dict(whatsapp_payload("text"))
    return list({**fields, "MessageSid": sid, "SmsSid": sid, **changes}.items())


async def stored(hub: Hub) -> list[InboxRow]:
    async with hub.database.read() as session:
        return list(await session.scalars(select(InboxRow).order_by(InboxRow.seq)))
