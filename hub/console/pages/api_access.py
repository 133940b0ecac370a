"""API access: tokens of partners' programs. Two people give one, one takes it away (PEER-11).

The secret is in the answer to one request and nowhere else: no redirect, no notice, no log.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from broadcast.proposing import count_untouched
from hub.console.errors import ConflictError, NotFoundError
from hub.console.frame import Act, Card, Page, RequestKind, Visitor
from hub.console.menu import PLATFORM
from hub.console.second_person import REASON_FIELD, ask_second_person
from hub.console.words import scope_names
from hub.i18n import noop
from hub.staff.models import Organisation, PendingAct, StaffMember
from hub.staff.roles import Permission
from hub.staff.second_person import (
    ActKind,
    NotOpenError,
    Request,
    SecondPersonError,
    can_collect,
    collect,
)
from hub.staff.token_models import ApiToken
from hub.staff.tokens import (
    LONGEST_NAME,
    Grant,
    Scope,
    TokenError,
    grant_token,
    list_tokens,
    reveal_secret,
    revoke_token,
)

_LIVES = (30, 90, 180, 365)  # days
_ENDS_SOON = timedelta(days=14)


async def show_tokens(visitor: Visitor) -> Response:
    async with visitor.console.database.read() as session:
        tokens = await list_tokens(session)
    return visitor.render(
        "api_access.html",
        tokens=tokens,
        scopes=scope_names(visitor._),
        standing=lambda row: _standing(visitor, row),
    )


async def show_new(visitor: Visitor) -> Response:
    async with visitor.console.database.read() as session:
        return await _new_page(visitor, session)


async def ask(visitor: Visitor, session: AsyncSession) -> Response:
    _ = visitor._
    name, reason = visitor.field("name"), visitor.field(REASON_FIELD)
    organisation_id, days = visitor.field("organisation"), visitor.field("days")
    scopes = [each for each in Scope if each in visitor.choices("scopes")]
    errors = {}
    if not name or len(name) > LONGEST_NAME:
        errors["name"] = _("Name the program, so that colleagues know what stops if it is revoked.")
    if organisation_id not in {key for key, _name in await _organisations(session)}:
        errors["organisation"] = _("Choose whose program it is.")
    if not scopes:
        errors["scopes"] = _("Choose at least one thing that the program may do.")
    if days not in map(str, _LIVES):
        errors["days"] = _("Choose how long the token works.")
    if not reason:
        errors[REASON_FIELD] = _("Say why, so that the second person can decide.")
    if errors:
        return await _new_page(visitor, session, errors)
    payload = {"name": name, "scopes": scopes, "days": int(days)}
    request = Request(GRANT, "organisation", organisation_id, payload, reason)
    return await ask_second_person(visitor, session, request)


async def show_token(visitor: Visitor) -> Response:
    async with visitor.console.database.read() as session:
        row = await _find(visitor, session)
        act = await session.get(PendingAct, row.id)
        ids = {row.requested_by, row.approved_by, row.revoked_by}
        query = select(StaffMember.id, StaffMember.display_name).where(StaffMember.id.in_(ids))
        people = {found.id: found.display_name for found in await session.execute(query)}
        organisation = await session.get_one(Organisation, row.organisation_id)
    is_theirs = row.requested_by == visitor.staff.id and row.revoked_at is None
    return visitor.render(
        "api_token.html",
        row=row,
        organisation=organisation.name,
        people=people,
        scopes=scope_names(visitor._),
        standing=_standing(visitor, row),
        can_show=act is not None and is_theirs and can_collect(act, visitor.now),
    )


async def show_secret(visitor: Visitor) -> Response:
    """A page that changes something: the one answer in which the secret stands."""
    token_id = visitor.path("token_id")
    try:
        async with visitor.console.database.write() as session:
            row = await _find(visitor, session)
            await collect(session, GRANT, token_id, visitor.staff, visitor.now)
            token = await reveal_secret(session, token_id, actor=visitor.staff.id, now=visitor.now)
    except (SecondPersonError, TokenError) as error:
        raise ConflictError from error
    return visitor.render("api_secret.html", row=row, token=token)


async def revoke(visitor: Visitor, session: AsyncSession) -> Response:
    row = await _find(visitor, session)
    await revoke_token(session, row.id, actor=visitor.staff.id, now=visitor.now)
    return visitor.done(
        f"/api-access/{row.id}", visitor._("Revoked. The program gets nothing any more.")
    )


async def count_cards(visitor: Visitor, session: AsyncSession) -> list[Card]:
    _, cards = visitor._, []
    if visitor.can(Permission.UPDATES_WRITE):
        proposed = await count_untouched(session)
        advice = _("Programs of partners wrote them; read them, then hand over or give up")
        cards += [Card(_("Updates proposed by partners"), proposed, advice, "/updates")]
    if visitor.can(Permission.TOKENS_MANAGE):
        ending = await _count_ending(session, visitor.now)
        advice = _("Their programs stop; ask for new tokens before that")
        cards += [Card(_("API tokens that end soon"), ending, advice, "/api-access")]
    return [card for card in cards if card.count]


async def _count_ending(session: AsyncSession, now: datetime) -> int:
    tokens = await list_tokens(session)
    return sum(
        row.revoked_at is None and now < row.expires_at <= now + _ENDS_SOON for row, _ in tokens
    )


async def _new_page(
    visitor: Visitor, session: AsyncSession, errors: dict[str, str] | None = None
) -> Response:
    typed = ("name", "organisation", "days", REASON_FIELD)
    _ = visitor._
    return visitor.render(
        "api_access_new.html",
        status=422 if errors else 200,
        errors=errors or {},
        typed={name: visitor.field(name) for name in typed},
        chosen=visitor.choices("scopes"),
        organisations=await _organisations(session),
        scopes=list(scope_names(_).items()),
        lives=[(str(days), _("%(days)s days") % {"days": days}) for days in _LIVES],
        longest_name=LONGEST_NAME,
    )


async def _organisations(session: AsyncSession) -> Sequence[tuple[str, str]]:
    query = select(Organisation.id, Organisation.name).where(Organisation.left_at.is_(None))
    query = query.order_by(Organisation.name)
    return [(row.id, row.name) for row in await session.execute(query)]


async def _find(visitor: Visitor, session: AsyncSession) -> ApiToken:
    row = await session.get(ApiToken, visitor.path("token_id"))
    if row is None:
        raise NotFoundError
    return row


def _standing(visitor: Visitor, row: ApiToken) -> tuple[str, str]:
    _ = visitor._
    if row.revoked_at is not None:
        return "bad", _("Revoked")
    if row.expires_at <= visitor.now:
        return "quiet", _("Ended")
    if row.prefix is None:
        return "wait", _("Not shown yet")
    return "good", _("Works")


async def _grant(session: AsyncSession, act: PendingAct, now: datetime) -> None:
    """The token has the id of the request, by which whoever asked finds it."""
    organisation = await session.get_one(Organisation, act.object_id)
    if organisation.left_at is not None:
        raise NotOpenError("the organisation has left in the meantime")
    grant = Grant(
        name=act.payload["name"],
        organisation_id=act.object_id,
        scopes=tuple(Scope(name) for name in act.payload["scopes"]),
        expires_at=now + timedelta(days=act.payload["days"]),
    )
    await grant_token(
        session,
        grant,
        requested_by=act.requested_by,
        approved_by=str(act.decided_by),
        now=now,
        token_id=act.id,
    )


async def _describe(
    visitor: Visitor, session: AsyncSession, act: PendingAct
) -> list[tuple[str, str]]:
    _, names = visitor._, scope_names(visitor._)
    organisation = await session.get_one(Organisation, act.object_id)
    return [
        (_("Program"), act.payload["name"]),
        (_("Organisation"), organisation.name),
        (_("It may"), "; ".join(names.get(each, each) for each in act.payload["scopes"])),
        (_("For"), _("%(days)s days") % {"days": act.payload["days"]}),
    ]


GRANT = ActKind("grant_api_token", Permission.TOKENS_MANAGE, Permission.TOKENS_MANAGE, _grant)
REQUESTS = (
    RequestKind(GRANT, noop("Give a partner’s program a token"), _describe, "/api-access/{id}"),
)
PAGES = (
    Page(
        "/api-access",
        Permission.TOKENS_MANAGE,
        show_tokens,
        nav=noop("API access"),
        nav_under=PLATFORM,
    ),
    Page("/api-access/new", Permission.TOKENS_MANAGE, show_new),
    Act("/api-access/new/ask", Permission.TOKENS_MANAGE, ask),
    Page("/api-access/{token_id}", Permission.TOKENS_MANAGE, show_token),
    Page("/api-access/{token_id}/show", Permission.TOKENS_MANAGE, show_secret, method="POST"),
    Act("/api-access/{token_id}/revoke", Permission.TOKENS_MANAGE, revoke),
)
