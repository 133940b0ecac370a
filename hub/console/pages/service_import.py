"""Services from a spreadsheet: take the sheet, see what it would change, propose it.

Looking changes nothing and keeps nothing: what was read goes to the browser, signed, and comes back
with the acceptance. So what is proposed is exactly what was shown, or nothing.
"""

import asyncio
import json
import zlib
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from content.exporting import NothingToExportError
from content.pack import ServiceContent
from content.service_editing import propose_services
from content.service_sheets import MOST_SERVICES, Plan, plan_services, read_table, unpack_table
from content.sheet_files import Table, pack_csv, pack_workbook
from content.spreadsheets import SheetError
from content.states import MoveRefusedError
from hub.console.downloads import as_file
from hub.console.errors import BadFormError, ConflictError, NotFoundError
from hub.console.forms import FILE_NAME, Body
from hub.console.frame import Act, Page, Visitor
from hub.console.sheet_words import Fault, column_name, explain_faults
from hub.console.words import names_for
from hub.staff.models import StaffMember
from hub.staff.roles import Permission

_PATH = "/services/import"
_PURPOSE = "services_import"
_LISTS = ("needs", "languages", "opening")
_MOST_FAULTS = 100


async def show_import(visitor: Visitor) -> Response:
    return _render(visitor)


async def give_workbook(visitor: Visitor) -> Response:
    table = await _read_table(visitor)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return as_file(await asyncio.to_thread(pack_workbook, [table]), kind, "services.xlsx")


async def give_csv(visitor: Visitor) -> Response:
    return as_file(pack_csv(await _read_table(visitor)), "text/csv; charset=utf-8", "services.csv")


async def check(visitor: Visitor) -> Response:
    """Show what the file would change. Nothing of it is kept."""
    try:
        raw = b64decode(visitor.field("sheet"))
    except ValueError as error:
        raise BadFormError("no file") from error
    if not raw:
        return _render(visitor, error=visitor._("Choose a file"))
    name = visitor.field("sheet" + FILE_NAME)
    try:
        table = await asyncio.to_thread(unpack_table, raw, name)
        async with visitor.console.database.read() as session:
            plan = await plan_services(session, table, visitor.staff.id)
    except SheetError as error:
        return _render(visitor, faults=explain_faults(error.findings, visitor._))
    except NothingToExportError as error:
        raise NotFoundError from error
    names = names_for(visitor._, visitor.console.config.names)
    sheet = _pack(plan)
    return visitor.render(
        "services_import_check.html",
        plan=plan,
        file_name=name,
        sheet=sheet,
        proof=visitor.console.vault.sign(_PURPOSE, _signed(visitor, sheet)),
        column=lambda column: column_name(column, names.languages, visitor._),
        names=names,
    )


async def accept(visitor: Visitor, session: AsyncSession) -> Response:
    """Propose what was shown, with the member as its author or editor: somebody else verifies."""
    sheet, proof = visitor.field("sheet"), visitor.field("proof")
    if not visitor.console.vault.is_signed(_PURPOSE, _signed(visitor, sheet), proof):
        raise ConflictError(_PURPOSE)
    shown = _unpack(sheet)
    member = await session.get_one(StaffMember, visitor.staff.id)
    try:
        number = await propose_services(session, shown.contents, shown.seen, member, visitor.now)
    except MoveRefusedError as error:
        raise ConflictError(_PURPOSE) from error
    phrase = visitor._("Services that wait for the check of somebody else: %(number)s")
    return visitor.done("/services?state=in_review", phrase % {"number": number})


def _render(visitor: Visitor, *, error: str = "", faults: list[Fault] | None = None) -> Response:
    found = faults or []
    return visitor.render(
        "services_import.html",
        status=422 if error or found else 200,
        errors={"sheet": error} if error else {},
        faults=found[:_MOST_FAULTS],
        left_out=max(0, len(found) - _MOST_FAULTS),
        most=MOST_SERVICES,
    )


async def _read_table(visitor: Visitor) -> Table:
    try:
        async with visitor.console.database.read() as session:
            return await read_table(session)
    except NothingToExportError as error:
        raise NotFoundError from error


@dataclass(frozen=True)
class _Shown:
    """What the member saw: contents by key, and the hash of the version beside each."""

    contents: dict[str, ServiceContent]
    seen: dict[str, str]


def _signed(visitor: Visitor, sheet: str) -> str:
    return f"{visitor.staff.id}:{sheet}"


def _pack(plan: Plan) -> str:
    rows = []
    for change in plan.changes:
        content = asdict(change.content)
        del content["place"]
        rows.append([change.seen, content])
    return urlsafe_b64encode(zlib.compress(json.dumps(rows).encode())).decode()


def _unpack(sheet: str) -> _Shown:
    """Only of what `_pack` made: the signature comes first."""
    rows = json.loads(zlib.decompress(urlsafe_b64decode(sheet)))
    contents, seen = {}, {}
    for hash_seen, fields in rows:
        lists = {name: tuple(fields[name]) for name in _LISTS}
        content = ServiceContent(**{**fields, **lists})
        contents[content.key], seen[content.key] = content, hash_seen
    return _Shown(contents, seen)


PAGES = (
    Page(_PATH, Permission.ANSWERS_WRITE, show_import),
    Page(f"{_PATH}/services.xlsx", Permission.ANSWERS_WRITE, give_workbook),
    Page(f"{_PATH}/services.csv", Permission.ANSWERS_WRITE, give_csv),
    Page(f"{_PATH}/check", Permission.ANSWERS_WRITE, check, method="POST", body=Body.FILE),
    Act(f"{_PATH}/accept", Permission.ANSWERS_WRITE, accept, body=Body.LONG),
)
