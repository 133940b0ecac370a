"""The roster: who of the staff reads requests when, and what the bot may promise of it (HUM-32).

It counts from its first shift on; until then the weekly hours of `duty` in `config.yml` do. Works
in the caller's transaction, but for `RosterBook`, which reads one of its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.duty_models import DutyShift
from hub.database import Database
from hub.staff.audit import record_act
from hub.staff.models import StaffMember
from hub.staff.roles import Permission, permissions_of

LONGEST_SHIFT = timedelta(hours=24)
FARTHEST = timedelta(days=100)
MOST_WEEKS = 12


class BadShiftError(Exception):
    """It is over, too long or too far away, or overlaps another one of the same member."""


class UnknownMemberError(Exception):
    """Nobody who may read requests."""


@dataclass(frozen=True, slots=True)
class Roster:
    """The shifts from now on, by their beginning: spans of those who may read requests."""

    spans: tuple[tuple[datetime, datetime], ...]

    def covered_until(self, now: datetime) -> datetime | None:
        """Until when somebody is on duty without a gap; None if nobody is now."""
        end = None
        for starts_at, ends_at in self.spans:
            if starts_at <= (end or now):
                end = max(end or ends_at, ends_at)
        return end

    def next_start(self, now: datetime) -> datetime | None:
        return next((starts_at for starts_at, _ in self.spans if starts_at > now), None)


@dataclass(frozen=True)
class RosterBook:
    database: Database

    async def read(self, now: datetime) -> Roster | None:
        """None while nobody has kept a roster."""
        async with self.database.read() as session:
            shifts = await list_shifts(session, now)
            if not shifts and not await is_kept(session):
                return None
        return Roster(tuple((shift.starts_at, shift.ends_at) for shift, _ in shifts))


async def is_kept(session: AsyncSession) -> bool:
    return bool(await session.scalar(select(exists().where(DutyShift.id.is_not(None)))))


async def list_shifts(
    session: AsyncSession, now: datetime
) -> Sequence[tuple[DutyShift, StaffMember]]:
    """Those that are not over, of members who may read requests today, by their beginning."""
    query = (
        select(DutyShift, StaffMember)
        .join(StaffMember, StaffMember.id == DutyShift.staff_id)
        .where(DutyShift.ends_at > now, StaffMember.disabled_at.is_(None))
        .order_by(DutyShift.starts_at, DutyShift.id)
    )
    rows = await session.execute(query)
    return [(shift, member) for shift, member in rows if _may_read(member)]


async def list_readers(session: AsyncSession) -> list[StaffMember]:
    """Who may be on duty, by name."""
    query = select(StaffMember).where(StaffMember.disabled_at.is_(None))
    members = await session.scalars(query.order_by(StaffMember.display_name))
    return [member for member in members if _may_read(member)]


async def add_shifts(
    session: AsyncSession,
    staff_id: str,
    starts: Sequence[datetime],
    lasting: timedelta,
    *,
    actor: str,
    now: datetime,
) -> None:
    """One shift from each of these moments on. Raise an error if any of them cannot be."""
    member = await session.get(StaffMember, staff_id, with_for_update=True)
    if member is None or member.disabled_at is not None or not _may_read(member):
        raise UnknownMemberError(staff_id)
    if not timedelta() < lasting <= LONGEST_SHIFT:
        raise BadShiftError(staff_id)
    for starts_at in starts:
        ends_at = starts_at + lasting
        if ends_at <= now or starts_at > now + FARTHEST:
            raise BadShiftError(staff_id)
        if await _overlaps(session, staff_id, starts_at, ends_at):
            raise BadShiftError(staff_id)
        session.add(
            DutyShift(staff_id=staff_id, starts_at=starts_at, ends_at=ends_at, noted_by=actor)
        )
        await session.flush()
    await record_act(session, now, actor, "duty_add", "staff", staff_id, shifts=len(starts))


async def remove_shift(session: AsyncSession, shift_id: str, *, actor: str, now: datetime) -> bool:
    """Take a shift off the roster; one under way ends now, and what is over stays as it was."""
    shift = await session.get(DutyShift, shift_id, with_for_update=True)
    if shift is None or shift.ends_at <= now:
        return False
    if shift.starts_at < now:
        shift.ends_at = now
    else:
        await session.delete(shift)
    await session.flush()
    await record_act(session, now, actor, "duty_remove", "staff", shift.staff_id)
    return True


def on_duty(
    shifts: Iterable[tuple[DutyShift, StaffMember]], now: datetime
) -> list[tuple[DutyShift, StaffMember]]:
    return [(shift, member) for shift, member in shifts if shift.starts_at <= now < shift.ends_at]


async def _overlaps(
    session: AsyncSession, staff_id: str, starts_at: datetime, ends_at: datetime
) -> bool:
    clash = exists().where(
        DutyShift.staff_id == staff_id, DutyShift.starts_at < ends_at, DutyShift.ends_at > starts_at
    )
    return bool(await session.scalar(select(clash)))


def _may_read(member: StaffMember) -> bool:
    return Permission.CASES_HANDLE in permissions_of(member.roles)
