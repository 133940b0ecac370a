"""What passes the night to save lives needs two approvers who did not write it (HUM-45)."""

from dataclasses import replace
from datetime import time

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from broadcast.approving import list_approvers, may_approve, send_back
from broadcast.errors import AlreadyApprovedError, SecondPersonError, StaleVersionError
from broadcast.listing import describe_update, list_in_review, show_update
from broadcast.models import FirstApproval
from broadcast.reasons import Reason
from broadcast.states import State
from broadcast.undoing import undo
from broadcast.versions import find_update
from hub.staff.models import AuditEntry
from tests.broadcast.scene import TEXTS, Scene

WHY = "A landslide is coming down the valley tonight."


async def handed_over(scene: Scene) -> str:
    await scene.add_person()
    update_id = await scene.compose(urgency=WHY, is_life_safety=True)
    await scene.submit(update_id)
    return update_id


async def claimed(scene: Scene) -> int:
    return len(await scene.deliveries().claim("telegram", 10, scene.clock.now()))


async def test_one_approval_of_two_releases_nothing(scene: Scene) -> None:
    # HUM-45, PEER-10
    update_id = await handed_over(scene)
    await scene.approve(update_id, by="approver")
    assert await scene.state(update_id) is State.IN_REVIEW
    scene.clock.advance(scene.policy.undo)
    await scene.tick()
    assert await scene.ledger(update_id) == {}
    await scene.approve(update_id, by="second_approver")
    assert await scene.state(update_id) is State.APPROVED


@pytest.mark.parametrize(
    ("by", "error"),
    [
        ("approver", AlreadyApprovedError),
        ("author", SecondPersonError),
    ],
)
async def test_the_second_approval_is_by_somebody_else(
    scene: Scene, by: str, error: type[Exception]
) -> None:
    # HUM-45
    update_id = await handed_over(scene)
    await scene.approve(update_id, by="approver")
    with pytest.raises(error):
        await scene.approve(update_id, by=by)
    assert await scene.state(update_id) is State.IN_REVIEW


async def test_an_editor_gives_neither_of_the_two(scene: Scene) -> None:
    # PEER-10
    await scene.add_person()
    update_id = await scene.compose(urgency=WHY, is_life_safety=True)
    await scene.edit(update_id, by="colleague", urgency=WHY, is_life_safety=True, title="Huaico")
    await scene.submit(update_id)
    for given_before in (False, True):
        if given_before:
            await scene.approve(update_id, by="approver")
        with pytest.raises(SecondPersonError):
            await scene.approve(update_id, by="colleague")


async def test_an_urgent_update_needs_one(scene: Scene) -> None:
    await scene.add_person()
    update_id = await scene.approved(urgency=WHY)
    assert await scene.state(update_id) is State.APPROVED


async def test_to_make_it_pass_the_night_voids_the_approval_of_an_urgent_one(scene: Scene) -> None:
    # PEER-05, INV-6
    await scene.add_person()
    update_id = await scene.approved(urgency=WHY)
    seen = (await scene.read(update_id)).content_hash
    await scene.edit(update_id, urgency=WHY, is_life_safety=True)
    await scene.submit(update_id)
    with pytest.raises(StaleVersionError):
        await scene.approve(update_id, seen_hash=seen)
    await scene.approve(update_id)
    assert await scene.state(update_id) is State.IN_REVIEW


@pytest.mark.parametrize("given", [1, 2])
async def test_a_changed_text_voids_both_approvals(scene: Scene, given: int) -> None:
    # PEER-05
    update_id = await handed_over(scene)
    for by in ("approver", "second_approver")[:given]:
        await scene.approve(update_id, by=by)
    words = {**TEXTS, "ht": "Fwa sante samdi 28 a 9è."}
    await scene.edit(update_id, urgency=WHY, is_life_safety=True, texts=words)
    await scene.submit(update_id)
    await scene.approve(update_id, by="second_approver")
    assert await scene.state(update_id) is State.IN_REVIEW


async def test_undo_voids_both_approvals(scene: Scene) -> None:
    # HUM-42
    await scene.add_person()
    update_id = await scene.approved(urgency=WHY, is_life_safety=True)
    async with scene.database.write() as session:
        await undo(session, update_id, actor=scene.staff["approver"], now=scene.clock.now())
    await scene.submit(update_id)
    await scene.approve(update_id, by="approver")
    assert await scene.state(update_id) is State.IN_REVIEW


async def test_what_is_sent_back_loses_its_first_approval(scene: Scene) -> None:
    update_id = await handed_over(scene)
    await scene.approve(update_id, by="approver")
    async with scene.database.write() as session:
        await send_back(
            session,
            update_id,
            seen_version=1,
            reviewer=scene.staff["second_approver"],
            comment="¿Desde qué hora?",
            now=scene.clock.now(),
        )
    await scene.submit(update_id)
    await scene.approve(update_id, by="approver")
    assert await scene.state(update_id) is State.IN_REVIEW
    await scene.approve(update_id, by="second_approver")
    assert await scene.state(update_id) is State.APPROVED


