"""Acts happen once: the form's id decides, however often the browser sends it (PEER-20)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import RedirectResponse, Response

from hub.console.errors import BadFormError, ReusedFormError
from hub.console.forms import FORM_FIELD, hash_fields
from hub.console.frame import Act, Visitor
from hub.staff.models import UsedForm

KEPT = timedelta(hours=48)
_LONGEST_ID = 32


class _AlreadyUsedError(Exception):
    """This form id was acted upon before."""


class _NothingDoneError(Exception):
    """The handler answered with a page instead of a redirect: roll back, then show it."""

    def __init__(self, response: Response) -> None:
        self.response = response


@dataclass(frozen=True)
class _Key:
    staff_id: str
    route: str
    form_id: str
    body_hash: bytes


async def run_once(visitor: Visitor, act: Act) -> Response:
    """Run the act in a transaction, or repeat the answer that the same form got before."""
    key = _key_of(visitor)
    try:
        async with visitor.console.database.write() as session:
            form = await _claim(session, key, visitor.now)
            response = await act.handler(visitor, session)
            form.location = _location_of(response)
    except _NothingDoneError as nothing:
        return nothing.response
    except _AlreadyUsedError:
        return await _repeat(visitor, key)
    return response


def _location_of(response: Response) -> str:
    if not 300 <= response.status_code < 400:
        raise _NothingDoneError(response)
    return response.headers["location"]


def _key_of(visitor: Visitor) -> _Key:
    form_id = visitor.field(FORM_FIELD)
    if not form_id or len(form_id) > _LONGEST_ID:
        raise BadFormError("no form id")
    # The address itself, not the route's pattern: the same form id elsewhere is another form.
    route = visitor.request.url.path[:160]
    return _Key(visitor.staff.id, route, form_id, hash_fields(visitor.fields))


async def _claim(session: AsyncSession, key: _Key, now: datetime) -> UsedForm:
    form = UsedForm(
        staff_id=key.staff_id,
        route=key.route,
        form_id=key.form_id,
        body_hash=key.body_hash,
        at=now,
    )
    session.add(form)
    try:
        await session.flush()
    except IntegrityError as error:
        raise _AlreadyUsedError from error
    await session.execute(
        delete(UsedForm).where(UsedForm.staff_id == key.staff_id, UsedForm.at < now - KEPT)
    )
    return form


async def _repeat(visitor: Visitor, key: _Key) -> Response:
    async with visitor.console.database.read() as session:
        used = await session.scalar(
            select(UsedForm).where(
                UsedForm.staff_id == key.staff_id,
                UsedForm.route == key.route,
                UsedForm.form_id == key.form_id,
            )
        )
    if used is None or used.body_hash != key.body_hash:
        raise ReusedFormError(key.form_id)
    return RedirectResponse(used.location, status_code=303)
