"""Tokens of the partner API: granted by two people, made once, recognised, revoked.

A token is `chasqui_`, a prefix to find its row by, and 256 random bits of which only the hash is
kept. They are random, so a fast hash is enough: there is nothing to guess.
"""

import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.database import new_id
from hub.staff.audit import record_act
from hub.staff.models import Organisation, StaffMember
from hub.staff.token_models import ApiToken

LONGEST_LIFE = timedelta(days=366)
LONGEST_NAME = 80
_SEEN_EVERY = timedelta(minutes=10)  # a write for each request would queue behind everybody's
_SHAPE = re.compile(r"chasqui_([0-9a-f]{12})_([A-Za-z0-9_-]{43})", re.ASCII)
_NO_PASSWORD = "!"  # noqa: S105  # not a hash, so no password ever matches it


class Scope(StrEnum):
    """What a token may be used for. Nothing of it is about a person."""

    ANSWERS_READ = "answers:read"
    SERVICES_READ = "services:read"
    FIGURES_READ = "figures:read"
    UPDATES_PROPOSE = "updates:propose"


class TokenError(Exception):
    """A token cannot be granted or made like that; the message says why."""


class TokenRefusedError(Exception):
    """This is no token that opens anything; the message may be told to whoever sent it."""


@dataclass(frozen=True)
class Grant:
    """What is asked for: a name for the program, whose it is, what it may do and until when."""

    name: str
    organisation_id: str
    scopes: tuple[Scope, ...]
    expires_at: datetime


@dataclass(frozen=True)
class Caller:
    """The program that sent a request."""

    token_id: str
    account_id: str
    name: str
    organisation_id: str
    organisation: str
    scopes: frozenset[str]
    is_due_to_be_seen: bool = field(default=False, compare=False)


async def grant_token(
    session: AsyncSession,
    grant: Grant,
    *,
    requested_by: str,
    approved_by: str,
    now: datetime,
    token_id: str | None = None,
) -> ApiToken:
    """What a second person agreed to. Nobody can use it before `reveal_secret`."""
    if requested_by == approved_by:
        raise TokenError("a second person has to agree to a token")
    if not grant.scopes or not grant.name.strip() or len(grant.name) > LONGEST_NAME:
        raise TokenError("a token has a name and at least one scope")
    if not now < grant.expires_at <= now + LONGEST_LIFE:
        raise TokenError(f"a token ends within {LONGEST_LIFE.days} days")
    token_id = token_id or new_id()
    account = _account(token_id, grant, now)
    session.add(account)
    await session.flush()
    row = ApiToken(
        id=token_id,
        account_id=account.id,
        name=grant.name.strip(),
        organisation_id=grant.organisation_id,
        scopes=sorted(grant.scopes),
        requested_by=requested_by,
        approved_by=approved_by,
        created_at=now,
        expires_at=grant.expires_at,
    )
    session.add(row)
    await session.flush()
    detail = {"scopes": row.scopes, "expires": row.expires_at.isoformat()}
    await record_act(session, now, approved_by, "grant", "api_token", row.id, **detail)
    return row


async def reveal_secret(session: AsyncSession, token_id: str, *, actor: str, now: datetime) -> str:
    """Make the secret and return the token, which exists nowhere else; only once, and only for
    whoever asked for it, so that the second person never sees it."""
    row = await _lock(session, token_id)
    if row.requested_by != actor:
        raise TokenError("only whoever asked for the token can see it")
    if row.secret_hash is not None:
        raise TokenError("the token was shown before; revoke it and ask for another")
    if row.revoked_at is not None or row.expires_at <= now:
        raise TokenError("the token has ended")
    secret = secrets.token_urlsafe(32)
    row.prefix, row.secret_hash = secrets.token_hex(6), _hash(secret)
    await session.flush()
    await record_act(session, now, actor, "reveal", "api_token", row.id)
    return f"chasqui_{row.prefix}_{secret}"


async def revoke_token(session: AsyncSession, token_id: str, *, actor: str, now: datetime) -> None:
    """One person is enough to take a way in away; done twice, it was done the first time."""
    row = await _lock(session, token_id)
    if row.revoked_at is not None:
        return
    row.revoked_at, row.revoked_by = now, actor
    await session.flush()
    await record_act(session, now, actor, "revoke", "api_token", row.id)


async def find_caller(session: AsyncSession, token: str, now: datetime) -> Caller:
    """Whose token it is; raise `TokenRefusedError`. Why an old one fails is told only to whoever
    holds its secret."""
    shape = _SHAPE.fullmatch(token)
    if shape is None:
        raise TokenRefusedError("not a token of this API")
    prefix, secret = shape.groups()
    query = (
        select(ApiToken, Organisation)
        .join(Organisation, Organisation.id == ApiToken.organisation_id)
        .where(ApiToken.prefix == prefix)
    )
    found = (await session.execute(query)).one_or_none()
    if found is None or not hmac.compare_digest(found[0].secret_hash or b"", _hash(secret)):
        raise TokenRefusedError("not a token of this API")
    row, organisation = found
    if row.revoked_at is not None:
        raise TokenRefusedError("this token was revoked")
    if organisation.left_at is not None:
        raise TokenRefusedError("the organisation of this token has left")
    if row.expires_at <= now:
        raise TokenRefusedError("this token has expired")
    return Caller(
        token_id=row.id,
        account_id=row.account_id,
        name=row.name,
        organisation_id=row.organisation_id,
        organisation=organisation.name,
        scopes=frozenset(row.scopes),
        is_due_to_be_seen=row.last_used_at is None or now - row.last_used_at >= _SEEN_EVERY,
    )


async def note_use(session: AsyncSession, token_id: str, now: datetime) -> None:
    row = await _lock(session, token_id)
    row.last_used_at = now


async def list_tokens(session: AsyncSession) -> Sequence[tuple[ApiToken, str]]:
    """With the names of their organisations, the newest first."""
    query = (
        select(ApiToken, Organisation.name)
        .join(Organisation, Organisation.id == ApiToken.organisation_id)
        .order_by(ApiToken.created_at.desc(), ApiToken.id)
    )
    return [(row, name) for row, name in await session.execute(query)]


async def _lock(session: AsyncSession, token_id: str) -> ApiToken:
    row = await session.get(ApiToken, token_id, with_for_update=True)
    if row is None:
        raise TokenError("there is no such token")
    return row


def _account(token_id: str, grant: Grant, now: datetime) -> StaffMember:
    """Who stands as the author of what the program writes. Nobody can ever sign in with it: it is
    disabled from its first moment, has no password and no role."""
    return StaffMember(
        id=new_id(),
        username=f"api.{token_id}",
        display_name=f"API: {grant.name.strip()}",
        organisation_id=grant.organisation_id,
        sub_groups=[],
        roles=[],
        password_hash=_NO_PASSWORD,
        disabled_at=now,
        created_at=now,
    )


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
