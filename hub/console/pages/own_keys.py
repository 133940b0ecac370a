"""One's own keys: passkeys, the password, and codes for the day when the telephone is lost."""

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from hub.console.errors import BadFormError, NotFoundError
from hub.console.frame import Act, Card, Page, Visitor
from hub.console.passkey_forms import offer_new_passkey
from hub.console.password_words import explain_weakness
from hub.staff.accounts import set_password
from hub.staff.models import StaffMember
from hub.staff.passkeys import (
    PasskeyError,
    add_passkey,
    has_passkey,
    list_passkeys,
    remove_passkey,
)
from hub.staff.passwords import TooBusyError, WeakPasswordError
from hub.staff.recovery_codes import count_recovery_codes, renew_recovery_codes
from hub.staff.roles import Permission, Role

_CODES = "recovery_codes"
_NEW = "new_password"
_URGED = frozenset({Role.APPROVER, Role.ADMIN})


async def show_keys(visitor: Visitor) -> Response:
    return await _page(visitor, {})


async def change_password(visitor: Visitor) -> Response:
    """Whoever changes it is signed out everywhere, also here."""
    password = visitor.password(_NEW)
    if password != visitor.password("again"):
        return await _page(visitor, {"again": visitor._("The two passwords differ.")})
    try:
        names = (visitor.staff.username, visitor.staff.display_name)
        password_hash = await visitor.console.sign_in.passwords.hash_new(password, names)
    except WeakPasswordError as error:
        return await _page(visitor, {_NEW: explain_weakness(visitor._, error.weakness)})
    except TooBusyError:
        words = visitor._("Many people are signing in just now. Try again in a moment.")
        return await _page(visitor, {_NEW: words}, status=503)
    async with visitor.console.database.write() as session:
        member = await session.get_one(StaffMember, visitor.staff.id)
        await set_password(session, member, password_hash, now=visitor.now, actor=member.id)
    return visitor.done(
        "/sign-in", visitor._("Your password is changed. Sign in with the new one.")
    )


async def renew_codes(visitor: Visitor, session: AsyncSession) -> Response:
    member = await session.get_one(StaffMember, visitor.staff.id)
    codes = await renew_recovery_codes(
        session, visitor.console.vault, member, now=visitor.now, actor=member.id
    )
    return visitor.hand_over("/account/keys", _CODES, "\n".join(codes))


async def add_key(visitor: Visitor, session: AsyncSession) -> Response:
    answer, name = visitor.passkey_answer(), visitor.field("key_name")
    if answer is None or not name:
        raise BadFormError("passkey")
    member = await session.get_one(StaffMember, visitor.staff.id)
    try:
        await add_passkey(session, visitor.console.vault, member, name, answer, visitor.now)
    except PasskeyError:
        words = visitor._("This passkey could not be added. Try once more, or take another one.")
        return await _page(visitor, {"key_name": words})
    return visitor.done("/account/keys", visitor._("The passkey is added. Try it next time."))


async def remove_key(visitor: Visitor, session: AsyncSession) -> Response:
    try:
        await remove_passkey(session, visitor.staff, visitor.field("passkey_id"), visitor.now)
    except PasskeyError as error:
        raise NotFoundError from error
    return visitor.done("/account/keys", visitor._("The passkey is removed."))


async def count_cards(visitor: Visitor, session: AsyncSession) -> list[Card]:
    """Asks those who decide about others for a passkey; where it is a must, all else waits."""
    if visitor.console.is_demonstration or not _URGED.intersection(visitor.staff.roles):
        return []
    if await has_passkey(session, visitor.staff.id):
        return []
    title = visitor._("Passkeys of yours")
    advice = visitor._("Add one: no imitated page can ask for it, as it can for a code")
    return [Card(title, 0, advice, "/account/keys", "wait" if visitor.lacks_passkey else "quiet")]


async def _page(visitor: Visitor, errors: dict[str, str], status: int = 422) -> Response:
    async with visitor.console.database.read() as session:
        codes_left = await count_recovery_codes(session, visitor.staff.id)
        keys = await list_passkeys(session, visitor.staff.id)
    return visitor.render(
        "own_keys.html",
        status=status if errors else 200,
        errors=errors,
        codes_left=codes_left,
        keys=keys,
        passkey=offer_new_passkey(visitor, keys) if visitor.is_fresh else None,
        is_possible=visitor.passkey_site is not None,
        handed_over=visitor.handed_over(_CODES),
    )


PAGES = (
    Page("/account/keys", Permission.SIGNED_IN, show_keys),
    Page("/account/keys/password", Permission.OWN_KEYS, change_password, method="POST"),
    Act("/account/keys/add-passkey", Permission.OWN_KEYS, add_key),
    Act("/account/keys/remove-passkey", Permission.OWN_KEYS, remove_key),
    Act("/account/keys/codes", Permission.OWN_KEYS, renew_codes),
)
