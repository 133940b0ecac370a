"""The only way into Rasa: one route for the hub, behind a shared secret, that holds nothing
between two requests.

It must never log or return a person's text, and never answer 200 for a turn without a response.
"""

import hmac
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, empty, json

from tracker_store import TURNS, FinishedTurn
from turn_request import (
    LARGEST_BODY,
    NAMED,
    BadRequestError,
    TurnRequest,
    read_request,
    read_secret,
)

RANKING_LENGTH = 5
FALLBACK = "nlu_fallback"
log = logging.getLogger("chasqui.nlu")

Handler = Callable[[UserMessage], Awaitable[Any]]


class TurnError(RuntimeError):
    """Rasa ended a turn without an exception and without a response."""


class HubInput(InputChannel):
    """Rasa's input channel `hub`."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    @classmethod
    def name(cls) -> str:
        """The name in the channel's URL."""
        return "hub"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> InputChannel:
        """Credentials come from the environment, never from a file."""
        return cls(read_secret())

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        """The two routes: is it alive, and one turn."""
        routes = Blueprint("hub_channel")

        @routes.route("/", methods=["GET"])
        async def health(request: Request) -> HTTPResponse:
            agent = _ready_agent(request.app)
            if agent is None:
                return json({"status": "starting", "model": None}, status=503)
            return json({"status": "ok", "model": agent.model_id})

        @routes.route("/turn", methods=["POST"])
        async def turn(request: Request) -> HTTPResponse:
            if not self._knows(request.headers.get("X-Chasqui-Secret", "")):
                return empty(status=403)
            if len(request.body) > LARGEST_BODY:
                return json({"error": f"body: larger than {LARGEST_BODY} bytes"}, status=413)
            return await _answer(request, on_new_message)

        return routes

    def _knows(self, offered: str) -> bool:
        return hmac.compare_digest(offered.encode("utf-8", "surrogateescape"), self._secret)


def _ready_agent(app: Sanic) -> Any | None:
    agent = getattr(app.ctx, "agent", None)
    return agent if agent is not None and agent.is_ready() else None


def _intents_of(agent: Any) -> set[str]:
    """The domain's own intents; Rasa adds some, such as `restart`, that nobody may choose."""
    return {name for name in agent.domain.intents if "." in name}


async def _answer(request: Request, on_new_message: Handler) -> HTTPResponse:
    agent = _ready_agent(request.app)
    if agent is None:
        return json({"error": "no model is loaded"}, status=503)
    try:
        wanted = read_request(request.body, _intents_of(agent))
        return json(await _run_turn(wanted, agent, on_new_message))
    except BadRequestError as problem:
        return json({"error": str(problem)}, status=400)
    except Exception as problem:
        # The edge of one message: the hub falls back. A traceback could hold the person's text.
        log.error("turn failed: %s", type(problem).__name__)  # noqa: TRY400
        return json({"error": "the turn failed"}, status=500)


async def _run_turn(wanted: TurnRequest, agent: Any, on_new_message: Handler) -> dict[str, Any]:
    turn_id = f"{wanted.sender}.{secrets.token_hex(8)}"
    output = CollectingOutputChannel()
    TURNS.begin(turn_id, wanted.state)
    try:
        await on_new_message(_message(wanted, turn_id, output))
        finished = TURNS.end(turn_id, agent.domain)
    finally:
        TURNS.delete(turn_id)
    responses = [message["custom"] for message in output.messages if "custom" in message]
    if finished is None or not responses:
        raise TurnError
    return _reply(finished, responses)


def _message(wanted: TurnRequest, turn_id: str, output: CollectingOutputChannel) -> UserMessage:
    return UserMessage(
        wanted.text, output, turn_id, parse_data=_given_parse(wanted), input_channel=HubInput.name()
    )


def _given_parse(wanted: TurnRequest) -> dict[str, Any] | None:
    """What needs no reading: a choice from the hub's menu, or a message with nothing left in it."""
    if wanted.choice is None and wanted.text:
        return None
    name, slots = wanted.choice or (FALLBACK, {})
    intent = {"name": name, "confidence": 1.0 if wanted.choice else 0.0}
    entities = [{"entity": slot, "value": slots[slot], "role": "answer"} for slot in slots]
    return {"text": "", "intent": intent, "intent_ranking": [intent], "entities": entities}


def _reply(finished: FinishedTurn, responses: list[dict[str, Any]]) -> dict[str, Any]:
    tracker = finished.tracker
    read = tracker.latest_message.parse_data if tracker.latest_message else {}
    ranking = [_share(guess) for guess in read.get("intent_ranking", [])]
    return {
        "responses": responses,
        "intent": _share(read["intent"]),
        "ranking": [guess for guess in ranking if guess["name"] != FALLBACK][:RANKING_LENGTH],
        "questions": [_share(guess) for guess in read.get("questions", [])],
        "danger": _share(read["danger"]) if read.get("danger") else None,
        "wishes": [_share(guess) for guess in read.get("wishes", [])],
        "slots": {name: _last_named(name, read) or tracker.get_slot(name) for name in NAMED},
        "active_form": tracker.active_loop_name,
        "state": finished.state.as_json(),
    }


def _share(guess: dict[str, Any]) -> dict[str, Any]:
    return {"name": guess["name"], "confidence": round(float(guess["confidence"]), 4)}


def _last_named(slot: str, read: dict[str, Any]) -> str | None:
    named = [entity["value"] for entity in read.get("entities", []) if entity["entity"] == slot]
    return named[-1] if named else None
