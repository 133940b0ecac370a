"""Rasa over HTTP: one call a message, with a deadline. Sends an opaque sender and the text only."""

import asyncio
import json
import re
from typing import Any

import aiohttp

from bot.text import clean
from bot.understanding import Question, Response, Scored, Understanding, UnderstandingError

_LONGEST_TEXT = 1000
_LARGEST_ANSWER = 256 * 1024  # bytes; an answer has a few hundred
_LEADING_SLASHES = re.compile(r"\A[\s/\u2044\u2215\u29f8\uff0f\\]+")


class RasaClient:
    """Talks to `nlu/hub_channel.py`. `deadline` is in seconds, for the whole call."""

    def __init__(self, url: str, secret: str, deadline: float) -> None:
        self._url = url.rstrip("/")
        self._secret = secret
        self._deadline = deadline
        self._session: aiohttp.ClientSession | None = None

    async def understand(self, question: Question) -> Understanding:
        body = {
            "sender": question.sender,
            "text": harmless(question.text),
            "choice": {"intent": question.intent, "slots": question.slots}
            if question.intent
            else None,
            "state": question.state,
        }
        return _read(await self._post("/webhooks/hub/turn", body))

    async def is_ready(self) -> bool:
        """Whether Rasa answers at all; asked by readiness, never on a message's way."""
        try:
            async with (
                asyncio.timeout(1),
                self._client().get(f"{self._url}/webhooks/hub/") as reply,
            ):
                return reply.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"X-Chasqui-Secret": self._secret}
        try:
            async with (
                asyncio.timeout(self._deadline),
                self._client().post(self._url + path, json=body, headers=headers) as reply,
            ):
                if reply.status != 200:
                    raise UnderstandingError(f"status {reply.status}")
                answer = json.loads(await _read_capped(reply.content))
        except TimeoutError as error:
            raise UnderstandingError("too slow") from error
        except (aiohttp.ClientError, ValueError, RecursionError) as error:
            raise UnderstandingError(type(error).__name__) from error
        if not isinstance(answer, dict):
            raise UnderstandingError("not an object")
        return answer

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(trust_env=False)
        return self._session


def harmless(text: str) -> str:
    """The text without leading slashes: `/intent{...}` would let a phone choose what it means."""
    return _LEADING_SLASHES.sub("", clean(text)[:_LONGEST_TEXT])


async def _read_capped(content: aiohttp.StreamReader) -> bytes:
    """The whole body; raise `ValueError` for one that no turn has."""
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > _LARGEST_ANSWER:
            raise ValueError("answer too large")
    return bytes(body)


def _read(answer: dict[str, Any]) -> Understanding:
    try:
        found = Understanding(
            responses=tuple(
                Response(each["name"], dict(each["slots"])) for each in answer["responses"]
            ),
            intent=answer["intent"]["name"],
            confidence=float(answer["intent"]["confidence"]),
            ranking=tuple(_read_guess(each) for each in answer["ranking"]),
            slots={name: str(value) for name, value in answer["slots"].items() if value},
            engine="rasa",
            state=answer["state"],
            active_form=answer["active_form"],
            questions=tuple(_read_guess(each) for each in answer.get("questions", ())),
            danger=_read_guess(answer["danger"]) if answer.get("danger") else None,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnderstandingError(f"unreadable answer ({type(error).__name__})") from error
    if not found.responses:
        # Rasa answers 200 with nothing when an action failed or a lock was lost.
        raise UnderstandingError("empty answer")
    return found


def _read_guess(guess: dict[str, Any]) -> Scored:
    return Scored(guess["name"], float(guess["confidence"]))
