"""Cases: the queue of what people passed on, and one case to take, answer, note and close.

Two queues with the same pages: requests and rumours for the owning sub-group, complaints for their
focal points only (HUM-30). No number or name of a person is shown, and the words of a sensitive
case are not in a page before somebody opened them, which the audit log records (HUM-33).
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from bot.case_desk import (
    COMPLAINTS,
    LONGEST_ANSWER,
    LONGEST_NOTE,
    REQUESTS,
    CaseRefusedError,
    Desk,
    Way,
    Words,
    count_waiting,
    due_at,
    find_case,
    has_opened,
    list_cases,
    read_words,
    record_opening,
)
from bot.case_models import Case
from bot.case_passing import Receiver, list_receivers, pass_case_on
from bot.cases import LEFT, CaseKind, CaseState
from bot.channels.registry import CAPABILITIES
from bot.own_contacts import whose_tests
from bot.person_reads import COUNTED_FOR, ReadKind, has_read, is_blocked, note_read
from content.models import AreaRow
from hub.config import Config
from hub.console.case_words import (
    TONES,
    case_state_names,
    clock_words,
    kind_names,
    outcome_names,
    queue_names,
    reason_names,
)
from hub.console.errors import ConflictError, NotFoundError, TooManyRecordsError
from hub.console.frame import Act, Card, Page, Route, Visitor
from hub.console.menu import PEOPLE
from hub.console.update_form import list_areas
from hub.console.words import names_for
from hub.i18n import noop
from hub.staff.models import Organisation, StaffMember
from hub.staff.roles import Permission

_TYPED = ("answer", "note", "outcome", "receiver", "pass_note", "agreed")
Handler = Callable[[Visitor, AsyncSession], Awaitable[Response]]


@dataclass(frozen=True)
class Sheet:
    """One case as this visitor sees it; no words before they are opened."""

    case: Case
    words: Sequence[Words]
    is_open: bool
    way: Way
    receivers: Sequence[Receiver]
    organisation: str
    left_by: str  # the name of the organisation that had it and left
    area: str
    people: dict[str, str]
    tester: str  # who plays the person, if it is a test contact


@dataclass(frozen=True)
class Queue:
    """The pages of one queue below `path`."""

    path: str
    permission: Permission
    kinds: Sequence[CaseKind]
    nav: str

    async def show_list(self, visitor: Visitor) -> Response:
        state, owner = visitor.query("state"), visitor.query("owner")
        area = visitor.query("area")
        wanted = CaseState(state) if state in set(CaseState) else None
        async with visitor.console.database.read() as session:
            found = await list_cases(session, visitor.staff, self.kinds, wanted, owner, area)
            departments = await list_areas(session)
            areas = await _area_names(session, found)
            people = await _staff_names(session, [case.taken_by for case in found])
            tests = await whose_tests(session, (case.contact_id for case in found))
        return visitor.render(
            "cases.html",
            queue=self,
            title=queue_names(visitor._)[self.path],
            cases=found,
            overdue={case.id for case in found if _is_overdue(case, visitor)},
            clocks={
                case.id: clock_words(visitor._, due_at(case), visitor.now)
                for case in found
                if case.state == CaseState.OPEN
            },
            departments=departments,
            owner=owner,
            area=area,
            owners=list(visitor.staff.sub_groups) if self.kinds == REQUESTS else [],
            areas=areas,
            people=people,
            tests=tests,
            state=state,
            states=case_state_names(visitor._),
            kinds=kind_names(visitor._),
            reasons={kind: reason_names(visitor._, kind) for kind in self.kinds},
            tones=TONES,
            names=names_for(visitor._, visitor.console.config.names),
        )

    async def show_case(self, visitor: Visitor) -> Response:
        await self._note_read(visitor)
        return await self._render(visitor)

    async def _note_read(self, visitor: Visitor) -> None:
        """A case is one person's record, so it counts like one (SEC-30)."""
        console, now, staff_id = visitor.console, visitor.now, visitor.staff.id
        async with console.database.read() as session:
            case = await self._find(visitor, session)
            is_counted = await has_read(session, staff_id, case.contact_id, now - COUNTED_FOR)
            is_stopped = await is_blocked(session, staff_id)
        may_read = not is_stopped
        if may_read and not is_counted:
            most = console.config.console.records_per_hour
            async with console.database.write() as session:
                may_read = await note_read(
                    session, staff_id, ReadKind.CASE, case.contact_id, now, most
                )
        if not may_read:
            raise TooManyRecordsError

    async def open_words(self, visitor: Visitor, session: AsyncSession) -> Response:
        case = await self._find(visitor, session)
        await record_opening(session, case, visitor.staff, visitor.now)
        return visitor.done(self._at(case), visitor._("Opened. The record says that you did."))

    async def take(self, visitor: Visitor, session: AsyncSession) -> Response:
        case = await self._find(visitor, session)
        await _doing(case, _desk(visitor).take(session, case, visitor.staff, visitor.now))
        return visitor.done(self._at(case), visitor._("It is yours now."))

    async def give_back(self, visitor: Visitor, session: AsyncSession) -> Response:
        case = await self._find(visitor, session)
        await _doing(case, _desk(visitor).give_back(session, case, visitor.staff, visitor.now))
        return visitor.done(self._at(case), visitor._("It waits for somebody else."))

    async def answer(self, visitor: Visitor, session: AsyncSession) -> Response:
        case, text = await self._find(visitor, session), visitor.field("answer")
        errors = _check_text(visitor, "answer", text, LONGEST_ANSWER)
        if errors:
            return await self._render(visitor, 422, errors)
        desk = _desk(visitor)
        await _doing(case, desk.answer(session, case, visitor.staff, text, visitor.now))
        return visitor.done(self._at(case), visitor._("Sent off. It arrives within moments."))

    async def pass_on(self, visitor: Visitor, session: AsyncSession) -> Response:
        """To another desk; the person's yes is recorded with it, and without it nothing moves."""
        case = await self._find(visitor, session)
        receivers = await list_receivers(session, visitor.staff, case)
        chosen = [one for one in receivers if one.key == visitor.field("receiver")]
        note, errors = visitor.field("pass_note"), {}
        if not chosen:
            errors["receiver"] = visitor._("Choose to whom it goes")
        if not visitor.field("agreed"):
            errors["agreed"] = visitor._("Ask the person first; without their yes it stays here")
        if len(note) > LONGEST_NOTE:
            errors["pass_note"] = visitor._("Say it in at most 1000 characters")
        if errors:
            return await self._render(visitor, 422, errors)
        act = pass_case_on(
            session, _desk(visitor), case, visitor.staff, chosen[0], note, visitor.now
        )
        await _doing(case, act)
        return visitor.done(self.path, visitor._("Passed on, and the person's yes is on record."))

    async def note(self, visitor: Visitor, session: AsyncSession) -> Response:
        case, text = await self._find(visitor, session), visitor.field("note")
        errors = _check_text(visitor, "note", text, LONGEST_NOTE)
        if errors:
            return await self._render(visitor, 422, errors)
        desk = _desk(visitor)
        await _doing(case, desk.note(session, case, visitor.staff, text, visitor.now))
        return visitor.done(self._at(case), visitor._("Noted."))

    async def close(self, visitor: Visitor, session: AsyncSession) -> Response:
        case, outcome = await self._find(visitor, session), visitor.field("outcome")
        if outcome not in outcome_names(visitor._, case.kind):
            errors = {"outcome": visitor._("Choose what came of it")}
            return await self._render(visitor, 422, errors)
        desk = _desk(visitor)
        await _doing(case, desk.close(session, case, visitor.staff, outcome, visitor.now))
        return visitor.done(self.path, visitor._("Closed."))

    def pages(self) -> tuple[Route, ...]:
        one = f"{self.path}/{{case_id}}"
        acts: dict[str, Handler] = {
            "open": self.open_words,
            "take": self.take,
            "give-back": self.give_back,
            "answer": self.answer,
            "note": self.note,
            "pass-on": self.pass_on,
            "close": self.close,
        }
        return (
            Page(self.path, self.permission, self.show_list, nav=self.nav, nav_under=PEOPLE),
            Page(one, self.permission, self.show_case),
            *(Act(f"{one}/{verb}", self.permission, act) for verb, act in acts.items()),
        )

    def _at(self, case: Case) -> str:
        return f"{self.path}/{case.id}"

    async def _find(self, visitor: Visitor, session: AsyncSession) -> Case:
        case = await find_case(session, visitor.path("case_id"), visitor.staff, self.kinds)
        if case is None:
            raise NotFoundError
        return case

    async def _render(
        self, visitor: Visitor, status: int = 200, errors: dict[str, str] | None = None
    ) -> Response:
        async with visitor.console.database.read() as session:
            sheet = await self._load(visitor, session)
        case = sheet.case
        _ = visitor._
        return visitor.render(
            "case.html",
            status=status,
            queue=self,
            sheet=sheet,
            case=case,
            is_mine=case.state == CaseState.TAKEN and case.taken_by == visitor.staff.id,
            is_overdue=_is_overdue(case, visitor),
            errors=errors or {},
            typed={name: visitor.field(name) for name in _TYPED},
            clock=clock_words(_, due_at(case), visitor.now),
            due=due_at(case),
            limits={"answer": LONGEST_ANSWER, "note": LONGEST_NOTE},
            title=kind_names(_)[case.kind],
            reasons=reason_names(_, case.kind),
            outcomes=outcome_names(_, case.kind),
            ended_by_person=case.outcome == LEFT,
            states=case_state_names(_),
            tones=TONES,
            names=names_for(_, visitor.console.config.names),
        )

    async def _load(self, visitor: Visitor, session: AsyncSession) -> Sheet:
        case = await self._find(visitor, session)
        is_open = await has_opened(session, case, visitor.staff, visitor.now)
        words = await read_words(session, visitor.console.vault, case) if is_open else []
        staff = [case.taken_by, *(one.staff_id for one in words)]
        return Sheet(
            case=case,
            words=words,
            is_open=is_open,
            way=await _desk(visitor).way_to(session, case, visitor.now),
            receivers=await list_receivers(session, visitor.staff, case),
            organisation=await _organisation_name(session, case.organisation_id),
            left_by=await _organisation_name(session, case.left_by),
            area=(await _area_names(session, [case])).get(case.area or "", ""),
            people=await _staff_names(session, staff),
            tester=(await whose_tests(session, [case.contact_id])).get(case.contact_id, ""),
        )


