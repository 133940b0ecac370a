"""A request and its answer on one of aiohttp's connections, without aiohttp's session.

Pool, TLS, look-up of names and the parser of all but the plainest answers are aiohttp's. Its
session and the objects that it makes of each request and answer take twice as long as all of these
together, for what nobody here asks: cookies, redirects, streamed bodies, proxies.
"""

import asyncio
import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.streams import StreamReader
from yarl import URL

from bot.channels.answers import Answer, Handler

# Below what providers grant, so that few calls meet a connection just closed.
_KEEPALIVE_SECONDS = 10.0
_MOST_STARTS = 32  # providers have one address for each kind of call

# What an exchange may raise, besides `AnswerTooLongError`; all of it may quote the URL.
FAILURES = (aiohttp.ClientError, HttpProcessingError, OSError, TimeoutError, ValueError)


class AnswerTooLongError(Exception):
    """The answer is longer than the caller wants to read."""


@dataclass(slots=True)
class Progress:
    """How far one exchange came. Until there is a connection, nothing can have been sent."""

    connected: bool = False


@dataclass(frozen=True, slots=True)
class _Start:
    """What all requests to one address share: `request` tells the pool where to connect."""

    request: aiohttp.ClientRequest = field(repr=False)
    head: bytes = field(repr=False)


class _Connector(aiohttp.TCPConnector):
    """aiohttp's, with our handler on each of its connections."""

    def __init__(self, connections: int) -> None:
        super().__init__(limit=connections, keepalive_timeout=_KEEPALIVE_SECONDS)
        make = functools.partial(Handler, loop=self._loop)
        self._factory = cast("functools.partial[ResponseHandler]", make)


class Pool:
    """Connections that are kept for the next request. Made and used in one event loop."""

    def __init__(self, connections: int, connect_seconds: float) -> None:
        self._connector = _Connector(connections)
        self._timeout = aiohttp.ClientTimeout(connect=connect_seconds, sock_connect=connect_seconds)
        self._starts: dict[object, _Start] = {}

    async def close(self) -> None:
        await self._connector.close()

    async def exchange(
        self,
        progress: Progress,
        method: str,
        url: str,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None,
        body: bytes,
        longest_answer: int,
    ) -> Answer:
        start = self._start(method, url, headers) if not params else None
        if start is None:  # not kept: what is asked for may be a person's
            start = _begin(method, URL(url).extend_query(params), headers)
        connection = await self._connect(start)
        progress.connected = True
        try:
            return await _talk(connection, start.head, body, longest_answer)
        finally:
            connection.close()  # whatever was not released is of no use to the next call

    async def _connect(self, start: _Start) -> Connection:
        """A connection on which nobody spoke since: what a provider said into the silence, such as
        that it waited for too long, must not be taken for the answer to what is sent now."""
        while True:
            connection = await self._connector.connect(start.request, [], self._timeout)
            if not _protocol(connection).should_close:
                return connection
            connection.close()

    def _start(self, method: str, url: str, headers: Mapping[str, str]) -> _Start:
        key = (method, url, *headers.items())
        start = self._starts.get(key)
        if start is None:
            if len(self._starts) >= _MOST_STARTS:
                self._starts.clear()
            start = self._starts[key] = _begin(method, URL(url), headers)
        return start


def _begin(method: str, url: URL, headers: Mapping[str, str]) -> _Start:
    loop = asyncio.get_running_loop()
    request = aiohttp.ClientRequest(method, url, headers=headers, loop=loop)
    said = [(name, value) for name, value in request.headers.items() if name != "Content-Length"]
    lines = [f"{method} {url.raw_path_qs} HTTP/1.1", *(f"{name}: {value}" for name, value in said)]
    if any(set(line) & {"\r", "\n", "\0"} for line in lines):
        raise ValueError("a header of more than one line")
    return _Start(request, "\r\n".join([*lines, "Content-Length: "]).encode("latin-1"))


async def _talk(connection: Connection, head: bytes, body: bytes, longest: int) -> Answer:
    protocol = _protocol(connection)
    plain = await protocol.ask(b"%b%d\r\n\r\n%b" % (head, len(body), body))
    if plain is not None:
        connection.release()
        if len(plain.body) > longest:
            raise AnswerTooLongError
        return plain
    message, payload = await protocol.read()
    while 100 <= message.code < 200:
        message, payload = await protocol.read()
    read = await _read(payload, longest)
    connection.release()
    return Answer(message.code, message.headers, read)


async def _read(payload: StreamReader, longest: int) -> bytes:
    chunks: list[bytes] = []
    left = longest
    while not payload.at_eof():
        chunk = await payload.readany()
        left -= len(chunk)
        if left < 0:
            raise AnswerTooLongError
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _protocol(connection: Connection) -> Handler:
    if not isinstance(connection.protocol, Handler):
        raise aiohttp.ClientConnectionError
    return connection.protocol
