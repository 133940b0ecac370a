"""What endpoints share: what the API is built of, who may call, and the parts of an address."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Query
from fastapi.routing import APIRoute
from pydantic import AfterValidator, AwareDatetime, BeforeValidator
from starlette.requests import Request

from broadcast.policy import Policy
from content.published import Slice
from hub.api.gate import caller_of
from hub.api.problems import MEDIA_TYPE, FieldProblem, ProblemError
from hub.clock import Clock
from hub.config import Config
from hub.database import Database
from hub.i18n import Phrases
from hub.staff.tokens import Caller, Scope

MOST_ITEMS = 100
_NUMBER = re.compile(r"[-+.\deE_\s]*")


@dataclass(frozen=True)
class Desk:
    """Everything that endpoints may use, built once. `bot` says needs as people are told them,
    `console` the findings of checks as staff are."""

    database: Database
    clock: Clock
    config: Config
    policy: Policy
    bot: Phrases
    console: Phrases
    is_demonstration: bool

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.config.timezone)

    def slice(self, after: str, limit: int, since: datetime | None) -> Slice:
        return Slice(
            now=self.clock.now(),
            limit=limit,
            after=after,
            since=since,
            with_demonstration=self.is_demonstration,
        )

    def check_language(self, language: str | None) -> None:
        """Raise `ProblemError` for one that is not offered here."""
        if language is not None and language not in self.config.languages:
            known = ", ".join(self.config.languages)
            error = FieldProblem(place="query.language", detail=f"one of {known}")
            raise ProblemError(
                HTTPStatus.UNPROCESSABLE_ENTITY, "There is no such language here.", errors=[error]
            )


def within_reach(since: datetime) -> datetime:
    """Moments near the ends of the calendar cannot be brought to UTC; nothing is as old or new.
    Both years have a 29th of February."""
    return since.replace(year=min(max(since.year, 2000), 2996))


Key = Annotated[
    str,
    Query(
        pattern=r"^([A-Za-z0-9._-]{1,64})?$",
        description="The `next` of the page before; empty for the first.",
    ),
]
Limit = Annotated[int, Query(ge=1, le=MOST_ITEMS, description="Most items on a page.")]


def _only_written(value: object) -> object:
    """A number is no moment here, though pydantic would count seconds from 1970."""
    if value is None or (isinstance(value, str) and not _NUMBER.fullmatch(value)):
        return value
    raise ValueError("write a day, an hour and a time zone")


Moment = Annotated[AwareDatetime, BeforeValidator(_only_written), AfterValidator(within_reach)]
Since = Annotated[
    Moment | None,
    Query(
        description="Only what changed since then, with a time zone. `gone` then lists what is no "
        "longer published: take your copies of it down."
    ),
]
Language = Annotated[str | None, Query(pattern="^[a-z]{2,3}$", description="As `es` or `ht`.")]


def require(scope: Scope) -> Callable[[Request], Caller]:
    """A dependency: the caller, if its token has the scope."""

    def check(request: Request) -> Caller:
        caller = caller_of(request.scope)
        if scope not in caller.scopes:
            raise ProblemError(
                HTTPStatus.FORBIDDEN,
                f"This token lacks the scope {scope}.",
                headers={
                    "WWW-Authenticate": f'Bearer realm="chasqui", error="insufficient_scope", '
                    f'scope="{scope}"'
                },
            )
        return caller

    return check


def refuse_unknown(request: Request) -> None:
    """A dependency: a filter that nobody knows, or that is there twice, is a slip. To leave it out
    in silence would tell too much."""
    route: APIRoute = request.scope["route"]
    known = {each.alias for each in route.dependant.query_params}
    given = [name for name, _ in request.query_params.multi_items()]
    if not known.issuperset(given) or len(set(given)) < len(given):
        taken = ", ".join(sorted(known)) or "none"
        error = FieldProblem(place="query", detail=f"takes these, each once: {taken}")
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "A parameter is unknown or given twice.",
            errors=[error],
        )


def refusals(*more: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """What an operation may answer besides what was asked for, for its description."""
    usual = (
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.SERVICE_UNAVAILABLE,
    )
    shape = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        int(status): {"description": status.phrase, "content": shape} for status in (*usual, *more)
    }


def unchanged() -> dict[int | str, dict[str, Any]]:
    return {304: {"description": "You have exactly this already (`If-None-Match`)"}}