REQUEST_QUEUE = Queue("/cases", Permission.CASES_HANDLE, REQUESTS, noop("Cases"))
COMPLAINT_QUEUE = Queue("/complaints", Permission.COMPLAINTS_HANDLE, COMPLAINTS, noop("Complaints"))


async def count_cards(visitor: Visitor, session: AsyncSession) -> list[Card]:
    _ = visitor._
    cards: list[Card] = []
    for queue in (REQUEST_QUEUE, COMPLAINT_QUEUE):
        if not visitor.can(queue.permission):
            continue
        waiting = await count_waiting(session, visitor.staff, queue.kinds, visitor.now)
        address = f"{queue.path}?state=open"
        if waiting.overdue:
            title, advice = _("Overdue"), _("People wait longer than they should")
            cards.append(
                Card(
                    f"{queue_names(_)[queue.path]}: {title}",
                    waiting.overdue,
                    advice,
                    address,
                    "bad",
                )
            )
        if waiting.cases:
            title, advice = _("Waiting"), _("What people passed on and nobody took yet")
            name = f"{queue_names(_)[queue.path]}: {title}"
            cards.append(Card(name, waiting.cases, advice, address, is_least=waiting.is_least))
        if waiting.left:
            title, advice = _("Left behind"), _("Their organisation has left: answer or pass on")
            name = f"{queue_names(_)[queue.path]}: {title}"
            cards.append(Card(name, waiting.left, advice, address))
    return cards


