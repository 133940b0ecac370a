"""The HTTP side of python-telegram-bot, on aiohttp. Keeps apart: never sent, in doubt, refused.

The library's own transport reports the first two as one error, and logs what it cannot read.
"""

import json
import logging
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Self

from telegram.error import NetworkError, TelegramError
from telegram.request import BaseRequest, RequestData

from bot.channels.answers import Answer
from bot.channels.wire import (
    LONGEST_ANSWER,
    InDoubtError,
    NotSentError,
    Wire,
    bound_pause,
    read_object,
    read_pause,
)

# At DEBUG the library logs URLs, which hold the bot's token, and the texts of messages (SEC-91).
logging.getLogger("telegram").setLevel(logging.WARNING)

_JSON = {"Content-Type": "application/json"}
_LONGEST_BATCH = 16 * 1024 * 1024  # 100 updates with long texts, every letter escaped


# The id of the message that the last call of this task sent, as Telegram gave it.
sent_id: ContextVar[object] = ContextVar("id of the message sent", default=None)


class _Read(bytes):
    """An answer with the result that was read from it."""

    result: Any

    def __new__(cls, body: bytes, result: object) -> Self:
        made = super().__new__(cls, body)
        made.result = result
        return made


class NeverSentError(NetworkError):
    """No connection was made."""


class MaybeSentError(NetworkError):
    """Telegram may have carried the call out, and did not say so."""


class RefusedError(TelegramError):
    """Telegram, or something before it, refused. `description` is empty if it was not Telegram."""

    def __init__(self, status: int, description: str, retry_after: float | None) -> None:
        super().__init__(f"refused with status {status}")
        self.status = status
        self.description = description
        self.retry_after = retry_after


class AiohttpRequest(BaseRequest):
    """One instance serves all methods, `getUpdates` included."""

    __slots__ = ("_wire",)

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    @property
    def read_timeout(self) -> float | None:
        return None

    async def initialize(self) -> None:
        await self._wire.open()

    async def shutdown(self) -> None:
        await self._wire.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = BaseRequest.DEFAULT_NONE,
        write_timeout: object = BaseRequest.DEFAULT_NONE,
        connect_timeout: object = BaseRequest.DEFAULT_NONE,
        pool_timeout: object = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """The library's entry. Its time-outs are not used: every call has the wire's deadline."""
        asked = request_data.parameters if request_data else {}
        answer = await self._call(url, method, json.dumps(asked).encode())
        return answer.status, _Read(answer.body, read_result(answer))

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """What was read already is not read again. The library gets no message to build its object
        of ninety fields from, only that there is one: `sent_id` keeps what matters of it."""
        if not isinstance(payload, _Read):
            return BaseRequest.parse_json_payload(payload)
        result = payload.result
        if _is_message(result):
            sent_id.set(result["message_id"])
            return {"ok": True, "result": True}
        return {"ok": True, "result": result}

    async def fetch_updates(
        self, base_url: str, parameters: Mapping[str, str], wait_seconds: int
    ) -> list[Any]:
        """`getUpdates` as raw JSON: the library stops at the first update that it cannot read."""
        body = json.dumps(dict(parameters)).encode()
        url = f"{base_url}/getUpdates"
        answer = await self._call(url, "POST", body, wait_seconds, _LONGEST_BATCH)
        updates = read_result(answer)
        if not isinstance(updates, list):
            raise MaybeSentError("result is not a list")
        return updates

    async def _call(
        self,
        url: str,
        method: str,
        body: bytes,
        wait_seconds: int = 0,
        longest_answer: int = LONGEST_ANSWER,
    ) -> Answer:
        failure: TelegramError
        try:
            return await self._wire.call(
                method,
                url,
                headers=_JSON,
                body=body,
                extra_seconds=wait_seconds,
                longest_answer=longest_answer,
            )
        except NotSentError:
            failure = NeverSentError("not sent")
        except InDoubtError:
            failure = MaybeSentError("in doubt")
        raise failure


def _is_message(result: object) -> bool:
    return (
        isinstance(result, dict)
        and isinstance(result.get("message_id"), int)
        and isinstance(result.get("date"), int)
        and isinstance(result.get("chat"), dict)
    )


def read_result(answer: Answer) -> object:
    """The result in Telegram's envelope; raise `MaybeSentError` or `RefusedError` for all else."""
    envelope = read_object(answer.body) or {}
    result: object = envelope.get("result")
    if answer.status == 200 and envelope.get("ok") is True and result is not None:
        return result
    status = answer.status
    if envelope.get("ok") is False and isinstance(envelope.get("error_code"), int):
        status = envelope["error_code"]
    if not 400 <= status < 500:
        raise MaybeSentError(f"status {status}")
    description = envelope.get("description")
    raise RefusedError(
        status, description if isinstance(description, str) else "", _read_pause(answer, envelope)
    )


def _read_pause(answer: Answer, envelope: dict[str, Any]) -> float | None:
    parameters = envelope.get("parameters")
    told = parameters.get("retry_after") if isinstance(parameters, dict) else None
    if isinstance(told, (int, float)):
        return bound_pause(float(told))
    return read_pause(answer.headers)
