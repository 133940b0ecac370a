"""Every other address below `/console`: a page that says so, in place of the framework's JSON."""

from typing import NoReturn

from hub.console.errors import NotFoundError
from hub.console.frame import Page, Visitor
from hub.staff.roles import Permission


async def show_nothing(visitor: Visitor) -> NoReturn:
    raise NotFoundError(visitor.path("rest"))


PAGES = (Page("/{rest:path}", Permission.PUBLIC, show_nothing),)
