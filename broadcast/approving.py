"""The second person's word: approve exactly the version that was seen, or send it back.

The rule holds here, in the database (`broadcast.guards`) and again with every claim
(`broadcast.release`); nothing here ever changes a text.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast.caps import Share, check_caps
from broadcast.errors import (
    AlreadyApprovedError,
    CorruptedError,
    NotAllowedError,
    SecondPersonError,
    StaleVersionError,
    UnfitError,
    UntriedError,
)
from broadcast.models import Approval, FirstApproval, Update
from broadcast.policy import Policy
from broadcast.priority import approvals_needed
from broadcast.reckoning import count_people
from broadcast.states import Move, State, next_state
from broadcast.subject import was_tried
from broadcast.verify import verify
from broadcast.versions import hash_of, lock_update, read_content, read_editors, void_approvals
from hub.failpoints import hit
from hub.staff.audit import record_act
from hub.staff.models import StaffMember
from hub.staff.roles import Permission, permissions_of

_SHORTEST_REASON = 10
LONGEST_REASON = 300


async def approve(
    session: AsyncSession,
    update_id: str,
    policy: Policy,
    *,
    seen_hash: str,
    approver: str,
    now: datetime,
    untried: str = "",
) -> Update:
    """Approve what `seen_hash` names; raise an `UpdateError` if it is not what is stored now.

    What needs two approvals stays in review after the first one. `untried` is why it may go
    although nobody had this version on a phone; without a reason that is refused (HUM-42).
    """
    row = await lock_update(session, update_id)
    target = next_state(State(row.state), Move.APPROVE)
    await _check_approver(session, row, approver)
    await _check_content(session, row, seen_hash)
    counted = await count_people(session, row, policy, now)
    if any(finding.blocks for finding in await verify(session, row, policy, now, counted)):
        raise UnfitError(update_id)
    why = None if await was_tried(session, row) else _check_reason(row, untried)
    if approvals_needed(row) > 1 and await find_first(session, row) is None:
        return await _sign_first(session, row, approver, now, why)
    people = counted.count.total
    await check_caps(session, row, people, policy, approver, now)
    await _sign(session, row, approver, now, Share.of(row, people, policy, now), why)
    row.state, row.changed_at = target, now
    await session.flush()
    hit("approve.before_commit")
    return row


async def send_back(
    session: AsyncSession,
    update_id: str,
    *,
    seen_version: int,
    reviewer: str,
    comment: str,
    now: datetime,
) -> Update:
    """Return a version to its author with a word about why."""
    row = await lock_update(session, update_id)
    target = next_state(State(row.state), Move.SEND_BACK)
    if row.version != seen_version:
        raise StaleVersionError(f"update {update_id}: version {row.version}, seen {seen_version}")
    row.state, row.comment, row.changed_at = target, comment, now
    await record_act(session, now, reviewer, "send_back", "update", row.id, version=row.version)
    if await find_first(session, row) is not None:
        row.submitter_id = None
        await void_approvals(session, row, now)
    return row


async def find_first(session: AsyncSession, row: Update) -> FirstApproval | None:
    """The first of two approvals of this version, if somebody gave it."""
    return await session.get(FirstApproval, (row.id, row.version))


async def may_approve(session: AsyncSession, row: Update, staff_id: str) -> bool:
    """Whether this person is a second person for the version as it stands, who has not approved
    it yet."""
    return staff_id not in await _involved(session, row)


async def list_approvers(session: AsyncSession, row: Update) -> list[str]:
    """Display names of those who may approve this version, for whoever waits for one of them."""
    involved = await _involved(session, row)
    query = select(StaffMember).where(StaffMember.disabled_at.is_(None))
    return [
        member.display_name
        for member in await session.scalars(query.order_by(StaffMember.display_name))
        if member.id not in involved and Permission.UPDATES_APPROVE in permissions_of(member.roles)
    ]


async def _involved(session: AsyncSession, row: Update) -> set[str]:
    first = await find_first(session, row)
    approved = {first.approver_id} if first else set()
    return approved | await _authors(session, row)


async def _authors(session: AsyncSession, row: Update) -> set[str]:
    by_hand = {row.author_id} | ({row.submitter_id} if row.submitter_id else set())
    return by_hand | await read_editors(session, row.id, row.version)


async def _check_approver(session: AsyncSession, row: Update, approver: str) -> None:
    member = await session.get(StaffMember, approver)
    if member is None or member.disabled_at is not None:
        raise NotAllowedError(approver)
    if Permission.UPDATES_APPROVE not in permissions_of(member.roles):
        raise NotAllowedError(approver)
    if approver in await _authors(session, row):
        raise SecondPersonError(f"update {row.id}: {approver} had a hand in it")
    first = await find_first(session, row)
    if first is not None and first.approver_id == approver:
        raise AlreadyApprovedError(f"update {row.id}: {approver} gave the first approval")


async def _check_content(session: AsyncSession, row: Update, seen_hash: str) -> None:
    if row.content_hash != seen_hash:
        raise StaleVersionError(f"update {row.id}: another version than was seen")
    if hash_of(row, await read_content(session, row.id)) != row.content_hash:
        raise CorruptedError(row.id)


def _check_reason(row: Update, untried: str) -> str:
    reason = " ".join(untried.split())
    if not _SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise UntriedError(f"update {row.id}: no test send of this version")
    return reason


async def _sign_first(
    session: AsyncSession, row: Update, approver: str, now: datetime, untried: str | None
) -> Update:
    session.add(
        FirstApproval(
            update_id=row.id,
            version=row.version,
            content_hash=row.content_hash,
            approver_id=approver,
            at=now,
            untried=untried,
        )
    )
    await session.flush()
    await _record(session, row, "approve_first", approver, now, untried)
    return row


async def _record(
    session: AsyncSession,
    row: Update,
    action: str,
    approver: str,
    now: datetime,
    untried: str | None,
) -> None:
    detail = {"version": row.version, "hash": row.content_hash}
    because = {"untried": untried} if untried else {}
    await record_act(session, now, approver, action, "update", row.id, **detail, **because)


async def _sign(
    session: AsyncSession,
    row: Update,
    approver: str,
    now: datetime,
    share: Share,
    untried: str | None,
) -> None:
    if row.submitter_id is None:
        raise CorruptedError(row.id)
    session.add(
        Approval(
            update_id=row.id,
            version=row.version,
            content_hash=row.content_hash,
            approver_id=approver,
            author_id=row.author_id,
            submitter_id=row.submitter_id,
            at=now,
            people=share.people,
            day=share.day,
            untried=untried,
        )
    )
    await session.flush()
    await _record(session, row, "approve", approver, now, untried)
