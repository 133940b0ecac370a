"""Cases from the desk's side: the queue, taking, answering, noting and closing one.

Whoever calls says who acts; here it is decided whether they may see a case at all. Complaints are a
queue of their own, which nobody reaches who only handles requests, and which an organisation that
is named in one never sees (HUM-30). No number or name of a person leaves here (PEER-14).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import form_phrases
from bot.case_models import Case, CaseMessage
from bot.cases import CaseKind, CaseState, MessageKind, add_message
from bot.channels.base import Capabilities
from bot.messages import Outbound, TemplateUse
from bot.models import Address
from bot.outbox import new_reply
from bot.own_contacts import OwnContact
from hub.config import CaseTemplate
from hub.i18n import Phrases, Translate
from hub.staff.audit import record_act
from hub.staff.models import AuditEntry, StaffMember
from hub.vault import UnreadableValueError, Vault

REQUESTS = (CaseKind.HANDOVER, CaseKind.RUMOUR)
COMPLAINTS = (CaseKind.COMPLAINT,)
# How long the bot stays silent after the last act of whoever holds the case: nobody may be left
# with neither.
HOLD_LASTS = timedelta(hours=12)
# How long the words of a sensitive case stay readable after somebody opened them.
OPEN_LASTS = timedelta(minutes=15)
# Who waits longer than this is overdue (HUM-32).
ANSWER_WITHIN = {
    CaseKind.HANDOVER: timedelta(hours=48),
    CaseKind.RUMOUR: timedelta(hours=72),
    CaseKind.COMPLAINT: timedelta(hours=24),
}
SENSITIVE_WITHIN = timedelta(hours=24)
OUTCOMES = {
    CaseKind.HANDOVER: ("answered", "referred", "unreachable", "not_ours"),
    CaseKind.RUMOUR: ("true", "false", "unclear"),
    CaseKind.COMPLAINT: ("passed_on", "answered", "not_ours"),
}
LONGEST_ANSWER = 1000
LONGEST_NOTE = 1000
MOST_LISTED = 200


class Way(StrEnum):
    """How an answer could reach a person now."""

    FREE = "free"
    TEMPLATE = "template"  # announced; they read it when they tap
    NONE = "none"


class CaseRefusedError(Exception):
    """The case is not in a state for this, or not theirs; somebody else may have been faster."""


@dataclass(frozen=True, slots=True)
class Words:
    """One message of a case; `text` is None when it does not open."""

    kind: MessageKind
    text: str | None = field(repr=False)
    at: datetime
    staff_id: str | None


CaseLike = Case | Row[*tuple[Any, ...]]  # the case, or these columns of it


def due_at(case: CaseLike) -> datetime:
    """Until when somebody should have taken a case; whoever it was passed on to has time anew."""
    within = ANSWER_WITHIN[CaseKind(case.kind)]
    return (case.passed_on_at or case.created_at) + (
        min(within, SENSITIVE_WITHIN) if case.is_sensitive else within
    )


def may_see(case: CaseLike, member: StaffMember, kinds: Sequence[CaseKind]) -> bool:
    """`kinds` are those that the member's permissions open."""
    if case.kind not in kinds:
        return False
    if case.kind == CaseKind.COMPLAINT:
        return member.organisation_id not in case.barred
    if case.organisation_id not in (None, member.organisation_id):
        return False
    return case.owner in member.sub_groups


async def list_cases(
    session: AsyncSession,
    member: StaffMember,
    kinds: Sequence[CaseKind],
    state: CaseState | None,
    owner: str = "",
    area: str = "",
) -> list[Case]:
    """What this member may see: without a state all that is not closed, the longest waiting first;
    closed ones newest first. `owner` and `area`, with all within it, narrow it down."""
    query = select(Case).where(*_visible(member, kinds))
    if CaseKind.COMPLAINT not in kinds:
        query = query.limit(MOST_LISTED)
    if owner:
        query = query.where(Case.owner == owner)
    if area:
        query = query.where(Case.area.startswith(area, autoescape=True))
    if state is CaseState.CLOSED:
        query = query.where(Case.state == state).order_by(Case.closed_at.desc(), Case.id)
    else:
        is_state = Case.state == state if state else Case.state != CaseState.CLOSED
        query = query.where(is_state).order_by(Case.created_at, Case.id)
    found = [case for case in await session.scalars(query) if may_see(case, member, kinds)]
    return found[:MOST_LISTED]


