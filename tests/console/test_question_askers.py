"""Those who asked and want to be told: who may, what is seen before, and what is on record."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.question_models import AwaitedAnswer, AwaitState
from content.models import Answer
from content.review import verify_answer
from hub.staff.models import AuditEntry, StaffMember
from hub.staff.roles import Role
from tests.console.answers import add_in_review
from tests.console.conftest import Client, ConsoleHarness
from tests.console.questions import CAT, add_asker, add_question, group_questions, read_group

TOPIC = "asylum.apply"
LONG = timedelta(days=3)


async def _verified(console: ConsoleHarness) -> str:
    """The id of a verified answer of the topic."""
    author = await console.add_staff("ana", Role.AUTHOR)
    vera = await console.add_staff("vera", Role.VERIFIER)
    async with console.database.write() as session:
        answer_id = await add_in_review(session, author, console.clock.now())
        row = await session.get_one(Answer, answer_id)
        member = await session.get_one(StaffMember, vera)
        await verify_answer(session, answer_id, member, row.hash, console.clock.now())
    return answer_id


async def _learned(console: ConsoleHarness, client: Client) -> str:
    """Where the group is, once its topic was chosen."""
    (group,) = await group_questions(console)
    at = f"/questions/{group.id}"
    answer = await client.act(f"{at}/learn", at, topic=TOPIC, examples=CAT)
    assert answer.status_code == 303
    return at


async def _states(console: ConsoleHarness) -> list[str]:
    async with console.database.read() as session:
        return sorted(await session.scalars(select(AwaitedAnswer.state)))


@pytest.fixture
async def waiting(console: ConsoleHarness) -> tuple[Client, str, str]:
    """Four who wait, a verified answer, a verifier's browser, and where the group is."""
    answer_id = await _verified(console)
    await add_asker(console)
    await add_asker(console, silent_for=LONG)
    await add_asker(console, channel="telegram", silent_for=LONG)
    await add_asker(console, channel="telegram", language="ht")
    client = await console.sign_in("vera")
    return client, await _learned(console, client), answer_id


async def test_a_second_look_then_they_are_told_from_in_a_minute_on(
    console: ConsoleHarness, waiting: tuple[Client, str, str]
) -> None:
    # HUM-46, HUM-42
    client, at, answer_id = waiting
    assert "/console/questions?told=now" in (await client.get("/")).text
    assert at in (await client.get("/questions?told=now")).text
    page = (await client.get(f"{at}/askers")).text
    assert "4 people wait" in page
    assert answer_id in page
    assert "no template in this language" in page
    done = await client.act(f"{at}/askers/tell", f"{at}/askers", answer_id=answer_id)
    assert (done.status_code, done.headers["location"].endswith(at)) == (303, True)
    assert await _states(console) == [AwaitState.DUE] * 4
    async with console.database.read() as session:
        first = await session.scalar(select(AwaitedAnswer.due_at).limit(1))
        query = select(AuditEntry).where(AuditEntry.action == "questions_tell")
        entry = (await session.scalars(query)).one()
    assert first == console.clock.now() + timedelta(seconds=60)
    assert entry.detail == {"people": 4, "topic": TOPIC, "version": 1}
    assert at not in (await client.get("/questions?told=now")).text


async def test_it_is_called_off_by_whoever_sorts(
    console: ConsoleHarness, waiting: tuple[Client, str, str]
) -> None:
    client, at, answer_id = waiting
    await client.act(f"{at}/askers/tell", f"{at}/askers", answer_id=answer_id)
    author = await console.sign_in("ana")
    page = (await author.get(at)).text
    assert "call-off" in page
    assert (await author.act(f"{at}/call-off", at)).status_code == 303
    assert await _states(console) == [AwaitState.WAITING] * 4
    assert (await author.act(f"{at}/call-off", at)).status_code == 409


async def test_how_many_is_for_those_who_may_tell(
    console: ConsoleHarness, waiting: tuple[Client, str, str]
) -> None:
    # HUM-14, SEC-26
    client, at, answer_id = waiting
    assert "<dt>Waiting</dt><dd>4</dd>" in (await client.get(at)).text
    author = await console.sign_in("ana")
    page = (await author.get(at)).text
    assert "Some of those who asked" in page
    assert "<dt>Waiting</dt>" not in page
    assert (await author.get(f"{at}/askers")).status_code == 403
    assert "told=now" not in (await author.get("/")).text
    told = await author.act(f"{at}/askers/tell", at, answer_id=answer_id)
    assert told.status_code == 403


async def test_it_wants_a_fresh_sign_in(
    console: ConsoleHarness, waiting: tuple[Client, str, str]
) -> None:
    # SEC-28
    client, at, answer_id = waiting
    console.clock.advance(timedelta(minutes=11))
    page = (await client.get(f"{at}/askers")).text
    assert "/console/confirm" in page
    told = await client.act(f"{at}/askers/tell", at, answer_id=answer_id)
    assert "/confirm" in told.headers["location"]
    assert await _states(console) == [AwaitState.WAITING] * 4


async def test_another_answer_than_the_one_that_was_seen_is_refused(
    console: ConsoleHarness, waiting: tuple[Client, str, str]
) -> None:
    client, at, _answer_id = waiting
    told = await client.act(f"{at}/askers/tell", f"{at}/askers", answer_id="0" * 32)
    assert told.status_code == 409
    assert await _states(console) == [AwaitState.WAITING] * 4


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sensitive": True}, "told with care"),
        ({"state": "withdrawn"}, "once a topic is chosen here that has a verified answer"),
    ],
)
async def test_without_an_answer_that_may_be_told_unasked_nobody_can_be_told(
    console: ConsoleHarness,
    waiting: tuple[Client, str, str],
    change: dict[str, object],
    words: str,
) -> None:
    # HUM-26, INV-13
    client, at, answer_id = waiting
    async with console.database.write() as session:
        row = await session.get_one(Answer, answer_id)
        for name, value in change.items():
            setattr(row, name, value)
    assert words in (await client.get(at)).text
    assert "There is nobody to tell now" in (await client.get(f"{at}/askers")).text
    told = await client.act(f"{at}/askers/tell", at, answer_id=answer_id)
    assert told.status_code == 409
    assert "told=now" not in (await client.get("/")).text


async def test_no_page_shows_who_it_is(
    console: ConsoleHarness, waiting: tuple[Client, str, str]
) -> None:
    # PEER-14
    client, at, _answer_id = waiting
    async with console.database.read() as session:
        rows = list(await session.scalars(select(AwaitedAnswer)))
    for path in (at, f"{at}/askers"):
        page = (await client.get(path)).text
        assert "+51900000001" not in page
        assert not [row for row in rows if row.contact_id in page or row.address_id in page]


async def test_those_of_two_groups_that_are_joined_wait_together(console: ConsoleHarness) -> None:
    await add_asker(console)
    (first,) = await group_questions(console)
    await add_question(console, "donde me puedo cortar el pelo")
    [other] = [group.id for group in await group_questions(console) if group.id != first.id]
    client = await console.sign_in_as(Role.VERIFIER)
    at = f"/questions/{first.id}"
    assert (await client.act(f"{at}/join", at, into=other)).status_code == 303
    async with console.database.read() as session:
        assert list(await session.scalars(select(AwaitedAnswer.group_id))) == [other]
    assert (await read_group(console, other)).size == 2
