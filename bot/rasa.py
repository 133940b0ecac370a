"""Rasa over HTTP: one call a message, with a deadline. Sends an opaque sender and the text only."""

import asyncio
import json
import re
from typing import Any

from bot.channels.answers import Answer
from bot.channels.exchange import FAILURES, AnswerTooLongError, Pool, Progress
from bot.text import clean
from bot.understanding import Question, Response, Scored, Understanding, UnderstandingError

_LONGEST_TEXT = 1000
_CONNECTIONS = 100
_LARGEST_ANSWER = 256 * 1024  # bytes; an answer has a few hundred
_LEADING_SLASHES = re.compile(r"\A[\s/\u2044\u2215\u29f8\uff0f\\]+")


class RasaClient:
    """Talks to `nlu/hub_channel.py`. `deadline` is in seconds, for the whole call."""

    def __init__(self, url: str, secret: str, deadline: float) -> None:
        self._url = url.rstrip("/")
        self._secret = secret
        self._deadline = deadline
        self._pool: Pool | None = None

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
            async with asyncio.timeout(1):
                return (await self._exchange("GET", "/webhooks/hub/", b"")).status == 200
        except (*FAILURES, AnswerTooLongError):
            return False

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close()

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            async with asyncio.timeout(self._deadline):
                reply = await self._exchange("POST", path, json.dumps(body).encode())
            if reply.status != 200:
                raise UnderstandingError(f"status {reply.status}")
            answer = json.loads(reply.body)
        except TimeoutError as error:
            raise UnderstandingError("too slow") from error
        except (*FAILURES, AnswerTooLongError, RecursionError) as error:
            raise UnderstandingError(type(error).__name__) from error
        if not isinstance(answer, dict):
            raise UnderstandingError("not an object")
        return answer

    async def _exchange(self, method: str, path: str, body: bytes) -> Answer:
        if self._pool is None:
            self._pool = Pool(_CONNECTIONS, self._deadline)
        headers = {"X-Chasqui-Secret": self._secret, "Content-Type": "application/json"}
        url = self._url + path
        return await self._pool.exchange(
            Progress(), method, url, headers, None, body, _LARGEST_ANSWER
        )


def harmless(text: str) -> str:
    """The text without leading slashes: `/intent{...}` would let a phone choose what it means."""
    return _LEADING_SLASHES.sub("", clean(text)[:_LONGEST_TEXT])


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
            wishes={each["name"]: float(each["confidence"]) for each in answer.get("wishes", ())},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnderstandingError(f"unreadable answer ({type(error).__name__})") from error
    if not found.responses:
        # Rasa answers 200 with nothing when an action failed or a lock was lost.
        raise UnderstandingError("empty answer")
    return found


def _read_guess(guess: dict[str, Any]) -> Scored:
    return Scored(guess["name"], float(guess["confidence"]))
