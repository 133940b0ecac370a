"""Passkeys (WebAuthn): a second factor that no imitated page can ask for (SEC-21).

The private half stays in the device. We keep the public half, and check that an answer is to a
challenge of ours, for this site, and counted up. Challenges are signed and bound to the visitor, so
that showing a page stores nothing; an answered one is remembered until it would end anyway.
"""

import json
import secrets
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from hub.database import insert_if_new
from hub.staff.audit import record_act
from hub.staff.models import Passkey, StaffMember, UsedChallenge
from hub.vault import Vault

MOST_KEYS = 10
LONGEST_NAME = 60
_LASTS = timedelta(minutes=10)
_PURPOSE = "passkey_challenge"
_LONGEST_ANSWER = 16 * 1024
# What the library raises besides its own errors when an answer is not what it expects.
_UNREADABLE = (
    WebAuthnException,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    OverflowError,
    RecursionError,
    struct.error,
)


class PasskeyError(Exception):
    """This key cannot be taken on, or there is no such key."""


@dataclass(frozen=True)
class Site:
    """Whom a passkey belongs to: the host, and the origin that browsers report."""

    host: str
    origin: str

    @classmethod
    def at(cls, origin: str) -> "Site | None":
        """None where browsers offer no passkeys: at a bare address, or without TLS."""
        parts = urlsplit(origin)
        host = parts.hostname or ""
        if not host or _is_address(host) or (parts.scheme != "https" and host != "localhost"):
            return None
        return cls(host, origin)


@dataclass(frozen=True, repr=False)
class Answer:
    """What a browser sent: the answer (JSON), to which challenge, of which visitor, at which site.

    `visitor` is the session's id, or the entry cookie of somebody who is not signed in yet.
    """

    site: Site
    visitor: str
    challenge: str
    content: str


def new_challenge(vault: Vault, visitor: str, now: datetime) -> str:
    """Random bytes, when they end, and our signature of both for this visitor only."""
    value = bytes_to_base64url(secrets.token_bytes(32))
    ends = int((now + _LASTS).timestamp())
    return f"{value}.{ends}.{vault.sign(_PURPOSE, _signed(visitor, value, ends))}"


def creation_options(site: Site, member: StaffMember, keys: list[Passkey], challenge: str) -> str:
    """JSON for `navigator.credentials.create`."""
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name="Chasqui",
        user_id=member.id.encode(),
        user_name=member.username,
        user_display_name=member.display_name,
        challenge=_value_of(challenge),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=key.credential_id) for key in keys],
    )
    return webauthn.options_to_json(options)


def request_options(site: Site, challenge: str) -> str:
    """JSON for `navigator.credentials.get`. Names no key, so it tells nothing of accounts."""
    options = webauthn.generate_authentication_options(
        rp_id=site.host,
        challenge=_value_of(challenge),
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return webauthn.options_to_json(options)


async def list_passkeys(session: AsyncSession, staff_id: str) -> list[Passkey]:
    found = await session.scalars(
        select(Passkey).where(Passkey.staff_id == staff_id).order_by(Passkey.created_at, Passkey.id)
    )
    return list(found)


async def has_passkey(session: AsyncSession, staff_id: str) -> bool:
    return bool(
        await session.scalar(select(func.count()).where(Passkey.staff_id == staff_id).limit(1))
    )


async def add_passkey(
    session: AsyncSession,
    vault: Vault,
    member: StaffMember,
    name: str,
    answer: Answer,
    now: datetime,
) -> None:
    """Take a new key on; raise `PasskeyError`."""
    value = _check_challenge(vault, answer, now)
    if value is None or len(answer.content) > _LONGEST_ANSWER:
        raise PasskeyError("the challenge is not ours, or too old")
    if len(await list_passkeys(session, member.id)) >= MOST_KEYS:
        raise PasskeyError("too many keys")
    try:
        made = webauthn.verify_registration_response(
            credential=answer.content,
            expected_challenge=value,
            expected_rp_id=answer.site.host,
            expected_origin=answer.site.origin,
        )
    except _UNREADABLE as error:
        raise PasskeyError(type(error).__name__) from error
    key = {
        "staff_id": member.id,
        "credential_id": made.credential_id,
        "public_key": made.credential_public_key,
        "sign_count": made.sign_count,
        "name": name[:LONGEST_NAME],
        "created_at": now,
    }
    if not await _use_challenge(session, value, now):
        raise PasskeyError("the challenge was answered before")
    if not await insert_if_new(session, Passkey, **key):
        raise PasskeyError("this key is known already")
    await record_act(session, now, member.id, "add_passkey", "staff", member.id)


async def remove_passkey(
    session: AsyncSession, member: StaffMember, key_id: str, now: datetime
) -> None:
    """Raise `PasskeyError` if this member has no such key."""
    removed = await session.scalar(
        delete(Passkey)
        .where(Passkey.id == key_id, Passkey.staff_id == member.id)
        .returning(Passkey.id)
    )
    if removed is None:
        raise PasskeyError("no such key")
    await record_act(session, now, member.id, "remove_passkey", "staff", member.id)


async def is_answered(
    session: AsyncSession, vault: Vault, member: StaffMember, answer: Answer, now: datetime
) -> bool:
    """Whether a key of this member answered the challenge; using it marks it as used."""
    value = _check_challenge(vault, answer, now)
    if value is None or len(answer.content) > _LONGEST_ANSWER:
        return False
    try:
        key = await _find_key(session, member, answer.content)
        if key is None:
            return False
        verified = webauthn.verify_authentication_response(
            credential=answer.content,
            expected_challenge=value,
            expected_rp_id=answer.site.host,
            expected_origin=answer.site.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
        )
    except _UNREADABLE:
        return False
    key.sign_count, key.last_used_at = verified.new_sign_count, now
    await session.flush()
    return await _use_challenge(session, value, now)


async def _find_key(session: AsyncSession, member: StaffMember, content: str) -> Passkey | None:
    credential_id = base64url_to_bytes(json.loads(content)["rawId"])
    return await session.scalar(
        select(Passkey)
        .where(Passkey.credential_id == credential_id, Passkey.staff_id == member.id)
        .with_for_update()
    )


def _check_challenge(vault: Vault, answer: Answer, now: datetime) -> bytes | None:
    """The challenge's bytes if it is ours, for this visitor, and not over."""
    value, _, rest = answer.challenge.partition(".")
    ends, _, signature = rest.partition(".")
    if not (ends.isascii() and ends.isdecimal() and len(ends) <= 12):
        return None
    if not vault.is_signed(_PURPOSE, _signed(answer.visitor, value, int(ends)), signature):
        return None
    if datetime.fromtimestamp(int(ends), UTC) <= now:
        return None
    return _value_of(answer.challenge)


async def _use_challenge(session: AsyncSession, value: bytes, now: datetime) -> bool:
    """The primary key decides between two that come with the same answer at once."""
    await session.execute(delete(UsedChallenge).where(UsedChallenge.expires_at <= now))
    return await insert_if_new(
        session,
        UsedChallenge,
        challenge_hash=sha256(value).digest(),
        expires_at=now + _LASTS,
    )


def _value_of(challenge: str) -> bytes:
    return base64url_to_bytes(challenge.partition(".")[0])


def _signed(visitor: str, value: str, ends: int) -> str:
    return f"{visitor}\x1f{value}\x1f{ends}"


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
