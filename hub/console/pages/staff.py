"""The list of staff, for administrators. Accounts are made on the command line."""

from starlette.responses import Response

from hub.console.frame import Page, Visitor
from hub.console.words import role_names
from hub.i18n import noop
from hub.staff.accounts import list_staff
from hub.staff.roles import Permission


async def show_staff(visitor: Visitor) -> Response:
    async with visitor.console.database.read() as session:
        members = await list_staff(session)
    return visitor.render("staff.html", members=members, role_names=role_names(visitor._))


PAGES = (Page("/staff", Permission.STAFF_READ, show_staff, nav=noop("Staff")),)
