"""The two-person rule holds against direct SQL, on SQLite and PostgreSQL (SEC-27, PEER-10)."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from broadcast.states import ENDED, RELEASED, State
from tests.broadcast.scene import Scene


async def run(scene: Scene, statement: str, **values: object) -> None:
    async with scene.database.write() as session:
        await session.execute(text(statement), values)


async def refuses(scene: Scene, message: str, statement: str, **values: object) -> None:
    with pytest.raises(IntegrityError, match=message):
        await run(scene, statement, **values)


async def insert_approval(scene: Scene, update_id: str, by: str, **changes: object) -> None:
    row = await scene.read(update_id)
    values: dict[str, object] = {
        "id": update_id,
        "version": row.version,
        "hash": row.content_hash,
        "approver": scene.staff[by],
        "author": row.author_id,
        "submitter": row.submitter_id or row.author_id,
        "people": 1,
        "day": 739577,
    }
    statement = (
        "INSERT INTO approvals (update_id, version, content_hash, approver_id, author_id,"
        " submitter_id, at, people, day) VALUES (:id, :version, :hash, :approver, :author,"
        " :submitter, '2026-11-22 15:00:00+00:00', :people, :day)"
    )
    await run(scene, statement, **{**values, **changes})


@pytest.fixture
async def in_review(scene: Scene) -> str:
    await scene.add_person()
    update_id = await scene.compose()
    await scene.edit(update_id, by="colleague", title="Feria")
    await scene.submit(update_id, by="author")
    return update_id


async def test_an_approval_by_a_second_person_passes(scene: Scene, in_review: str) -> None:
    await insert_approval(scene, in_review, "approver")
    await run(scene, "UPDATE updates SET state = 'approved' WHERE id = :id", id=in_review)
    assert await scene.state(in_review) is State.APPROVED


@pytest.mark.parametrize("by", ["author", "colleague"])
async def test_nobody_with_a_hand_in_it_approves(scene: Scene, in_review: str, by: str) -> None:
    with pytest.raises(IntegrityError):
        await insert_approval(scene, in_review, by)


async def test_the_submitter_does_not_approve(scene: Scene) -> None:
    await scene.add_person()
    update_id = await scene.compose()
    await scene.submit(update_id, by="colleague")
    with pytest.raises(IntegrityError):
        await insert_approval(scene, update_id, "colleague")


async def test_an_approval_cannot_name_another_author(scene: Scene, in_review: str) -> None:
    with pytest.raises(IntegrityError, match="not the version that is in review"):
        await insert_approval(scene, in_review, "approver", author=scene.staff["reader"])


@pytest.mark.parametrize("changes", [{"version": 1}, {"version": 3}, {"hash": "0" * 64}])
async def test_an_approval_is_of_the_version_in_review(
    scene: Scene, in_review: str, changes: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError, match="not the version that is in review"):
        await insert_approval(scene, in_review, "approver", **changes)


async def test_a_draft_cannot_be_approved(scene: Scene) -> None:
    update_id = await scene.compose()
    with pytest.raises(IntegrityError, match="not the version that is in review"):
        await insert_approval(scene, update_id, "approver")


@pytest.mark.parametrize("state", sorted(RELEASED))
async def test_nothing_is_released_without_an_approval(
    scene: Scene, in_review: str, state: str
) -> None:
    await refuses(
        scene,
        "nobody approved this version",
        "UPDATE updates SET state = :state WHERE id = :id",
        state=state,
        id=in_review,
    )


async def test_the_approval_of_an_earlier_version_releases_nothing(scene: Scene) -> None:
    await scene.add_person()
    update_id = await scene.approved()
    await scene.edit(update_id, texts={"es": "Otro 28 9", "en": "Other 28 9"})
    await scene.submit(update_id)
    await refuses(
        scene,
        "nobody approved this version",
        "UPDATE updates SET state = 'sending' WHERE id = :id",
        id=update_id,
    )


@pytest.mark.parametrize("state", [State.APPROVED, State.SENDING])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE update_texts SET text = 'changed' WHERE update_id = :id",
        "UPDATE update_texts SET closing = 'changed' WHERE update_id = :id",
        "DELETE FROM update_texts WHERE update_id = :id",
        (
            "INSERT INTO update_texts (update_id, language, text, closing)"
            " VALUES (:id, 'ht', 'added', 'added')"
        ),
    ],
)
async def test_approved_texts_cannot_be_changed_in_place(
    scene: Scene, state: State, statement: str
) -> None:
    await scene.add_person()
    update_id = await (scene.approved() if state is State.APPROVED else scene.sending())
    await refuses(scene, "texts change only while", statement, id=update_id)


async def test_texts_in_review_cannot_be_changed_in_place(scene: Scene, in_review: str) -> None:
    statement = "UPDATE update_texts SET text = 'changed' WHERE update_id = :id"
    await refuses(scene, "texts change only while", statement, id=in_review)


async def test_a_mark_stands_as_it_was_when_the_update_was_approved(scene: Scene) -> None:
    await scene.add_person()
    statement = "UPDATE update_texts SET checked_by = :staff WHERE update_id = :id"
    waiting = await scene.compose()
    await scene.submit(waiting)
    await run(scene, statement, id=waiting, staff=scene.staff["approver"])
    await scene.approve(waiting)
    await refuses(
        scene, "texts change only while", statement, id=waiting, staff=scene.staff["reader"]
    )


async def test_a_text_cannot_be_moved_to_a_released_update(scene: Scene) -> None:
    await scene.add_person()
    released, draft = await scene.approved(), await scene.compose(texts={"ht": "Fwa 28 9"})
    await refuses(
        scene,
        "texts change only while",
        "UPDATE update_texts SET update_id = :released WHERE update_id = :draft",
        released=released,
        draft=draft,
    )


@pytest.mark.parametrize(
    "change",
    [
        "version = version + 1",
        "content_hash = 'x'",
        "title = 'other'",
        "not_after = '2027-01-01 00:00:00+00:00'",
        "send_at = '2026-11-23 00:00:00+00:00'",
        """audience = '{"languages": []}'""",
    ],
)
async def test_approved_content_cannot_be_changed_in_place(scene: Scene, change: str) -> None:
    await scene.add_person()
    update_id = await scene.approved()
    statement = text(f"UPDATE updates SET {change} WHERE id = :id").bindparams(id=update_id)
    with pytest.raises(IntegrityError, match=r"changes only while|is a new version|nobody appro"):
        async with scene.database.write() as session:
            # A colon in JSON would read as a parameter.
            await (await session.connection()).execute(statement)


async def test_changed_content_needs_a_new_version(scene: Scene) -> None:
    update_id = await scene.compose()
    statement = "UPDATE updates SET content_hash = 'x' WHERE id = :id"
    await refuses(scene, "changed content is a new version", statement, id=update_id)


async def test_a_version_nobody_signed_cannot_be_handed_over(scene: Scene) -> None:
    update_id = await scene.compose()
    await run(scene, "UPDATE updates SET version = 9 WHERE id = :id", id=update_id)
    statement = "UPDATE updates SET state = 'in_review', submitter_id = author_id WHERE id = :id"
    await refuses(scene, "nobody is named as the editor", statement, id=update_id)


@pytest.mark.parametrize("table", ["update_edits", "approvals"])
@pytest.mark.parametrize("act", ["DELETE FROM {0}", "UPDATE {0} SET version = version + 1"])
async def test_who_edited_and_approved_cannot_be_rewritten(
    scene: Scene, table: str, act: str
) -> None:
    await scene.add_person()
    await scene.approved()
    await refuses(scene, "append only", act.format(table))


async def test_an_update_begins_as_a_draft(scene: Scene) -> None:
    await scene.compose()
    statement = (
        "INSERT INTO updates (id, state, title, audience, not_after, version, content_hash,"
        " author_id, created_at, changed_at) SELECT 'x', 'approved', title, audience, not_after,"
        " version, content_hash, author_id, created_at, changed_at FROM updates"
    )
    await refuses(scene, "begins as a draft", statement)


async def test_author_and_submitter_stay(scene: Scene, in_review: str) -> None:
    other = scene.staff["reader"]
    statement = "UPDATE updates SET author_id = :other WHERE id = :id"
    await refuses(scene, "author of an update never", statement, other=other, id=in_review)
    statement = "UPDATE updates SET submitter_id = :other WHERE id = :id"
    await refuses(scene, "submitter changes only", statement, other=other, id=in_review)


async def test_what_was_stopped_stays_stopped(scene: Scene) -> None:
    await scene.add_person()
    update_id = await scene.approved()
    await run(scene, "UPDATE updates SET state = 'cancelled' WHERE id = :id", id=update_id)
    for state in sorted(set(State) - {State.CANCELLED}):
        with pytest.raises(IntegrityError, match=r"stays ended|nobody approved"):
            await run(scene, f"UPDATE updates SET state = '{state}' WHERE id = :id", id=update_id)
    assert await scene.state(update_id) in ENDED


async def test_updates_are_kept(scene: Scene) -> None:
    update_id = await scene.compose()
    await refuses(scene, "updates are kept", "DELETE FROM updates WHERE id = :id", id=update_id)
