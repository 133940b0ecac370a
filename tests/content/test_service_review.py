"""PEER-10, INV-11, HUM-25: services are withdrawn with a reason, and come back through review."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from content.commands import import_content
from content.models import Service
from content.review import (
    WithdrawalReason,
    expire_content,
    recheck_service,
    verify_service,
    withdraw_service,
)
from content.services import ServiceBook
from content.states import MoveRefusedError, State
from hub.staff.audit import find_break
from hub.staff.models import AuditEntry
from tests.content.conftest import Desk
from tests.content.packs import LIMA, add_member, make_pack, make_service, make_topic, write

CLOSED = WithdrawalReason.CLOSED


async def last_act(session: AsyncSession) -> AuditEntry:
    found = await session.scalar(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1))
    assert found is not None
    return found


async def verify(desk: Desk, key: str = "near") -> str:
    async with desk.database.write() as session:
        row = await desk.service(session, key)
        await verify_service(session, row.id, desk.verifier, row.hash, desk.clock.now())
        return row.id


async def test_a_withdrawn_service_is_told_no_more_and_keeps_the_reason(each_desk: Desk) -> None:
    desk = each_desk
    service_id, book = await verify(desk), ServiceBook(desk.database, desk.clock, LIMA)
    assert await book.find_services("legal", "150132", "en", limit=1) != []
    async with desk.database.write() as session:
        await withdraw_service(
            session, service_id, desk.verifier, CLOSED, "  Shut since May ", desk.clock.now()
        )
        act = await last_act(session)
        row = await session.get_one(Service, service_id)
        assert (act.action, act.actor) == ("service_withdraw", desk.verifier.id)
        assert act.detail == {"reason": "closed", "version": 1, "hash": row.hash}
        assert (row.state, row.comment) == (State.WITHDRAWN, "Shut since May")
        assert await find_break(session) is None
    assert await book.find_services("legal", "150132", "en") == []


async def test_any_verifier_may_withdraw_but_nobody_else(desk: Desk) -> None:
    async with desk.database.write() as session:
        row = await desk.service(session, "near")
        with pytest.raises(MoveRefusedError, match="answers_withdraw"):
            await withdraw_service(session, row.id, desk.author, CLOSED, "", desk.clock.now())
        other = await add_member(session, "out", roles=("verifier",), sub_groups=("protection",))
        await withdraw_service(session, row.id, other, CLOSED, "", desk.clock.now())
        assert (row.state, row.comment) == (State.WITHDRAWN, None)


async def test_a_pack_does_not_bring_back_what_was_withdrawn(desk: Desk, tmp_path: Path) -> None:
    async with desk.database.write() as session:
        row = await desk.service(session, "near")
        await withdraw_service(session, row.id, desk.verifier, CLOSED, "", desk.clock.now())
    pack = make_pack(
        make_topic(),
        make_topic("work.rights", need=None),
        services=(make_service("near", "150132"),),
    )
    result = await import_content(desk.database, write(tmp_path / "again", pack), desk.clock)
    assert result.new_services == 0


async def test_whoever_asks_for_a_check_does_not_give_it(each_desk: Desk) -> None:
    desk = each_desk
    service_id = await verify(desk)
    desk.clock.advance(timedelta(days=181))
    async with desk.database.write() as session:
        both = await add_member(session, "both")
        await expire_content(session, desk.clock.now())
        again = await recheck_service(session, service_id, both, desk.clock.now())
        old = await session.get_one(Service, service_id)
        assert (again.version, again.state, again.hash) == (2, State.IN_REVIEW, old.hash)
        assert (old.state, again.verified_by) == (State.EXPIRED, None)
        assert (await last_act(session)).action == "service_recheck"
        with pytest.raises(MoveRefusedError, match="cannot verify it"):
            await verify_service(session, again.id, both, again.hash, desk.clock.now())
        await verify_service(session, again.id, desk.verifier, again.hash, desk.clock.now())
    book = ServiceBook(desk.database, desk.clock, LIMA)
    found = await book.find_services("legal", "150132", "en")
    assert [(view.key, view.version, view.is_confirmed) for view in found] == [("near", 2, True)]


async def test_what_is_told_stays_until_the_new_check(desk: Desk) -> None:
    service_id = await verify(desk)
    async with desk.database.write() as session:
        author = await add_member(session, "autor", roles=("author",))
        again = await recheck_service(session, service_id, author, desk.clock.now())
        assert (await session.get_one(Service, service_id)).state == State.APPROVED
        await verify_service(session, again.id, desk.verifier, again.hash, desk.clock.now())
        assert (await session.get_one(Service, service_id)).state == State.EXPIRED


async def test_a_check_is_asked_for_once_and_by_authors(desk: Desk) -> None:
    service_id = await verify(desk)
    async with desk.database.write() as session:
        now = desk.clock.now()
        with pytest.raises(MoveRefusedError, match="answers_write"):
            await recheck_service(session, service_id, desk.verifier, now)
        await recheck_service(session, service_id, desk.author, now)
        with pytest.raises(MoveRefusedError, match="waits for review already"):
            await recheck_service(session, service_id, desk.author, now)


Act = Callable[[AsyncSession, Service, Desk], Awaitable[Service]]
ACTS: dict[str, tuple[Act, set[State]]] = {
    "verify": (
        lambda s, row, desk: verify_service(s, row.id, desk.verifier, row.hash, desk.clock.now()),
        {State.IN_REVIEW},
    ),
    "withdraw": (
        lambda s, row, desk: withdraw_service(
            s, row.id, desk.verifier, CLOSED, "", desk.clock.now()
        ),
        {State.DRAFT, State.IN_REVIEW, State.APPROVED, State.EXPIRED},
    ),
    "recheck": (
        lambda s, row, desk: recheck_service(s, row.id, desk.author, desk.clock.now()),
        {State.APPROVED, State.EXPIRED, State.WITHDRAWN},
    ),
}


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("name", list(ACTS))
async def test_acts_by_state(desk: Desk, name: str, state: State) -> None:  # PEER-09, INV-11
    act, allowed = ACTS[name]
    async with desk.database.write() as session:
        row = await desk.service(session, "near")
        row.verified_by = desk.verifier.id if state is State.APPROVED else None
        row.state = state
        await session.flush()
        before = (await last_act(session)).seq
        if state in allowed:
            await act(session, row, desk)
            assert (await last_act(session)).seq == before + 1
        else:
            with pytest.raises(MoveRefusedError):
                await act(session, row, desk)
            assert (await last_act(session)).seq == before
            assert row.state == state


async def test_unknown_services_are_refused(desk: Desk) -> None:
    async with desk.database.write() as session:
        now = desk.clock.now()
        with pytest.raises(MoveRefusedError, match="no such service"):
            await withdraw_service(session, "nothing", desk.verifier, CLOSED, "", now)
        with pytest.raises(MoveRefusedError, match="no such service"):
            await recheck_service(session, "nothing", desk.author, now)
