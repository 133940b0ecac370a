"""To how many people a sub-group, or one approver, may send in a day and in seven (HUM-44).

Share when an update is approved, by days of the deployment's time zone; the database holds to the
same (`broadcast.guards`). What is urgent passes openly. A correction passes too: it is owed to
whoever got what was wrong. `config.yml` sets the caps; two people give more for some days.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Self

from sqlalchemy import Select, case, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast.audience import Audience
from broadcast.errors import CapReachedError
from broadcast.models import Approval, SendingCap, Update
from broadcast.policy import Policy
from hub.config import PeopleCap
from hub.staff.audit import record_act

GROUP, APPROVER = "group", "approver"
WEEK = 7  # days
NOBODY_NAMED = ""  # updates that are sent for no sub-group


@dataclass(frozen=True, slots=True)
class CapUse:
    """What of a cap is used; None is no limit. `extra` people are granted until `extra_until`."""

    day: int
    week: int
    per_day: int | None
    per_week: int | None
    extra: int = 0
    extra_until: int | None = None

    @property
    def limits(self) -> tuple[int | None, int | None]:
        """Of the day and of the week, with what was granted on top."""
        day, week = (
            None if limit is None else limit + self.extra for limit in (self.per_day, self.per_week)
        )
        return day, week

    @property
    def left(self) -> int | None:
        rooms = [
            max(0, limit - used)
            for limit, used in zip(self.limits, (self.day, self.week), strict=True)
            if limit is not None
        ]
        return min(rooms, default=None)

    def has_room(self, people: int) -> bool:
        return self.left is None or people <= self.left


def day_number(policy: Policy, moment: datetime) -> int:
    return moment.astimezone(policy.timezone).toordinal()


class Share(NamedTuple):
    """What an approval takes from the caps."""

    people: int
    day: int

    @classmethod
    def of(cls, row: Update, people: int, policy: Policy, now: datetime) -> Self:
        """A correction takes nothing."""
        is_correction = Audience.from_json(row.audience).is_correction
        return cls(0 if is_correction else people, day_number(policy, now))


async def read_group_use(
    session: AsyncSession, owner: str | None, policy: Policy, now: datetime
) -> CapUse:
    name = owner or NOBODY_NAMED
    return (await read_group_uses(session, [name], policy, now))[name]


async def read_group_uses(
    session: AsyncSession, names: Collection[str], policy: Policy, now: datetime
) -> dict[str, CapUse]:
    """By the names of sub-groups, and `NOBODY_NAMED` for what is sent for none."""
    today, group = day_number(policy, now), func.coalesce(Update.owner, NOBODY_NAMED)
    counted = _counting(today).add_columns(group).where(group.in_(names)).group_by(group)
    used = {name: (day, week) for day, week, name in await session.execute(counted)}
    granted = select(SendingCap).where(
        SendingCap.kind == GROUP, SendingCap.name.in_(names), SendingCap.extra_until >= today
    )
    extra = {row.name: row for row in await session.scalars(granted)}
    uses = {}
    for name in names:
        cap, (day, week), more = policy.cap_of(name), used.get(name, (0, 0)), extra.get(name)
        until = more.extra_until if more else None
        amount = more.extra if more else 0
        uses[name] = CapUse(day, week, cap.per_day, cap.per_week, amount, until)
    return uses


async def read_approver_use(
    session: AsyncSession, approver: str, policy: Policy, now: datetime
) -> CapUse:
    counting = _counting(day_number(policy, now)).where(Approval.approver_id == approver)
    day, week = (await session.execute(counting)).one()
    return CapUse(day, week, policy.approver_cap.per_day, policy.approver_cap.per_week)


async def check_caps(
    session: AsyncSession, row: Update, people: int, policy: Policy, approver: str, now: datetime
) -> None:
    """Raise `CapReachedError` if approving this would pass a cap. The caps are held until commit,
    so that two who approve at once count each other."""
    await _hold(session, GROUP, row.owner or NOBODY_NAMED, policy.cap_of(row.owner))
    await _hold(session, APPROVER, NOBODY_NAMED, policy.approver_cap)
    if row.urgency is not None:
        return
    counted = Share.of(row, people, policy, now).people
    for use in (
        await read_group_use(session, row.owner, policy, now),
        await read_approver_use(session, approver, policy, now),
    ):
        if counted and not use.has_room(counted):
            raise CapReachedError(f"update {row.id}: {counted} people, room for {use.left}")


async def grant_extra(
    session: AsyncSession, owner: str, extra: int, until: int, *, actor: str, now: datetime
) -> None:
    """Give a sub-group so many people more, up to the day of this number; a second grant takes
    the place of the first."""
    row = await session.get(SendingCap, (GROUP, owner), with_for_update=True)
    if row is None:
        row = SendingCap(kind=GROUP, name=owner)
        session.add(row)
    row.extra, row.extra_until = extra, until
    await record_act(session, now, actor, "raise_cap", "sub_group", owner or "-", people=extra)
    await session.flush()


async def _hold(session: AsyncSession, kind: str, name: str, cap: PeopleCap) -> None:
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    insert = sqlite.insert if is_sqlite else postgresql.insert
    set_by = {"per_day": cap.per_day, "per_week": cap.per_week}
    statement = insert(SendingCap).values(kind=kind, name=name, extra=0, **set_by)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["kind", "name"], set_=set_by)
    )


def _counting(today: int) -> Select[int, int]:
    """People of today and of seven days whom approvals that still stand are for."""
    of_today = func.sum(case((Approval.day == today, Approval.people), else_=0))
    return (
        select(func.coalesce(of_today, 0), func.coalesce(func.sum(Approval.people), 0))
        .join(Update, Update.id == Approval.update_id)
        .where(
            Approval.version == Update.version,
            Approval.day > today - WEEK,
            Update.urgency.is_(None),
        )
    )
