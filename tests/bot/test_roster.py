"""The roster of who reads requests: once staff keep one, only what stands on it is promised."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot import form_phrases
from bot.rostering import (
    BadShiftError,
    Roster,
    UnknownMemberError,
    add_shifts,
    remove_shift,
)
from bot.rostering import list_shifts as list_now
from hub.clock import ManualClock
from hub.database import Database, new_id
from hub.staff.models import Organisation, StaffMember
from hub.staff.roles import Role
from tests.bot.test_forms import SKIP, family
from tests.bot.words import words
from tests.chat import Chat

LIMA = ZoneInfo("America/Lima")
HOURS = timedelta(hours=1)


async def hire(database: Database, clock: ManualClock, *roles: Role) -> str:
    async with database.write() as session:
        organisation = Organisation(id=new_id(), name=new_id())
        session.add(organisation)
        await session.flush()
        member = StaffMember(
            id=new_id(),
            username=new_id(),
            display_name="Olga",
            organisation_id=organisation.id,
            roles=[role.value for role in roles],
            password_hash="!",
            created_at=clock.now(),
        )
        session.add(member)
    return member.id


async def add(
    database: Database, clock: ManualClock, staff_id: str, begins: datetime, lasting: timedelta
) -> None:
    async with database.write() as session:
        await add_shifts(session, staff_id, [begins], lasting, actor=staff_id, now=clock.now())


async def ask_for_a_person(chat: Chat) -> None:
    await chat.says("PERSONA")
    await chat.presses(family("health"))
    await chat.presses(SKIP)
    await chat.presses(SKIP)


async def test_who_is_on_duty_now_is_said_with_until_when_and_never_who(chat: Chat) -> None:
    # HUM-32: two shifts without a gap are one promise
    now, database = chat.clock.now(), chat.hub.database
    for begins, lasting in ((now - HOURS, 2 * HOURS), (now + HOURS, 3 * HOURS)):
        member = await hire(database, chat.clock, Role.DESK)
        await add(database, chat.clock, member, begins, lasting)
    await ask_for_a_person(chat)
    local = now.astimezone(LIMA)
    chat.hears(words(form_phrases.person_reads, "es", local + 4 * HOURS, local))
    assert "Olga" not in chat.text


async def test_nobody_now_is_said_with_the_next_one_on_the_roster(chat: Chat) -> None:
    # HUM-32
    now = chat.clock.now()
    member = await hire(chat.hub.database, chat.clock, Role.DESK)
    await add(chat.hub.database, chat.clock, member, now + 5 * HOURS, 8 * HOURS)
    await ask_for_a_person(chat)
    local = now.astimezone(LIMA)
    chat.hears(words(form_phrases.nobody_reads_now, "es", local + 5 * HOURS, local))


async def test_a_roster_that_has_run_out_promises_nothing(chat: Chat) -> None:
    # HUM-32: roster empty
    member = await hire(chat.hub.database, chat.clock, Role.DESK)
    await add(chat.hub.database, chat.clock, member, chat.clock.now() - HOURS, 2 * HOURS)
    chat.clock.advance(2 * HOURS)
    await ask_for_a_person(chat)
    chat.hears(words(form_phrases.nobody_on_roster))


@pytest.mark.parametrize("change", ["disabled", "another role"])
async def test_whoever_may_no_longer_read_requests_is_not_on_duty(chat: Chat, change: str) -> None:
    # HUM-32
    member = await hire(chat.hub.database, chat.clock, Role.DESK)
    await add(chat.hub.database, chat.clock, member, chat.clock.now() - HOURS, 8 * HOURS)
    async with chat.hub.database.write() as session:
        row = await session.get_one(StaffMember, member)
        if change == "disabled":
            row.disabled_at = chat.clock.now()
        else:
            row.roles = [Role.READER.value]
    await ask_for_a_person(chat)
    chat.hears(words(form_phrases.nobody_on_roster))


async def test_without_a_roster_the_hours_of_the_settings_are_told(chat: Chat) -> None:
    await ask_for_a_person(chat)
    chat.hears(words(form_phrases.no_fixed_hours))


def test_a_gap_ends_the_promise() -> None:
    now = datetime(2026, 11, 22, 10, tzinfo=LIMA)
    roster = Roster(
        (
            (now - HOURS, now + HOURS),
            (now, now + 2 * HOURS),
            (now + 2 * HOURS, now + 3 * HOURS),
            (now + 4 * HOURS, now + 5 * HOURS),
        )
    )
    assert roster.covered_until(now) == now + 3 * HOURS
    assert roster.next_start(now + 3 * HOURS) == now + 4 * HOURS
    assert Roster(()).covered_until(now) is None
    assert Roster(()).next_start(now) is None


@pytest.mark.parametrize(
    ("begins", "lasting"),
    [
        (-2 * HOURS, 2 * HOURS),  # over
        (HOURS, timedelta()),
        (HOURS, -HOURS),
        (HOURS, 25 * HOURS),
        (timedelta(days=101), HOURS),
        (4 * HOURS, HOURS),  # within the one that stands there
        (HOURS, 3 * HOURS),  # into its beginning
        (2 * HOURS, 20 * HOURS),  # around it
    ],
)
async def test_what_cannot_be_a_shift_is_refused(
    database: Database, clock: ManualClock, begins: timedelta, lasting: timedelta
) -> None:
    # HUM-32
    member = await hire(database, clock, Role.DESK)
    await add(database, clock, member, clock.now() + 3 * HOURS, 8 * HOURS)
    with pytest.raises(BadShiftError):
        await add(database, clock, member, clock.now() + begins, lasting)


async def test_only_who_reads_requests_stands_on_it(database: Database, clock: ManualClock) -> None:
    reader = await hire(database, clock, Role.READER, Role.COMPLAINTS)
    for somebody in (reader, "nobody"):
        with pytest.raises(UnknownMemberError):
            await add(database, clock, somebody, clock.now(), HOURS)


async def test_taken_off_a_shift_to_come_goes_and_one_under_way_ends(
    database: Database, clock: ManualClock
) -> None:
    member = await hire(database, clock, Role.VERIFIER)
    await add(database, clock, member, clock.now() - HOURS, 4 * HOURS)
    await add(database, clock, member, clock.now() + 9 * HOURS, 4 * HOURS)
    async with database.write() as session:
        for shift, _member in await list_now(session, clock.now()):
            assert await remove_shift(session, shift.id, actor=member, now=clock.now())
            assert not await remove_shift(session, shift.id, actor=member, now=clock.now())
    async with database.read() as session:
        assert list(await list_now(session, clock.now())) == []
        assert len(await list_now(session, clock.now() - HOURS)) == 1, "it was on duty until now"
