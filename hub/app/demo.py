"""The demonstration: simulated phones that talk through the same inbox, conversation and outbox as the
real channels, and content and staff that are ready, marked as unverified. Mounted in demo mode only."""

import re
import secrets
from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.templating import Jinja2Templates

from bot.channels.simulator import Shown, Simulator
from bot.messages import Inbound
from hub.app.hub import Hub
from hub.staff.demonstration import DEMONSTRATION_STAFF

_FOLDER = Path(__file__).parent / "demo_page"
_STATIC = {
    "demo.css": "text/css",
    "demo.js": "text/javascript",
}
_PHONE = re.compile(r"\+?[0-9]{1,20}")
_COOKIE = "chasqui-demo"


class Typed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=4096)


class Pressed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    token: str = Field(max_length=64)


class Pin(BaseModel):
    model_config = ConfigDict(extra="forbid")

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


def build_demo(hub: Hub) -> APIRouter:
    """The page and what its script calls. `kind` is the channel that a phone plays."""
    router = APIRouter(prefix="/demo", include_in_schema=False)
    templates = Jinja2Templates(_FOLDER)

    @router.get("")
    async def page(request: Request) -> Response:
        number = _number(request)
        context = {
            "platform": hub.config.platform,
            "telegram": number,
            "whatsapp": f"+51{number}",
            "staff": DEMONSTRATION_STAFF,
        }
        response = templates.TemplateResponse(request, "demo.html", context)
        response.set_cookie(_COOKIE, number, httponly=True, samesite="strict")
        return response

    @router.get("/static/{name}")
    async def static(name: str) -> Response:
        if name not in _STATIC:
            raise HTTPException(404)
        return FileResponse(_FOLDER / name, media_type=_STATIC[name])

    @router.get("/phones/{kind}/{address}")
    async def phone(kind: str, address: str, after: int = 0) -> JSONResponse:
        shown = _simulator(hub, kind).phone(_checked(address))
        return JSONResponse([_describe(each) for each in shown if each.number > after])

    @router.post("/phones/{kind}/{address}/text")
    async def write(kind: str, address: str, typed: Typed) -> Response:
        return await _receive(hub, _simulator(hub, kind).type_text(_checked(address), typed.text))

    @router.post("/phones/{kind}/{address}/press")
    async def press(kind: str, address: str, pressed: Pressed) -> Response:
        inbound = _simulator(hub, kind).press(_checked(address), pressed.token)
        if inbound is None:
            raise HTTPException(409, "this phone shows no such button")
        return await _receive(hub, inbound)

    @router.post("/phones/{kind}/{address}/location")
    async def share(kind: str, address: str, pin: Pin) -> Response:
        simulator = _simulator(hub, kind)
        inbound = simulator.share_location(_checked(address), pin.latitude, pin.longitude)
        return await _receive(hub, inbound)

    return router


async def _receive(hub: Hub, inbound: Inbound) -> Response:
    await hub.inbox.receive([inbound])
    return Response(status_code=204)


def _simulator(hub: Hub, kind: str) -> Simulator:
    channel = hub.channels.get(f"simulator.{kind}")
    if not isinstance(channel, Simulator):
        raise HTTPException(404, "no such phone")
    return channel


def _checked(address: str) -> str:
    if not _PHONE.fullmatch(address):
        raise HTTPException(404, "no such phone")
    return address


def _number(request: Request) -> str:
    """Each browser has phones of its own: nine digits, kept in a cookie."""
    known = request.cookies.get(_COOKIE, "")
    is_number = re.fullmatch("9[0-9]{8}", known)
    return known if is_number else f"9{secrets.randbelow(10**8):08}"


def _describe(shown: Shown) -> dict[str, Any]:
    return {
        "number": shown.number,
        "by_person": shown.by_person,
        "text": shown.text,
        "buttons": [{"label": each.label, "token": each.token} for each in shown.buttons],
        "at": shown.at.isoformat(),
    }
