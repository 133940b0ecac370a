"""The pages of questions: who sorts them, what becomes of a group, and what is never shown."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from bot.question_export import export_examples
from bot.unanswered import Reason
from content.models import Answer
from content.review import verify_answer
from hub.staff.models import AuditEntry, StaffMember
from hub.staff.roles import Role
from tests.bot.questions import EXAMPLES
from tests.console.answers import add_in_review
from tests.console.conftest import Client, ConsoleHarness
from tests.console.questions import CAT, add_question, group_questions, read_group
from tests.console.test_hostile_text import HOSTILE, find_harm

HAIR = "donde me puedo cortar el pelo"
TOPIC = "asylum.apply"


async def _author(console: ConsoleHarness) -> Client:
    """Somebody of protection who writes, where one topic waits for its verification."""
    staff_id = await console.add_staff("ana", Role.AUTHOR)
    async with console.database.write() as session:
        await add_in_review(session, staff_id, console.clock.now())
    return await console.sign_in("ana")


async def _one(console: ConsoleHarness, text: str = CAT) -> str:
    await add_question(console, text)
    (group,) = await group_questions(console)
    return group.id


async def _acts(console: ConsoleHarness) -> Sequence[str]:
    async with console.database.read() as session:
        query = select(AuditEntry.action).where(AuditEntry.object_kind == "questions")
        return (await session.scalars(query.order_by(AuditEntry.seq))).all()


@pytest.mark.parametrize("role", [Role.READER, Role.DESK, Role.APPROVER, Role.ADMIN])
async def test_only_who_writes_or_verifies_reads_questions(
    console: ConsoleHarness, role: Role
) -> None:
    # SEC-26
    group_id = await _one(console)
    client = await console.sign_in_as(role)
    for path in ("/questions", f"/questions/{group_id}"):
        assert (await client.get(path)).status_code == 403


async def test_the_most_asked_come_first_and_filters_narrow(console: ConsoleHarness) -> None:
    for area in ("15", "24"):
        await add_question(console, area=area)
    await add_question(console, HAIR, reason=Reason.REFUSED, area="15")
    await add_question(console, "can i open a bank account", language="en")
    await group_questions(console)
    client = await console.sign_in_as(Role.VERIFIER)
    page = (await client.get("/questions")).text
    assert page.index(CAT) < page.index(HAIR)
    for query, shown in (
        ("area=24", [CAT]),
        ("reason=refused", [HAIR]),
        ("language=en", ["can i open a bank account"]),
        ("state=aside", []),
    ):
        page = (await client.get(f"/questions?{query}")).text
        found = [text for text in (CAT, HAIR, "can i open a bank account") if text in page]
        assert found == shown, query


async def test_the_list_goes_on_after_a_page(console: ConsoleHarness) -> None:
    words = ("gato", "perro", "loro", "burro", "vaca", "pato")
    for number in range(30):
        await add_question(console, f"{words[number % 6]}{number} {'xkwz'[number % 4] * 2}{number}")
    groups = await group_questions(console)
    client = await console.sign_in_as(Role.VERIFIER)
    first = (await client.get("/questions")).text
    shown = [group.id for group in groups if group.id in first]
    assert len(shown) == 25
    after = min(shown)
    size = next(group.size for group in groups if group.id == after)
    assert f"after={size}.{after}" in first
    second = (await client.get(f"/questions?after={size}.{after}")).text
    rest = [group.id for group in groups if group.id in second]
    assert sorted(shown + rest) == sorted(group.id for group in groups)


@pytest.mark.parametrize("after", ["x", "9" * 30 + ".a", "1.", "-1.a", "1.'"])
async def test_an_odd_place_in_the_list_is_no_error(console: ConsoleHarness, after: str) -> None:
    # SEC-49
    await _one(console)
    client = await console.sign_in_as(Role.VERIFIER)
    assert (await client.get(f"/questions?after={after}")).status_code == 200


async def test_what_we_answer_becomes_examples_that_staff_read(console: ConsoleHarness) -> None:
    client, group_id = await _author(console), await _one(console)
    at = f"/questions/{group_id}"
    assert (await client.act(f"{at}/learn", at, examples="x")).status_code == 422
    assert (await client.act(f"{at}/learn", at, topic=TOPIC)).status_code == 422
    lines = "¿puedo llevar mi gato [phone]?\npuedo llevar mi gato  ?\n\ny un perro"
    answer = await client.act(f"{at}/learn", at, topic=TOPIC, examples=lines)
    assert answer.status_code == 303
    group = await read_group(console, group_id)
    assert (group.state, group.topic) == ("learned", TOPIC)
    assert group.examples == ["¿puedo llevar mi gato ?", "puedo llevar mi gato ?", "y un perro"]
    assert await _acts(console) == ["questions_learn"]
    assert (await client.act(f"{at}/aside", at, why="spam")).status_code == 409


async def test_it_is_handed_on_written_and_marked_once_it_is_verified(
    console: ConsoleHarness,
) -> None:
    client, group_id = await _author(console), await _one(console)
    at = f"/questions/{group_id}"
    wrong = await client.act(f"{at}/assign", at, owner="nobody", wording="¿Gatos en el bus?")
    assert wrong.status_code == 422
    await client.act(f"{at}/assign", at, owner="protection", wording="¿Gatos en el bus?")
    home = (await client.get("/")).text
    assert "/console/questions?state=writing&amp;owner=protection" in home
    assert "¿Gatos en el bus?" in (await client.get("/questions?owner=protection")).text
    early = await client.act(f"{at}/answered", at, answered_by=TOPIC)
    assert early.status_code == 422
    assert "no verified answer" in early.text
    vera_id = await console.add_staff("vera", Role.VERIFIER)
    async with console.database.write() as session:
        (row,) = await session.scalars(select(Answer))
        vera = await session.get_one(StaffMember, vera_id)
        await verify_answer(session, row.id, vera, row.hash, console.clock.now())
    assert (await client.act(f"{at}/answered", at, answered_by=TOPIC)).status_code == 303
    assert (await read_group(console, group_id)).state == "answered"


async def test_what_is_asked_again_is_counted_where_it_was_sorted(console: ConsoleHarness) -> None:
    client, group_id = await _author(console), await _one(console)
    at = f"/questions/{group_id}"
    await client.act(f"{at}/aside", at, why="out_of_scope")
    await add_question(console)
    (group,) = await group_questions(console)
    assert (group.id, group.size, group.again) == (group_id, 2, 1)
    assert "1 since it was sorted" in (await client.get("/questions?state=aside")).text
    await client.act(f"{at}/reopen", at)
    assert (await read_group(console, group_id)).state == "open"


async def test_two_that_ask_the_same_are_joined(console: ConsoleHarness) -> None:
    client = await console.sign_in_as(Role.VERIFIER)
    await add_question(console)
    await add_question(console, HAIR)
    first, second = await group_questions(console)
    at = f"/questions/{first.id}"
    assert (await client.act(f"{at}/join", at)).status_code == 422
    assert (await client.act(f"{at}/join", at, into=first.id)).status_code == 409
    assert (await client.act(f"{at}/join", at, into=second.id)).status_code == 303
    (joined,) = await group_questions(console)
    assert (joined.id, joined.size) == (second.id, 2)
    page = (await client.get(f"/questions/{second.id}")).text
    assert CAT in page
    assert HAIR in page
    assert (await client.get(at)).status_code == 404


async def test_words_that_point_at_somebody_are_deleted_at_once(console: ConsoleHarness) -> None:
    group_id = await _one(console, "soy la hija de la duena del bazar azul")
    client = await console.sign_in_as(Role.VERIFIER)
    at = f"/questions/{group_id}"
    assert (await client.act(f"{at}/delete-words", at)).status_code == 303
    assert await group_questions(console) == []
    assert await _acts(console) == ["questions_delete_words"]


async def test_what_people_write_stays_text(console: ConsoleHarness) -> None:
    # SEC-42
    for text in HOSTILE:
        await add_question(console, f"{text} gato")
    groups = await group_questions(console)
    client = await console.sign_in_as(Role.VERIFIER)
    for path in ("/questions", *(f"/questions/{group.id}" for group in groups)):
        assert find_harm((await client.get(path)).text) == []


async def test_examples_are_written_once_beside_those_of_their_topic(
    console: ConsoleHarness, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("data")
    path = folder / "es" / f"{TOPIC}.yml"
    path.parent.mkdir()
    before = (EXAMPLES / "es" / f"{TOPIC}.yml").read_text(encoding="utf8")
    path.write_text(before, encoding="utf8")
    client, group_id = await _author(console), await _one(console)
    at = f"/questions/{group_id}"
    lines = "como pido refugio\nmi gato: ¿también pide refugio?"
    await client.act(f"{at}/learn", at, topic=TOPIC, examples=lines)
    for expected in ([1], []):
        async with console.database.write() as session:
            written = await export_examples(session, folder, console.clock.now())
        assert [each.lines for each in written] == expected
    added = path.read_text(encoding="utf8").removeprefix(before)
    assert added == "    - mi gato: ¿también pide refugio?\n"
