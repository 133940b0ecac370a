"""Who may approve what: roles × history, the exact version, edits that race with an approval."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select, update

from broadcast.approving import may_approve, send_back
from broadcast.audience import Audience
from broadcast.errors import (
    CorruptedError,
    MoveRefusedError,
    NotAllowedError,
    SecondPersonError,
    StaleVersionError,
    UnfitError,
    UpdateError,
)
from broadcast.models import Approval, Update
from broadcast.states import RELEASED, State
from broadcast.versions import content_hash, find_update, hash_of, read_sent_texts
from hub.staff.models import AuditEntry, StaffMember
from tests.broadcast.scene import TEXTS, Scene

ROUNDS = 100


@pytest.fixture
async def in_review(scene: Scene) -> str:
    await scene.add_person()
    update_id = await scene.compose()
    await scene.submit(update_id)
    return update_id


# PEER-10: the approver is neither author, nor editor of this or an earlier version, nor submitter.
@pytest.mark.parametrize(
    ("edited_by", "submitted_by", "approved_by", "error"),
    [
        ((), "author", "approver", None),
        ((), "author", "author", SecondPersonError),
        ((), "author", "reader", NotAllowedError),
        ((), "author", "colleague", None),
        ((), "colleague", "colleague", SecondPersonError),
        ((), "colleague", "author", SecondPersonError),
        ((), "colleague", "approver", None),
        (("colleague",), "author", "colleague", SecondPersonError),
        (("colleague",), "author", "approver", None),
        (("colleague", "author"), "author", "colleague", SecondPersonError),
        (("approver", "author"), "author", "approver", SecondPersonError),
        (("approver", "author"), "author", "second_approver", None),
    ],
)
async def test_roles_and_history(
    small_scene: Scene,
    edited_by: tuple[str, ...],
    submitted_by: str,
    approved_by: str,
    error: type[UpdateError] | None,
) -> None:
    scene = small_scene
    await scene.add_person()
    update_id = await scene.compose()
    for number, editor in enumerate(edited_by):
        await scene.edit(update_id, by=editor, title=f"Feria {number}")
    await scene.submit(update_id, by=submitted_by)
    if error is None:
        await scene.approve(update_id, by=approved_by)
        assert await scene.state(update_id) is State.APPROVED
        return
    with pytest.raises(error):
        await scene.approve(update_id, by=approved_by)
    assert await scene.state(update_id) is State.IN_REVIEW


async def test_the_page_knows_who_may_approve(small_scene: Scene) -> None:
    await small_scene.add_person()
    update_id = await small_scene.compose()
    await small_scene.submit(update_id)
    async with small_scene.database.read() as session:
        row = await find_update(session, update_id)
        staff = small_scene.staff
        assert await may_approve(session, row, staff["approver"])
        assert not await may_approve(session, row, staff["author"])


async def test_a_disabled_approver_approves_nothing(scene: Scene, in_review: str) -> None:
    async with scene.database.write() as session:
        who = StaffMember.id == scene.staff["approver"]
        await session.execute(update(StaffMember).where(who).values(disabled_at=scene.clock.now()))
    with pytest.raises(NotAllowedError):
        await scene.approve(in_review)


async def test_only_what_was_seen_is_approved(scene: Scene, in_review: str) -> None:
    seen = (await scene.read(in_review)).content_hash
    await scene.edit(in_review, texts={**TEXTS, "ht": "Fwa sante samdi 28 a 9è."})
    await scene.submit(in_review)
    with pytest.raises(StaleVersionError):
        await scene.approve(in_review, seen_hash=seen)


@pytest.mark.parametrize("before", [State.APPROVED, State.SCHEDULED])
async def test_an_edit_voids_the_approval(scene: Scene, in_review: str, before: State) -> None:
    await scene.approve(in_review)
    if before is State.SCHEDULED:
        await scene.tick()
    assert await scene.state(in_review) is before
    await scene.edit(in_review, texts={"es": "Otra 28 9", "en": "Other 28 9"})
    assert await scene.state(in_review) is State.DRAFT
    await scene.submit(in_review)
    scene.clock.advance(scene.policy.undo)
    await scene.tick()
    assert await scene.state(in_review) is State.IN_REVIEW
    assert await scene.ledger(in_review) == {}


async def test_once_sending_nothing_is_edited(scene: Scene) -> None:
    await scene.add_person()
    update_id = await scene.sending()
    with pytest.raises(MoveRefusedError):
        await scene.edit(update_id, title="Other")


@pytest.mark.parametrize(
    "change", ["texts", "audience", "send_at", "not_after", "closing", "language"]
)
def test_the_hash_covers_everything_that_is_approved(
    change: str, hashed_content: dict[str, Any]
) -> None:
    before = content_hash(**hashed_content)
    after = dict(hashed_content)
    match change:
        case "texts":
            after["texts"] = {**after["texts"], "es": "a "}
        case "language":
            after["texts"] = {"es": "a", "fr": "b"}
        case "closing":
            after["texts"] = {**after["texts"], "es": "a\n\nBAJA"}
        case "audience":
            after["audience"] = Audience(areas=("15",))
        case _:
            after[change] = after["not_after"].replace(minute=59)
    assert content_hash(**after) != before


async def test_changed_bytes_are_never_approved(small_scene: Scene) -> None:
    """A text that reached the table by another way than an edit does not pass (INV-6)."""
    await small_scene.add_person()
    update_id = await small_scene.compose()
    async with small_scene.database.write() as session:
        row = await find_update(session, update_id)
        assert hash_of(row, await read_sent_texts(session, update_id)) == row.content_hash
        connection = await session.connection()
        await connection.exec_driver_sql("UPDATE update_texts SET text = 'Other 28 9'")
    with pytest.raises(CorruptedError):
        await small_scene.submit(update_id)


async def test_what_became_unfit_meanwhile_is_not_approved(scene: Scene, in_review: str) -> None:
    scene.clock.advance(scene.policy.default_life)
    with pytest.raises(UnfitError):
        await scene.approve(in_review)


async def test_sending_back_tells_why(scene: Scene, in_review: str) -> None:
    async with scene.database.write() as session:
        await send_back(
            session,
            in_review,
            seen_version=1,
            reviewer=scene.staff["approver"],
            comment="La hora no está clara.",
            now=scene.clock.now(),
        )
    row = await scene.read(in_review)
    assert (row.state, row.comment) == (State.DRAFT, "La hora no está clara.")


async def test_every_step_leaves_one_audit_entry(scene: Scene, in_review: str) -> None:
    # INV-11
    await scene.approve(in_review)
    async with scene.database.read() as session:
        query = select(AuditEntry.action, AuditEntry.actor).where(AuditEntry.object_id == in_review)
        acts = [tuple(row) for row in await session.execute(query.order_by(AuditEntry.seq))]
    author, approver = scene.staff["author"], scene.staff["approver"]
    assert acts == [("compose", author), ("submit", author), ("approve", approver)]


async def test_an_edit_in_parallel_never_lets_other_words_pass(scene: Scene) -> None:
    """TOCTOU of SEC-27: whoever comes first, what is released is what was approved."""
    await scene.add_person()
    for number in range(ROUNDS):
        update_id = await scene.compose()
        await scene.submit(update_id)
        seen = (await scene.read(update_id)).content_hash
        words = {"es": f"Otro texto 28 9 {number}", "en": f"Other text 28 9 {number}"}
        results = await asyncio.gather(
            scene.approve(update_id, seen_hash=seen),
            scene.edit(update_id, by="colleague", texts=words),
            return_exceptions=True,
        )
        for result in results:
            assert result is None or isinstance(result, UpdateError)
        await assert_released_as_approved(scene, update_id)


async def assert_released_as_approved(scene: Scene, update_id: str) -> None:
    async with scene.database.read() as session:
        row = await session.get_one(Update, update_id)
        texts = await read_sent_texts(session, update_id)
        approval = await session.get(Approval, (row.id, row.version))
    assert hash_of(row, texts) == row.content_hash
    if row.state in RELEASED:
        assert approval is not None
        assert approval.content_hash == row.content_hash
    else:
        assert approval is None
