"""Passing a request on to another organisation or sub-group, which the person agreed to.

Whoever passes it on records that yes; without it nothing moves. From then on only the desk of that
organisation sees the case: no more people than need to (HUM-29).
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import form_phrases
from bot.case_desk import CaseRefusedError, Desk, demand_holder
from bot.case_models import Case
from bot.cases import CaseKind, CaseState, MessageKind, add_message
from hub.staff.audit import record_act
from hub.staff.models import Organisation, StaffMember
from hub.staff.roles import Permission, permissions_of


@dataclass(frozen=True, slots=True)
class Receiver:
    """A desk that could take a case: so many people of one organisation in one sub-group."""

    organisation_id: str
    organisation: str
    owner: str
    people: int
    inbox: str = ""  # of the organisation, for referrals

    @property
    def key(self) -> str:
        return f"{self.organisation_id}/{self.owner}"


async def list_receivers(session: AsyncSession, member: StaffMember, case: Case) -> list[Receiver]:
    """Every desk with somebody at it, but for the one that the case is at now."""
    rows = await session.execute(
        select(StaffMember, Organisation.name, Organisation.inbox)
        .join(Organisation, Organisation.id == StaffMember.organisation_id)
        .where(StaffMember.disabled_at.is_(None), Organisation.left_at.is_(None))
    )
    desks: Counter[tuple[str, str, str]] = Counter()
    inboxes: dict[str, str] = {}
    for each, name, inbox in rows:
        if Permission.CASES_HANDLE in permissions_of(each.roles):
            desks.update((each.organisation_id, name, group) for group in each.sub_groups)
            inboxes[each.organisation_id] = inbox or ""
    here = (case.organisation_id or member.organisation_id, case.owner)
    return [
        Receiver(organisation_id, name, group, people, inboxes[organisation_id])
        for (organisation_id, name, group), people in sorted(
            desks.items(), key=lambda desk: (desk[0][1], desk[0][2])
        )
        if (organisation_id, group) != here
    ]


async def pass_case_on(
    session: AsyncSession,
    desk: Desk,
    case: Case,
    member: StaffMember,
    receiver: Receiver,
    note: str,
    now: datetime,
) -> None:
    """`note` is for whoever takes it. Call this only once the person said yes; the audit log keeps
    when, by whose word and to whom."""
    demand_holder(case, member)
    if case.kind != CaseKind.HANDOVER or receiver not in await list_receivers(
        session, member, case
    ):
        raise CaseRefusedError(case.id)
    if note:
        add_message(session, desk.vault, case.id, MessageKind.NOTE, note, now, member.id)
    case.organisation_id, case.owner = receiver.organisation_id, receiver.owner
    case.state, case.taken_by, case.held_until = CaseState.OPEN, None, None
    case.passed_on_at = case.updated_at = now
    case.left_by = None
    await record_act(
        session,
        now,
        member.id,
        "case_pass_on",
        "case",
        case.id,
        organisation=receiver.organisation_id,
        owner=receiver.owner,
        consent="said yes",
    )
    if await desk.can_write(session, case, now):
        said = form_phrases.passed_to(desk.speak(case), receiver.organisation)
        await desk.write(session, case, said, now)


async def take_cases_back(session: AsyncSession, organisation_id: str, now: datetime) -> int:
    """What an organisation that left has open goes back to the queue of its sub-group, where the
    person's first yes had put it, to be answered or passed on; how many."""
    members = select(StaffMember.id).where(StaffMember.organisation_id == organisation_id)
    back = (
        update(Case)
        .where(
            Case.state != CaseState.CLOSED,
            or_(Case.organisation_id == organisation_id, Case.taken_by.in_(members)),
        )
        .values(
            organisation_id=None,
            left_by=organisation_id,
            state=CaseState.OPEN,
            taken_by=None,
            held_until=None,
            updated_at=now,
        )
        .returning(Case.id)
        .execution_options(synchronize_session=False)
    )
    return len((await session.execute(back)).all())
