"""What browsers send: read with limits and cleaned, before any page sees it (SEC-40)."""

import unicodedata
from base64 import b64encode
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from hashlib import sha256

from python_multipart.exceptions import FormParserError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from hub.console.errors import BadFormError, TooLargeError

CSRF_FIELD, FORM_FIELD = "csrf", "form_id"
PASSWORD_FIELD = "password"  # noqa: S105
PASSWORD_FIELDS = frozenset({PASSWORD_FIELD, "new_password", "again"})  # exactly as typed
FILE_NAME = "_name"  # behind a file's field: the field with the name it had
MOST_FILE_BYTES = 2 * 1024 * 1024
_MOST_BYTES = 256 * 1024
_BIDI_CONTROLS = frozenset(
    "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)

Fields = Mapping[str, tuple[str, ...]]


class Body(StrEnum):
    """What a route takes: a form, a long one, or one with a file."""

    FORM = "application/x-www-form-urlencoded"
    LONG = "a long application/x-www-form-urlencoded"
    FILE = "multipart/form-data"


class _InMemory(MultiPartParser):
    """Never writes what was sent to a disk (SEC-50)."""

    spool_max_size = 2 * MOST_FILE_BYTES


async def read_form(request: Request, body: Body = Body.FORM) -> Fields:
    """The cleaned fields of a body of that kind; raise `BadFormError` for anything else. A file is
    a field in base64, beside its name."""
    length = request.headers.get("content-length", "")
    if length == "0":
        return {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != (Body.FILE if body is Body.FILE else Body.FORM):
        raise BadFormError("not a form")
    most = _MOST_BYTES if body is Body.FORM else _MOST_BYTES + MOST_FILE_BYTES
    if not length.isdecimal():
        raise BadFormError("no length")
    if int(length) > most:
        raise BadFormError("too long") if body is Body.FORM else TooLargeError
    if body is Body.FILE:
        return await _read_files(request)
    form = await request.form(max_fields=500)
    fields: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        text = str(value)
        fields.setdefault(name, []).append(text if name in PASSWORD_FIELDS else clean(text))
    return {name: tuple(values) for name, values in fields.items()}


async def _read_files(request: Request) -> Fields:
    parser = _InMemory(request.headers, request.stream(), max_files=1, max_fields=20)
    try:
        form: FormData = await parser.parse()
    except (MultiPartException, FormParserError) as error:
        raise BadFormError("not a form with a file") from error
    fields = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            raw = await value.read()
            await value.close()
            fields[name] = (b64encode(raw).decode(),)
            fields[name + FILE_NAME] = (clean(value.filename or ""),)
        else:
            fields[name] = (clean(value),)
    return fields


def clean(text: str) -> str:
    """Composed (NFC), without control, direction and surrogate characters; lines end with `\\n`."""
    if text.isascii() and text.isprintable():
        return text
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
