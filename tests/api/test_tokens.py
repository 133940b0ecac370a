"""Who gets in: every operation with every kind of token, good and bad."""

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from hub.config import ApiSettings, Config
from hub.database import Database
from hub.staff.audit import find_break
from hub.staff.models import AuditEntry, StaffMember
from hub.staff.sign_in import normalise_username
from hub.staff.token_models import ApiToken
from hub.staff.tokens import (
    LONGEST_LIFE,
    Grant,
    Scope,
    TokenError,
    grant_token,
    reveal_secret,
    revoke_token,
)
from tests.api.conftest import Partner, make_app

OPERATIONS = (
    ("GET", "/answers", Scope.ANSWERS_READ),
    ("GET", "/services", Scope.SERVICES_READ),
    ("GET", "/services/hsds", Scope.SERVICES_READ),
    ("GET", "/figures?by=area", Scope.FIGURES_READ),
    ("POST", "/updates", Scope.UPDATES_PROPOSE),
    ("GET", "/updates/{update_id}", Scope.UPDATES_PROPOSE),
)
EACH = pytest.mark.parametrize(("method", "path", "scope"), OPERATIONS)


def is_problem(answer: httpx.Response, status: int) -> bool:
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    return bool(answer.status_code == status == answer.json()["status"])


async def test_every_described_operation_is_tried_here(partner: Partner) -> None:
    described = (await partner.client().get("/openapi.json")).json()["paths"]
    tried = {(method.lower(), path.partition("?")[0]) for method, path, _ in OPERATIONS}
    assert tried == {(method, path) for path, item in described.items() for method in item}


@EACH
async def test_the_right_scope_and_no_other_opens(
    partner: Partner, method: str, path: str, scope: Scope
) -> None:
    # SEC-26
    right = await partner.client_for(scope)
    assert (await right.request(method, path)).status_code not in (401, 403)
    wrong = await partner.client_for(*(each for each in Scope if each is not scope))
    answer = await wrong.request(method, path)
    assert is_problem(answer, 403)
    assert scope in answer.headers["www-authenticate"]


@EACH
async def test_without_a_good_token_nothing_opens(
    partner: Partner, method: str, path: str, scope: Scope
) -> None:
    token_id, token = await partner.add_token(*Scope, days=2)
    bad = {
        "none": {},
        "empty": {"Authorization": ""},
        "other scheme": {"Authorization": f"Basic {token}"},
        "in the query": {},
        "cut": {"Authorization": f"Bearer {token[:-1]}"},
        "changed": {"Authorization": f"Bearer {token[:-1]}{'a' if token[-1] != 'a' else 'b'}"},
        "long": {"Authorization": "Bearer " + "a" * 5000},
    }
    client = partner.client()
    for name, headers in bad.items():
        more = f"{'&' if '?' in path else '?'}access_token={token}"
        address = path + (more if name == "in the query" else "")
        answer = await client.request(method, address, headers=headers)
        assert is_problem(answer, 401), name
        assert answer.headers["www-authenticate"].startswith("Bearer")
    partner.clock.advance(timedelta(days=2))
    expired = await partner.client(token).request(method, path)
    assert is_problem(expired, 401)
    assert "expired" in expired.json()["detail"]
    token_id, token = await partner.add_token(*Scope)
    async with partner.database.write() as session:
        await revoke_token(session, token_id, actor=partner.admins[1].id, now=partner.clock.now())
    revoked = await partner.client(token).request(method, path)
    assert is_problem(revoked, 401)
    assert "revoked" in revoked.json()["detail"]


async def test_two_tokens_in_one_request_are_none(partner: Partner) -> None:
    _, token = await partner.add_token(*Scope)
    headers = httpx.Headers([("Authorization", f"Bearer {token}")] * 2)
    assert (await partner.client().get("/answers", headers=headers)).status_code == 401


async def test_unknown_paths_and_methods_answer_in_the_same_shape(partner: Partner) -> None:
    client = await partner.client_for(*Scope)
    assert is_problem(await client.get("/persons"), 404)
    assert is_problem(await client.delete("/answers"), 405)
    assert is_problem(await client.get("/answers?limit=0"), 422)
    # Without a token nobody learns what there is.
    assert is_problem(await partner.client().get("/persons"), 401)


async def test_nobody_grants_a_token_alone(each_partner: Partner) -> None:
    # PEER-11
    asks, agrees = each_partner.admins
    now = each_partner.clock.now()
    grant = Grant("Web", asks.organisation_id, (Scope.ANSWERS_READ,), now + timedelta(days=1))
    async with each_partner.database.write() as session:
        with pytest.raises(TokenError):
            await grant_token(session, grant, requested_by=asks.id, approved_by=asks.id, now=now)
    token_id, _ = await each_partner.add_token(Scope.ANSWERS_READ)
    async with each_partner.database.write() as session:
        row = await session.get_one(ApiToken, token_id)
        row.approved_by = row.requested_by
        with pytest.raises(IntegrityError):
            await session.flush()
        await session.rollback()
    for faulty in (
        replace(grant, scopes=()),
        replace(grant, name=" "),
        replace(grant, expires_at=now),
        replace(grant, expires_at=now + LONGEST_LIFE + timedelta(seconds=1)),
    ):
        async with each_partner.database.write() as session:
            with pytest.raises(TokenError):
                await grant_token(
                    session, faulty, requested_by=asks.id, approved_by=agrees.id, now=now
                )


