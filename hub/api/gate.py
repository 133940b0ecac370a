"""The gate of the API: nothing behind it sees a request without a valid token.

It stands before the framework, so that without a token no body is read and nothing is parsed.
"""

from dataclasses import dataclass
from http import HTTPStatus

from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.api.limits import WINDOW, Allowance, Limiter, TooManyError
from hub.api.problems import ProblemError
from hub.clock import Clock
from hub.database import Database
from hub.logs import get_log
from hub.staff.tokens import Caller, TokenRefusedError, find_caller, note_use

MOST_BYTES = 64 * 1024
_CALLER = "chasqui.caller"
_LONGEST_HEADER = 200
_WINDOW_SECONDS = int(WINDOW.total_seconds())
_RETRY_SECONDS = "5"
_log = get_log("api")


@dataclass(frozen=True)
class Gate:
    """ASGI middleware. `open_paths` are served to anybody; `calls` counts by token, `strangers`
    what came from an address without a valid one."""

    app: ASGIApp
    database: Database
    clock: Clock
    calls: Limiter
    strangers: Limiter
    open_paths: frozenset[str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            headers = await self._admit(scope)
        except ProblemError as problem:
            await problem.to_response()(scope, receive, send)
            return
        await self.app(scope, _capped(receive), _adding(send, headers))

    async def _admit(self, scope: Scope) -> dict[str, str]:
        """Note the caller in the scope; the headers that the response gets."""
        headers = Headers(scope=scope)
        if scope["path"].removeprefix(scope.get("root_path", "")) in self.open_paths:
            return {}
        caller = await self._recognise(scope, headers.getlist("authorization"))
        allowance = self._count(self.calls, caller.token_id)
        _check_length(headers)
        scope[_CALLER] = caller
        return _tell(allowance)

    async def _recognise(self, scope: Scope, given: list[str]) -> Caller:
        now = self.clock.now()
        try:
            token = _read_token(given)
            async with self.database.read() as session:
                caller = await find_caller(session, token, now)
            if caller.is_due_to_be_seen:
                async with self.database.write() as session:
                    await note_use(session, caller.token_id, now)
        except TokenRefusedError as error:
            client = scope.get("client")
            self._count(self.strangers, client[0] if client else "")
            raise _refusal(error) from error
        except (SQLAlchemyError, OSError) as error:
            _log.error("api_not_served", error=type(error).__name__)
            raise ProblemError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "Try again in a moment.",
                headers={"Retry-After": _RETRY_SECONDS},
            ) from error
        return caller

    def _count(self, limiter: Limiter, key: str) -> Allowance:
        try:
            return limiter.take(key, self.clock.now())
        except TooManyError as error:
            wait = str(error.allowance.reset_seconds)
            raise ProblemError(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"Too many requests: wait {wait} seconds.",
                headers={"Retry-After": wait, **_tell(error.allowance)},
            ) from error


def caller_of(scope: Scope) -> Caller:
    """Whom the gate let in."""
    caller: Caller = scope[_CALLER]
    return caller


def _read_token(given: list[str]) -> str:
    """From the one header; a second one would leave open who is meant."""
    scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    if scheme.lower() != "bearer" or len(token) > _LONGEST_HEADER:
        raise TokenRefusedError("send `Authorization: Bearer` and your token")
    return token.strip()


def _refusal(error: TokenRefusedError) -> ProblemError:
    return ProblemError(
        HTTPStatus.UNAUTHORIZED,
        f"{str(error)[0].upper()}{str(error)[1:]}.",
        headers={"WWW-Authenticate": 'Bearer realm="chasqui", error="invalid_token"'},
    )


def _tell(allowance: Allowance) -> dict[str, str]:
    """As draft-ietf-httpapi-ratelimit-headers spells it."""
    return {
        "RateLimit-Policy": f'"default";q={allowance.quota};w={_WINDOW_SECONDS}',
        "RateLimit": f'"default";r={allowance.remaining};t={allowance.reset_seconds}',
    }


def _check_length(headers: Headers) -> None:
    length = headers.get("content-length", "0")
    if headers.get("content-encoding", "identity") != "identity":
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the body as it is.")
    if not length.isdecimal() or len(length) > 12 or int(length) > MOST_BYTES:
        raise _too_large()


def _too_large() -> ProblemError:
    return ProblemError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A body has at most {MOST_BYTES} bytes."
    )


def _capped(receive: Receive) -> Receive:
    """Stop reading a body that is longer than its header said, or that has none."""
    read = 0

    async def receive_capped() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > MOST_BYTES:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return message

    return receive_capped


def _adding(send: Send, headers: dict[str, str]) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(headers)
        await send(message)

    return send_with_headers
