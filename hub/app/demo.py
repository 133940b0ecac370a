"""The demonstration's page: simulated phones on the inbox, conversation and outbox of real ones.

Mounted in demo mode only. The phones' numbers are made up and mean nothing outside this process.
"""

import re
import secrets
from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response

from bot.channels.simulator import Shown, Simulator
from bot.messages import Inbound
from hub.app.hub import Hub
from hub.console.frame import LANGUAGES
from hub.console.headers import CONTENT_SECURITY_POLICY
from hub.i18n import Phrases, Translate
from hub.staff.demonstration import DEMONSTRATION_STAFF
from hub.staff.roles import Role

_HERE = Path(__file__).parent
_STATIC = {"demo.css": "text/css", "demo.js": "text/javascript"}
_PHONE = re.compile(r"\+?[0-9]{1,20}")
_COOKIE = "chasqui-demo"
# What people really write, not what a manual would say; in the languages that they write it in.
_EXAMPLES = (
    ("llegué sin papeles y quiero pedir refugio, a dónde voy", "es"),
    ("mi hijo no tiene dni peruano, lo aceptan en el colegio?", "es"),
    ("en la posta me quieren cobrar xq no tengo sis", "es"),
    ("donde puedo dormir hoy en Aguas Verdes", "es"),
    ("my boss did not pay me, where can I complain?", "en"),
    ("kote mwen ka jwenn manje gratis", "ht"),
    ("MIS DATOS", "es"),
)


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
    """The page, and below `/demo/phones/{kind}/{address}` what its script calls."""
    router = APIRouter(prefix="/demo", include_in_schema=False)
    phrases = Phrases("console", LANGUAGES)

    @router.get("")
    async def page(request: Request, lang: str = LANGUAGES[0]) -> Response:
        language = lang if lang in LANGUAGES else LANGUAGES[0]
        number = _number(request)
        response = HTMLResponse(_render(hub, phrases.for_language(language), language, number))
        response.set_cookie(_COOKIE, number, httponly=True, samesite="strict")
        response.headers["Content-Security-Policy"] = f"{CONTENT_SECURITY_POLICY}; media-src 'self'"
        return response

    @router.get("/static/{name}")
    async def static(name: str) -> Response:
        if name not in _STATIC:
            raise HTTPException(404)
        return FileResponse(_HERE / "static" / name, media_type=_STATIC[name])

    _add_phones(router, hub)
    return router


def _add_phones(router: APIRouter, hub: Hub) -> None:
    phone = "/phones/{kind}/{address}"

    @router.get(phone)
    async def show(kind: str, address: str, after: int = 0) -> JSONResponse:
        shown = _simulator(hub, kind).phone(_checked(address))
        return JSONResponse([_describe(each) for each in shown if each.number > after])

    @router.post(f"{phone}/text")
    async def write(kind: str, address: str, typed: Typed) -> Response:
        return await _receive(hub, _simulator(hub, kind).type_text(_checked(address), typed.text))

    @router.post(f"{phone}/press")
    async def press(kind: str, address: str, pressed: Pressed) -> Response:
        inbound = _simulator(hub, kind).press(_checked(address), pressed.token)
        if inbound is None:
            raise HTTPException(409, "this phone shows no such button")
        return await _receive(hub, inbound)

    @router.post(f"{phone}/location")
    async def share(kind: str, address: str, pin: Pin) -> Response:
        simulator = _simulator(hub, kind)
        inbound = simulator.share_location(_checked(address), pin.latitude, pin.longitude)
        return await _receive(hub, inbound)


def _render(hub: Hub, _: Translate, language: str, number: str) -> str:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined
    )

    def translate(message: str, **values: object) -> str:
        return _(message) % values if values else _(message)

    return environment.get_template("demo.html").render(
        _=translate,
        language=language,
        platform=hub.config.platform,
        phones=(
            ("telegram", "Telegram", number),
            ("whatsapp", "WhatsApp", f"+51{number}"),
        ),
        examples=_EXAMPLES,
        staff=DEMONSTRATION_STAFF,
        roles={
            Role.AUTHOR: _("writes answers and updates"),
            Role.VERIFIER: _("checks answers"),
            Role.APPROVER: _("approves updates"),
            Role.COMPLAINTS: _("reads complaints"),
            Role.ADMIN: _("gives accounts, with a second person"),
        },
        word="AVISOS" if language == "es" else "UPDATES",
    )


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
        "audio": shown.audio,
    }
