"""Signing in and out, and confirming who one is before a weighty act."""

import re

from starlette.responses import Response

from hub.console.browsers import describe_browser
from hub.console.cookies import (
    ENTRY_COOKIE,
    SESSION_COOKIE,
    drop_cookie,
    set_cookie,
)
from hub.console.errors import NotAllowedError
from hub.console.forms import PASSWORD_FIELD
from hub.console.frame import PREFIX, Page, Visitor
from hub.console.passkey_forms import offer_passkey
from hub.console.words import role_names
from hub.staff.accounts import AccountError
from hub.staff.audit import record_act
from hub.staff.delays import WaitError
from hub.staff.demonstration import DEMONSTRATION_STAFF, sign_in_demonstration
from hub.staff.passwords import TooBusyError
from hub.staff.roles import Permission
from hub.staff.sessions import end_session
from hub.staff.sign_in import Attempt, RefusedError

_OWN_ADDRESS = re.compile(rf"{PREFIX}/[A-Za-z0-9._~/-]*(\?[A-Za-z0-9._~&=%+-]*)?", re.ASCII)


async def show_sign_in(visitor: Visitor) -> Response:
    if visitor.member is not None:
        return visitor.go(_next_path(visitor.query("next")))
    return _sign_in_form(visitor, visitor.query("next"))


async def do_sign_in(visitor: Visitor) -> Response:
    next_address = visitor.field("next")
    try:
        token = await visitor.console.sign_in.sign_in(_attempt(visitor, visitor.field("username")))
    except (RefusedError, WaitError, TooBusyError) as refusal:
        status, words = _explain(visitor, refusal)
        return _sign_in_form(visitor, next_address, status, words)
    return _enter(visitor, token, next_address)


async def do_sign_out(visitor: Visitor) -> Response:
    if visitor.session is not None:
        async with visitor.console.database.write() as session:
            await end_session(session, visitor.staff.id, visitor.session.id)
            await record_act(
                session, visitor.now, visitor.staff.id, "sign_out", "staff", visitor.staff.id
            )
    response = visitor.go("/sign-in")
    drop_cookie(response, SESSION_COOKIE)
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


async def show_confirm(visitor: Visitor) -> Response:
    return _confirm_form(visitor, visitor.query("next"))


async def do_confirm(visitor: Visitor) -> Response:
    next_address = visitor.field("next")
    if visitor.session is None:
        raise NotAllowedError
    try:
        attempt = _attempt(visitor, visitor.staff.username)
        token = await visitor.console.sign_in.confirm(visitor.session, attempt)
    except (RefusedError, WaitError, TooBusyError) as refusal:
        status, words = _explain(visitor, refusal)
        return _confirm_form(visitor, next_address, status, words)
    response = visitor.done(_next_path(next_address), visitor._("Thank you. You can go on now."))
    set_cookie(response, SESSION_COOKIE, token)
    return response


async def do_demonstration_sign_in(visitor: Visitor) -> Response:
    try:
        async with visitor.console.database.write() as session:
            token = await sign_in_demonstration(session, visitor.field("username"), visitor.now)
            if visitor.session is not None:
                await end_session(session, visitor.staff.id, visitor.session.id)
    except AccountError as error:
        raise NotAllowedError from error
    return _enter(visitor, token, visitor.field("next"))


def _enter(visitor: Visitor, token: str, next_address: str) -> Response:
    response = visitor.go(_next_path(next_address))
    set_cookie(response, SESSION_COOKIE, token)
    drop_cookie(response, ENTRY_COOKIE)
    return response


def _sign_in_form(
    visitor: Visitor, next_address: str, status: int = 200, error: str = ""
) -> Response:
    response = visitor.render(
        "sign_in.html",
        status=status,
        error=error,
        next=next_address,
        passkey=offer_passkey(visitor),
        username=visitor.field("username"),
        role_names=role_names(visitor._),
        demonstration_staff=DEMONSTRATION_STAFF if visitor.console.is_demonstration else (),
    )
    set_cookie(response, ENTRY_COOKIE, visitor.entry)
    return response


def _confirm_form(
    visitor: Visitor, next_address: str, status: int = 200, error: str = ""
) -> Response:
    return visitor.render(
        "confirm.html",
        status=status,
        error=error,
        next=next_address,
        passkey=offer_passkey(visitor),
    )


def _attempt(visitor: Visitor, username: str) -> Attempt:
    client = visitor.request.client
    return Attempt(
        username=username,
        password=visitor.password(PASSWORD_FIELD),
        code=visitor.field("code"),
        client=client.host if client else "",
        passkey=visitor.passkey_answer(),
        browser=describe_browser(visitor.request.headers.get("user-agent", "")),
    )


def _explain(visitor: Visitor, refusal: Exception) -> tuple[int, str]:
    """Status and words; the same ones whatever it was that did not match."""
    _ = visitor._
    if isinstance(refusal, WaitError):
        words = _("Too many attempts. Wait %(seconds)s seconds, then try again.")
        return 429, words % {"seconds": refusal.seconds}
    if isinstance(refusal, TooBusyError):
        return 503, _("Many people are signing in just now. Try again in a moment.")
    return 401, _(
        "That did not match. Check user name and password, and use a new code or your passkey."
    )


def _next_path(address: str) -> str:
    """Where to go next, below `/console`; home for anything that is not an address of ours."""
    return address.removeprefix(PREFIX) if _OWN_ADDRESS.fullmatch(address) else "/"


PAGES = (
    Page("/sign-in", Permission.PUBLIC, show_sign_in),
    Page("/sign-in", Permission.PUBLIC, do_sign_in, method="POST"),
    Page("/sign-out", Permission.PUBLIC, do_sign_out, method="POST"),
    Page("/confirm", Permission.SIGNED_IN, show_confirm),
    Page("/confirm", Permission.SIGNED_IN, do_confirm, method="POST"),
)
DEMONSTRATION_PAGES = (
    Page("/demo-sign-in", Permission.PUBLIC, do_demonstration_sign_in, method="POST"),
)
