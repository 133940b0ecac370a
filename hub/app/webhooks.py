"""The doors for providers: read with a cap, verify, parse, store, and only then say 2xx.

Nothing is decided or answered here (SEC-11): the bodies of all responses are empty.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from bot.channels.base import (
    Channel,
    ForgedRequestError,
    MalformedRequestError,
    WebhookRequest,
    read_headers,
)
from bot.inbox import Inbox
from bot.lanes import Lane
from bot.messages import Inbound, Receipt
from bot.sender import fold_receipts
from hub.clock import Clock
from hub.failpoints import hit
from hub.logs import get_log

_log = get_log("webhooks")
_RETRY_SECONDS = "5"


class TooLargeError(Exception):
    """A body over the door's cap, or one that hides its size."""


@dataclass(frozen=True)
class Door:
    """One route of one channel. `cap` is the largest body in bytes."""

    path: str
    channel: Channel
    cap: int


@dataclass(frozen=True)
class Webhooks:
    inbox: Inbox
    lanes: Sequence[Lane]
    clock: Clock

    def router(self, doors: Sequence[Door]) -> APIRouter:
        router = APIRouter(include_in_schema=False)
        for door in doors:
            # A plain route: what reads bytes needs none of FastAPI's parsing.
            router.add_route(door.path, self._endpoint(door), methods=["POST"])
        return router

    def _endpoint(self, door: Door) -> Callable[[Request], Awaitable[Response]]:
        async def serve(request: Request) -> Response:
            return await self._receive(door, request)

        return serve

    async def _receive(self, door: Door, request: Request) -> Response:
        try:
            webhook = await _read(request, door.cap)
            door.channel.verify(webhook)
            said = door.channel.parse(webhook)
        except ForgedRequestError as error:
            _log.warning("webhook_refused", channel=door.channel.name, reason=str(error))
            return Response(status_code=403)
        except TooLargeError:
            return Response(status_code=413)
        except ClientDisconnect:
            return Response(status_code=400)
        except MalformedRequestError as error:
            # A 4xx would make the provider repeat what can never be read, and hold up what follows.
            _log.error("webhook_unreadable", channel=door.channel.name, reason=str(error))
            return Response(status_code=200)
        return await self._store(door, said)

    async def _store(self, door: Door, said: Sequence[Inbound | Receipt]) -> Response:
        inbounds = [each for each in said if isinstance(each, Inbound)]
        receipts = [each for each in said if isinstance(each, Receipt)]
        try:
            await self.inbox.receive(inbounds)
            await fold_receipts(self.lanes, receipts, self.clock)
        except (SQLAlchemyError, OSError) as error:
            _log.error("webhook_not_stored", error=type(error).__name__)
            return Response(status_code=503, headers={"Retry-After": _RETRY_SECONDS})
        hit("webhooks.before_response")
        for inbound in inbounds:
            await door.channel.acknowledge(inbound)
        return Response(status_code=200)


async def _read(request: Request, cap: int) -> WebhookRequest:
    """Raise `TooLargeError` as soon as the body is longer than `cap`, whatever its headers say."""
    if request.headers.get("content-encoding", "identity") != "identity":
        raise TooLargeError
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > cap:
            raise TooLargeError
    return WebhookRequest(
        method=request.method,
        path=request.scope["raw_path"].decode("latin-1").partition("?")[0],
        query=request.scope["query_string"].decode("latin-1"),
        headers=read_headers(request.scope["headers"]),
        body=bytes(body),
    )
