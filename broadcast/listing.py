"""Updates as lists and one by one, for the console and the command line. Changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import SendState
from broadcast.checking import find_unchecked
from broadcast.models import Approval, FirstApproval, Update, UpdateEdit, UpdateText
from broadcast.priority import approvals_needed, priority_of
from broadcast.progress import Progress, read_progress
from broadcast.states import ENDED, RELEASED, State
from broadcast.templates import Template
from broadcast.versions import find_update, read_editors, read_texts, short_code, template_of
from hub.staff.models import AuditEntry, StaffMember

_MOST_LOOKED_AT = 500


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything about one update. `people` holds the display names of the staff ids involved,
    `checks` by language who read it and when."""

    row: Update
    texts: Mapping[str, str]
    templates: Mapping[str, Template]
    approval: Approval | None
    first_approval: FirstApproval | None
    progress: Progress
    people: Mapping[str, str]
    checks: Mapping[str, tuple[str, datetime]]
    unchecked: tuple[str, ...]

    @property
    def state(self) -> State:
        return State(self.row.state)

    @property
    def approvers(self) -> list[str]:
        """Staff ids of those who approved this version, the first one first."""
        given = (self.first_approval, self.approval)
        return [approval.approver_id for approval in given if approval]


async def list_updates(session: AsyncSession, limit: int = 200) -> Sequence[Update]:
    """Open updates first, then the ended ones, each newest first."""
    query = (
        select(Update)
        .order_by(Update.state.in_(ENDED), Update.changed_at.desc(), Update.id)
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def list_templates(session: AsyncSession) -> dict[str, list[Template]]:
    """By language, the templates of updates that somebody approved, the one used last first."""
    query = (
        select(UpdateText.language, UpdateText.template)
        .join(Update, Update.id == UpdateText.update_id)
        .where(Update.state.in_(RELEASED), UpdateText.template.is_not(None))
        .order_by(Update.changed_at.desc(), Update.id)
        .limit(_MOST_LOOKED_AT)
    )
    found: dict[str, dict[str, Template]] = {}
    for language, stored in await session.execute(query):
        if stored:
            template = Template.from_json(stored)
            found.setdefault(language, {}).setdefault(template.sid, template)
    return {language: list(templates.values()) for language, templates in found.items()}


async def list_in_review(
    session: AsyncSession, second_person: str | None = None
) -> Sequence[Update]:
    """What waits for an approver, longest waiting first; with a member's id what they had no hand
    in and did not approve yet (`broadcast.approving.may_approve`)."""
    query = select(Update).where(Update.state == State.IN_REVIEW)
    if second_person is not None:
        edited = exists().where(
            UpdateEdit.update_id == Update.id,
            UpdateEdit.version <= Update.version,
            UpdateEdit.editor_id == second_person,
        )
        approved = exists().where(
            FirstApproval.update_id == Update.id,
            FirstApproval.version == Update.version,
            FirstApproval.approver_id == second_person,
        )
        submitter = func.coalesce(Update.submitter_id, "")
        query = query.where(Update.author_id != second_person, submitter != second_person, ~edited)
        query = query.where(~approved)
    return (await session.scalars(query.order_by(Update.changed_at, Update.id))).all()


async def list_urgent(session: AsyncSession, since: datetime) -> Sequence[Update]:
    """What passed the weekly share, or the night too, newest first; every approver is told."""
    query = select(Update).where(
        Update.urgency.is_not(None), Update.starts_at >= since, Update.state != State.WITHDRAWN
    )
    return (await session.scalars(query.order_by(Update.starts_at.desc(), Update.id))).all()


async def show_update(session: AsyncSession, update_id: str) -> Shown:
    """Raise `UnknownUpdateError` if there is none."""
    row = await find_update(session, update_id)
    approval = await session.get(Approval, (row.id, row.version))
    first = await session.get(FirstApproval, (row.id, row.version))
    texts = await read_texts(session, row.id)
    checks = {
        language: (words.checked_by, words.checked_at)
        for language, words in texts.items()
        if words.checked_by and words.checked_at
    }
    return Shown(
        row=row,
        texts={language: words.as_sent for language, words in texts.items()},
        templates={name: found for name, words in texts.items() if (found := template_of(words))},
        approval=approval,
        first_approval=first,
        progress=await read_progress(session, row.id),
        people=await _read_names(
            session,
            row,
            {who for who, _ in checks.values()}
            | {given.approver_id for given in (first, approval) if given},
        ),
        checks=checks,
        unchecked=find_unchecked(texts),
    )


def describe_update(shown: Shown) -> list[str]:
    """Lines for the command line."""
    row, progress = shown.row, shown.progress
    counts = (f"{state}: {progress.count(state)}" for state in SendState if progress.count(state))
    return [
        f"{row.id}  {row.title}",
        f"state: {row.state}",
        f"version: {row.version}  code: {short_code(row.content_hash)}",
        f"languages: {', '.join(sorted(shown.texts))}",
        f"not checked: {', '.join(shown.unchecked) or '–'}",
        f"author: {shown.people.get(row.author_id, '–')}",
        f"class: {priority_of(row)}",
        f"approvals: {len(shown.approvers)} of {approvals_needed(row)}",
        f"approvers: {', '.join(shown.people.get(who, '–') for who in shown.approvers) or '–'}",
        f"not after: {row.not_after.isoformat()}",
        f"people: {progress.total}",
        *counts,
    ]


async def _read_names(session: AsyncSession, row: Update, readers: set[str]) -> dict[str, str]:
    """`readers` checked or approved it."""
    ids = readers | await read_editors(session, row.id, row.version)
    ids |= {name for name in (row.author_id, row.submitter_id) if name}
    acted = select(AuditEntry.actor).where(
        AuditEntry.object_kind == "update", AuditEntry.object_id == row.id
    )
    query = select(StaffMember.id, StaffMember.display_name).where(
        or_(StaffMember.id.in_(ids), StaffMember.id.in_(acted))
    )
    return {row.id: row.display_name for row in await session.execute(query)}


@dataclass(frozen=True, slots=True)
class Event:
    """One act in an update's history; `actor` is a staff id, `system` or `cli`."""

    action: str
    actor: str
    at: datetime
    version: int


async def read_history(session: AsyncSession, update_id: str) -> list[Event]:
    """From the audit log, newest first."""
    query = (
        select(AuditEntry)
        .where(AuditEntry.object_kind == "update", AuditEntry.object_id == update_id)
        .order_by(AuditEntry.seq.desc())
    )
    rows = await session.scalars(query)
    return [Event(row.action, row.actor, row.at, row.detail.get("version", 0)) for row in rows]
