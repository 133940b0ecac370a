"""Acts of power need two people, and happen once: PEER-11, SEC-27."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from hub.clock import ManualClock
from hub.database import Database
from hub.staff.accounts import NewStaff, create_staff, disable, find_staff
from hub.staff.act_states import ACT_MOVES, ActMove, ActState
from hub.staff.audit import find_break
from hub.staff.models import AuditEntry, PendingAct, StaffMember
from hub.staff.roles import Permission, Role
from hub.staff.second_person import (
    COLLECT_WITHIN,
    WAITS_FOR,
    ActKind,
    AlreadyRequestedError,
    NotOpenError,
    NotTheirsError,
    Request,
    approve_act,
    collect,
    count_to_decide,
    refuse_act,
    request_act,
    withdraw_act,
)
from hub.vault import Vault


@dataclass
class Office:
    """Two administrators and a reader; `lever` is a kind of act that notes what it was told."""

    database: Database
    clock: ManualClock
    pulled: list[str] = field(default_factory=list)

    @property
    def lever(self) -> ActKind:
        async def pull(session: AsyncSession, act: PendingAct, now: datetime) -> None:
            self.pulled.append(act.payload["what"])
            if act.payload["what"] == "jam":
                raise RuntimeError("the lever jams")

        return ActKind("lever", Permission.STAFF_MANAGE, Permission.STAFF_MANAGE, pull)

    async def member(self, session: AsyncSession, name: str) -> StaffMember:
        return await find_staff(session, name)

    async def ask(self, by: str = "ana", what: str = "up") -> str:
        async with self.database.write() as session:
            request = Request(self.lever, "lever", "1", {"what": what}, "it is stuck")
            member = await self.member(session, by)
            return (await request_act(session, request, member, self.clock.now())).id

    async def approve(self, act_id: str, by: str = "bea", seen: str = "") -> None:
        async with self.database.write() as session:
            act = await session.get_one(PendingAct, act_id)
            member = await self.member(session, by)
            seen_hash = seen or act.payload_hash
            now = self.clock.now()
            await approve_act(session, self.lever, act_id, member, seen_hash=seen_hash, now=now)

    async def state(self, act_id: str) -> str:
        async with self.database.read() as session:
            return (await session.get_one(PendingAct, act_id)).state

    async def audit(self) -> list[tuple[str, str]]:
        async with self.database.read() as session:
            assert await find_break(session) is None
            rows = await session.scalars(
                sa.select(AuditEntry)
                .where(AuditEntry.object_kind == "request")
                .order_by(AuditEntry.seq)
            )
            people = {
                member.id: member.username
                for member in await session.scalars(sa.select(StaffMember))
            }
            return [(row.action, people.get(row.actor, row.actor)) for row in rows]


@pytest.fixture
async def office(database: Database, vault: Vault, clock: ManualClock) -> Office:
    async with database.write() as session:
        for name, role in (("ana", Role.ADMIN), ("bea", Role.ADMIN), ("leo", Role.READER)):
            details = NewStaff(name, name.title(), "Organización A", (role,))
            await create_staff(session, vault, details, "hash", now=clock.now(), actor="cli")
    return Office(database, clock)


async def test_a_second_person_approves_and_it_is_done_once_with_an_entry_each(
    office: Office,
) -> None:
    # PEER-11, INV-11
    act_id = await office.ask()
    assert office.pulled == []
    await office.approve(act_id)
    assert office.pulled == ["up"]
    assert await office.state(act_id) == ActState.DONE
    with pytest.raises(NotOpenError):
        await office.approve(act_id)
    assert office.pulled == ["up"]
    assert await office.audit() == [("request", "ana"), ("approve", "bea")]


@pytest.mark.parametrize("by", ["ana", "leo"])
async def test_neither_the_requester_nor_somebody_without_the_permission_approves(
    office: Office, by: str
) -> None:
    # PEER-11
    act_id = await office.ask()
    with pytest.raises(NotTheirsError):
        await office.approve(act_id, by)
    async with office.database.write() as session:
        member = await office.member(session, by)
        with pytest.raises(NotTheirsError):
            await refuse_act(session, office.lever, act_id, member, office.clock.now())
    assert await office.state(act_id) == ActState.PENDING
    assert office.pulled == []


async def test_somebody_without_the_permission_cannot_even_ask(office: Office) -> None:
    with pytest.raises(NotTheirsError):
        await office.ask("leo")


async def test_the_same_is_asked_for_once_while_it_waits_whoever_asks(office: Office) -> None:
    # PEER-11: identical pending requests are refused
    act_id = await office.ask("ana")
    for by in ("ana", "bea"):
        with pytest.raises(AlreadyRequestedError):
            await office.ask(by)
    await office.ask("ana", "down")
    await office.approve(act_id)
    await office.ask("bea")  # once decided, it may be asked for again


async def test_of_those_who_ask_at_once_one_gets_through(office: Office) -> None:
    # PEER-11
    results = await asyncio.gather(
        *(office.ask(by) for by in ("ana", "bea", "ana", "bea")), return_exceptions=True
    )
    refused = [result for result in results if isinstance(result, AlreadyRequestedError)]
    assert len(refused) == 3


async def test_of_those_who_approve_at_once_one_carries_it_out(
    office: Office, vault: Vault
) -> None:
    # PEER-11: exactly once
    async with office.database.write() as session:
        details = NewStaff("eva", "Eva", "Organización B", (Role.ADMIN,))
        now = office.clock.now()
        await create_staff(session, vault, details, "hash", now=now, actor="cli")
    act_id = await office.ask()
    results = await asyncio.gather(
        *(office.approve(act_id, by) for by in ("bea", "eva", "bea")), return_exceptions=True
    )
    assert [type(result) for result in results].count(type(None)) == 1
    assert office.pulled == ["up"]


async def test_what_fails_stays_to_be_decided(office: Office) -> None:
    act_id = await office.ask(what="jam")
    with pytest.raises(RuntimeError):
        await office.approve(act_id)
    assert await office.state(act_id) == ActState.PENDING
    assert await office.audit() == [("request", "ana")]


async def test_only_what_was_shown_is_approved(office: Office) -> None:
    act_id = await office.ask()
    with pytest.raises(NotOpenError):
        await office.approve(act_id, seen="0" * 64)
    assert office.pulled == []


async def test_nobody_is_asked_for_somebody_who_lost_the_account(office: Office) -> None:
    act_id = await office.ask("ana")
    async with office.database.write() as session:
        ana = await office.member(session, "ana")
        await disable(session, ana, now=office.clock.now(), actor="cli")
    with pytest.raises(NotOpenError):
        await office.approve(act_id)
    assert office.pulled == []


async def test_what_nobody_decides_in_time_ends_and_may_be_asked_for_again(
    office: Office,
) -> None:
    act_id = await office.ask()
    office.clock.advance(WAITS_FOR)
    async with office.database.read() as session:
        bea = await office.member(session, "bea")
        assert await count_to_decide(session, ["lever"], bea.id, office.clock.now()) == 0
    with pytest.raises(NotOpenError):
        await office.approve(act_id)
    await office.ask("bea")
    assert await office.state(act_id) == ActState.EXPIRED
    assert ("expire", "system") in await office.audit()


async def test_refused_and_taken_back_is_not_done(office: Office) -> None:
    refused, withdrawn = await office.ask(), await office.ask(what="down")
    now = office.clock.now()
    async with office.database.write() as session:
        bea, ana = await office.member(session, "bea"), await office.member(session, "ana")
        with pytest.raises(NotTheirsError):
            await withdraw_act(session, withdrawn, bea, now)
        await refuse_act(session, office.lever, refused, bea, now)
        await withdraw_act(session, withdrawn, ana, now)
    for act_id in (refused, withdrawn):
        with pytest.raises(NotOpenError):
            await office.approve(act_id)
    assert office.pulled == []


async def test_what_it_gives_is_taken_once_by_whoever_asked_within_a_day(office: Office) -> None:
    async def take(act_id: str, by: str) -> None:
        async with office.database.write() as session:
            member = await office.member(session, by)
            await collect(session, office.lever, act_id, member, office.clock.now())

    act_id, late = await office.ask(), await office.ask(what="down")
    with pytest.raises(NotOpenError):
        await take(act_id, "ana")
    await office.approve(act_id)
    await office.approve(late)
    with pytest.raises(NotTheirsError):
        await take(act_id, "bea")
    await take(act_id, "ana")
    with pytest.raises(NotOpenError):
        await take(act_id, "ana")
    office.clock.advance(COLLECT_WITHIN + timedelta(seconds=1))
    with pytest.raises(NotOpenError):
        await take(late, "ana")


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE pending_acts SET state = 'done', decided_by = requested_by",
        "UPDATE pending_acts SET state = 'done'",
        'UPDATE pending_acts SET payload = \'{"what": "down"}\'',
        "UPDATE pending_acts SET requested_by = 'somebody else'",
        "UPDATE pending_acts SET expires_at = '2099-01-01 00:00:00+00:00'",
        "UPDATE pending_acts SET collected_at = requested_at",
        "UPDATE pending_acts SET state = 'refused', decided_by = requested_by",
        "UPDATE pending_acts SET state = 'whatever'",
        "DELETE FROM pending_acts",
    ],
)
async def test_the_database_refuses_what_goes_round_the_code(office: Office, damage: str) -> None:
    # SEC-27, PEER-11
    act_id = await office.ask()
    with pytest.raises(IntegrityError):
        async with office.database.write() as session:
            await session.execute(sa.text(damage))
    assert await office.state(act_id) == ActState.PENDING


async def test_the_database_keeps_what_was_decided(office: Office) -> None:
    # SEC-27
    act_id = await office.ask()
    await office.approve(act_id)
    for damage in (
        "UPDATE pending_acts SET state = 'pending', decided_by = NULL",
        "UPDATE pending_acts SET decided_by = NULL",
        "UPDATE pending_acts SET state = 'expired'",
    ):
        with pytest.raises(IntegrityError):
            async with office.database.write() as session:
                await session.execute(sa.text(damage))
    assert await office.state(act_id) == ActState.DONE


def test_every_move_leads_out_of_waiting_and_nothing_leads_back() -> None:
    assert {before for before, _ in ACT_MOVES} == {ActState.PENDING}
    assert set(ACT_MOVES.values()) == set(ActState) - {ActState.PENDING}
    assert {move for _, move in ACT_MOVES} == set(ActMove)
