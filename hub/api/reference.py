"""The API's description as a page to read: made from the OpenAPI document, so it cannot differ.

For people who write programs, hence in English. Nothing comes from elsewhere, and it has no script.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import FileResponse, HTMLResponse, Response

_HERE = Path(__file__).parent
PAGE_PATH, STYLE_PATH = "/", "/reference.css"
_REFERENCE = "#/components/schemas/"


@dataclass(frozen=True)
class Field:
    """One parameter or one field of a shape. `kind` is in words, `shape` the name to look up."""

    name: str
    place: str
    kind: str
    shape: str
    is_required: bool
    words: str


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    summary: str
    words: str
    parameters: list[Field]
    takes: str
    gives: str
    statuses: list[tuple[str, str]]


@dataclass(frozen=True)
class Shape:
    name: str
    words: str
    fields: list[Field]


def reference_router(describe: Callable[[], dict[str, Any]]) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get(STYLE_PATH)
    async def style() -> Response:
        return FileResponse(_HERE / "static" / "reference.css", media_type="text/css")

    @router.get(PAGE_PATH)
    async def show() -> Response:
        return HTMLResponse(render(describe()), headers={"Cache-Control": "no-cache"})

    return router


def render(document: dict[str, Any]) -> str:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    environment.filters["ticks"] = _mark_code
    return environment.get_template("reference.html").render(
        words=document["info"]["description"],
        operations=list(_operations(document["paths"])),
        shapes=list(_shapes(document["components"]["schemas"])),
    )


def _mark_code(text: str) -> Markup:
    """What stands between backticks, as code; everything is escaped."""
    parts = text.split("`")
    code = Markup("<code>{}</code>")
    return Markup("").join(
        code.format(part) if number % 2 else part for number, part in enumerate(parts)
    )


def _operations(paths: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in paths.items():
        for method, told in methods.items():
            body = told.get("requestBody", {})
            success = next(each for each in told["responses"] if each.startswith("2"))
            yield Operation(
                method=method.upper(),
                path=path,
                summary=told["summary"],
                words=told.get("description", ""),
                parameters=[
                    _field(each["name"], each["in"], each["schema"], each, each["required"])
                    for each in told.get("parameters", ())
                ],
                takes=_shape_of(body),
                gives=_shape_of(told["responses"][success]),
                statuses=[
                    (status, each["description"]) for status, each in told["responses"].items()
                ],
            )


def _shapes(schemas: dict[str, Any]) -> Iterator[Shape]:
    for name, schema in sorted(schemas.items()):
        required = set(schema.get("required", ()))
        fields = [
            _field(field, "", each, each, field in required)
            for field, each in schema.get("properties", {}).items()
        ]
        values = ", ".join(f"`{each}`" for each in schema.get("enum", ()))
        words = " ".join(schema.get("description", "").split())
        yield Shape(name, f"{words} {values}".strip(), fields)


def _field(
    name: str,
    place: str,
    schema: dict[str, Any],
    told: dict[str, Any],
    is_required: bool,  # noqa: FBT001
) -> Field:
    words = told.get("description") or schema.get("description", "")
    return Field(name, place, _kind(schema), _refers_to(schema), is_required, words)


def _kind(schema: dict[str, Any]) -> str:
    """A schema in words: `list of text`, `date-time or null`."""
    if "$ref" in schema:
        return str(schema["$ref"].removeprefix(_REFERENCE))
    if choices := schema.get("anyOf"):
        return " or ".join(_kind(each) for each in choices)
    if values := schema.get("enum"):
        return " or ".join(f"“{value}”" for value in values)
    match schema.get("type"):
        case "array":
            return f"list of {_kind(schema['items'])}"
        case "object":
            inner = schema.get("additionalProperties")
            return f"by name: {_kind(inner)}" if isinstance(inner, dict) else "object"
        case "string":
            return str(schema.get("format", "text"))
        case kind:
            return str(kind or "anything")


def _refers_to(schema: dict[str, Any]) -> str:
    """The name of the shape that it is made of, wherever that stands in it."""
    if "$ref" in schema:
        return str(schema["$ref"].removeprefix(_REFERENCE))
    inner = [*schema.get("anyOf", ()), schema.get("items"), schema.get("additionalProperties")]
    found = (_refers_to(each) for each in inner if isinstance(each, dict))
    return next(filter(None, found), "")


def _shape_of(part: dict[str, Any]) -> str:
    content = part.get("content", {}).get("application/json", {})
    return _refers_to(content.get("schema", {}))
