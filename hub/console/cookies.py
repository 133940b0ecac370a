"""The console's cookies. Each is bound to this host, to TLS, and hidden from scripts (SEC-23).

Chromium 156 was seen to keep and send `__Host-` cookies with `Secure` also over plain
`http://127.0.0.1` and `http://localhost`, which browsers count as safe; so a demonstration needs no
weaker kind of cookie.
"""

import base64
import binascii

from starlette.requests import Request
from starlette.responses import Response

SESSION_COOKIE = "__Host-session"
ENTRY_COOKIE = "__Host-entry"  # stands in for a session in the sign-in form's CSRF check
NOTICE_COOKIE = "__Host-notice"  # what the next page says was done

ONCE_COOKIE = "__Host-once"  # a secret that the next page shows, sealed for this session

_NOTICE_SECONDS = 60


def set_cookie(response: Response, name: str, value: str, seconds: int | None = None) -> None:
    response.set_cookie(
        name, value, max_age=seconds, path="/", secure=True, httponly=True, samesite="strict"
    )


def drop_cookie(response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="strict")


def set_once(response: Response, sealed: bytes) -> None:
    set_cookie(response, ONCE_COOKIE, base64.urlsafe_b64encode(sealed).decode(), _NOTICE_SECONDS)


def read_once(request: Request) -> bytes:
    try:
        return base64.urlsafe_b64decode(request.cookies.get(ONCE_COOKIE, ""))
    except binascii.Error:
        return b""


def set_notice(response: Response, phrase: str) -> None:
    encoded = base64.urlsafe_b64encode(phrase.encode()).decode()
    set_cookie(response, NOTICE_COOKIE, encoded, _NOTICE_SECONDS)


def read_notice(request: Request) -> str:
    try:
        return base64.urlsafe_b64decode(request.cookies.get(NOTICE_COOKIE, "")).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
