"""A made-up crowd: read as real people are, made again from its seed, never put among them."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.addresses import person_index
from bot.case_desk import REQUESTS, list_cases, read_words
from bot.case_models import Case
from bot.cases import CaseState
from bot.figures import Span, count_people, read_flow, read_groups
from bot.messages import SendState
from bot.models import Address, ConsentEvent, Contact, InboxRow, OutboxRow
from bot.outbox import decode_message
from bot.tally_models import Cut
from bot.tellings import TellingCount
from broadcast.models import Delivery, Update
from broadcast.states import State
from content.models import Answer
from hub.app.demodata.crowd import Size, gather_crowd
from hub.app.demodata.filling import Filling
from hub.app.demonstration import DemonstrationError, prepare_demonstration
from hub.clock import ManualClock
from hub.config import Config
from hub.database import Database, new_id
from hub.staff.accounts import NewStaff, create_staff
from hub.staff.audit import find_break
from hub.staff.models import AuditEntry, PendingAct, StaffMember
from hub.staff.powers import CHANGE_POWERS
from hub.staff.roles import Role
from hub.staff.token_models import ApiToken
from hub.vault import Vault

SIZE = Size(contacts=120, messages=600, broadcasts=14, cases=30)


def filling(database: Database, vault: Vault, clock: ManualClock) -> Filling:
    return Filling(database, vault, Config(), clock.now(), lambda _: None)


async def test_crowd_is_read_as_real_people_are(
    database: Database, vault: Vault, clock: ManualClock
) -> None:
    await filling(database, vault, clock).fill(SIZE, seed=7)
    async with database.read() as session:
        assert await find_break(session) is None
        moments = list(await session.scalars(select(AuditEntry.at).order_by(AuditEntry.seq)))
        assert moments[-1] - moments[0] > timedelta(days=80)
        for address in await session.scalars(select(Address)):
            spelled = vault.open("addresses", "address", address.id, address.sealed)
            assert person_index(vault, address.channel, spelled) == address.index
        assert await session.scalar(select(func.count()).select_from(Contact)) == SIZE.contacts
        assert await session.scalar(select(func.count()).select_from(ConsentEvent))
        states = set(await session.scalars(select(Update.state)))
        member = await session.scalar(select(StaffMember).where(StaffMember.username == "oyente"))
        verifier = await session.scalar(
            select(StaffMember).where(StaffMember.username == "verificador")
        )
        assert member is not None
        assert verifier is not None
        waiting = await list_cases(session, verifier, REQUESTS, CaseState.OPEN)
        words = [text for case in waiting for text in await read_words(session, vault, case)]
        kinds = set(await session.scalars(select(Case.kind)))
        answers = set(await session.scalars(select(Answer.state)))
        span = Span.ending(clock.now().date(), 90)
        turns = sum(each.turns for each in await read_flow(session, span))
        people = await count_people(session, span)
        groups = await read_groups(session, Cut.LANGUAGE, span)
        told = list(await session.scalars(select(TellingCount)))
        waiting_for_two = list(await session.scalars(select(PendingAct.kind)))
        programs = list(await session.scalars(select(ApiToken.secret_hash)))
    assert SIZE.messages // 2 * 0.9 < turns <= SIZE.messages // 2
    assert 0 < people <= turns
    assert {each.value for each in groups} >= {"es"}
    assert sum(each.messages for each in told) == SIZE.messages // 2
    assert states == set(State) - {State.SCHEDULED}
    assert words
    assert all(each.text for each in words)
    assert waiting_for_two == [CHANGE_POWERS.name]
    assert programs == [None]  # granted, and nobody was told the secret
    assert kinds == {"handover", "rumour", "complaint"}
    assert answers >= {"draft", "in_review", "approved"}
    # What was filled can be shown: the demonstration starts on it.
    await prepare_demonstration(database, vault, clock, Config().pack)
    await check_messages(database, vault, clock)
    with pytest.raises(DemonstrationError, match="filled already"):
        await filling(database, vault, clock).fill(SIZE, seed=8)


async def check_messages(database: Database, vault: Vault, clock: ManualClock) -> None:
    """Words are kept as long as those of real people, and open."""
    kept = clock.now() - timedelta(days=Config().retention.message_days)
    async with database.read() as session:
        inbound = list(await session.scalars(select(InboxRow)))
        outbound = list(await session.scalars(select(OutboxRow)))
        states = Counter(await session.scalars(select(Delivery.state)))
    assert len(inbound) == len(outbound) == SIZE.messages // 2
    assert {row.payload_sealed is None for row in inbound if row.received_at < kept} == {True}
    recent = [row for row in outbound if row.created_at >= kept + timedelta(seconds=2)]
    assert recent
    for row in recent:
        assert row.message_sealed is not None
        body = vault.open("outbox", "message", row.id, row.message_sealed)
        assert decode_message(body).text
        assert row.content
    assert states[SendState.READ] > states[SendState.FAILED] > 0
    assert states[SendState.QUEUED] > 0


def test_same_seed_makes_the_same_people(clock: ManualClock) -> None:
    areas = [("15", 0), ("1501", 10), ("150101", 5), ("24", 3)]
    first, again, other = (gather_crowd(seed, SIZE, areas, clock.now()) for seed in (1, 1, 2))
    assert first == again
    assert first.contact_id(3) == again.contact_id(3) != other.contact_id(3)
    assert list(first.writers) != list(other.writers)
    assert max(first.exchanges) <= clock.now().timestamp()
    assert len({first.spell_address(number) for number in range(first.size)}) == first.size


async def test_crowd_never_stands_among_real_staff_or_people(
    sqlite: Database, vault: Vault, clock: ManualClock
) -> None:
    # PEER-10
    now, contact_id = clock.now(), new_id()
    async with sqlite.write() as session:
        session.add(Contact(id=contact_id, created_at=now, last_seen_at=now))
        await session.flush()
        person = Address(contact_id=contact_id, channel="telegram", index=b"1", sealed=b"1")
        session.add(person)
    with pytest.raises(DemonstrationError, match="real channels"):
        await filling(sqlite, vault, clock).fill(SIZE, seed=7)
    async with sqlite.write() as session:
        await session.delete(person)
        details = NewStaff("rosa", "Rosa", "Organización real", (Role.VERIFIER,))
        await create_staff(session, vault, details, "!", now=now, actor="test")
    with pytest.raises(DemonstrationError, match="of its own"):
        await filling(sqlite, vault, clock).fill(SIZE, seed=7)
