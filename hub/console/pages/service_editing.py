"""Proposing a service: a new place, or other words for one that is there. Another verifies."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from content.models import AreaRow, Service
from content.pack import ServiceContent
from content.review import NotReadyError
from content.rows import read_settings, to_service
from content.service_editing import free_key, propose_service
from content.states import MoveRefusedError
from hub.console.errors import ConflictError, NotFoundError
from hub.console.frame import Act, Page, Visitor
from hub.console.service_form import (
    EMPTY,
    SOURCE,
    TEXTS,
    explain_service,
    find_areas,
    find_service_errors,
    read_service,
    show_area,
    text_names,
    texts_of,
)
from hub.console.words import names_for
from hub.staff.models import StaffMember
from hub.staff.roles import Permission

_MOST_NAMED = 5


async def show_new(visitor: Visitor) -> Response:
    groups = visitor.staff.sub_groups
    return await _show_form(visitor, None, EMPTY, owner=groups[0] if groups else "")


async def show_edit(visitor: Visitor) -> Response:
    async with visitor.console.database.read() as session:
        row = await _find(session, visitor.path("service_id"))
    return await _show_form(visitor, row, to_service(row))


async def save_new(visitor: Visitor, session: AsyncSession) -> Response:
    return await _save(visitor, session, None, EMPTY)


async def save(visitor: Visitor, session: AsyncSession) -> Response:
    row = await _find(session, visitor.path("service_id"))
    if row.hash != visitor.field("hash"):
        raise ConflictError(row.id)
    return await _save(visitor, session, row, to_service(row))


async def _save(
    visitor: Visitor, session: AsyncSession, row: Service | None, before: ServiceContent
) -> Response:
    code, errors = await _read_area(visitor, session)
    content = read_service(visitor, before, code)
    if row is None:
        name = content.names.get("es") or content.organisation or "servicio"
        content = replace(content, key=await free_key(session, name))
    errors |= find_service_errors(visitor, content)
    member = await session.get_one(StaffMember, visitor.staff.id)
    if not errors:
        try:
            saved = await propose_service(session, content, member, visitor.now)
            phrase = visitor._("It waits for the check of somebody else.")
            return visitor.done(f"/services/{saved.id}", phrase)
        except NotReadyError as error:
            errors = explain_service(error.findings, content, visitor._)
        except MoveRefusedError:
            errors = {"name_es": visitor._("Nothing is changed yet")}
    return await _show_form(visitor, row, content, errors=errors, status=422)


async def _read_area(visitor: Visitor, session: AsyncSession) -> tuple[str | None, dict[str, str]]:
    """The code of the place that was typed; none for the whole country, or with an error."""
    typed = visitor.field("area")
    if not typed:
        return None, {}
    areas = await _areas(session)
    found = find_areas(typed, areas)
    if len(found) == 1:
        return found[0].code, {}
    if not found:
        return None, {"area": visitor._("There is no such place on our list")}
    by_code = {area.code: area for area in areas}
    named = "; ".join(show_area(area, by_code) for area in found[:_MOST_NAMED])
    phrase = visitor._("Which of these? Write its number: %(places)s")
    return None, {"area": phrase % {"places": named}}


async def _find(session: AsyncSession, service_id: str) -> Service:
    row = await session.get(Service, service_id)
    if row is None:
        raise NotFoundError
    return row


async def _areas(session: AsyncSession) -> list[AreaRow]:
    return list(await session.scalars(select(AreaRow).order_by(AreaRow.code)))


async def _show_form(
    visitor: Visitor,
    row: Service | None,
    content: ServiceContent,
    *,
    owner: str = "",
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    config = visitor.console.config
    async with visitor.console.database.read() as session:
        settings = await read_settings(session)
        areas = {area.code: area for area in await _areas(session)}
    place = areas.get(content.area or "")
    named = names_for(visitor._, config.names)
    return visitor.render(
        "services_edit.html",
        status=status,
        row=row,
        content=content,
        texts=texts_of(content),
        fields=TEXTS,
        labels=text_names(visitor._),
        source={name: content.source.get(name, "") for name in SOURCE},
        place=visitor.field("area") or (show_area(place, areas) if place else ""),
        owner=content.owner or owner,
        owners=_choices(settings.owners if settings else (), named.owners),
        needs=_choices(settings.needs if settings else (), named.needs),
        languages=config.languages,
        errors=errors or {},
        names=named,
    )


def _choices(known: Sequence[str], names: dict[str, str]) -> list[tuple[str, str]]:
    return [(each, names.get(each, each)) for each in known]


_ONE = "/services/{service_id}/edit"
PAGES = (
    Page("/services/new", Permission.ANSWERS_WRITE, show_new),
    Act("/services/new/save", Permission.ANSWERS_WRITE, save_new),
    Page(_ONE, Permission.ANSWERS_WRITE, show_edit),
    Act(f"{_ONE}/save", Permission.ANSWERS_WRITE, save),
)
