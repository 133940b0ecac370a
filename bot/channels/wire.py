"""One HTTP call to a provider, which ends in one of three ways: answered, never sent, or in doubt.

Knows no provider. Says nothing to any log, and its errors carry no address, text or credential:
Telegram's URLs hold the bot's token, Twilio's the person's number.
"""

import asyncio
import json
import math
import re
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from aiohttp.connector import Connection
from aiohttp.tracing import Trace

CALL_SECONDS = 10.0
CONNECT_SECONDS = 3.0
LONGEST_ANSWER = 256 * 1024
LONGEST_PAUSE = 3600.0
_KEEPALIVE_SECONDS = (
    10.0  # below what providers grant, so that few calls meet a connection just closed
)
_UNSAFE = re.compile(rb"[^A-Za-z0-9_.~ -]")
_ESCAPED = {bytes([byte]): b"%%%02X" % byte for byte in range(256)}

# What a client library raises when it meets an answer of another shape than it expects. The call
# was made, so all of these mean "in doubt".
UNREADABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class NotSentError(Exception):
    """The request did not leave: no connection, or none free in time."""


class InDoubtError(Exception):
    """The request may have been carried out."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(slots=True)
class _Progress:
    """How far one call came. Until there is a connection, nothing can have been sent."""

    connected: bool = False


_progress: ContextVar[_Progress] = ContextVar("progress of the call")


class _Connector(aiohttp.TCPConnector):
    """Notes for each call that it has a connection. The library's own tracing would tell it too,
    and takes as long as all the rest of a call."""

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - the library's
    ) -> Connection:
        connection = await super().connect(req, traces, timeout)
        _progress.get().connected = True
        return connection


class Wire:
    """A pool of connections to one provider."""

    def __init__(
        self,
        *,
        call_seconds: float = CALL_SECONDS,
        connect_seconds: float = CONNECT_SECONDS,
        connections: int = 100,
    ) -> None:
        self._call_seconds = call_seconds
        self._connect_seconds = min(connect_seconds, call_seconds)
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=_Connector(limit=self._connections, keepalive_timeout=_KEEPALIVE_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(
                    connect=self._connect_seconds, sock_connect=self._connect_seconds
                ),
            )

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        extra_seconds: float = 0.0,
        longest_answer: int = LONGEST_ANSWER,
    ) -> Answer:
        """The provider's answer, whatever its status; raise `NotSentError` or `InDoubtError`.

        `extra_seconds` is how long the provider was asked to wait, on top of the usual deadline.
        """
        progress = _Progress()
        _progress.set(progress)
        failure: Exception
        try:
            async with asyncio.timeout(self._call_seconds + extra_seconds):
                return await self._exchange(method, url, headers, params, body, longest_answer)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            kind = InDoubtError if progress.connected else NotSentError
            failure = kind(type(error).__name__)
        # Raised out here so that no cause is attached: aiohttp's errors quote the URL.
        raise failure

    async def _exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None,
        body: bytes | None,
        longest_answer: int,
    ) -> Answer:
        if self._session is None:
            raise NotSentError("the channel is not open")
        async with self._session.request(
            method,
            url,
            headers=headers,
            params=params,
            data=body,
            allow_redirects=False,
        ) as response:
            read = await _read(response, longest_answer)
            return Answer(response.status, response.headers, read)


async def _read(response: aiohttp.ClientResponse, longest: int) -> bytes:
    chunks: list[bytes] = []
    left = longest
    while chunk := await response.content.readany():
        left -= len(chunk)
        if left < 0:
            raise InDoubtError("answer too long")
        chunks.append(chunk)
    return b"".join(chunks)


def encode_form(fields: Iterable[tuple[str, str]]) -> bytes:
    """As `urllib.parse.urlencode`, which goes through a text byte by byte and takes as long as all
    else that is done to a message before it is sent."""
    return b"&".join(b"%b=%b" % (_escape(name), _escape(value)) for name, value in fields)


def _escape(text: str) -> bytes:
    return _UNSAFE.sub(lambda found: _ESCAPED[found[0]], text.encode()).replace(b" ", b"+")


def read_object(body: bytes) -> dict[str, Any] | None:
    """The JSON object that `body` is, or None."""
    try:
        value = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def read_pause(headers: Mapping[str, str]) -> float | None:
    """Seconds of a `Retry-After` header; a date in it counts from the answer's own `Date`."""
    value = headers.get("Retry-After", "")
    try:
        return bound_pause(float(value))
    except ValueError:
        pass
    try:
        gap = parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("Date", ""))
        return bound_pause(gap.total_seconds())
    except (ValueError, TypeError):
        return None


def bound_pause(seconds: float) -> float | None:
    """A pause between one second and one hour (F-21); None for what is not a number."""
    if math.isnan(seconds):
        return None
    return min(max(seconds, 1.0), LONGEST_PAUSE)
