"""The frame of the console: what a page declares, who is looking at it, and what it may use.

What is not declared as a `Page` or an `Act` cannot be reached.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.inbox import Inbox
from bot.rehearsing import Rehearser
from hub.clock import Clock
from hub.config import Config
from hub.console.cookies import (
    NOTICE_COOKIE,
    ONCE_COOKIE,
    drop_cookie,
    read_notice,
    read_once,
    set_notice,
    set_once,
)
from hub.console.forms import Body, Fields, clean
from hub.console.menu import MenuItem, MenuSection, arrange
from hub.console.rendering import Templates
from hub.database import Database
from hub.i18n import Phrases, Translate
from hub.staff.models import PendingAct, StaffMember, StaffSession
from hub.staff.passkeys import Answer, Site, new_challenge
from hub.staff.roles import Permission
from hub.staff.second_person import ActKind
from hub.staff.sessions import is_fresh
from hub.staff.sign_in import SignIn
from hub.vault import UnreadableValueError, Vault

PREFIX = "/console"
LANGUAGES = ("es", "en")


@dataclass(frozen=True)
class Console:
    """Everything that pages may use, built once."""

    database: Database
    vault: Vault
    config: Config
    clock: Clock
    sign_in: SignIn
    templates: Templates
    bot: Phrases  # as people are told things
    routes: "tuple[Route, ...]"
    cards: "tuple[CountCards, ...]"
    requests: "Mapping[str, RequestKind]"  # what needs a second person, by the kind's name
    rehearser: Rehearser | None  # the bot itself, to be tried
    inbox: Inbox | None  # where test contacts write; None: this server runs the console alone
    public_url: str | None
    is_demonstration: bool


@dataclass(frozen=True)
class Visitor:
    """Whoever sent this request, and the way to answer them.

    `entry` stands in for a session before sign-in; `csrf` is what a form's hidden field must hold.
    """

    request: Request
    console: Console
    language: str
    permissions: frozenset[Permission]
    member: StaffMember | None
    session: StaffSession | None
    entry: str
    csrf: str
    fields: Fields
    lacks_passkey: bool = False  # so that they may do nothing but add one

    @property
    def _(self) -> Translate:
        return self.console.templates.phrases.for_language(self.language)

    @property
    def staff(self) -> StaffMember:
        """The signed-in member; every route but the public ones has one."""
        if self.member is None:
            raise LookupError("nobody is signed in on a public page")
        return self.member

    @property
    def now(self) -> datetime:
        return self.console.clock.now()

    @property
    def is_fresh(self) -> bool:
        """Whether acts that want a fresh sign-in are open; see `hub.staff.roles.FRESH`."""
        return self.session is not None and is_fresh(self.session, self.now)

    @property
    def menu(self) -> list[MenuSection]:
        """What this visitor may open, in the registry's order."""
        return arrange(
            (route.nav_under, MenuItem(route.nav, route.path, self.is_at(route.path)))
            for route in self.console.routes
            if isinstance(route, Page) and route.nav and self.can(route.permission)
        )

    def is_at(self, path: str) -> bool:
        """Whether the visitor is on this page, or on one below it."""
        here = self.request.url.path.removeprefix(PREFIX)
        return here == path or (path != "/" and here.startswith(path + "/"))

    def can(self, permission: Permission) -> bool:
        return permission in self.permissions

    def path(self, name: str) -> str:
        """A part of the address, as in `/answers/{answer_id}`."""
        return clean(str(self.request.path_params[name]))

    def query(self, name: str) -> str:
        """A value after the `?` of the address; empty if absent."""
        return clean(self.request.query_params.get(name, "")).strip()

    def field(self, name: str) -> str:
        """A form field without surrounding space; empty if absent."""
        return (self.fields.get(name) or ("",))[0].strip()

    def password(self, name: str) -> str:
        """A password exactly as typed; the name is one of `PASSWORD_FIELDS`."""
        return (self.fields.get(name) or ("",))[0]

    def choices(self, name: str) -> tuple[str, ...]:
        """All values of a field that may be there several times, such as check boxes."""
        return self.fields.get(name, ())

    def render(self, template: str, *, status: int = 200, **context: object) -> Response:
        """The page from `templates/`, with `visitor` and `context` at hand."""
        notice = read_notice(self.request)
        response = self.console.templates.respond(
            self.language, template, status, visitor=self, notice=notice, **context
        )
        if notice:
            drop_cookie(response, NOTICE_COOKIE)
        if context.get("handed_over"):
            drop_cookie(response, ONCE_COOKIE)
        return response

    def go(self, path: str) -> Response:
        """Send the browser on to `path`, which is given without `/console`."""
        return RedirectResponse(PREFIX + path, status_code=303)

    def done(self, path: str, phrase: str) -> Response:
        """Send the browser on, where `phrase` (translated) tells what was done."""
        response = self.go(path)
        set_notice(response, phrase)
        return response

    def hand_over(self, path: str, name: str, secret: str) -> Response:
        """Send the browser on to `path`, which shows `secret` once and never again.

        It travels sealed for this session in a cookie, and is stored nowhere.
        """
        response = self.go(path)
        set_once(response, self.console.vault.seal("cookies", name, self._session_id, secret))
        return response

    def handed_over(self, name: str) -> str:
        """What `hand_over` sent; empty if nothing. Pass it on to `render` by the same name."""
        if not (sealed := read_once(self.request)):
            return ""
        try:
            return self.console.vault.open("cookies", name, self._session_id, sealed)
        except UnreadableValueError:
            return ""

    @property
    def _session_id(self) -> str:
        return self.session.id if self.session else ""

    @property
    def passkey_site(self) -> Site | None:
        """Whom passkeys are for; None where browsers offer none."""
        return Site.at(self.site)

    def new_passkey_challenge(self) -> str:
        return new_challenge(self.console.vault, self._passkey_visitor, self.now)

    def passkey_answer(self) -> Answer | None:
        """What a passkey answered, from the form's fields; None if the form holds no answer."""
        content, site = self.field("passkey"), self.passkey_site
        if not content or site is None:
            return None
        return Answer(site, self._passkey_visitor, self.field("challenge"), content)

    @property
    def _passkey_visitor(self) -> str:
        return self._session_id or self.entry

    @property
    def site(self) -> str:
        """Scheme and host as browsers know them."""
        parts = urlsplit(self.console.public_url or str(self.request.base_url))
        return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True)
