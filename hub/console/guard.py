"""Decides who gets in: session, origin, token, permission, freshness. Denies by default."""

from dataclasses import replace
from urllib.parse import urlencode

from sqlalchemy import update
from starlette.requests import Request

from hub.console.cookies import ENTRY_COOKIE, SESSION_COOKIE
from hub.console.csrf import check_origin, check_token, new_entry, token_for_entry
from hub.console.errors import NotAllowedError, PasskeyNeededError
from hub.console.forms import Body, Fields, read_form
from hub.console.frame import LANGUAGES, PREFIX, Console, Page, Route, Visitor
from hub.staff.models import StaffMember, StaffSession
from hub.staff.passkeys import has_passkey
from hub.staff.roles import FRESH, Permission, permissions_of
from hub.staff.sessions import find_session, is_due_to_be_seen


class SignInNeededError(Exception):
    """Nobody is signed in, or no longer; `fields` is what they had typed."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor


class ConfirmationNeededError(Exception):
    """The act wants password and code again; `address` asks for them."""

    def __init__(self, address: str) -> None:
        self.address = address


async def identify(console: Console, request: Request, fields: Fields) -> Visitor:
    """The visitor, signed in or not. Grants nothing by itself."""
    found = await _find_session(console, request)
    session, member, lacks_passkey = found or (None, None, False)
    entry = request.cookies.get(ENTRY_COOKIE) or new_entry()
    return Visitor(
        request=request,
        console=console,
        language=_language(request, member),
        permissions=_permissions(member, lacks_passkey=lacks_passkey),
        lacks_passkey=lacks_passkey,
        member=member,
        session=session,
        entry=entry,
        csrf=session.csrf if session else token_for_entry(console.vault, entry),
        fields=fields,
    )


async def admit(console: Console, route: Route, request: Request) -> Visitor:
    """The visitor, if this route is theirs to use now; raises otherwise."""
    is_post = route.method == "POST"
    if is_post:
        check_origin(request, console.public_url)
    is_short = route.body is Body.FORM
    fields = await read_form(request) if is_post and is_short else {}
    visitor = await identify(console, request, fields)
    if route.permission is not Permission.PUBLIC and visitor.member is None:
        raise SignInNeededError(visitor)
    if is_post and not is_short:  # a large body is read only for whom the route is for
        _demand(visitor, route)
        visitor = replace(visitor, fields=await read_form(request, route.body))
    if is_post:
        check_token(visitor.fields, visitor.csrf)
    _demand(visitor, route)
    if is_post and route.permission in FRESH and not visitor.is_fresh:
        raise ConfirmationNeededError(_confirmation_address(request))
    if not (isinstance(route, Page) and route.is_polled):
        await _note_presence(visitor)
    return visitor


def _demand(visitor: Visitor, route: Route) -> None:
    if visitor.can(route.permission):
        return
    if visitor.lacks_passkey and route.permission in permissions_of(visitor.staff.roles):
        raise PasskeyNeededError(route.permission)
    raise NotAllowedError(route.permission)


def sign_in_address(request: Request) -> str:
    """Where to sign in, and to come back from there to a page that was asked for."""
    if request.method != "GET":
        return f"{PREFIX}/sign-in"
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"{PREFIX}/sign-in?{urlencode({'next': target})}"


def _confirmation_address(request: Request) -> str:
    page, _, _verb = request.url.path.rpartition("/")
    return f"{PREFIX}/confirm?{urlencode({'next': page})}"


def _permissions(member: StaffMember | None, *, lacks_passkey: bool) -> frozenset[Permission]:
    if member is None:
        return frozenset({Permission.PUBLIC})
    return permissions_of([] if lacks_passkey else member.roles)


async def _find_session(
    console: Console, request: Request
) -> tuple[StaffSession, StaffMember, bool] | None:
    """The session, whose it is, and whether they lack a passkey that their roles need (SEC-21)."""
    token = request.cookies.get(SESSION_COOKIE)
    if not token:
        return None
    async with console.database.read() as session:
        found = await find_session(session, token, console.clock.now(), console.sign_in.limits)
        if found is None:
            return None
        is_wanted = console.sign_in.wants_passkey(found[1])
        return *found, is_wanted and not await has_passkey(session, found[1].id)


async def _note_presence(visitor: Visitor) -> None:
    if visitor.session is None or not is_due_to_be_seen(visitor.session, visitor.now):
        return
    async with visitor.console.database.write() as session:
        await session.execute(
            update(StaffSession)
            .where(StaffSession.id == visitor.session.id)
            .values(last_seen_at=visitor.now)
        )


def _language(request: Request, member: StaffMember | None) -> str:
    """The member's own, else one that was asked for on the sign-in page, else the browser's."""
    asked = request.query_params.get("lang", "")
    wanted = [member.language] if member else [asked, *_accepted(request)]
    return next((language for language in wanted if language in LANGUAGES), LANGUAGES[0])


def _accepted(request: Request) -> list[str]:
    header = request.headers.get("accept-language", "")
    return [part.partition(";")[0].strip()[:2].lower() for part in header.split(",")[:10]]
