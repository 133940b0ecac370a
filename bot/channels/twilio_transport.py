"""The HTTP side of Twilio's library, on the wire that keeps apart: never sent, in doubt, refused.

In place of the library's own asynchronous client, which ignores its time-out, reads answers of any
size and logs the numbers of recipients.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any

from aiohttp import encode_basic_auth
from twilio.http import AsyncHttpClient  # type: ignore[import-untyped]
from twilio.http.response import Response  # type: ignore[import-untyped]

from bot.channels.answers import Answer
from bot.channels.wire import InDoubtError, Wire, encode_form, read_object, read_pause

_TWILIO = "https://api.twilio.com"


class RefusedError(Exception):
    """Twilio, or something before it, refused. `code` is Twilio's, if it gave one."""

    def __init__(self, status: int, code: str | None, retry_after: float | None) -> None:
        super().__init__(f"refused with status {status}, code {code or '-'}")
        self.status = status
        self.code = code
        self.retry_after = retry_after


class TwilioTransport(AsyncHttpClient):  # type: ignore[misc]
    """Raises `NotSentError`, `InDoubtError` or `RefusedError`; what it returns is a JSON object."""

    def __init__(self, wire: Wire, api_base: str) -> None:
        super().__init__(logging.getLogger(__name__), True)  # noqa: FBT003 - the library's order
        self._wire = wire
        self._base = api_base.rstrip("/")

    async def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's; the wire has its own
        allow_redirects: bool = False,  # noqa: FBT001, FBT002
    ) -> Response:
        del timeout, allow_redirects
        credentials = {"Authorization": encode_basic_auth(*auth)} if auth else {}
        answer = await self._wire.call(
            method,
            self._base + uri.removeprefix(_TWILIO),
            headers={**(headers or {}), **credentials},
            params={name: str(value) for name, value in (params or {}).items()},
            body=encode_form(_fields(data or {})),
        )
        read = _check(answer)
        body = answer.body.decode("utf-8") if method == "GET" else json.dumps(_name_of(read))
        return Response(answer.status, body)  # the library copies headers, and nobody asks for them


def _fields(data: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in data.items():
        for one in value if isinstance(value, list) else [value]:
            yield name, str(one)


def _name_of(made: Mapping[str, object]) -> dict[str, object]:
    """Of what a call made only its name is wanted. The library would read the whole a second time,
    with its dates, which takes longer than to make the call."""
    return {"sid": made.get("sid")}


def _check(answer: Answer) -> dict[str, Any]:
    read = read_object(answer.body)
    if 400 <= answer.status < 500:
        code = (read or {}).get("code")
        known = isinstance(code, int) and not isinstance(code, bool)
        raise RefusedError(answer.status, str(code) if known else None, read_pause(answer.headers))
    if not 200 <= answer.status < 300 or read is None:
        raise InDoubtError(f"status {answer.status}")
    return read