async def _doing(case: Case, act: Awaitable[None]) -> None:
    try:
        await act
    except CaseRefusedError as error:
        raise ConflictError(case.id) from error


def _check_text(visitor: Visitor, field: str, text: str, longest: int) -> dict[str, str]:
    if not text:
        return {field: visitor._("Write something first")}
    if len(text) > longest:
        return {field: visitor._("Say it in at most 1000 characters")}
    return {}


def _desk(visitor: Visitor) -> Desk:
    config: Config = visitor.console.config
    return Desk(
        visitor.console.vault,
        visitor.console.bot,
        config.platform,
        CAPABILITIES,
        config.cases.templates,
    )


def _is_overdue(case: Case, visitor: Visitor) -> bool:
    return case.state == CaseState.OPEN and due_at(case) < visitor.now


async def _area_names(session: AsyncSession, cases: Sequence[Case]) -> dict[str, str]:
    codes = {case.area for case in cases if case.area}
    rows = await session.scalars(select(AreaRow).where(AreaRow.code.in_(codes)))
    return {row.code: row.name for row in rows}


async def _organisation_name(session: AsyncSession, organisation_id: str | None) -> str:
    row = await session.get(Organisation, organisation_id) if organisation_id else None
    return row.name if row else ""


async def _staff_names(session: AsyncSession, ids: Sequence[str | None]) -> dict[str, str]:
    wanted = {one for one in ids if one}
    rows = await session.scalars(select(StaffMember).where(StaffMember.id.in_(wanted)))
    return {row.id: row.display_name for row in rows}


PAGES: tuple[Route, ...] = (*REQUEST_QUEUE.pages(), *COMPLAINT_QUEUE.pages())