def _visible(member: StaffMember, kinds: Sequence[CaseKind]) -> Iterator[ColumnElement[bool]]:
    """What the database can tell of `may_see`."""
    yield Case.kind.in_(kinds)
    if CaseKind.COMPLAINT not in kinds:  # of those, sub-groups own none
        yield Case.owner.in_(member.sub_groups)
        yield or_(Case.organisation_id.is_(None), Case.organisation_id == member.organisation_id)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many cases nobody took yet; `is_least`: there are more than were looked at; `left`: had
    by an organisation that has left."""

    cases: int
    overdue: int
    left: int
    is_least: bool


async def count_waiting(
    session: AsyncSession, member: StaffMember, kinds: Sequence[CaseKind], now: datetime
) -> Waiting:
    """Those of people, and not of test contacts. Columns only, for the page that everybody opens
    first."""
    is_of_test = exists().where(OwnContact.contact_id == Case.contact_id)
    columns = (
        Case.kind,
        Case.created_at,
        Case.passed_on_at,
        Case.is_sensitive,
        Case.owner,
        Case.organisation_id,
        Case.barred,
        Case.left_by,
    )
    query = (
        select(*columns)
        .where(*_visible(member, kinds), Case.state == CaseState.OPEN, ~is_of_test)
        .order_by(Case.created_at, Case.id)
        .limit(MOST_LISTED)
    )
    rows = (await session.execute(query)).all()
    seen = [row for row in rows if may_see(row, member, kinds)]
    overdue = sum(due_at(row) < now for row in seen)
    left = sum(row.left_by is not None for row in seen)
    return Waiting(len(seen), overdue, left, is_least=len(rows) >= MOST_LISTED)


async def find_case(
    session: AsyncSession, case_id: str, member: StaffMember, kinds: Sequence[CaseKind]
) -> Case | None:
    """The case, if this member may see it; else as if there were none."""
    case = await session.get(Case, case_id)
    return case if case is not None and may_see(case, member, kinds) else None


async def read_words(session: AsyncSession, vault: Vault, case: Case) -> list[Words]:
    query = select(CaseMessage).where(CaseMessage.case_id == case.id).order_by(CaseMessage.seq)
    return [
        Words(MessageKind(row.kind), _opened(vault, row), row.at, row.staff_id)
        for row in await session.scalars(query)
    ]


def _opened(vault: Vault, row: CaseMessage) -> str | None:
    try:
        return vault.open("case_messages", "text", row.id, row.text_sealed)
    except UnreadableValueError:
        return None


async def has_opened(session: AsyncSession, case: Case, member: StaffMember, now: datetime) -> bool:
    """Whether this member opened the words lately; what is not sensitive lies open."""
    if not case.is_sensitive:
        return True
    query = select(func.count()).where(
        AuditEntry.action == "case_open",
        AuditEntry.object_id == case.id,
        AuditEntry.actor == member.id,
        AuditEntry.at > now - OPEN_LASTS,
    )
    return bool(await session.scalar(query))


async def record_opening(
    session: AsyncSession, case: Case, member: StaffMember, now: datetime
) -> None:
    await record_act(session, now, member.id, "case_open", "case", case.id, kind=case.kind)


@dataclass(frozen=True)
class Desk:
    """What staff do with a case, each act with its entry in the audit log."""

    vault: Vault
    bot: Phrases
    platform: str
    capabilities: Mapping[str, Capabilities]
    templates: Mapping[str, CaseTemplate] = field(default_factory=dict)  # by language

    async def can_write(self, session: AsyncSession, case: Case, now: datetime) -> bool:
        """Whether an answer would reach the person now."""
        return await self.way_to(session, case, now) is Way.FREE

    async def way_to(self, session: AsyncSession, case: Case, now: datetime) -> Way:
        if not case.wants_reply or case.kind == CaseKind.RUMOUR:
            return Way.NONE
        address = await session.get_one(Address, case.address_id)
        capabilities = self.capabilities.get(address.channel)
        if capabilities is None or address.blocked_at is not None:
            return Way.NONE
        window, last = capabilities.session_window, address.last_inbound_at
        if window is None or (last is not None and now < last + window):
            return Way.FREE
        return Way.TEMPLATE if case.language in self.templates else Way.NONE

    async def take(
        self, session: AsyncSession, case: Case, member: StaffMember, now: datetime
    ) -> None:
        """Take what is open, or take over what a colleague holds; the bot falls silent."""
        if case.state == CaseState.CLOSED or case.taken_by == member.id:
            raise CaseRefusedError(case.id)
        is_first = case.state == CaseState.OPEN
        case.state, case.taken_by, case.updated_at = CaseState.TAKEN, member.id, now
        await record_act(session, now, member.id, "case_take", "case", case.id, kind=case.kind)
        if await self.can_write(session, case, now):
            case.held_until = now + HOLD_LASTS
            if is_first:
                said = form_phrases.somebody_reads(self.speak(case), self.platform)
                await self.write(session, case, said, now)

    async def give_back(
        self, session: AsyncSession, case: Case, member: StaffMember, now: datetime
    ) -> None:
        demand_holder(case, member)
        case.state, case.taken_by, case.held_until = CaseState.OPEN, None, None
        case.updated_at = now
        await record_act(session, now, member.id, "case_give_back", "case", case.id)

    async def note(
        self, session: AsyncSession, case: Case, member: StaffMember, text: str, now: datetime
    ) -> None:
        if case.state == CaseState.CLOSED:
            raise CaseRefusedError(case.id)
        add_message(session, self.vault, case.id, MessageKind.NOTE, text, now, member.id)
        case.updated_at = now
        await record_act(session, now, member.id, "case_note", "case", case.id)

    async def answer(
        self, session: AsyncSession, case: Case, member: StaffMember, text: str, now: datetime
    ) -> None:
        """Put an answer into the outbox, or a template that announces it; refuse when neither
        could reach the person."""
        demand_holder(case, member)
        way = await self.way_to(session, case, now)
        if way is Way.NONE:
            raise CaseRefusedError(case.id)
        kind = MessageKind.ANSWER if way is Way.FREE else MessageKind.ANNOUNCED
        add_message(session, self.vault, case.id, kind, text, now, member.id)
        if way is Way.FREE:
            await self.write(session, case, form_phrases.from_person(self.speak(case), text), now)
        else:
            template = self.templates[case.language]
            use = TemplateUse(template.sid, ())
            await self.write(session, case, template.body, now, use)
        case.updated_at, case.held_until = now, now + HOLD_LASTS
        await record_act(session, now, member.id, "case_answer", "case", case.id)

    async def close(
        self, session: AsyncSession, case: Case, member: StaffMember, outcome: str, now: datetime
    ) -> None:
        """End a case; whoever was written to is told that the bot answers again."""
        demand_holder(case, member)
        if outcome not in OUTCOMES[CaseKind(case.kind)]:
            raise CaseRefusedError(case.id)
        was_held = case.held_until is not None
        case.state, case.outcome, case.held_until = CaseState.CLOSED, outcome, None
        case.updated_at = case.closed_at = now
        await record_act(session, now, member.id, "case_close", "case", case.id, outcome=outcome)
        if was_held and await self.can_write(session, case, now):
            await self.write(session, case, form_phrases.case_ended(self.speak(case)), now)

    async def write(
        self,
        session: AsyncSession,
        case: Case,
        text: str,
        now: datetime,
        template: TemplateUse | None = None,
    ) -> None:
        address = await session.get_one(Address, case.address_id)
        session.add(
            new_reply(
                self.vault,
                contact_id=case.contact_id,
                address_id=case.address_id,
                channel=address.channel,
                inbound_id=None,
                part=0,
                message=Outbound(text, template=template),
                content=[],
                repeat_in_doubt=False,
                now=now,
            )
        )
        await session.flush()

    def speak(self, case: Case) -> Translate:
        return self.bot.for_language(case.language)


def demand_holder(case: Case, member: StaffMember) -> None:
    if case.state != CaseState.TAKEN or case.taken_by != member.id:
        raise CaseRefusedError(case.id)