async def test_a_token_is_shown_once_and_only_to_who_asked(partner: Partner) -> None:
    asks, agrees = partner.admins
    now = partner.clock.now()
    grant = Grant("Web", asks.organisation_id, (Scope.ANSWERS_READ,), now + timedelta(days=1))
    async with partner.database.write() as session:
        row = await grant_token(
            session, grant, requested_by=asks.id, approved_by=agrees.id, now=now
        )
        with pytest.raises(TokenError):
            await reveal_secret(session, row.id, actor=agrees.id, now=now)
        token = await reveal_secret(session, row.id, actor=asks.id, now=now)
        with pytest.raises(TokenError):
            await reveal_secret(session, row.id, actor=asks.id, now=now)
    assert (await partner.client(token).get("/answers")).status_code == 200


async def test_the_database_does_not_hold_the_secret(partner: Partner) -> None:
    _, token = await partner.add_token(Scope.ANSWERS_READ)
    file = partner.database.file
    assert file is not None
    stored = b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
    assert token.split("_", 2)[2].encode() not in stored


async def test_the_account_of_a_token_cannot_sign_in_and_may_nothing(partner: Partner) -> None:
    token_id, _ = await partner.add_token(*Scope)
    async with partner.database.read() as session:
        row = await session.get_one(ApiToken, token_id)
        account = await session.get_one(StaffMember, row.account_id)
    assert account.disabled_at is not None
    assert account.roles == []
    assert account.totp_sealed is None
    assert not account.password_hash.startswith("$argon2")
    assert normalise_username(account.username) == account.username


async def test_granting_showing_and_revoking_are_audited(partner: Partner) -> None:
    # INV-11
    token_id, _ = await partner.add_token(Scope.ANSWERS_READ)
    async with partner.database.write() as session:
        for _ in range(2):
            await revoke_token(
                session, token_id, actor=partner.admins[1].id, now=partner.clock.now()
            )
    async with partner.database.read() as session:
        entries = await session.scalars(
            select(AuditEntry).where(AuditEntry.object_kind == "api_token").order_by(AuditEntry.seq)
        )
        acts = [(entry.action, entry.actor) for entry in entries]
        assert await find_break(session) is None
    asks, agrees = partner.admins
    assert acts == [("grant", agrees.id), ("reveal", asks.id), ("revoke", agrees.id)]


async def test_use_is_noted_now_and_then(partner: Partner) -> None:
    token_id, token = await partner.add_token(Scope.ANSWERS_READ)
    client = partner.client(token)
    seen = []
    for minutes in (1, 5, 10):
        partner.clock.advance(timedelta(minutes=minutes))
        await client.get("/answers")
        async with partner.database.read() as session:
            seen.append((await session.get_one(ApiToken, token_id)).last_used_at)
    assert seen[0] == seen[1]
    assert seen[2] == partner.clock.now()


async def test_a_token_has_a_quota_and_is_told_of_it(partner: Partner) -> None:
    # PEER-12
    app = make_app(partner.database, partner.clock, Config(api=ApiSettings(requests_per_minute=3)))
    limited = replace(partner, app=app)
    client, other = [await limited.client_for(Scope.ANSWERS_READ) for _ in range(2)]
    first = await client.get("/answers")
    assert first.headers["ratelimit-policy"] == '"default";q=3;w=60'
    assert first.headers["ratelimit"] == '"default";r=2;t=60'
    for _ in range(2):
        assert (await client.get("/answers")).status_code == 200
    partner.clock.advance(timedelta(seconds=20))
    refused = await client.get("/answers")
    assert is_problem(refused, 429)
    assert refused.headers["retry-after"] == "40"
    assert (await other.get("/answers")).status_code == 200
    partner.clock.advance(timedelta(seconds=40))
    assert (await client.get("/answers")).status_code == 200
    await limited.close()


async def test_guessing_from_one_address_ends_and_stops_nobody_else(partner: Partner) -> None:
    # PEER-12
    config = Config(api=ApiSettings(strangers_per_minute=3))
    limited = replace(partner, app=make_app(partner.database, partner.clock, config))
    stranger = limited.client("chasqui_000000000000_" + "a" * 43)
    statuses = [(await stranger.get("/answers")).status_code for _ in range(5)]
    assert statuses == [401, 401, 401, 429, 429]
    assert (await limited.client(address="198.51.100.7").get("/answers")).status_code == 401
    # A program with a token behind the same proxy goes on.
    assert (await (await limited.client_for(Scope.ANSWERS_READ)).get("/answers")).is_success
    await limited.close()


async def test_a_request_that_cannot_be_counted_is_not_served(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    # PEER-12
    def fail(*_: object) -> None:
        raise OSError("the store is away")

    client = await partner.client_for(Scope.ANSWERS_READ)
    monkeypatch.setattr("hub.api.limits.Limiter.take", fail)
    answer = await client.get("/answers")
    assert answer.status_code == 500
    assert "items" not in answer.text


async def test_without_its_database_the_api_asks_to_come_back(partner: Partner) -> None:
    _, token = await partner.add_token(Scope.ANSWERS_READ)
    dead = Database("postgresql://nobody@127.0.0.1:1/none")
    away = replace(partner, app=make_app(dead, partner.clock))
    answer = await away.client(token).get("/answers")
    assert is_problem(answer, 503)
    assert answer.headers["retry-after"] == "5"
    await away.close()
    await dead.close()


async def test_other_sites_get_nothing_in_a_browser(partner: Partner) -> None:
    client = await partner.client_for(*Scope)
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}
    for answer in (
        await client.options("/answers", headers=asked),
        await client.get("/answers", headers={"Origin": "https://elsewhere.example"}),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_a_body_is_read_only_up_to_its_cap(partner: Partner) -> None:
    client = await partner.client_for(*Scope)
    large = b" " * 70_000
    assert is_problem(await client.post("/answers", content=large), 413)
    packed = await client.post("/answers", content=b"x", headers={"Content-Encoding": "gzip"})
    assert is_problem(packed, 415)
