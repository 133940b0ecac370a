"""Opening one's account with a link: password, authenticator, and the recovery codes, shown once.

These pages are open to whoever holds the link; its token has 256 random bits and works once.
"""

import base64
import binascii

import segno
from starlette.responses import Response

from hub.console.cookies import ENTRY_COOKIE, set_cookie
from hub.console.errors import BadFormError, NotFoundError
from hub.console.forms import PASSWORD_FIELD
from hub.console.frame import Page, Visitor
from hub.console.password_words import explain_weakness
from hub.staff.enrolment import (
    Keys,
    LinkEndedError,
    WrongCodeError,
    find_invited,
    open_account,
)
from hub.staff.models import StaffMember
from hub.staff.one_time_codes import enrolment_uri, new_secret
from hub.staff.passwords import TooBusyError, WeakPasswordError
from hub.staff.roles import Permission
from hub.vault import UnreadableValueError


async def show_welcome(visitor: Visitor) -> Response:
    return _page(visitor, await _member(visitor), new_secret(), {})


async def do_open(visitor: Visitor) -> Response:
    member, secret = await _member(visitor), _read_secret(visitor)
    password = visitor.password(PASSWORD_FIELD)
    if password != visitor.password("again"):
        errors = {"again": visitor._("The two passwords differ.")}
        return _page(visitor, member, secret, errors)
    try:
        names = (member.username, member.display_name)
        password_hash = await visitor.console.sign_in.passwords.hash_new(password, names)
    except WeakPasswordError as error:
        errors = {PASSWORD_FIELD: explain_weakness(visitor._, error.weakness)}
        return _page(visitor, member, secret, errors)
    except TooBusyError:
        words = visitor._("Many people are signing in just now. Try again in a moment.")
        return _page(visitor, member, secret, {PASSWORD_FIELD: words}, status=503)
    return await _open(visitor, member, Keys(password_hash, secret, visitor.field("code")))


async def _open(visitor: Visitor, member: StaffMember, keys: Keys) -> Response:
    vault, now = visitor.console.vault, visitor.now
    try:
        async with visitor.console.database.write() as session:
            codes = await open_account(session, vault, visitor.path("token"), keys, now)
    except LinkEndedError as error:
        raise NotFoundError from error
    except WrongCodeError:
        words = visitor._("That is not what the app shows now. Wait for a new code and type it.")
        return _page(visitor, member, keys.secret, {"code": words})
    return visitor.render("recovery_codes.html", codes=codes, username=member.username)


async def _member(visitor: Visitor) -> StaffMember:
    try:
        async with visitor.console.database.read() as session:
            return await find_invited(session, visitor.path("token"), visitor.now)
    except LinkEndedError as error:
        raise NotFoundError from error


def _page(
    visitor: Visitor,
    member: StaffMember,
    secret: str,
    errors: dict[str, str],
    status: int = 422,
) -> Response:
    uri = enrolment_uri(secret, member.username)
    response = visitor.render(
        "welcome.html",
        status=status if errors else 200,
        errors=errors,
        invited=member,
        token=visitor.path("token"),
        secret=secret,
        sealed=base64.b64encode(_seal(visitor, secret)).decode(),
        picture=segno.make(uri, micro=False).svg_data_uri(scale=4, border=3, light="#fff"),
    )
    set_cookie(response, ENTRY_COOKIE, visitor.entry)
    return response


def _seal(visitor: Visitor, secret: str) -> bytes:
    """The secret travels with the form, since a page stores nothing; sealed for this link only."""
    return visitor.console.vault.seal("enrolment_links", "secret", visitor.path("token"), secret)


def _read_secret(visitor: Visitor) -> str:
    try:
        sealed = base64.b64decode(visitor.field("sealed"), validate=True)
        token = visitor.path("token")
        return visitor.console.vault.open("enrolment_links", "secret", token, sealed)
    except (binascii.Error, UnreadableValueError) as error:
        raise BadFormError("sealed") from error


PAGES = (
    Page("/welcome/{token}", Permission.PUBLIC, show_welcome),
    Page("/welcome/{token}/open", Permission.PUBLIC, do_open, method="POST"),
)
