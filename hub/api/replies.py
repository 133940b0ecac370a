"""How endpoints answer: with a mark of exactly this content, so that a copy need not be sent again.

Copies may be kept by the program that asked, and must be asked about before each use: what was
withdrawn is then not told on.
"""

import json
from hashlib import sha256
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

_KEPT = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}


def reply(request: Request, content: BaseModel | dict[str, Any]) -> Response:
    """The content, or 304 if the program has exactly this already."""
    if isinstance(content, BaseModel):
        body = content.model_dump_json().encode()
    else:
        body = json.dumps(content, ensure_ascii=False).encode()
    etag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {**_KEPT, "ETag": etag}
    if _has(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


def _has(asked: str, etag: str) -> bool:
    """Weak and strong marks compare alike here (RFC 9110, 13.1.2)."""
    marks = {each.strip().removeprefix("W/") for each in asked[:2000].split(",")}
    return etag in marks or asked.strip() == "*"
