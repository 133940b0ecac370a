"""A desk says for some hours that a place is closed: people read whose word it is, and it ends."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from content.conditions import LONGEST, Condition, end_condition, read_conditions, set_condition
from content.models import Service, ServiceCondition
from content.review import recheck_service, verify_service, withdraw_service
from content.services import Openness, ServiceBook, ServiceView
from content.states import MoveRefusedError
from hub.staff.audit import find_break
from hub.staff.models import AuditEntry, StaffMember
from tests.content.conftest import Desk
from tests.content.packs import LIMA, add_member
from tests.content.test_service_review import CLOSED, verify

HOUR = timedelta(hours=1)


async def desk_member(desk: Desk, name: str = "dora", role: str = "desk") -> StaffMember:
    async with desk.database.write() as session:
        return await add_member(session, name, roles=(role,))


async def say(
    desk: Desk,
    service_id: str,
    member: StaffMember,
    condition: Condition = Condition.CLOSED,
    lasting: timedelta = 3 * HOUR,
) -> None:
    async with desk.database.write() as session:
        now = desk.clock.now()
        await set_condition(session, service_id, condition, now + lasting, member, now)


async def look(book: ServiceBook) -> ServiceView:
    return (await book.find_services("legal", "150132", "es"))[0]


async def test_people_read_it_at_once_and_it_ends_by_itself(each_desk: Desk) -> None:
    desk = each_desk
    service_id, member = await verify(desk), await desk_member(desk)
    book = ServiceBook(desk.database, desk.clock, LIMA)
    assert (await look(book)).said is None
    await say(desk, service_id, member)
    view = await look(book)
    assert view.said is not None
    assert (view.said.condition, view.said.organisation) == ("closed", "Organisation of dora")
    assert (view.openness, f"{view.said.until:%H:%M}") == (Openness.CLOSED, "13:00")  # in Lima
    desk.clock.advance(3 * HOUR)
    view = await look(book)
    assert (view.said, view.openness) == (None, Openness.UNKNOWN)


async def test_who_when_and_until_are_on_record(each_desk: Desk) -> None:  # INV-11
    desk = each_desk
    service_id, member = await verify(desk), await desk_member(desk)
    await say(desk, service_id, member, Condition.FULL)
    async with desk.database.write() as session:
        act = await session.scalar(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1))
        assert act is not None
        until = (desk.clock.now() + 3 * HOUR).isoformat()
        assert (act.action, act.actor, act.object_id) == (
            "service_condition",
            member.id,
            service_id,
        )
        assert act.detail == {"condition": "full", "until": until}
        await end_condition(session, service_id, member, desk.clock.now())
        assert await read_conditions(session, desk.clock.now()) == {}
        with pytest.raises(MoveRefusedError, match="nothing is said"):
            await end_condition(session, service_id, member, desk.clock.now())
        assert await find_break(session) is None


async def test_a_new_word_ends_the_one_before(each_desk: Desk) -> None:
    desk = each_desk
    service_id, member = await verify(desk), await desk_member(desk)
    other = await desk_member(desk, "otto", "verifier")
    await say(desk, service_id, member)
    desk.clock.advance(HOUR)
    await say(desk, service_id, other, Condition.OPEN, HOUR)
    view = await look(ServiceBook(desk.database, desk.clock, LIMA))
    assert view.said is not None
    assert (view.said.condition, view.openness) == (Condition.OPEN, Openness.OPEN)
    desk.clock.advance(2 * HOUR)
    await say(desk, service_id, member)
    async with desk.database.read() as session:
        rows = list(
            await session.scalars(select(ServiceCondition).order_by(ServiceCondition.set_at))
        )
    assert [(row.condition, row.ended_by) for row in rows] == [
        ("closed", other.id),
        ("open", None),  # it had run out by itself
        ("closed", None),
    ]
    assert rows[1].ended_at == rows[1].until
    assert rows[2].ended_at is None


async def test_it_holds_for_the_next_version_and_changes_no_verified_word(desk: Desk) -> None:
    service_id, member = await verify(desk), await desk_member(desk)
    await say(desk, service_id, member)
    async with desk.database.write() as session:
        row = await session.get_one(Service, service_id)
        before = row.hash
        assert (row.state, row.verified_by) == ("approved", desk.verifier.id)
        both = await add_member(session, "both")
        again = await recheck_service(session, service_id, both, desk.clock.now())
        await verify_service(session, again.id, desk.verifier, again.hash, desk.clock.now())
        assert again.hash == before
    assert (await look(ServiceBook(desk.database, desk.clock, LIMA))).said is not None


@pytest.mark.parametrize("lasting", [timedelta(0), -HOUR, LONGEST + timedelta(minutes=1)])
async def test_it_lasts_some_hours_only(desk: Desk, lasting: timedelta) -> None:
    service_id, member = await verify(desk), await desk_member(desk)
    with pytest.raises(MoveRefusedError, match="at most 72 hours"):
        await say(desk, service_id, member, lasting=lasting)


async def test_who_may_say_it_and_of_what(desk: Desk) -> None:
    service_id, member = await verify(desk), await desk_member(desk)
    for role in ("author", "approver", "reader", "admin"):
        with pytest.raises(MoveRefusedError, match="services_condition"):
            await say(desk, service_id, await desk_member(desk, f"no_{role}", role))
    async with desk.database.read() as session:
        waiting = (await desk.service(session, "city")).id
    with pytest.raises(MoveRefusedError, match="not told"):
        await say(desk, waiting, member)
    with pytest.raises(MoveRefusedError, match="no such service"):
        await say(desk, "nothing", member)
    async with desk.database.write() as session:
        await withdraw_service(session, service_id, desk.verifier, CLOSED, "", desk.clock.now())
    with pytest.raises(MoveRefusedError, match="not told"):
        await say(desk, service_id, member)


async def test_the_database_keeps_one_word_at_a_time(each_desk: Desk) -> None:
    desk = each_desk
    member, now = await desk_member(desk), desk.clock.now()
    rows = [
        ServiceCondition(
            service_key="near",
            condition="closed",
            organisation="O",
            set_by=member.id,
            set_at=now,
            until=now + HOUR,
        )
        for _ in range(2)
    ]

    async def store() -> None:
        async with desk.database.write() as session:
            session.add_all(rows)

    with pytest.raises(IntegrityError):
        await store()
