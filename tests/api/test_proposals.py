"""What a partner proposes: a draft that people hand over and others approve, once for each key."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import Address, Contact
from broadcast.approving import approve
from broadcast.errors import NotAllowedError, SecondPersonError
from broadcast.models import Update, UpdateText
from broadcast.policy import Policy
from broadcast.proposing import count_untouched
from broadcast.writing import compose, edit, read_draft, submit
from content.voice import read_voice
from hub.staff.audit import find_break
from hub.staff.models import AuditEntry, StaffMember
from hub.staff.token_models import ApiToken
from hub.staff.tokens import Scope
from tests.api.conftest import CONFIG, Partner
from tests.content.packs import add_member

POLICY = Policy.build(CONFIG, read_voice(CONFIG).phrases)
KEY = {"Idempotency-Key": "0d1f6a34-1b1c-4a0a-9d0b-000000000001"}
TEXTS = {
    "es": "Feria de salud el sábado 28 a las 9 en la plaza.",
    "en": "Health fair on Saturday 28 at 9 in the square.",
}


def make_proposal(**changes: object) -> dict[str, Any]:
    return {"title": "Feria de salud", "texts": TEXTS, **changes}


async def count(partner: Partner, table: type[Update] | type[UpdateText] = Update) -> int:
    async with partner.database.read() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def propose(client: httpx.AsyncClient, **changes: object) -> httpx.Response:
    return await client.post("/updates", json=make_proposal(**changes), headers=KEY)


async def test_a_proposal_is_a_draft_of_the_organisations_token(each_partner: Partner) -> None:
    # PEER-10
    token_id, token = await each_partner.add_token(Scope.UPDATES_PROPOSE)
    client = each_partner.client(token)
    answer = await propose(client, audience={"areas": ["1501"], "channels": ["telegram"]})
    assert answer.status_code == 201, answer.text
    proposed = answer.json()
    assert proposed["state"] == "draft"
    assert answer.headers["location"] == f"/api/v1/updates/{proposed['id']}"
    async with each_partner.database.read() as session:
        row = await session.get_one(Update, proposed["id"])
        account = (await session.get_one(ApiToken, token_id)).account_id
        draft = await read_draft(session, row.id)
        entry = await session.scalar(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1))
        assert await find_break(session) is None
        assert await count_untouched(session) == 1
    assert (row.author_id, row.submitter_id) == (account, None)
    assert draft.texts == TEXTS
    assert draft.audience.areas == ("1501",)
    assert row.not_after == each_partner.clock.now() + POLICY.default_life
    assert row.urgency is None
    assert entry is not None
    assert (entry.actor, entry.action, entry.object_id) == (account, "compose", row.id)


async def test_it_is_not_sent_without_two_people(partner: Partner) -> None:
    # PEER-10
    client = await partner.client_for(Scope.UPDATES_PROPOSE)
    update_id = (await propose(client)).json()["id"]
    now = partner.clock.now()
    async with partner.database.write() as session:
        first = await add_member(session, "ines", roles=("author", "approver"))
        second = await add_member(session, "pedro", roles=("approver",))
        row = await session.get_one(Update, update_id)
        account, seen = row.author_id, row.content_hash
        await edit(
            session,
            update_id,
            await read_draft(session, update_id),
            POLICY,
            seen_version=1,
            editor=first.id,
            now=now,
        )
        assert await count_untouched(session) == 0
        await add_reader(session, now)
        await submit(session, update_id, POLICY, seen_version=2, submitter=first.id, now=now)
        for nobody, refusal in ((first.id, SecondPersonError), (account, NotAllowedError)):
            with pytest.raises(refusal):
                await approve(session, update_id, POLICY, seen_hash=seen, approver=nobody, now=now)
        await approve(
            session,
            update_id,
            POLICY,
            seen_hash=seen,
            approver=second.id,
            now=now,
            untried="No phone at hand",
        )
    stands = (await client.get(f"/updates/{update_id}")).json()
    assert stands["state"] == "approved"


async def add_reader(session: AsyncSession, now: datetime) -> None:
    session.add(Contact(id="c" * 26, language="es", created_at=now, last_seen_at=now))
    await session.flush()
    session.add(
        Address(
            id="a" * 26,
            contact_id="c" * 26,
            channel="telegram",
            index=b"i" * 32,
            sealed=b"-",
            opted_in_at=now,
            last_inbound_at=now,
        )
    )
    await session.flush()


async def test_the_same_request_again_proposes_nothing_new(each_partner: Partner) -> None:
    # PEER-20
    client = await each_partner.client_for(Scope.UPDATES_PROPOSE)
    first, again = [await propose(client) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    assert await count(each_partner) == 1
    other = await propose(client, title="Otra feria")
    assert other.status_code == 409
    assert await count(each_partner) == 1
    # The key of another token is another key.
    assert (await propose(await each_partner.client_for(Scope.UPDATES_PROPOSE))).is_success
    assert await count(each_partner) == 2
    without = await client.post("/updates", json=make_proposal())
    assert without.status_code == 422
    assert without.json()["errors"][0]["place"] == "header.idempotency-key"


async def test_a_refused_proposal_leaves_nothing_and_its_key_free(each_partner: Partner) -> None:
    client = await each_partner.client_for(Scope.UPDATES_PROPOSE)
    refused = await propose(client, texts={**TEXTS, "en": "Health fair on Saturday 29 at 9."})
    assert refused.status_code == 422
    assert [each["place"] for each in refused.json()["errors"]] == ["body.texts.en"]
    assert (await count(each_partner), await count(each_partner, UpdateText)) == (0, 0)
    assert (await propose(client)).status_code == 201


FAULTS: tuple[tuple[dict[str, object], str], ...] = (
    ({"texts": {"es": TEXTS["es"]}}, "body.texts.en"),
    ({"texts": {**TEXTS, "qu": "Hampi feria 28 9"}}, "body.texts.qu"),
    ({"texts": {"es": "Mira bit.ly/abc 28", "en": "See bit.ly/abc 28"}}, "body.texts.es"),
    ({"audience": {"areas": ["999999"]}}, "body.audience.areas"),
    ({"audience": {"areas": ["Lima"]}}, "body.audience.areas.0"),
    ({"audience": {"languages": ["qu"]}}, "body.audience.languages"),
    ({"audience": {"interests": ["no such"]}}, "body.audience.interests"),
    ({"audience": {"channels": ["sms"]}}, "body.audience.channels.0"),
    ({"audience": {"reached_by": "x"}}, "body.audience.reached_by"),
    ({"urgency": "Now, since it is urgent"}, "body.urgency"),
    ({"not_after": "2026-11-22T10:00:00Z"}, "body.not_after"),
    ({"not_after": "2026-11-25T10:00:00"}, "body.not_after"),
    ({"send_at": "2026-11-28T10:00:00Z", "not_after": "2026-11-27T10:00:00Z"}, "body.not_after"),
    ({"title": ""}, "body.title"),
    ({"title": "x" * 121}, "body.title"),
)


@pytest.mark.parametrize(("changes", "place"), FAULTS)
async def test_faults_are_named_by_their_field(
    partner: Partner, changes: dict[str, object], place: str
) -> None:
    client = await partner.client_for(Scope.UPDATES_PROPOSE)
    refused = await propose(client, **changes)
    assert refused.status_code == 422, refused.text
    assert place in [each["place"] for each in refused.json()["errors"]]
    assert await count(partner) == 0


async def test_findings_are_said_in_spanish_to_who_asks_for_it(partner: Partner) -> None:
    client = await partner.client_for(Scope.UPDATES_PROPOSE)
    client.headers["Accept-Language"] = "es-PE, en;q=0.5"
    refused = await propose(client, texts={"es": TEXTS["es"]})
    assert "idioma" in refused.json()["errors"][0]["detail"]


async def test_nothing_tells_how_many_people_there_are(partner: Partner) -> None:
    """Whether an audience is empty would tell of a place or a language whether anybody is there."""
    # HUM-14
    client = await partner.client_for(Scope.UPDATES_PROPOSE)
    empty = await propose(client, audience={"languages": ["ht"], "areas": ["240302"]})
    async with partner.database.write() as session:
        await add_reader(session, partner.clock.now())
    other = await partner.client_for(Scope.UPDATES_PROPOSE)
    full = await propose(other)
    assert empty.json().keys() == full.json().keys()
    assert empty.json()["notes"] == full.json()["notes"] == []


async def test_only_ones_own_proposals_are_there(partner: Partner) -> None:
    client = await partner.client_for(Scope.UPDATES_PROPOSE)
    update_id = (await propose(client)).json()["id"]
    sibling = await partner.client_for(Scope.UPDATES_PROPOSE)
    assert (await sibling.get(f"/updates/{update_id}")).is_success
    elsewhere = Partner(partner.desk, partner.app, (partner.admins[1], partner.admins[0]))
    foreign = await elsewhere.client_for(Scope.UPDATES_PROPOSE)
    unknown = await foreign.get(f"/updates/{'0' * 26}")
    theirs = await foreign.get(f"/updates/{update_id}")
    assert (theirs.status_code, theirs.json()) == (unknown.status_code, unknown.json())
    assert theirs.status_code == 404
    await elsewhere.close()


async def test_what_staff_wrote_is_not_there(partner: Partner) -> None:
    """Also not for a program of the organisation of whoever wrote it."""
    client = await partner.client_for(Scope.UPDATES_PROPOSE)
    update_id = (await propose(client)).json()["id"]
    async with partner.database.write() as session:
        member = await session.get_one(StaffMember, partner.admins[0].id)
        draft = await read_draft(session, update_id)
        own = await compose(session, draft, POLICY, author=member.id, now=partner.clock.now())
    assert (await client.get(f"/updates/{own.id}")).status_code == 404


async def test_hostile_characters_are_taken_out(partner: Partner) -> None:
    # SEC-40
    client = await partner.client_for(Scope.UPDATES_PROPOSE)
    texts = {name: f"\u202e{text}\x00\x1b" for name, text in TEXTS.items()}
    answer = await propose(client, texts=texts, title="a\nb\u202ec")
    assert answer.status_code == 201
    async with partner.database.read() as session:
        draft = await read_draft(session, answer.json()["id"])
    assert (draft.texts, draft.title) == (TEXTS, "a bc")


async def test_a_key_is_kept_for_two_days(partner: Partner) -> None:
    # PEER-20
    client = await partner.client_for(Scope.UPDATES_PROPOSE)
    first = (await propose(client)).json()["id"]
    partner.clock.advance(timedelta(hours=24))
    assert (await propose(client)).json()["id"] == first
    partner.clock.advance(timedelta(hours=25))
    assert (await propose(client)).json()["id"] != first