async def test_the_claim_looks_for_both_approvals(scene: Scene) -> None:
    """INV-6: whatever came to stand in the tables, nothing leaves that one person let go."""
    scene.policy = replace(scene.policy, quiet=(time(21), time(8)))
    await scene.add_person()
    update_id = await scene.sending(urgency=WHY, is_life_safety=True)
    async with scene.database.write() as session:
        connection = await session.connection()
        await connection.exec_driver_sql(_WITHOUT_GUARD[connection.dialect.name])
        await connection.exec_driver_sql("DELETE FROM first_approvals")
    assert await claimed(scene) == 0
    [row] = (await scene.ledger(update_id)).values()
    assert row.error_code == Reason.UNAPPROVED


_WITHOUT_GUARD = {
    "sqlite": "DROP TRIGGER first_approvals_is_append_only_delete",
    "postgresql": "DROP FUNCTION first_approvals_is_append_only_delete() CASCADE",
}


async def test_whoever_waits_is_told_who_may_give_the_other(scene: Scene) -> None:
    update_id = await handed_over(scene)
    approver, second = scene.staff["approver"], scene.staff["second_approver"]
    await scene.approve(update_id, by="approver")
    async with scene.database.read() as session:
        row = await find_update(session, update_id)
        assert not await may_approve(session, row, approver)
        assert await may_approve(session, row, second)
        assert await list_approvers(session, row) == ["Colleague", "Second_Approver"]
        assert await list_in_review(session, approver) == []
        assert [each.id for each in await list_in_review(session, second)] == [update_id]
        lines = describe_update(await show_update(session, update_id))
    assert "class: life_safety" in lines
    assert "approvals: 1 of 2" in lines
    assert "approvers: Approver" in lines


async def test_both_are_in_the_audit_log(scene: Scene) -> None:
    # INV-11
    await scene.add_person()
    update_id = await scene.approved(urgency=WHY, is_life_safety=True)
    async with scene.database.read() as session:
        query = select(AuditEntry.action, AuditEntry.actor).where(AuditEntry.object_id == update_id)
        acts = [tuple(row) for row in await session.execute(query.order_by(AuditEntry.seq))]
    assert acts[2:] == [
        ("approve_first", scene.staff["approver"]),
        ("approve", scene.staff["second_approver"]),
    ]


# The database holds to it too (SEC-27).


async def run(scene: Scene, statement: str, **values: object) -> None:
    async with scene.database.write() as session:
        await session.execute(text(statement), values)


_APPROVE = (
    "INSERT INTO approvals (update_id, version, content_hash, approver_id, author_id,"
    " submitter_id, at, people, day) SELECT id, version, content_hash, :by, author_id,"
    " submitter_id, '2026-11-22 15:00:00+00:00', 1, 739577 FROM updates"
)
_APPROVE_FIRST = (
    "INSERT INTO first_approvals (update_id, version, content_hash, approver_id, at)"
    " SELECT id, version, {hash}, :by, '2026-11-22 15:00:00+00:00' FROM updates"
)


@pytest.mark.parametrize("first", [None, "approver"])
async def test_no_approval_without_that_of_another_person(scene: Scene, first: str | None) -> None:
    # SEC-27, HUM-45
    await handed_over(scene)
    by = scene.staff["approver"]
    if first:
        await run(scene, _APPROVE_FIRST.format(hash="content_hash"), by=by)
    with pytest.raises(IntegrityError, match="needs two approvals"):
        await run(scene, _APPROVE, by=by)


@pytest.mark.parametrize(
    ("by", "stored"), [("author", "content_hash"), ("approver", "'another hash'")]
)
async def test_the_first_is_of_these_words_and_by_another_hand(
    scene: Scene, by: str, stored: str
) -> None:
    # SEC-27
    await handed_over(scene)
    with pytest.raises(IntegrityError, match=r"needs two approvals|wrote or edited"):
        await run(scene, _APPROVE_FIRST.format(hash=stored), by=scene.staff[by])


async def test_what_needs_one_approval_has_no_first_of_two(scene: Scene) -> None:
    await scene.add_person()
    await scene.submit(await scene.compose(urgency=WHY))
    with pytest.raises(IntegrityError, match="needs two approvals"):
        await run(scene, _APPROVE_FIRST.format(hash="content_hash"), by=scene.staff["approver"])


@pytest.mark.parametrize(
    "statement", ["DELETE FROM first_approvals", "UPDATE first_approvals SET version = 2"]
)
async def test_the_first_approval_cannot_be_rewritten(scene: Scene, statement: str) -> None:
    await scene.approve(await handed_over(scene))
    with pytest.raises(IntegrityError, match="append only"):
        await run(scene, statement)
    async with scene.database.read() as session:
        assert await session.scalar(select(FirstApproval.version)) == 1


async def test_what_passes_the_night_says_why(scene: Scene) -> None:
    # HUM-45
    await scene.compose()
    with pytest.raises(IntegrityError, match="says why"):
        await run(scene, "UPDATE updates SET is_life_safety = true, version = version + 1")
