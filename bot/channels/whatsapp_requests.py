"""Reads what Twilio posts to us: messages and receipts. Media are never fetched (SEC-55)."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl

from bot.channels.base import MalformedRequestError
from bot.channels.twilio_signature import Fields
from bot.channels.wire_text import clean_text
from bot.messages import Coordinates, Inbound, InboundKind, Receipt, SendState

NAME = "whatsapp"
PREFIX = "whatsapp:"
_MOST_FIELDS = 500
_SID = re.compile(r"[A-Za-z0-9]{2,64}")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_ERROR_CODE = re.compile(r"[0-9]{1,10}")
_LONGEST_CHOICE = 256

_STATES = {
    "accepted": SendState.ACCEPTED,
    "scheduled": SendState.ACCEPTED,
    "queued": SendState.ACCEPTED,
    "sending": SendState.ACCEPTED,
    "sent": SendState.SENT,
    "partially_delivered": SendState.SENT,
    "delivered": SendState.DELIVERED,
    "read": SendState.READ,
    "undelivered": SendState.FAILED,
    "failed": SendState.FAILED,
    "canceled": SendState.FAILED,  # by somebody at Twilio: we never cancel there
}

# Kinds by media type; the longest match decides.
_MEDIA = {
    "image/webp": InboundKind.STICKER,
    "image/": InboundKind.IMAGE,
    "audio/": InboundKind.VOICE,
    "video/": InboundKind.VIDEO,
    "application/": InboundKind.DOCUMENT,
    "text/": InboundKind.DOCUMENT,
    "text/vcard": InboundKind.CONTACT,
    "text/x-vcard": InboundKind.CONTACT,
    "text/directory": InboundKind.CONTACT,
}


def read_form(body: bytes) -> Fields:
    """All fields in order, empty ones too. Bytes that are not UTF-8 survive as surrogates.

    Raise `MalformedRequestError` if there are absurdly many.
    """
    try:
        return parse_qsl(
            body.decode("utf-8", "surrogateescape"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="surrogateescape",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise MalformedRequestError("body: too many fields") from None


def is_e164(number: str) -> bool:
    return _E164.fullmatch(number) is not None


@dataclass(frozen=True, slots=True)
class Form:
    """The fields by name; of a repeated field the first counts."""

    values: Mapping[str, str]

    @classmethod
    def of(cls, fields: Fields) -> "Form":
        return cls({name: clean_text(value) for name, value in reversed(fields)})

    def text(self, name: str) -> str:
        return self.values.get(name, "")

    def sid(self) -> str:
        sid = self.text("MessageSid") or self.text("SmsSid")
        if not _SID.fullmatch(sid):
            raise MalformedRequestError("MessageSid: not an id")
        return sid


def read_message(form: Form, now: Callable[[], datetime]) -> Inbound:
    """A person's message. Twilio does not say when it was written, so it counts as written now."""
    sender = form.text("From")
    number = sender.removeprefix(PREFIX)
    if number == sender or not is_e164(number):
        raise MalformedRequestError("From: not a WhatsApp number")
    choice = (form.text("ButtonPayload") or form.text("ListId"))[:_LONGEST_CHOICE] or None
    coordinates = _read_coordinates(form)
    kind = _kind_of(form, choice, coordinates)
    return Inbound(
        NAME,
        form.sid(),
        number,
        kind,
        now(),
        text="" if kind is InboundKind.LOCATION else _text_of(form),
        choice=choice,
        coordinates=coordinates if kind is InboundKind.LOCATION else None,
    )


def read_receipt(form: Form, send_id: str | None) -> Receipt:
    state = _STATES.get(form.text("MessageStatus") or form.text("SmsStatus"))
    if state is None:
        raise MalformedRequestError("MessageStatus: unknown")
    code = form.text("ErrorCode")
    return Receipt(
        NAME,
        form.sid(),
        state,
        send_id=send_id,
        error_code=code if _ERROR_CODE.fullmatch(code) and code != "0" else None,
    )


def _text_of(form: Form) -> str:
    return form.text("Body") or form.text("ButtonText") or form.text("ListTitle")


def _kind_of(form: Form, choice: str | None, coordinates: Coordinates | None) -> InboundKind:
    if choice is not None:
        return InboundKind.CHOICE
    if coordinates is not None:
        return InboundKind.LOCATION
    if form.text("NumMedia") not in ("", "0"):
        return _kind_of_media(form.text("MediaContentType0"))
    return InboundKind.TEXT if form.text("Body") else InboundKind.UNSUPPORTED


def _kind_of_media(media_type: str) -> InboundKind:
    fitting = [start for start in _MEDIA if media_type.lower().startswith(start)]
    return _MEDIA[max(fitting, key=len)] if fitting else InboundKind.UNSUPPORTED


def _read_coordinates(form: Form) -> Coordinates | None:
    if not form.text("Latitude") and not form.text("Longitude"):
        return None
    return Coordinates(_degrees(form, "Latitude", 90), _degrees(form, "Longitude", 180))


def _degrees(form: Form, name: str, limit: float) -> float:
    try:
        value = float(form.text(name))
    except ValueError:
        raise MalformedRequestError(f"{name}: not a number") from None
    if not math.isfinite(value) or abs(value) > limit:
        raise MalformedRequestError(f"{name}: out of range")
    return value
