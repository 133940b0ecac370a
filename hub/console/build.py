"""Builds the console: one router below `/console` with the declared routes and nothing else."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.inbox import Inbox
from bot.rehearsing import Rehearser
from content.voice import read_voice
from hub.clock import Clock
from hub.config import Config
from hub.console.errors import ConsoleError
from hub.console.forms import PASSWORD_FIELDS
from hub.console.frame import LANGUAGES, PREFIX, Act, Console, Route, Visitor
from hub.console.guard import (
    ConfirmationNeededError,
    SignInNeededError,
    admit,
    identify,
    sign_in_address,
)
from hub.console.once import run_once
from hub.console.pages import CARDS, DEMONSTRATION_PAGES, PAGES, REQUESTS
from hub.console.pages.static_files import STATIC_FILES
from hub.console.rendering import Templates
from hub.database import Database
from hub.i18n import Phrases
from hub.staff.passwords import Passwords
from hub.staff.sessions import Limits
from hub.staff.sign_in import SignIn
from hub.vault import Vault


def build_console(
    database: Database,
    vault: Vault,
    config: Config,
    clock: Clock,
    *,
    rehearser: Rehearser | None = None,
    inbox: Inbox | None = None,
    passwords: Passwords | None = None,
    public_url: str | None = None,
    is_demonstration: bool = False,
) -> APIRouter:
    """The console's router. `public_url` is the address that browsers know, if not the server's;
    without `rehearser` and `inbox` the bot cannot be tried."""
    routes = (*DEMONSTRATION_PAGES, *PAGES) if is_demonstration else PAGES
    console = Console(
        database=database,
        vault=vault,
        config=config,
        clock=clock,
        sign_in=SignIn(
            database,
            vault,
            clock,
            passwords or Passwords(),
            Limits.of(config.console),
            # Nobody has a passkey for a demonstration, where one click signs in.
            frozenset() if is_demonstration else frozenset(config.console.passkeys_for),
        ),
        templates=Templates(
            Phrases("console", LANGUAGES), LANGUAGES, config.timezone, STATIC_FILES
        ),
        bot=read_voice(config).phrases,
        routes=routes,
        cards=CARDS,
        requests={kind.act.name: kind for kind in REQUESTS},
        rehearser=rehearser,
        inbox=inbox,
        public_url=public_url,
        is_demonstration=is_demonstration,
    )
    router = APIRouter(prefix=PREFIX, include_in_schema=False)
    for route in routes:
        router.add_api_route(
            route.path, _endpoint(console, route), methods=[route.method], response_model=None
        )
    return router


def _endpoint(console: Console, route: Route) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        try:
            visitor = await admit(console, route, request)
            if isinstance(route, Act):
                return await run_once(visitor, route)
            return await route.handler(visitor)
        except SignInNeededError as error:
            return _ask_to_sign_in(error.visitor)
        except ConfirmationNeededError as error:
            return RedirectResponse(error.address, status_code=303)
        except ConsoleError as error:
            return await _explain(console, request, error)

    return serve


def _ask_to_sign_in(visitor: Visitor) -> Response:
    """After a POST, show what was typed: a session that ended must not cost anybody their text."""
    address = sign_in_address(visitor.request)
    if visitor.request.method == "GET":
        response: Response = RedirectResponse(address, status_code=303)
        if "hx-request" in visitor.request.headers:
            response = Response(status_code=401, headers={"HX-Redirect": address})
        return response
    typed = [
        text
        for name, texts in visitor.fields.items()
        for text in texts
        if " " in text.strip() and name not in PASSWORD_FIELDS
    ]
    return visitor.render("session_ended.html", status=403, typed=typed, address=address)


async def _explain(console: Console, request: Request, error: ConsoleError) -> Response:
    visitor = await identify(console, request, {})
    return visitor.render("error.html", status=error.status, error=error)
