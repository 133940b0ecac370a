"""SEC-23: sessions are opaque, end in time, and die with the rights they came from."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.clock import ManualClock
from hub.database import Database
from hub.staff.accounts import disable, find_staff, set_password, set_roles
from hub.staff.models import StaffMember, StaffSession
from hub.staff.roles import Role
from hub.staff.sessions import (
    Limits,
    end_session,
    end_sessions_of,
    find_session,
    is_fresh,
    list_sessions,
    renew_session,
    start_session,
)
from tests.staff.conftest import Person


async def _start(database: Database, person: Person, clock: ManualClock) -> str:
    async with database.write() as session:
        member = await find_staff(session, person.username)
        return await start_session(session, member, clock.now(), "Firefox, Linux")


async def _find(
    database: Database, token: str, clock: ManualClock, limits: Limits
) -> tuple[StaffSession, StaffMember] | None:
    async with database.read() as session:
        return await find_session(session, token, clock.now(), limits)


async def test_only_a_hash_of_the_token_is_stored(
    database: Database, person: Person, clock: ManualClock, limits: Limits
) -> None:
    token = await _start(database, person, clock)
    async with database.read() as session:
        row = (await session.execute(sa.text("SELECT * FROM staff_sessions"))).one()
    assert all(token.encode() not in bytes(str(value), "utf8") for value in row)
    found = await _find(database, token, clock, limits)
    assert found is not None
    assert found[1].id == person.id
    assert await _find(database, token[:-1] + "x", clock, limits) is None


@pytest.mark.parametrize(("minutes", "alive"), [(14, True), (15, False)])
async def test_a_session_ends_when_it_is_idle(
    database: Database,
    person: Person,
    clock: ManualClock,
    limits: Limits,
    minutes: int,
    alive: bool,
) -> None:
    token = await _start(database, person, clock)
    clock.advance(timedelta(minutes=minutes))
    assert (await _find(database, token, clock, limits) is not None) is alive


async def test_a_session_ends_after_its_absolute_time_however_busy(
    database: Database, person: Person, clock: ManualClock, limits: Limits
) -> None:
    token = await _start(database, person, clock)
    for _ in range(59):
        clock.advance(timedelta(minutes=10))
        async with database.write() as session:
            await session.execute(sa.update(StaffSession).values(last_seen_at=clock.now()))
        assert await _find(database, token, clock, limits) is not None
    clock.advance(timedelta(minutes=10))
    async with database.write() as session:
        await session.execute(sa.update(StaffSession).values(last_seen_at=clock.now()))
    assert await _find(database, token, clock, limits) is None


@pytest.mark.parametrize("change", ["disable", "roles", "password"])
async def test_all_sessions_die_when_rights_change(
    database: Database, person: Person, clock: ManualClock, limits: Limits, change: str
) -> None:
    tokens = [await _start(database, person, clock) for _ in range(2)]
    now = clock.now()
    async with database.write() as session:
        member = await find_staff(session, person.username)
        if change == "disable":
            await disable(session, member, now=now, actor="cli")
        elif change == "roles":
            await set_roles(session, member, (Role.READER,), now=now, actor="cli")
        else:
            await set_password(session, member, "a new hash", now=now, actor="cli")
    for token in tokens:
        assert await _find(database, token, clock, limits) is None


async def test_one_session_can_be_ended_but_only_by_its_owner(
    database: Database, person: Person, clock: ManualClock, limits: Limits
) -> None:
    first, second = [await _start(database, person, clock) for _ in range(2)]
    found = await _find(database, first, clock, limits)
    assert found is not None
    async with database.write() as session:
        assert not await end_session(session, "somebody else", found[0].id)
        assert await end_session(session, person.id, found[0].id)
    assert await _find(database, first, clock, limits) is None
    assert await _find(database, second, clock, limits) is not None


async def test_ending_the_others_keeps_this_one(
    database: Database, person: Person, clock: ManualClock, limits: Limits
) -> None:
    first, second = [await _start(database, person, clock) for _ in range(2)]
    found = await _find(database, second, clock, limits)
    assert found is not None
    async with database.write() as session:
        await end_sessions_of(session, person.id, keep=found[0].id)
        left = await list_sessions(session, person.id, clock.now(), limits)
    assert [one.id for one in left] == [found[0].id]
    assert await _find(database, first, clock, limits) is None


async def test_confirming_renews_the_token_and_the_freshness(
    database: Database, person: Person, clock: ManualClock, limits: Limits
) -> None:
    # SEC-28: fresh for ten minutes, then not, then again after confirming.
    token = await _start(database, person, clock)
    clock.advance(timedelta(minutes=10))
    found = await _find(database, token, clock, limits)
    assert found is not None
    assert not is_fresh(found[0], clock.now())
    async with database.write() as session:
        renewed = await renew_session(session, found[0], clock.now())
    assert await _find(database, token, clock, limits) is None
    again = await _find(database, renewed, clock, limits)
    assert again is not None
    assert is_fresh(again[0], clock.now())
    assert again[0].csrf != found[0].csrf
