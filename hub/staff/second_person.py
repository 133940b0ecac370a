"""Acts of power that need two people: one asks and says why, another approves (PEER-11).

A part describes its kind of act as an `ActKind` and hands it to the console's registry; nothing
here knows what an act does. It is carried out once, inside the approver's transaction. What is
asked for never changes, so that both have seen the same; the database holds to that as well
(`hub.staff.guards`).
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from hub.staff.act_states import ACT_MOVES, ActMove, ActState
from hub.staff.audit import record_act
from hub.staff.models import PendingAct, StaffMember
from hub.staff.roles import Permission, permissions_of

WAITS_FOR = timedelta(hours=72)
COLLECT_WITHIN = timedelta(hours=24)
LONGEST_REASON = 300

CarryOut = Callable[[AsyncSession, PendingAct, datetime], Awaitable[None]]


@dataclass(frozen=True)
class ActKind:
    """One kind of act. `asked_with` and `approved_with` are the permissions of the two people.

    `carry_out` runs in the approver's transaction, after the act is marked as done by them; what it
    raises undoes both. An act that hands something to its requester, such as a link or a file,
    does so afterwards through `collect`.
    """

    name: str
    asked_with: Permission
    approved_with: Permission
    carry_out: CarryOut


@dataclass(frozen=True)
class Request:
    """What somebody asks for. `payload` is plain JSON without personal data."""

    kind: ActKind
    object_kind: str
    object_id: str
    payload: Mapping[str, object]
    reason: str


class SecondPersonError(Exception):
    """The act cannot be asked for or decided like that."""


class AlreadyRequestedError(SecondPersonError):
    """Exactly this waits already for a second person."""


class NotOpenError(SecondPersonError):
    """It was decided, withdrawn, or nobody decided in time; or it is not what was shown."""


class NotTheirsError(SecondPersonError):
    """This person may not: they asked themselves, or lack the permission."""


async def request_act(
    session: AsyncSession, request: Request, member: StaffMember, now: datetime
) -> PendingAct:
    """Ask for an act; raise `NotTheirsError` or `AlreadyRequestedError`."""
    if request.kind.asked_with not in permissions_of(member.roles):
        raise NotTheirsError(request.kind.name)
    await close_expired(session, now)
    act = PendingAct(
        kind=request.kind.name,
        object_kind=request.object_kind,
        object_id=request.object_id,
        payload=dict(request.payload),
        payload_hash=hash_payload(request.kind.name, request.object_id, request.payload),
        reason=request.reason[:LONGEST_REASON],
        requested_by=member.id,
        requested_at=now,
        expires_at=now + WAITS_FOR,
    )
    try:
        async with session.begin_nested():
            session.add(act)
    except IntegrityError as error:
        raise AlreadyRequestedError(request.kind.name) from error
    await _record(session, act, "request", member.id, now)
    return act


async def approve_act(
    session: AsyncSession,
    kind: ActKind,
    act_id: str,
    member: StaffMember,
    *,
    seen_hash: str,
    now: datetime,
) -> PendingAct:
    """Approve what was seen and carry it out, once; raise a `SecondPersonError`."""
    act = await _load_open(session, act_id, now)
    if act.requested_by == member.id or kind.approved_with not in permissions_of(member.roles):
        raise NotTheirsError(act.kind)
    if not seen_hash == act.payload_hash == hash_payload(act.kind, act.object_id, act.payload):
        raise NotOpenError("not what was shown")
    await _check_requester(session, kind, act)
    await _decide(session, act, ActMove.APPROVE, member, now)
    await kind.carry_out(session, act, now)
    return act


async def refuse_act(
    session: AsyncSession, kind: ActKind, act_id: str, member: StaffMember, now: datetime
) -> PendingAct:
    """Say no; raise a `SecondPersonError`. Whoever asked withdraws instead."""
    act = await _load_open(session, act_id, now)
    if act.requested_by == member.id or kind.approved_with not in permissions_of(member.roles):
        raise NotTheirsError(act.kind)
    await _decide(session, act, ActMove.REFUSE, member, now)
    return act


async def withdraw_act(
    session: AsyncSession, act_id: str, member: StaffMember, now: datetime
) -> PendingAct:
    """Take one's own request back; raise a `SecondPersonError`."""
    act = await _load_open(session, act_id, now)
    if act.requested_by != member.id:
        raise NotTheirsError(act.kind)
    await _decide(session, act, ActMove.WITHDRAW, member, now)
    return act


