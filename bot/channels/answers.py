"""Reads an answer of the plainest kind by itself, and leaves every other one to aiohttp's parser.

Nearly all answers are 200 or 201 with a length. aiohttp builds a parser, a stream and a table of
headers for each, which together take as long as to write the request and receive the answer.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import aiohttp
from aiohttp.client_proto import ResponseHandler

# Whoever says less or more than this, says it otherwise or says it twice is left to aiohttp.
_HEAD = re.compile(
    rb"HTTP/1\.1 (20[01]) [^\r\n\0]*((?:\r\n[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n\0]*)+)\r\n\r\n"
)
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,6})[ \t]*(?=\r\n|\Z)")
_NOT_PLAIN = re.compile(
    rb"\r\n(?:transfer-encoding|content-encoding|trailer|upgrade):"
    rb"|\r\nconnection:(?![ \t]*keep-alive[ \t]*(?:\r\n|\Z))"
)
_LONGEST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Headers(Mapping[str, str]):
    """Of a plain answer: read when somebody asks, which nobody does where all went well."""

    def __init__(self, lines: bytes) -> None:
        self._lines = lines
        self._read: dict[str, str] | None = None

    def __bool__(self) -> bool:
        return bool(self._lines)

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    @property
    def _values(self) -> dict[str, str]:
        if self._read is None:
            self._read = {}
            for line in self._lines.decode("latin-1").split("\r\n")[1:]:
                name, _, value = line.partition(":")
                self._read.setdefault(name.lower(), value.strip(" \t"))
        return self._read


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A plain answer of which the end is still to come."""


UNFINISHED = Unfinished()


def read_plain(data: bytes) -> Answer | Unfinished | None:
    """None for what is not plain."""
    head = _HEAD.match(data)
    if head is None:
        return None
    lines = head[2].lower()
    lengths = _LENGTH.findall(lines)
    if len(lengths) != 1 or lines.count(b"content-length") != 1 or _NOT_PLAIN.search(lines):
        return None
    missing = head.end() + int(lengths[0]) - len(data)
    if missing == 0:
        return Answer(int(head[1]), Headers(head[2]), data[head.end() :])
    return UNFINISHED if missing > 0 and int(lengths[0]) <= _LONGEST else None


class Handler(ResponseHandler):
    """One of aiohttp's connections."""

    _plain: asyncio.Future[Answer | None] | None = None
    _begun = b""

    def ask(self, request: bytes) -> asyncio.Future[Answer | None]:
        """Write a request; the answer if it is plain, else None: aiohttp's parser then has it."""
        if self.transport is None:
            raise aiohttp.ClientConnectionError
        self._plain, self._begun = self._loop.create_future(), b""
        self.transport.write(request)
        return self._plain

    def data_received(self, data: bytes) -> None:
        waiting = self._plain
        if waiting is None or waiting.done():
            super().data_received(data)
            return
        data = self._begun + data
        answer = read_plain(data)
        if isinstance(answer, Unfinished):
            self._begun = data
            return
        self._plain, self._begun = None, b""
        waiting.set_result(answer)
        if answer is None:
            self.set_response_params(read_until_eof=True)
            super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        super().connection_lost(exc)
        waiting, self._plain = self._plain, None
        if waiting is not None and not waiting.done():
            waiting.set_exception(aiohttp.ServerDisconnectedError())
