"""Published services: as the hub keeps them, and as Open Referral's HSDS 3 has them."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from bot.phrases import need_name
from content.conditions import Condition
from content.hsds import NothingVerifiedError, read_hsds, to_page
from content.published import PublishedService, read_services
from content.services import Openness, view_at_home
from hub.api.answers import Absence, Source, to_absences
from hub.api.desk import Desk, Key, Limit, Since, refusals, require, unchanged
from hub.api.replies import reply
from hub.staff.tokens import Scope


class Area(BaseModel):
    code: str = Field(description="UBIGEO")
    name: str


class Said(BaseModel):
    """What a desk says of the service for some hours."""

    condition: Condition
    organisation: str = Field(description="Whose word it is.")
    until: datetime


class Service(BaseModel):
    """A place or a line that helps. Texts are by language."""

    key: str
    version: int
    name: dict[str, str]
    organisation: str
    area: Area | None = Field(description="null: the whole country")
    address: str | None = Field(description="Never that of a place where people hide.")
    needs: list[str]
    phone: str | None
    hours: dict[str, str]
    opening: list[str] = Field(description="The hours for machines, as `mon-fri 09:00-17:00`.")
    cost: dict[str, str]
    serves: dict[str, str] = Field(description="Whom it is for.")
    bring: dict[str, str] = Field(description="What to bring.")
    languages: list[str]
    openness: Openness = Field(description="Now, by the desk's word if there is one.")
    condition: Said | None
    source: Source
    is_confirmed: bool = Field(
        description="Whether somebody checked it. If not, tell people the date of its source."
    )
    verified_on: date | None
    valid_until: date | None
    changed_at: datetime
    is_demonstration: bool = Field(description="Verified by nobody: never pass it on.")


class Services(BaseModel):
    items: list[Service]
    gone: list[Absence]
    next: str | None = Field(description="What `after` is for the next page; null on the last.")


class HsdsPage(BaseModel):
    """A page as HSDS 3 has it; each of `contents` is a service with all that belongs to it."""

    total_items: int
    total_pages: int
    page_number: int
    size: int
    first_page: bool
    last_page: bool
    empty: bool
    contents: list[dict[str, Any]]


def services_router(desk: Desk) -> APIRouter:
    router = APIRouter(
        tags=["services"],
        dependencies=[Depends(require(Scope.SERVICES_READ))],
        responses={**unchanged(), **refusals()},
    )

    @router.get("/services", response_model=Services, summary="Published services")
    async def list_services(
        request: Request,
        need: Annotated[
            str | None, Query(pattern="^[a-z0-9_]{1,32}$", description="As `legal` or `food`.")
        ] = None,
        area: Annotated[
            str | None,
            Query(
                pattern="^[0-9]{2,6}$",
                description="A code; what lies within counts, and what is for the whole country.",
            ),
        ] = None,
        changed_since: Since = None,
        after: Key = "",
        limit: Limit = 50,
    ) -> Response:
        """Scope `services:read`. In the order of their keys, with what desks say of them now."""
        wanted = desk.slice(after, limit, changed_since)
        async with desk.database.read() as session:
            page = await read_services(session, wanted, need=need, area=area)
        local = wanted.now.astimezone(desk.zone)
        return reply(
            request,
            Services(
                items=[_to_service(each, local) for each in page.items],
                gone=to_absences(page.gone),
                next=page.last,
            ),
        )

    @router.get("/services/hsds", response_model=HsdsPage, summary="Services as HSDS 3")
    async def list_hsds(
        request: Request,
        language: Annotated[
            str, Query(pattern="^[a-z]{2,3}$", description="As `es` or `ht`.")
        ] = "es",
    ) -> Response:
        """Scope `services:read`. Those that somebody verified, in one language, on one page."""
        desk.check_language(language)
        name = partial(need_name, desk.bot.for_language(language))
        now = desk.clock.now()
        try:
            page = await read_hsds(desk.database, language, desk.zone, name, now)
        except NothingVerifiedError:
            page = to_page([])
        return reply(request, page)

    return router


def _to_service(published: PublishedService, local: datetime) -> Service:
    row, area = published.row, published.area
    view = view_at_home(row, area, published.condition, "es", local)
    return Service(
        key=row.key,
        version=row.version,
        name=row.name,
        organisation=row.organisation,
        area=Area(code=area.code, name=area.name) if area else None,
        address=row.address,
        needs=row.needs,
        phone=row.phone,
        hours=row.hours,
        opening=row.opening,
        cost=row.cost,
        serves=row.serves,
        bring=row.bring,
        languages=row.languages,
        openness=view.openness,
        condition=_to_said(published),
        source=_to_source(row.source),
        is_confirmed=view.is_confirmed,
        verified_on=view.verified_on,
        valid_until=row.valid_until,
        changed_at=row.changed_at,
        is_demonstration=row.is_demonstration,
    )


def _to_said(published: PublishedService) -> Said | None:
    said = published.condition
    if said is None:
        return None
    return Said(
        condition=Condition(said.condition), organisation=said.organisation, until=said.until
    )


def _to_source(source: Mapping[str, Any]) -> Source:
    return Source(
        name=source["name"],
        url=source.get("url"),
        date=str(source["date"]),
        confidence=source["confidence"],
    )
