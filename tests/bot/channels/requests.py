"""Requests as providers make them, from recorded payloads; signed by Twilio's own code."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from multidict import MultiDict
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from bot.channels.base import WebhookRequest
from bot.channels.whatsapp import INBOUND_PATH, STATUS_PATH
from tests.servers.twilio import AUTH_TOKEN

PAYLOADS = Path(__file__).parent / "payloads"
PUBLIC_URL = "https://hub.example.org"
WEBHOOK_SECRET = "Zx-_0123456789abcdefABCDEF0123456789"
NOWHERE = "http://127.0.0.1:1"  # nothing listens on port 1


def telegram_payload(name: str) -> dict[str, Any]:
    loaded = json.loads((PAYLOADS / "telegram" / f"{name}.json").read_text(encoding="utf8"))
    assert isinstance(loaded, dict)
    return loaded


def telegram_request(body: bytes, **headers: str) -> WebhookRequest:
    sent = {
        "content-type": "application/json",
        "x-telegram-bot-api-secret-token": WEBHOOK_SECRET,
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return WebhookRequest("POST", "/webhooks/telegram", "", sent, body)


def whatsapp_payload(name: str) -> list[tuple[str, str]]:
    text = (PAYLOADS / "whatsapp" / f"{name}.form").read_text(encoding="utf8").strip()
    return parse_qsl(text, keep_blank_values=True)


def twilio_signature(url: str, fields: Sequence[tuple[str, str]], token: str = AUTH_TOKEN) -> str:
    return str(RequestValidator(token).compute_signature(url, MultiDict(fields)))


def whatsapp_request(
    fields: Sequence[tuple[str, str]],
    *,
    path: str = INBOUND_PATH,
    query: str = "",
    public_url: str = PUBLIC_URL,
    token: str = AUTH_TOKEN,
    **headers: str,
) -> WebhookRequest:
    """A POST that Twilio would make to this path of the public URL."""
    url = f"{public_url}{path}?{query}" if query else f"{public_url}{path}"
    sent = {
        "content-type": "application/x-www-form-urlencoded",
        "x-twilio-signature": twilio_signature(url, fields, token),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return WebhookRequest("POST", path, query, sent, urlencode(list(fields)).encode())


def status_request(name: str, query: str = "", **changes: str) -> WebhookRequest:
    fields = list({**dict(whatsapp_payload(f"status_{name}")), **changes}.items())
    return whatsapp_request(fields, path=STATUS_PATH, query=query)
