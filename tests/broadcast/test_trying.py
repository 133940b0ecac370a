"""Test sends: only to a phone that proved to be one's own, marked, word for word (HUM-42)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.lanes import Accepted
from bot.models import OutboxRow
from bot.outbox import Outbox
from broadcast.errors import UntriedError
from broadcast.models import Approval, Trial
from broadcast.states import State
from broadcast.trying import (
    NoPhoneError,
    UnknownPhoneError,
    ask_for_phone,
    confirm_phone,
    forget_phones,
    list_phones,
    try_update,
)
from broadcast.verify import verify
from broadcast.versions import find_update
from hub.staff.models import AuditEntry
from tests.broadcast.scene import POLICY, TEXTS, Scene

NUMBER = "+51999111222"


async def ask(scene: Scene, number: str = NUMBER) -> None:
    async with scene.database.write() as session:
        now = scene.clock.now()
        await ask_for_phone(session, scene.vault, scene.staff["author"], "telegram", number, now)


async def read_phone(scene: Scene) -> list[str]:
    outbox, texts = Outbox(scene.database, scene.vault), []
    while claims := await outbox.claim("telegram", 50, scene.clock.now()):
        for one in claims:
            texts.append(one.message.text)
            await outbox.record_accepted([Accepted(one, f"p{one.send_id}", scene.clock.now())])
    return texts


async def confirm(scene: Scene, code: str, by: str = "author") -> bool:
    async with scene.database.write() as session:
        return await confirm_phone(session, scene.staff[by], code, scene.clock.now())


async def register(scene: Scene) -> None:
    await scene.add_person(number=999111222)
    await ask(scene)
    [text] = await read_phone(scene)
    assert await confirm(scene, text[-6:])


async def send(scene: Scene, update_id: str) -> int:
    async with scene.database.write() as session:
        return await try_update(
            session,
            scene.vault,
            POLICY,
            update_id,
            staff_id=scene.staff["author"],
            now=scene.clock.now(),
        )


async def test_every_language_comes_marked_and_word_for_word(scene: Scene) -> None:
    # HUM-42
    await register(scene)
    update_id = await scene.compose()
    assert await send(scene, update_id) == 2
    assert sorted(await read_phone(scene)) == [
        f"[PRUEBA · TEST · en]\n{TEXTS['en']}\n\n{POLICY.closings['en']}",
        f"[PRUEBA · TEST · es]\n{TEXTS['es']}\n\n{POLICY.closings['es']}",
    ]
    assert await scene.ledger(update_id) == {}


async def test_a_new_version_wants_a_new_test(scene: Scene) -> None:
    await register(scene)
    update_id = await scene.compose()

    async def was_tried() -> bool:
        async with scene.database.read() as session:
            row = await find_update(session, update_id)
            found = await verify(session, row, POLICY, scene.clock.now())
        return "trial" not in {finding.place for finding in found}

    assert not await was_tried()
    await send(scene, update_id)
    await send(scene, update_id)
    assert await was_tried()
    await scene.edit(update_id, texts={**TEXTS, "es": "Otra feria el 28 a las 9."})
    assert not await was_tried()
    async with scene.database.read() as session:
        assert len((await session.scalars(select(Trial))).all()) == 1


async def in_review(scene: Scene) -> str:
    await register(scene)
    update_id = await scene.compose()
    await scene.submit(update_id)
    return update_id


@pytest.mark.parametrize("reason", ["", "   ", "no phone", "x" * 301])
async def test_what_nobody_had_on_a_phone_is_not_approved_without_a_reason(
    scene: Scene, reason: str
) -> None:
    # HUM-42
    update_id = await in_review(scene)
    with pytest.raises(UntriedError):
        await scene.approve(update_id, untried=reason)
    assert await scene.state(update_id) is State.IN_REVIEW


async def test_after_a_test_send_of_this_version_no_reason_is_asked(scene: Scene) -> None:
    # HUM-42
    update_id = await in_review(scene)
    await send(scene, update_id)
    await scene.approve(update_id, untried="")
    assert (await approval_of(scene, update_id)).untried is None


async def test_a_test_send_of_another_version_does_not_count(scene: Scene) -> None:
    # HUM-42
    update_id = await in_review(scene)
    await send(scene, update_id)
    await scene.edit(update_id, texts={**TEXTS, "es": "Otra feria el 28 a las 9."})
    await scene.submit(update_id)
    with pytest.raises(UntriedError):
        await scene.approve(update_id, untried="")


async def test_the_reason_stays_with_the_approval_and_in_the_audit_log(scene: Scene) -> None:
    # HUM-42, INV-11
    update_id = await in_review(scene)
    await scene.approve(update_id, untried="The phone of the office is broken")
    assert (await approval_of(scene, update_id)).untried == "The phone of the office is broken"
    async with scene.database.read() as session:
        entry = await session.scalar(select(AuditEntry).where(AuditEntry.action == "approve"))
    assert entry is not None
    assert entry.detail["untried"] == "The phone of the office is broken"


async def approval_of(scene: Scene, update_id: str) -> Approval:
    async with scene.database.read() as session:
        return await session.get_one(Approval, (update_id, 1))


async def test_nobody_sends_tests_to_a_phone_that_is_not_theirs(scene: Scene) -> None:
    # HUM-42
    await scene.add_person(number=999111222)
    with pytest.raises(UnknownPhoneError):
        await ask(scene, "+51999000000")
    await ask(scene)
    [text] = await read_phone(scene)
    assert not await confirm(scene, text[-6:], by="colleague")
    wrong = f"{(int(text[-6:]) + 1) % 1_000_000:06}"
    for _ in range(5):
        assert not await confirm(scene, wrong)
    assert not await confirm(scene, text[-6:])
    with pytest.raises(NoPhoneError):
        await send(scene, await scene.compose())


async def test_a_code_does_not_hold_for_long(scene: Scene) -> None:
    await scene.add_person(number=999111222)
    await ask(scene)
    [text] = await read_phone(scene)
    scene.clock.advance(timedelta(minutes=11))
    assert not await confirm(scene, text[-6:])


async def test_phones_can_be_forgotten(scene: Scene) -> None:
    await register(scene)
    async with scene.database.write() as session:
        assert await list_phones(session, scene.staff["author"]) == ["telegram"]
        await forget_phones(session, scene.staff["author"])
        assert await list_phones(session, scene.staff["author"]) == []
        assert len((await session.scalars(select(OutboxRow))).all()) == 1
