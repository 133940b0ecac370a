"""Plain answers read by ourselves say what aiohttp's parser reads in them; the others are its."""

import asyncio
import gzip
from itertools import pairwise

import pytest
from aiohttp.client_proto import ResponseHandler
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.answers import Answer, Handler, Headers, read_plain
from bot.channels.exchange import FAILURES

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\ntrue"
ANSWERS = [
    PLAIN,
    b"HTTP/1.1 201 Created\r\ncontent-length:  3 \r\nConnection: Keep-Alive\r\n\r\nabc",
    b"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\r\n\r\n!",
    b"HTTP/1.1 429 Too Many\r\nRetry-After: 3\r\nContent-Length: 2\r\n\r\n{}",
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi",
    b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end",
    b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi!",
    b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nhi",
    b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nhi",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi",
    b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi",  # the connection ends before it
    b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"a" * 100_000,
    b"nothing of the kind\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 23\r\n\r\n"
    + gzip.compress(b"hi!", mtime=0),
]
FAILED = "failed"


class _Transport(asyncio.Transport):
    def write(self, data: bytes | bytearray | memoryview) -> None: ...

    def close(self) -> None: ...


async def by_aiohttp(pieces: list[bytes]) -> object:
    handler = ResponseHandler(asyncio.get_running_loop())
    handler.connection_made(_Transport())
    handler.set_response_params(read_until_eof=True)
    return await _read(handler, pieces)


async def by_us(pieces: list[bytes]) -> object:
    handler = Handler(asyncio.get_running_loop())
    handler.connection_made(_Transport())
    asked = handler.ask(b"")
    return await _read(handler, pieces, asked)


async def _read(
    handler: ResponseHandler,
    pieces: list[bytes],
    asked: asyncio.Future[Answer | None] | None = None,
) -> object:
    for piece in pieces:
        handler.data_received(piece)
    handler.connection_lost(None)
    try:
        plain = await asked if asked else None
        if plain is not None:
            return plain.status, plain.headers.get("Retry-After"), plain.body
        message, payload = await handler.read()
        body = await payload.read()
    except FAILURES:
        return FAILED
    return message.code, message.headers.get("Retry-After"), body


@given(st.sampled_from(ANSWERS), st.lists(st.integers(1, 200), max_size=4))
def test_an_answer_means_the_same_however_it_is_cut(answer: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted({cut for cut in cuts if cut < len(answer)}), len(answer)]
    pieces = [answer[a:b] for a, b in pairwise(edges)]

    async def compare() -> None:
        assert await by_us(pieces) == await by_aiohttp(pieces)

    asyncio.run(compare())


@pytest.mark.parametrize("answer", ANSWERS[:4])
def test_what_is_plain_needs_no_parser(answer: bytes) -> None:
    assert isinstance(read_plain(answer), Answer)


@pytest.mark.parametrize("answer", [*ANSWERS[4:15], *ANSWERS[17:], PLAIN + b"more"])
def test_what_is_not_plain_is_left_alone(answer: bytes) -> None:
    assert read_plain(answer) is None


def test_headers_are_found_by_any_spelling() -> None:
    headers = Headers(b"\r\nRetry-After: 7\r\nDate:x")
    assert headers.get("retry-after") == headers["RETRY-AFTER"] == "7"
    assert dict(headers) == {"retry-after": "7", "date": "x"}
