"""One HTTP call to a provider, which ends in one of three ways: answered, never sent, or in doubt.

Knows no provider. Says nothing to any log, and its errors carry no address, text or credential:
Telegram's URLs hold the bot's token, Twilio's the person's number.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

from bot.channels.answers import Answer
from bot.channels.exchange import FAILURES, AnswerTooLongError, Pool, Progress
from bot.deadlines import Deadlines

CALL_SECONDS = 10.0
CONNECT_SECONDS = 3.0
_MOST_SPELLED = 32  # names of fields, our own number and the words of an update are soon said again
LONGEST_ANSWER = 256 * 1024
LONGEST_PAUSE = 3600.0
_UNSAFE = re.compile(rb"[^A-Za-z0-9_.~ -]")
_ESCAPED = {bytes([byte]): b"%%%02X" % byte for byte in range(256)}

# What a client library raises when it meets an answer of another shape than it expects. The call
# was made, so all of these mean "in doubt".
UNREADABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class NotSentError(Exception):
    """The request did not leave: no connection, or none free in time."""


class InDoubtError(Exception):
    """The request may have been carried out."""


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
        self._pool: Pool | None = None
        self._deadlines = Deadlines()

    async def open(self) -> None:
        if self._pool is None:
            self._pool = Pool(self._connections, self._connect_seconds)
            self._deadlines = Deadlines()

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close()

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        body: bytes = b"",
        extra_seconds: float = 0.0,
        longest_answer: int = LONGEST_ANSWER,
    ) -> Answer:
        """The provider's answer, whatever its status; raise `NotSentError` or `InDoubtError`.

        `extra_seconds` is how long the provider was asked to wait, on top of the usual deadline.
        """
        if self._pool is None:
            raise NotSentError("the channel is not open")
        progress, failure = Progress(), ""
        try:
            with self._deadlines.within(self._call_seconds + extra_seconds):
                return await self._pool.exchange(
                    progress, method, url, headers, params, body, longest_answer
                )
        except AnswerTooLongError:
            failure = "answer too long"
        except FAILURES as error:
            failure = type(error).__name__
        # Raised out here so that no cause is attached: aiohttp's errors quote the URL.
        raise InDoubtError(failure) if progress.connected else NotSentError(failure)


def encode_form(fields: Iterable[tuple[str, str]]) -> bytes:
    """As `urllib.parse.urlencode`, which goes through a text byte by byte and takes as long as all
    else that is done to a message before it is sent."""
    return b"&".join(b"%b=%b" % (_escape(name), _escape(value)) for name, value in fields)


@lru_cache(maxsize=_MOST_SPELLED)
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