class Page:
    """A route that opens its own transactions. GET never changes anything.

    `nav` is the label in the menu, a literal marked with `noop`; without one it is not in the menu.
    `nav_under` is a heading of `hub.console.menu`.
    """

    path: str
    permission: Permission
    handler: Callable[[Visitor], Awaitable[Response]]
    method: Literal["GET", "POST"] = "GET"
    nav: str | None = None
    nav_under: str = ""
    body: Body = Body.FORM
    is_polled: bool = False  # asked for again by itself: no sign that anybody is there


@dataclass(frozen=True)
class Act:
    """A POST that does something once, inside one transaction that the frame opens.

    A redirect means that it was done: the transaction commits. Any other response (the form again,
    with its errors) rolls everything back. Its path is that of the page that holds the form and a
    verb: `/answers/{answer_id}/verify`.
    """

    path: str
    permission: Permission
    handler: Callable[[Visitor, AsyncSession], Awaitable[Response]]
    method: Literal["POST"] = "POST"
    body: Body = Body.FORM


Route = Page | Act


@dataclass(frozen=True)
class Card:
    """A figure on the home page: what waits for the visitor (`wait`, `bad`), or is good to know
    (`good`, `quiet`). `path` is given without `/console`."""

    title: str
    count: int
    advice: str
    path: str
    tone: Literal["wait", "good", "bad", "quiet"] = "wait"
    is_least: bool = False  # counting stopped there

    @property
    def is_for_information(self) -> bool:
        return self.tone in ("good", "quiet")


CountCards = Callable[[Visitor, AsyncSession], Awaitable[list[Card]]]


@dataclass(frozen=True)
class RequestKind:
    """A kind of act that needs two people, as the page of requests shows it.

    `title` is a literal marked with `noop`. `describe` gives pairs of label and words, all that the
    second person has to know. `collect` is the page, without `/console`, where whoever asked takes
    what the act gave; `{id}` in it becomes the request's.
    """

    act: ActKind
    title: str
    describe: Callable[[Visitor, AsyncSession, PendingAct], Awaitable[list[tuple[str, str]]]]
    collect: str = ""
