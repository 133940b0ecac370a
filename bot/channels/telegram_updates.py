"""Turns Telegram's updates into `Inbound`. Only private chats with people are heard (SEC-08)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.channels.base import MalformedRequestError
from bot.channels.json_object import JsonObject
from bot.messages import Coordinates, Inbound, InboundKind

NAME = "telegram"
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")

Now = Callable[[], datetime]

# The first field that a message has decides its kind; an animation also has a `document`.
_KINDS = {
    "text": InboundKind.TEXT,
    "venue": InboundKind.LOCATION,
    "location": InboundKind.LOCATION,
    "voice": InboundKind.VOICE,
    "audio": InboundKind.VOICE,
    "photo": InboundKind.IMAGE,
    "video": InboundKind.VIDEO,
    "video_note": InboundKind.VIDEO,
    "animation": InboundKind.VIDEO,
    "document": InboundKind.DOCUMENT,
    "sticker": InboundKind.STICKER,
    "contact": InboundKind.CONTACT,
}

# Telegram's own notices: nobody said anything, so nobody is answered.
_NOTICES = (
    "boost_added",
    "chat_background_set",
    "chat_shared",
    "connected_website",
    "gift",
    "message_auto_delete_timer_changed",
    "pinned_message",
    "proximity_alert_triggered",
    "refunded_payment",
    "successful_payment",
    "unique_gift",
    "users_shared",
    "web_app_data",
    "write_access_allowed",
)

_MEMBERSHIP = {"kicked": InboundKind.BLOCKED, "member": InboundKind.UNBLOCKED}


@dataclass(frozen=True, slots=True)
class Group:
    """A group or channel that the bot is in, and should leave."""

    chat_id: int


def read_update(raw: object, now: Now) -> Inbound | Group | None:
    """What one update says; raise `MalformedRequestError` naming the field that cannot be read."""
    update = JsonObject.of(raw, "update")
    message_id = str(update.integer("update_id"))
    for name, reader in _READERS.items():
        part = update.child(name)
        if part is not None:
            return reader(message_id, part, now)
    return None


def _read_message(message_id: str, message: JsonObject, now: Now) -> Inbound | Group | None:
    del now
    chat = _private_chat(message)
    if isinstance(chat, Group):
        return chat
    kind = _kind_of(message)
    if kind is None or _is_from_bot(message):
        return None
    return Inbound(
        NAME,
        message_id,
        chat,
        kind,
        _date_of(message),
        text=""
        if kind is InboundKind.LOCATION
        else message.text("text") or message.text("caption"),
        coordinates=_coordinates_of(message) if kind is InboundKind.LOCATION else None,
        language_hint=_language_of(message),
    )


def _read_edit(message_id: str, message: JsonObject, now: Now) -> Inbound | Group | None:
    """A corrected text. A live location moving on is an edit too, and is not followed."""
    del now
    chat = _private_chat(message)
    if isinstance(chat, Group):
        return chat
    text = message.text("text") or message.text("caption")
    if not text or _is_from_bot(message):
        return None
    return Inbound(
        NAME,
        message_id,
        chat,
        InboundKind.EDITED,
        _date_of(message),
        text=text,
        language_hint=_language_of(message),
    )


def _read_press(message_id: str, press: JsonObject, now: Now) -> Inbound | Group | None:
    message = press.child("message")
    if message is None:  # a button of an inline message in somebody else's chat
        return None
    chat = _private_chat(message)
    if isinstance(chat, Group):
        return chat
    choice = press.text("data")
    if not choice or _is_from_bot(press):
        return None
    return Inbound(
        NAME,
        message_id,
        chat,
        InboundKind.CHOICE,
        now(),  # the date in it is of the message that holds the button
        choice=choice,
        language_hint=_language_of(press),
        callback_id=press.text("id") or None,
    )


def _read_membership(message_id: str, change: JsonObject, now: Now) -> Inbound | Group | None:
    del now
    chat = _private_chat(change)
    status = change.needed("new_chat_member").text("status")
    if isinstance(chat, Group):
        return None if status in ("left", "kicked") else chat
    kind = _MEMBERSHIP.get(status)
    if kind is None:
        return None
    return Inbound(
        NAME, message_id, chat, kind, _date_of(change), language_hint=_language_of(change)
    )


_READERS: dict[str, Callable[[str, JsonObject, Now], Inbound | Group | None]] = {
    "message": _read_message,
    "edited_message": _read_edit,
    "callback_query": _read_press,
    "my_chat_member": _read_membership,
}


def _private_chat(message: JsonObject) -> str | Group:
    chat = message.needed("chat")
    chat_id = chat.integer("id")
    return str(chat_id) if chat.text("type") == "private" else Group(chat_id)


def _kind_of(message: JsonObject) -> InboundKind | None:
    for name, kind in _KINDS.items():
        if message.has(name):
            return kind
    return None if any(map(message.has, _NOTICES)) else InboundKind.UNSUPPORTED


def _is_from_bot(message: JsonObject) -> bool:
    sender = message.child("from")
    return sender is not None and sender.fields.get("is_bot") is True


def _language_of(message: JsonObject) -> str | None:
    sender = message.child("from")
    code = sender.text("language_code") if sender else ""
    return code if 0 < len(code) <= 35 and code.replace("-", "").isalnum() else None


def _date_of(message: JsonObject) -> datetime:
    try:
        return datetime.fromtimestamp(message.integer("date"), UTC)
    except (OverflowError, OSError, ValueError):
        raise MalformedRequestError(f"{message.path}.date: not a date") from None


def _coordinates_of(message: JsonObject) -> Coordinates:
    holder = message if message.has("location") else message.needed("venue")
    place = holder.needed("location")
    return Coordinates(place.degrees("latitude", 90), place.degrees("longitude", 180))
