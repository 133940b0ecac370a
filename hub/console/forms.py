"""What browsers send: read with limits and cleaned, before any page sees it (SEC-40)."""

import unicodedata
from collections.abc import Mapping
from datetime import date
from hashlib import sha256

from starlette.requests import Request

from hub.console.errors import BadFormError

CSRF_FIELD, FORM_FIELD = "csrf", "form_id"
PASSWORD_FIELD = "password"  # noqa: S105
PASSWORD_FIELDS = frozenset({PASSWORD_FIELD, "new_password", "again"})  # exactly as typed
_MOST_BYTES = 256 * 1024
_BIDI_CONTROLS = frozenset(
    "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)

Fields = Mapping[str, tuple[str, ...]]


async def read_form(request: Request) -> Fields:
    """The cleaned fields of an urlencoded body; raise `BadFormError` for anything else."""
    length = request.headers.get("content-length", "")
    if length == "0":
        return {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise BadFormError("not a form")
    if not length.isdecimal() or int(length) > _MOST_BYTES:
        raise BadFormError("too long")
    form = await request.form(max_fields=500)
    fields: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        text = str(value)
        fields.setdefault(name, []).append(text if name in PASSWORD_FIELDS else clean(text))
    return {name: tuple(values) for name, values in fields.items()}


def clean(text: str) -> str:
    """Composed (NFC), without control, direction and surrogate characters; lines end with `\\n`."""
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(letter for letter in composed if _is_wanted(letter))


def _is_wanted(letter: str) -> bool:
    if letter in "\n\t":
        return True
    return letter not in _BIDI_CONTROLS and unicodedata.category(letter) not in ("Cc", "Cs")


def read_day(typed: str) -> date | None:
    """What a date field sends; None if it is no day."""
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def hash_fields(fields: Fields) -> bytes:
    """A hash of what the form says, without the fields that prove where it came from."""
    said = sorted((n, v) for n, v in fields.items() if n not in (CSRF_FIELD, FORM_FIELD))
    return sha256(repr(said).encode()).digest()
