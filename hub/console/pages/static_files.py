"""Style, script and pictures: a fixed set read at start-up, so no path can lead out of it.

Only these are compressed, never a page: a page holds the session's token beside what was asked for,
and the length of a compressed one would give the token away letter by letter (BREACH).
"""

import re

from starlette.responses import Response

from hub.console.errors import NotFoundError
from hub.console.frame import Page, Visitor
from hub.console.rendering import load_static_files
from hub.staff.roles import Permission

STATIC_FILES = load_static_files()
_KEEP = "public, max-age=31536000, immutable"  # addresses carry the content's hash
_TAKES_GZIP = re.compile(r"(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[^,]*)?(?:,|$)")


async def show_file(visitor: Visitor) -> Response:
    file = STATIC_FILES.get(visitor.path("name"))
    if file is None:
        raise NotFoundError
    headers = {"Cache-Control": _KEEP, "Vary": "Accept-Encoding"}
    if _TAKES_GZIP.search(visitor.request.headers.get("accept-encoding", "")):
        headers["Content-Encoding"] = "gzip"
        return Response(file.compressed, media_type=file.media_type, headers=headers)
    return Response(file.content, media_type=file.media_type, headers=headers)


PAGES = (Page("/static/{name:path}", Permission.PUBLIC, show_file),)
