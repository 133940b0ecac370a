"""Proof that an unsafe request came from a form of ours: where it is from, and a token (SEC-24)."""

import hmac
import secrets
from urllib.parse import urlsplit

from starlette.requests import Request

from hub.console.cookies import ENTRY_COOKIE
from hub.console.errors import ForgedRequestError
from hub.console.forms import CSRF_FIELD, Fields
from hub.vault import Vault

_PURPOSE = "console_entry_form"


def check_origin(request: Request, public_url: str | None) -> None:
    """Raise `ForgedRequestError` unless the browser says that the request is from this site.

    Our own `no-referrer` makes browsers send `Origin: null`, so that counts only when the browser
    also says `Sec-Fetch-Site: same-origin`, which no page can forge.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None and site != "same-origin":
        raise ForgedRequestError(f"Sec-Fetch-Site: {site}")
    if origin == _own_origin(request, public_url):
        return
    if site is None or origin not in (None, "null"):
        raise ForgedRequestError("Origin")


def check_token(fields: Fields, expected: str) -> None:
    """Raise `ForgedRequestError` unless the hidden field holds the session's token."""
    given = (fields.get(CSRF_FIELD) or ("",))[0]
    if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
        raise ForgedRequestError("token")


def new_entry() -> str:
    """The cookie value that stands for a session while there is none yet."""
    return secrets.token_urlsafe(32)


def entry_token(vault: Vault, request: Request) -> str:
    """The token that belongs to the visitor's entry cookie; empty without one."""
    entry = request.cookies.get(ENTRY_COOKIE, "")
    return vault.sign(_PURPOSE, entry) if entry else ""


def token_for_entry(vault: Vault, entry: str) -> str:
    return vault.sign(_PURPOSE, entry)


def _own_origin(request: Request, public_url: str | None) -> str:
    parts = urlsplit(public_url or str(request.base_url))
    return f"{parts.scheme}://{parts.netloc}"
