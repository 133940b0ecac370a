"""The language gate: who may say that they read a language, what undoes it, and what it stops."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from broadcast.checking import check_language, find_unchecked, keep_checks
from broadcast.errors import (
    CorruptedError,
    MoveRefusedError,
    NotAllowedError,
    StaleVersionError,
    UnfitError,
    UnknownUpdateError,
    UpdateError,
)
from broadcast.listing import describe_update, show_update
from broadcast.models import Update, UpdateText
from broadcast.states import State
from broadcast.templates import Template
from broadcast.verify import find_faults, verify
from broadcast.versions import Repetition, find_update, read_texts
from hub.staff.models import AuditEntry, StaffMember
from tests.broadcast.scene import POLICY, TEXTS, Scene

STRICT = replace(POLICY, require_checked_languages=True)
TEMPLATE = Template("HX" + "0" * 32, "Feria el 28 a las 9.", {})


async def check(
    scene: Scene, update_id: str, language: str, by: str = "author", seen_hash: str = ""
) -> None:
    async with scene.database.write() as session:
        row = await find_update(session, update_id)
        await check_language(
            session,
            update_id,
            language,
            seen_hash=seen_hash or row.content_hash,
            checker=scene.staff[by],
            now=scene.clock.now(),
        )


async def unchecked(scene: Scene, update_id: str) -> set[str]:
    async with scene.database.read() as session:
        return set(find_unchecked(await read_texts(session, update_id)))


async def test_authors_and_approvers_say_what_they_read(scene: Scene) -> None:
    await scene.add_person()
    update_id = await scene.compose()
    before = (await scene.read(update_id)).content_hash
    assert await unchecked(scene, update_id) == {"es", "en"}
    await check(scene, update_id, "es")
    await scene.submit(update_id)
    await check(scene, update_id, "en", by="approver")
    assert await unchecked(scene, update_id) == set()
    async with scene.database.read() as session:
        shown = await show_update(session, update_id)
        query = select(AuditEntry).where(AuditEntry.action == "check_language")
        acts = [
            (each.actor, each.detail["language"], each.detail["version"])
            for each in await session.scalars(query.order_by(AuditEntry.seq))
        ]
    staff, now = scene.staff, scene.clock.now()
    assert shown.checks == {"es": (staff["author"], now), "en": (staff["approver"], now)}
    assert {shown.people[who] for who, _ in shown.checks.values()} == {"Author", "Approver"}
    assert acts == [(staff["author"], "es", 1), (staff["approver"], "en", 1)]
    # What was approved is what was seen: a mark makes no new version.
    assert (await scene.read(update_id)).content_hash == before
    await scene.approve(update_id, seen_hash=before)


@pytest.mark.parametrize(
    ("by", "language", "seen_hash", "error"),
    [
        ("reader", "en", "", NotAllowedError),
        ("author", "ht", "", UnfitError),
        ("author", "en", "another", StaleVersionError),
    ],
)
async def test_what_is_no_word_of_a_reader_is_refused(
    small_scene: Scene, by: str, language: str, seen_hash: str, error: type[UpdateError]
) -> None:
    update_id = await small_scene.compose()
    with pytest.raises(error):
        await check(small_scene, update_id, language, by, seen_hash)
    assert await unchecked(small_scene, update_id) == {"es", "en"}


async def test_whoever_was_dismissed_checks_nothing(small_scene: Scene) -> None:
    update_id = await small_scene.compose()
    async with small_scene.database.write() as session:
        author = await session.get_one(StaffMember, small_scene.staff["author"])
        author.disabled_at = small_scene.clock.now()
    with pytest.raises(NotAllowedError):
        await check(small_scene, update_id, "en")


async def test_nothing_is_checked_once_it_is_approved(small_scene: Scene) -> None:
    await small_scene.add_person()
    update_id = await small_scene.approved()
    with pytest.raises(MoveRefusedError):
        await check(small_scene, update_id, "en")


async def test_only_what_the_hash_was_made_of_is_checked(small_scene: Scene) -> None:
    update_id = await small_scene.compose()
    async with small_scene.database.write() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("UPDATE update_texts SET text = 'Other 28 9'")
    with pytest.raises(CorruptedError):
        await check(small_scene, update_id, "en")


async def test_what_does_not_exist_is_not_checked(small_scene: Scene) -> None:
    async with small_scene.database.write() as session:
        with pytest.raises(UnknownUpdateError):
            await check_language(
                session,
                "nothing",
                "en",
                seen_hash="",
                checker=small_scene.staff["author"],
                now=small_scene.clock.now(),
            )


async def test_an_edit_clears_the_languages_that_it_changes(scene: Scene) -> None:
    update_id = await scene.compose()
    for language in TEXTS:
        await check(scene, update_id, language)
    await scene.edit(update_id, title="Feria de salud, otra vez", urgency="El río crece ahora.")
    assert await unchecked(scene, update_id) == set()
    await scene.edit(update_id, texts={**TEXTS, "en": TEXTS["en"] + "."})
    assert await unchecked(scene, update_id) == {"en"}
    # The words of before are other words again, and nobody read this version of them.
    await scene.edit(update_id)
    assert await unchecked(scene, update_id) == {"en"}
    await scene.edit(update_id, texts={**TEXTS, "ht": "Fwa sante samdi 28 a 9è."})
    assert await unchecked(scene, update_id) == {"en", "ht"}


async def test_a_template_is_read_too(small_scene: Scene) -> None:
    update_id = await small_scene.compose()
    await check(small_scene, update_id, "es")
    await small_scene.edit(update_id, templates={"es": TEMPLATE})
    assert await unchecked(small_scene, update_id) == {"es", "en"}


def test_another_closing_line_is_read_anew() -> None:
    old = UpdateText(language="es", text="Uno", closing="BAJA", checked_by="ana")
    new = UpdateText(language="es", text="Uno", closing="FIN")
    keep_checks({"es": old}, [new])
    assert new.checked_by is None


async def test_the_approver_is_warned_and_decides(small_scene: Scene) -> None:
    scene = small_scene
    await scene.add_person()
    scene.policy = replace(POLICY, names={"en": "English"})
    update_id = await scene.compose()
    await check(scene, update_id, "es")
    async with scene.database.read() as session:
        row = await find_update(session, update_id)
        findings = await verify(session, row, scene.policy, scene.clock.now())
        lines = describe_update(await show_update(session, update_id))
    warning = next(finding for finding in findings if finding.place == "checked")
    assert (warning.blocks, warning.values) == (False, {"languages": "English"})
    assert "not checked: en" in lines
    await scene.submit(update_id)
    await scene.approve(update_id)


async def test_where_it_is_required_it_stops_handing_over_and_approving(
    small_scene: Scene,
) -> None:
    scene = small_scene
    await scene.add_person()
    handed_over = await scene.compose()
    await scene.submit(handed_over)
    scene.policy = STRICT
    with pytest.raises(UnfitError):
        await scene.approve(handed_over)
    draft = await scene.compose()
    await check(scene, draft, "es")
    with pytest.raises(UnfitError):
        await scene.submit(draft)
    async with scene.database.read() as session:
        row = await find_update(session, draft)
        faults = await find_faults(session, row, STRICT, scene.clock.now())
    assert [fault.place for fault in faults] == ["text.en"]
    for update_id, language in ((draft, "en"), (handed_over, "es"), (handed_over, "en")):
        await check(scene, update_id, language)
    await scene.submit(draft)
    for update_id in (draft, handed_over):
        await scene.approve(update_id)
        assert await scene.state(update_id) is State.APPROVED


async def test_the_next_time_of_the_same_words_needs_no_new_reader(scene: Scene) -> None:
    await scene.add_person()
    scene.policy = STRICT
    now = scene.clock.now()
    update_id = await scene.compose(
        not_after=now + timedelta(hours=5), repetition=Repetition(1, now + timedelta(days=3))
    )
    for language in TEXTS:
        await check(scene, update_id, language)
    await scene.submit(update_id)
    await scene.approve(update_id)
    await scene.tick()
    scene.clock.advance(scene.policy.undo)
    await scene.tick()
    async with scene.database.read() as session:
        following = await session.scalar(select(Update).where(Update.repeats_id == update_id))
    assert following is not None
    assert following.state == State.IN_REVIEW
    assert await unchecked(scene, following.id) == set()
