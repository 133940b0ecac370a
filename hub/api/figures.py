"""How many people asked about what, by department or language: whole tens in whole weeks (HUM-14).

Counts come as `hub.small_cells` lets them out, so no two of them differ by fewer than ten people.
Weeks end before they are told: whoever asks again and again must not see when a ten became full.
Figures of danger do not leave at all.
"""

import re
from datetime import date, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, BeforeValidator, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from bot.figures import Group, Span, read_groups
from bot.tally_models import Cut
from content.models import AreaRow
from hub.api.desk import Desk, refusals, require, unchanged
from hub.api.problems import FieldProblem, ProblemError
from hub.api.replies import reply
from hub.small_cells import FEWEST
from hub.staff.tokens import Scope

_WEEK = timedelta(days=7)
MOST_WEEKS = 53
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _only_written(value: object) -> object:
    """A number is no day here, though pydantic would count seconds from 1970."""
    if value is None or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise ValueError("write a day as 2026-11-09")


Day = Annotated[date, BeforeValidator(_only_written)]


class Split(StrEnum):
    """By what people are told apart; never by two things at once."""

    AREA = "area"
    LANGUAGE = "language"


class Count(BaseModel):
    """People of one group. A person counts once a day for each topic."""

    value: str | None = Field(description="A department's UBIGEO code or a language; null: unknown")
    name: str | None = Field(description="Of the department.")
    topic: str | None = Field(description="null: all who wrote, whatever about")
    people: int = Field(multiple_of=FEWEST)


class Figures(BaseModel):
    """Fewer than ten are not told; they count later, when their ten is full."""

    by: Split
    first: date
    last: date
    counts: list[Count]


def figures_router(desk: Desk) -> APIRouter:
    router = APIRouter(
        tags=["figures"],
        dependencies=[Depends(require(Scope.FIGURES_READ))],
        responses={**unchanged(), **refusals()},
    )

    @router.get("/figures", response_model=Figures, summary="How many people asked about what")
    async def show_figures(
        request: Request,
        by: Annotated[Split, Query(description="What people are told apart by.")],
        first: Annotated[Day | None, Query(description="A Monday; by itself the last week")] = None,
        weeks: Annotated[int, Query(ge=1, le=MOST_WEEKS, description="How many from it on")] = 1,
    ) -> Response:
        """Scope `figures:read`. Whole weeks that are over, from Monday to Sunday."""
        span = _span(first, weeks, desk.clock.now().astimezone(desk.zone).date())
        async with desk.database.read() as session:
            groups = await read_groups(session, Cut(by), span)
            names = await _read_names(session) if by is Split.AREA else {}
        counts = [_to_count(group, names) for group in groups]
        return reply(request, Figures(by=by, first=span.first, last=span.last, counts=counts))

    return router


def _span(first: date | None, weeks: int, today: date) -> Span:
    """Raise `ProblemError` for anything but weeks that are over."""
    this_monday = today - timedelta(days=today.weekday())
    begins = first or this_monday - weeks * _WEEK
    if begins.weekday() != 0:
        raise _refuse("a Monday")
    if begins > this_monday - weeks * _WEEK:
        raise _refuse("only weeks that are over are told")
    return Span(begins, begins + weeks * _WEEK - timedelta(days=1))


def _refuse(detail: str) -> ProblemError:
    error = FieldProblem(place="query.first", detail=detail)
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "No such weeks are told.", errors=[error])


def _to_count(group: Group, names: dict[str, str]) -> Count:
    return Count(
        value=group.value or None,
        name=names.get(group.value),
        topic=group.topic or None,
        people=group.people,
    )


async def _read_names(session: AsyncSession) -> dict[str, str]:
    query = select(AreaRow.code, AreaRow.name).where(AreaRow.parent.is_(None))
    return {row.code: row.name for row in await session.execute(query)}
