"""Style, script and pictures: a fixed set read at start-up, so no path can lead out of it."""

from starlette.responses import Response

from hub.console.errors import NotFoundError
from hub.console.frame import Page, Visitor
from hub.console.rendering import load_static_files
from hub.staff.roles import Permission

STATIC_FILES = load_static_files()
_KEEP = "public, max-age=31536000, immutable"  # addresses carry the content's hash


async def show_file(visitor: Visitor) -> Response:
    file = STATIC_FILES.get(visitor.path("name"))
    if file is None:
        raise NotFoundError
    return Response(file.content, media_type=file.media_type, headers={"Cache-Control": _KEEP})


PAGES = (Page("/static/{name:path}", Permission.PUBLIC, show_file),)
