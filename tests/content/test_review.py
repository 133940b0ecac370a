"""PEER-10, INV-6, INV-11: who may verify what, and that every move leaves one audit entry."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from content.models import Answer, AnswerText
from content.review import (
    NotReadyError,
    approve_demonstration,
    draft_topic,
    edit_answer,
    expire_content,
    send_back,
    submit_answer,
    verify_answer,
    verify_service,
    withdraw_answer,
)
from content.rows import read_topic
from content.states import MoveRefusedError, State
from hub.staff.audit import find_break
from hub.staff.models import AuditEntry, StaffMember
from tests.content.conftest import Desk
from tests.content.packs import add_member, make_topic


async def count_acts(session: AsyncSession) -> int:
    return await session.scalar(select(func.count()).select_from(AuditEntry)) or 0


async def test_a_second_person_verifies_what_they_saw(each_desk: Desk) -> None:
    desk = each_desk
    async with desk.database.write() as session:
        row = await desk.answer(session)
        await verify_answer(session, row.id, desk.verifier, row.hash, desk.clock.now())
        assert row.state == State.APPROVED
        assert row.verified_by == desk.verifier.id
        assert row.valid_until == (desk.clock.now() + timedelta(days=180)).date()
        assert not row.is_demonstration


async def test_another_hash_is_refused(desk: Desk) -> None:
    async with desk.database.write() as session:
        row = await desk.answer(session)
        with pytest.raises(MoveRefusedError, match="not the text that you saw"):
            await verify_answer(session, row.id, desk.verifier, "0" * 64, desk.clock.now())


async def test_words_changed_behind_the_hash_are_refused(desk: Desk) -> None:
    async with desk.database.write() as session:
        row = await desk.answer(session)
        await session.execute(
            update(AnswerText).where(AnswerText.answer_id == row.id).values(text="Otra cosa.")
        )
        with pytest.raises(MoveRefusedError, match="not the text that you saw"):
            await verify_answer(session, row.id, desk.verifier, row.hash, desk.clock.now())


@pytest.mark.parametrize("part", ["author", "editor", "submitter"])
async def test_who_had_a_hand_in_it_cannot_verify(desk: Desk, part: str) -> None:
    async with desk.database.write() as session:
        both = await add_member(session, "both", roles=("author", "verifier"))
        others = dict.fromkeys(("author", "editor", "submitter"), desk.author) | {part: both}
        row = await draft_topic(
            session, make_topic("new.topic"), others["author"], desk.clock.now()
        )
        changed = make_topic("new.topic", handover=False)
        await edit_answer(session, row.id, changed, others["editor"], desk.clock.now())
        await submit_answer(session, row.id, others["submitter"], desk.clock.now())
        with pytest.raises(MoveRefusedError, match="wrote, edited or submitted"):
            await verify_answer(session, row.id, both, row.hash, desk.clock.now())
        await verify_answer(session, row.id, desk.verifier, row.hash, desk.clock.now())
        assert row.state == State.APPROVED


@pytest.mark.parametrize(
    ("roles", "sub_groups", "reason"),
    [
        (("author",), ("protection",), "permission answers_verify"),
        (("admin", "approver"), ("protection",), "permission answers_verify"),
        ((), ("protection",), "permission answers_verify"),
        (("verifier",), ("integration",), "only the sub-group protection"),
        (("verifier",), (), "only the sub-group protection"),
    ],
)
async def test_who_lacks_role_or_sub_group_cannot_verify(
    desk: Desk, roles: tuple[str, ...], sub_groups: tuple[str, ...], reason: str
) -> None:
    async with desk.database.write() as session:
        member = await add_member(session, "other", roles, sub_groups)
        row = await desk.answer(session)
        with pytest.raises(MoveRefusedError, match=reason):
            await verify_answer(session, row.id, member, row.hash, desk.clock.now())


async def test_a_disabled_member_cannot_verify(desk: Desk) -> None:
    async with desk.database.write() as session:
        member = await add_member(session, "gone")
        member.disabled_at = desk.clock.now()
        row = await desk.answer(session)
        with pytest.raises(MoveRefusedError, match="permission"):
            await verify_answer(session, row.id, member, row.hash, desk.clock.now())


@pytest.mark.parametrize("column", ["author", "submitted_by"])
async def test_the_database_itself_refuses_one_person(each_desk: Desk, column: str) -> None:
    who = each_desk.verifier.id
    values = {"state": "approved", "verified_by": who, column: who}
    with pytest.raises(IntegrityError):
        async with each_desk.database.write() as session:
            await session.execute(update(Answer).values(**values))


async def test_the_database_refuses_approval_by_nobody(each_desk: Desk) -> None:
    with pytest.raises(IntegrityError):
        async with each_desk.database.write() as session:
            await session.execute(update(Answer).values(state="approved"))


async def test_an_edit_voids_the_review(desk: Desk) -> None:
    async with desk.database.write() as session:
        row = await desk.answer(session)
        seen = row.hash
        content = await read_topic(session, row)
        texts = content.texts | {"es": content.texts["es"] + " Pregunta antes de ir."}
        changed = replace(content, texts=texts)
        await edit_answer(session, row.id, changed, desk.author, desk.clock.now())
        assert row.state == State.DRAFT
        assert row.edited_by == [desk.author.id]
        with pytest.raises(MoveRefusedError, match="cannot verify what is draft"):
            await verify_answer(session, row.id, desk.verifier, seen, desk.clock.now())
        await submit_answer(session, row.id, desk.author, desk.clock.now())
        with pytest.raises(MoveRefusedError, match="not the text that you saw"):
            await verify_answer(session, row.id, desk.verifier, seen, desk.clock.now())


async def test_an_edit_of_what_is_told_makes_a_new_version(desk: Desk) -> None:
    await desk.verify()
    async with desk.database.write() as session:
        told = await desk.answer(session)
        content = await read_topic(session, told)
        changed = replace(content, handover=not content.handover, owner="integration")
        draft = await edit_answer(session, told.id, changed, desk.author, desk.clock.now())
        assert (told.state, told.version) == (State.APPROVED, 1)
        assert (draft.state, draft.version, draft.author) == (State.DRAFT, 2, desk.author.id)
        assert (await read_topic(session, draft)).owner == "protection"
        await submit_answer(session, draft.id, desk.author, desk.clock.now())
        await verify_answer(session, draft.id, desk.verifier, draft.hash, desk.clock.now())
        assert (told.state, draft.state) == (State.EXPIRED, State.APPROVED)


async def test_a_draft_that_breaks_rules_is_not_submitted(desk: Desk) -> None:
    async with desk.database.write() as session:
        texts = make_topic().texts | {"es": "Muy corto."}
        content = make_topic("new.topic", texts=texts)
        row = await draft_topic(session, content, desk.author, desk.clock.now())
        with pytest.raises(NotReadyError) as refused:
            await submit_answer(session, row.id, desk.author, desk.clock.now())
        assert {finding.field for finding in refused.value.findings} == {
            "texts.es",
            "texts.en",
            "texts.ht",
            "sources[1].says",
        }
        assert row.state == State.DRAFT


async def test_a_topic_is_drafted_once(desk: Desk) -> None:
    async with desk.database.write() as session:
        with pytest.raises(MoveRefusedError, match="already"):
            await draft_topic(session, make_topic(desk.topic), desk.author, desk.clock.now())


async def test_sending_back_needs_a_reason(desk: Desk) -> None:
    async with desk.database.write() as session:
        row = await desk.answer(session)
        with pytest.raises(MoveRefusedError, match="say what"):
            await send_back(session, row.id, desk.verifier, "  ", desk.clock.now())
        await send_back(session, row.id, desk.verifier, "La hora cambió.", desk.clock.now())
        assert (row.state, row.comment) == (State.DRAFT, "La hora cambió.")
        await submit_answer(session, row.id, desk.author, desk.clock.now())
        assert row.comment is None


Act = Callable[[AsyncSession, Answer, Desk], Awaitable[object]]
ACTS: dict[str, tuple[Act, set[State]]] = {
    "submit": (
        lambda s, row, desk: submit_answer(s, row.id, desk.author, desk.clock.now()),
        {State.DRAFT},
    ),
    "send_back": (
        lambda s, row, desk: send_back(s, row.id, desk.verifier, "why", desk.clock.now()),
        {State.IN_REVIEW},
    ),
    "verify": (
        lambda s, row, desk: verify_answer(s, row.id, desk.verifier, row.hash, desk.clock.now()),
        {State.IN_REVIEW},
    ),
    "withdraw": (
        lambda s, row, desk: withdraw_answer(s, row.id, desk.verifier, desk.clock.now()),
        {State.DRAFT, State.IN_REVIEW, State.APPROVED, State.EXPIRED},
    ),
}


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("name", list(ACTS))
async def test_acts_by_state(desk: Desk, name: str, state: State) -> None:  # PEER-09, INV-11
    act, allowed = ACTS[name]
    async with desk.database.write() as session:
        row = await desk.answer(session)
        row.verified_by = desk.verifier.id if state is State.APPROVED else None
        row.state = state
        await session.flush()
        before = await count_acts(session)
        if state in allowed:
            await act(session, row, desk)
            assert await count_acts(session) == before + 1
        else:
            with pytest.raises(MoveRefusedError):
                await act(session, row, desk)
            assert await count_acts(session) == before
            assert row.state == state
        assert await find_break(session) is None


async def test_a_service_is_verified_in_the_same_way(each_desk: Desk) -> None:
    desk = each_desk
    async with desk.database.write() as session:
        row = await desk.service(session, "near")
        outsider = await add_member(session, "out", sub_groups=("protection",))
        with pytest.raises(MoveRefusedError, match="only the sub-group integration"):
            await verify_service(session, row.id, outsider, row.hash, desk.clock.now())
        until = date(2026, 12, 31)
        await verify_service(session, row.id, desk.verifier, row.hash, desk.clock.now(), until)
        assert (row.state, row.valid_until) == (State.APPROVED, until)


async def test_validity_in_the_past_is_refused(desk: Desk) -> None:
    async with desk.database.write() as session:
        row = await desk.answer(session)
        with pytest.raises(MoveRefusedError, match="over already"):
            await verify_answer(
                session, row.id, desk.verifier, row.hash, desk.clock.now(), date(2026, 11, 21)
            )


async def test_a_demonstration_approves_only_what_packs_brought(each_desk: Desk) -> None:
    desk = each_desk
    async with desk.database.write() as session:
        draft = await draft_topic(session, make_topic("new.topic"), desk.author, desk.clock.now())
        await submit_answer(session, draft.id, desk.author, desk.clock.now())
        assert await approve_demonstration(session, "cli", desk.clock.now()) == 10 + 4
        assert draft.state == State.IN_REVIEW
        row = await desk.answer(session)
        assert (row.state, row.is_demonstration, row.verified_by) == (State.APPROVED, True, None)
        assert await find_break(session) is None


async def test_what_is_over_is_marked_once(desk: Desk) -> None:
    await desk.verify()
    async with desk.database.write() as session:
        assert await expire_content(session, desk.clock.now()) == 0
        desk.clock.advance(timedelta(days=181))
        assert await expire_content(session, desk.clock.now()) == 1
        assert await expire_content(session, desk.clock.now()) == 0
        assert (await desk.answer(session)).state == State.EXPIRED


async def test_unknown_ids_are_refused(desk: Desk) -> None:
    member: StaffMember = desk.verifier
    async with desk.database.write() as session:
        with pytest.raises(MoveRefusedError, match="no such answer"):
            await verify_answer(session, "nothing", member, "", desk.clock.now())
        with pytest.raises(MoveRefusedError, match="no such service"):
            await verify_service(session, "nothing", member, "", desk.clock.now())