async def collect(
    session: AsyncSession, kind: ActKind, act_id: str, member: StaffMember, now: datetime
) -> PendingAct:
    """Take what an approved act gives: once, by whoever asked, within a day.

    Raise a `SecondPersonError`. The permission is looked at again, since a day is long.
    """
    act = await session.get(PendingAct, act_id, with_for_update=True)
    if act is None or act.kind != kind.name or not can_collect(act, now):
        raise NotOpenError(act_id)
    if act.requested_by != member.id or kind.asked_with not in permissions_of(member.roles):
        raise NotTheirsError(act.kind)
    act.collected_at = now
    await session.flush()
    await _record(session, act, "collect", member.id, now)
    return act


def can_collect(act: PendingAct, now: datetime) -> bool:
    return (
        act.state == ActState.DONE
        and act.collected_at is None
        and act.decided_at is not None
        and now < act.decided_at + COLLECT_WITHIN
    )


def is_open(act: PendingAct, now: datetime) -> bool:
    return act.state == ActState.PENDING and now < act.expires_at


async def close_expired(session: AsyncSession, now: datetime) -> None:
    """End what nobody decided in time; every request and decision does it first."""
    expired = await session.scalars(
        select(PendingAct)
        .where(PendingAct.state == ActState.PENDING, PendingAct.expires_at <= now)
        .with_for_update()
    )
    for act in expired.all():
        act.state, act.decided_at = ACT_MOVES[ActState(act.state), ActMove.EXPIRE], now
        await session.flush()
        await _record(session, act, ActMove.EXPIRE, "system", now)


async def list_acts(
    session: AsyncSession, kinds: Iterable[str], state: ActState, *, offset: int, limit: int
) -> list[PendingAct]:
    """Requests of these kinds in one state, newest first."""
    found = await session.scalars(
        select(PendingAct)
        .where(PendingAct.state == state, PendingAct.kind.in_(list(kinds)))
        .order_by(PendingAct.requested_at.desc(), PendingAct.id)
        .offset(offset)
        .limit(limit)
    )
    return list(found)


async def count_to_decide(
    session: AsyncSession, kinds: Iterable[str], member_id: str, now: datetime
) -> int:
    """How many wait for somebody like this member, who did not ask for them."""
    return (
        await session.scalar(
            select(func.count()).where(
                PendingAct.state == ActState.PENDING,
                PendingAct.expires_at > now,
                PendingAct.kind.in_(list(kinds)),
                PendingAct.requested_by != member_id,
            )
        )
    ) or 0


def hash_payload(kind: str, object_id: str, payload: Mapping[str, object]) -> str:
    content = json.dumps([kind, object_id, payload], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


async def _load_open(session: AsyncSession, act_id: str, now: datetime) -> PendingAct:
    """Locked, so that of two who decide at once the second finds it decided."""
    await close_expired(session, now)
    act = await session.get(PendingAct, act_id, with_for_update=True, populate_existing=True)
    if act is None or not is_open(act, now):
        raise NotOpenError(act_id)
    return act


async def _check_requester(session: AsyncSession, kind: ActKind, act: PendingAct) -> None:
    """Whoever lost an account or a role meanwhile no longer asks for anything."""
    requester = await session.get_one(StaffMember, act.requested_by)
    if requester.disabled_at is not None or kind.asked_with not in permissions_of(requester.roles):
        raise NotOpenError("the person who asked may no longer ask")


async def _decide(
    session: AsyncSession, act: PendingAct, move: ActMove, member: StaffMember, now: datetime
) -> None:
    decided = await session.scalar(
        update(PendingAct)
        .where(PendingAct.id == act.id, PendingAct.state == ActState.PENDING)
        .values(
            state=ACT_MOVES[ActState.PENDING, move],
            decided_by=member.id,
            decided_at=now,
        )
        .returning(PendingAct.id)
    )
    if decided is None:
        raise NotOpenError(act.id)
    await session.refresh(act)
    await _record(session, act, move, member.id, now)


async def _record(
    session: AsyncSession, act: PendingAct, action: str, actor: str, now: datetime
) -> None:
    await record_act(
        session,
        now,
        actor,
        action,
        "request",
        act.id,
        kind=act.kind,
        about_kind=act.object_kind,
        about_id=act.object_id,
    )
