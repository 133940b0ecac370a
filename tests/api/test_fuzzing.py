"""Every described operation under right, wrong and hostile input, made from its own description.

Nothing may end in an error of the server's, answer what is not described, or tell of people, staff
or drafts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, assume, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.core.result import Ok
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import Address, Contact
from broadcast.audience import Audience
from broadcast.versions import Draft
from broadcast.writing import compose
from content.models import Answer, AnswerText, Service
from content.review import verify_service
from hub.api.build import PREFIX
from hub.clock import ManualClock
from hub.database import Database
from hub.staff.tokens import Scope
from tests.api.conftest import DAY, Partner, make_app, open_partner
from tests.api.test_proposals import POLICY
from tests.browser import run_apart, serve
from tests.content.conftest import open_desk
from tests.databases import create_schema

CANARY = "51987654321"
# What the checks of HTTP itself ask; authentication has tests of its own.
CHECKED = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
)
CALM = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@dataclass(frozen=True)
class Served:
    address: str
    token: str


@pytest.fixture
def served(tmp_path: Path, clock: ManualClock) -> Iterator[Served]:
    url = f"sqlite:///{tmp_path}/fuzzed.db"

    async def prepare() -> str:
        await create_schema(url)
        database = Database(url)
        partner = await open_partner(await open_desk(database, clock, tmp_path))
        await partner.desk.verify()
        async with database.write() as session:
            await _add_secrets(session, partner, clock)
        _, token = await partner.add_token(*Scope)
        await partner.close()
        await database.close()
        return token

    token = run_apart(prepare())
    database = Database(url)
    with serve(make_app(database, clock)) as address:
        yield Served(address + PREFIX, token)
    run_apart(database.close())


async def _add_secrets(session: AsyncSession, partner: Partner, clock: ManualClock) -> None:
    """A person, a member of staff, a draft of an answer, a draft of an update and a note for staff,
    each with the canary."""
    now, desk = clock.now(), partner.desk
    session.add(Contact(id=CANARY, language="es", area="150132", created_at=now, last_seen_at=now))
    await session.flush()
    sealed = CANARY.encode()
    session.add(
        Address(
            id=f"a{CANARY}",
            contact_id=CANARY,
            channel="whatsapp",
            index=sealed,
            sealed=sealed,
            opted_in_at=now,
            last_inbound_at=now,
        )
    )
    desk.author.display_name = desk.author.username = CANARY
    await session.merge(desk.author)
    topic = await desk.answer(session, "work.rights")
    words = await session.get_one(AnswerText, (topic.id, "es"))
    words.text = f"{CANARY} {words.text}"
    near = await desk.service(session, "near")
    await verify_service(session, near.id, desk.verifier, near.hash, now)
    row = await session.get_one(Service, near.id)
    row.notes = {"es": CANARY}
    answer = await session.get_one(Answer, (await desk.answer(session)).id)
    answer.comment, answer.edited_by = CANARY, [CANARY]
    draft = Draft(CANARY, {"es": CANARY}, Audience(), None, now + DAY)
    await compose(session, draft, POLICY, author=desk.author.id, now=now)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=str)
def test_whatever_is_sent_the_api_keeps_to_its_description_and_tells_nothing_else(
    served: Served, mode: GenerationMode
) -> None:
    # REL-06
    headers = {"Authorization": f"Bearer {served.token}"}
    document = httpx.get(f"{served.address}/openapi.json").json()
    for item in document["paths"].values():
        for operation in item.values():
            operation.pop("security")  # every request here brings the token
    schema = schemathesis.openapi.from_dict(document)
    checks = CHECKS.get_by_names(CHECKED)
    operations = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
    assert len(operations) >= 5
    for operation in operations:

        @CALM
        @given(case=operation.as_strategy(generation_mode=mode))
        def send(case: Any) -> None:
            # An address with a line break is below no mount: the server's own 404 answers.
            assume(not any("\n" in str(part) for part in (case.path_parameters or {}).values()))
            answer = case.call(base_url=served.address, headers=headers)
            case.validate_response(answer, checks=checks, headers=headers)
            assert CANARY not in answer.text
            assert CANARY not in str(answer.headers)

        send()
