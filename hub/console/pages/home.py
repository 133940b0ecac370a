"""The first page after sign-in: what waits for this staff member."""

from starlette.responses import Response

from hub.console.frame import Page, Visitor
from hub.i18n import noop
from hub.staff.roles import Permission


async def show_home(visitor: Visitor) -> Response:
    async with visitor.console.database.read() as session:
        cards = [card for count in visitor.console.cards for card in await count(visitor, session)]
    return visitor.render("home.html", cards=cards)


PAGES = (Page("/", Permission.SIGNED_IN, show_home, nav=noop("Home")),)
