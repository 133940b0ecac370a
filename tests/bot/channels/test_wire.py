"""The wire below all adapters: not sent or in doubt, on sockets that misbehave (F-20)."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.answers import Answer
from bot.channels.wire import (
    InDoubtError,
    NotSentError,
    Wire,
    bound_pause,
    encode_form,
    read_pause,
)

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    wire = Wire(call_seconds=0.3)
    await wire.open()
    yield wire
    await wire.close()


class Socket:
    """A TCP server that does with each connection what it is told."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._server: asyncio.Server | None = None
        self.url = ""

    async def __aenter__(self) -> "Socket":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/canary"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._handler(reader, writer)
        finally:
            writer.close()


def answering(answer: bytes, *, seconds_between: float = 0.0) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return
        step = 1 if seconds_between else len(answer) or 1
        for position in range(0, len(answer), step):
            writer.write(answer[position : position + step])
            try:
                await writer.drain()
            except ConnectionError:
                return
            await asyncio.sleep(seconds_between)

    return handle


async def call(wire: Wire, url: str) -> Answer:
    return await wire.call("POST", url, headers={}, body=b"x")


async def test_answer_of_any_status(wire: Wire) -> None:
    raw = b"HTTP/1.1 418 Teapot\r\nX-A: b\r\nContent-Length: 2\r\n\r\nhi"
    async with Socket(answering(raw)) as server:
        answer = await call(wire, server.url)
    assert (answer.status, answer.body, answer.headers["x-a"]) == (418, b"hi", "b")
    assert "hi" not in repr(answer)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/canary", "http://no-such-host.invalid/canary", "nonsense", "http://["],
)
async def test_no_connection_is_not_sent(wire: Wire, url: str) -> None:
    with pytest.raises(NotSentError) as caught:
        await call(wire, url)
    assert caught.value.__context__ is None
    assert "canary" not in str(caught.value)


async def test_failed_handshake_is_not_sent(wire: Wire) -> None:
    async with Socket(answering(b"")) as server:
        with pytest.raises(NotSentError):
            await call(wire, server.url.replace("http:", "https:"))


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"a" * 1_000_000,
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
    ],
)
async def test_sent_without_a_whole_answer_is_in_doubt(wire: Wire, answer: bytes) -> None:
    async with Socket(answering(answer)) as server:
        with pytest.raises(InDoubtError) as caught:
            await call(wire, server.url)
    assert caught.value.__context__ is None
    assert "canary" not in str(caught.value)


async def test_slow_bytes_meet_the_deadline(wire: Wire) -> None:
    raw = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
    started = time.monotonic()
    async with Socket(answering(raw, seconds_between=0.1)) as server:
        with pytest.raises(InDoubtError):
            await call(wire, server.url)
    assert time.monotonic() - started < 3


async def test_being_cancelled_is_not_swallowed(wire: Wire) -> None:
    async with Socket(answering(b"H" * 100, seconds_between=0.1)) as server:
        task = asyncio.create_task(call(wire, server.url))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_redirects_are_not_followed(wire: Wire) -> None:
    raw = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    async with Socket(answering(raw)) as server:
        assert (await call(wire, server.url)).status == 302


WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


class Keeper:
    """Keeps connections open and notes what came; after its first answer it may say `aside`."""

    def __init__(self, aside: bytes = b"", before: bytes = b"") -> None:
        self.heads: list[list[bytes]] = []  # one list a connection
        self._aside, self._before = aside, before

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads: list[bytes] = []
        self.heads.append(heads)
        while not reader.at_eof():
            try:
                heads.append(await reader.readuntil(b"\r\n\r\n"))
                await reader.readexactly(1)
            except asyncio.IncompleteReadError:
                return
            writer.write(self._before + WHOLE)
            await writer.drain()
            if self._aside:
                writer.write(self._aside)
                self._aside = b""


async def test_a_connection_serves_one_call_after_another(wire: Wire) -> None:
    keeper = Keeper()
    async with Socket(keeper) as server:
        for _ in range(3):
            assert (await call(wire, server.url)).body == b"hi"
        await wire.close()
    assert [len(heads) for heads in keeper.heads] == [3]


async def test_what_was_said_into_the_silence_is_no_answer(wire: Wire) -> None:
    # Balancers say 408 on a connection that nobody used for a while. Taken for the answer, a
    # message that may have arrived would be sent again.
    keeper = Keeper(aside=b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
    async with Socket(keeper) as server:
        assert (await call(wire, server.url)).status == 200
        await asyncio.sleep(0.05)
        assert (await call(wire, server.url)).status == 200
        await wire.close()
    assert [len(heads) for heads in keeper.heads] == [1, 1]


async def test_an_answer_that_is_not_the_last_is_passed_over(wire: Wire) -> None:
    async with Socket(Keeper(before=b"HTTP/1.1 100 Continue\r\n\r\n")) as server:
        assert (await call(wire, server.url)).status == 200
        await wire.close()


async def test_the_head_names_the_host_the_length_and_what_is_asked(wire: Wire) -> None:
    keeper = Keeper()
    async with Socket(keeper) as server:
        await wire.call("POST", server.url, headers={"X-A": "b"}, params={"q": "a b"}, body=b"x")
        host = server.url.split("/")[2]
        await wire.close()
    lines = keeper.heads[0][0].decode().split("\r\n")
    assert lines[0] == "POST /canary?q=a+b HTTP/1.1"
    assert {f"Host: {host}", "X-A: b", "Content-Length: 1"} <= set(lines)
    assert sum(line.startswith("Content-Length") for line in lines) == 1


async def test_a_header_of_two_lines_never_leaves(wire: Wire) -> None:
    keeper = Keeper()
    async with Socket(keeper) as server:
        with pytest.raises(NotSentError):
            await wire.call("POST", server.url, headers={"X-A": "b\r\nX-B: c"}, body=b"x")
    assert keeper.heads == []


@pytest.mark.parametrize(
    ("value", "pause"),
    [("5", 5), ("0", 1), ("-1", 1), ("1e99", 3600), ("inf", 3600), ("nan", None), ("", None)],
)
def test_pauses_are_bounded(value: str, pause: float | None) -> None:
    assert read_pause({"Retry-After": value}) == pause  # F-21


def test_a_date_counts_from_the_answers_own_date() -> None:
    date = "Sun, 22 Nov 2026 15:00:00 GMT"
    later = "Sun, 22 Nov 2026 15:02:00 GMT"
    assert read_pause({"Retry-After": later, "Date": date}) == 120
    assert read_pause({"Retry-After": later}) is None
    assert read_pause({"Retry-After": later, "Date": "Sun, 22 Nov 2026 15:00:00"}) is None
    assert bound_pause(float("nan")) is None


@given(st.dictionaries(st.text(), st.text()))
def test_a_form_is_spelled_as_the_standard_library_spells_it(fields: dict[str, str]) -> None:
    assert encode_form(fields.items()) == urlencode(fields).encode()
