"""What of WhatsApp's limit a day each sub-group may use, seen to with each claim.

The provider lets the whole platform begin so many conversations in 24 hours. Quotas share that out;
who has none shares what is left over. What is urgent passes the quotas and goes first, up to the
limit itself. Workers that claim at the same moment may each hand out the last places, so the limit
can be passed by what one of them claims at once; the provider's refusal has the last word.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import distinct, func, select
from sqlalchemy.engine import Connection

from bot.messages import SendState
from broadcast.audience import REACHED
from broadcast.models import Delivery, Update
from broadcast.policy import Policy

DAY = timedelta(days=1)
# How long copies wait before somebody looks again whether there is room: the oldest use of the day
# ends at any moment, and a limit may have been raised.
LOOK_AGAIN = timedelta(minutes=10)
_COUNTED = (*REACHED, SendState.SENDING)


@dataclass(frozen=True, slots=True)
class Use:
    """People to whom templates went within a day, of all updates; `urgent` are part of `total`."""

    total: int = 0
    urgent: int = 0
    by_owner: Mapping[str | None, int] = field(default_factory=dict)  # without what was urgent


@dataclass(frozen=True, slots=True)
class Quota:
    """What an update may use today. `is_shared` is the rest, of all who have no quota."""

    owner: str | None
    limit: int | None
    used: int
    is_shared: bool


def quota_of(owner: str | None, policy: Policy, use: Use) -> Quota:
    """The part of the limit that a sub-group's updates draw on, and how much of it is used."""
    own = policy.quotas.get(owner) if owner else None
    if own is not None:
        return Quota(owner, own, use.by_owner.get(owner, 0), is_shared=False)
    used = sum(number for name, number in use.by_owner.items() if name not in policy.quotas)
    if policy.portfolio_limit is None:
        return Quota(owner, None, used, is_shared=True)
    rest = max(0, policy.portfolio_limit - sum(policy.quotas.values()))
    return Quota(owner, rest, used, is_shared=True)


def room_for(owner: str | None, policy: Policy, use: Use, *, is_urgent: bool) -> int | None:
    """How many more templates may leave now; None without a limit."""
    quota = quota_of(owner, policy, use)
    left = [
        max(0, limit - used)
        for limit, used in (
            (policy.portfolio_limit, use.total),
            (None if is_urgent else quota.limit, quota.used),
        )
        if limit is not None
    ]
    return min(left, default=None)


def read_use(connection: Connection, now: datetime) -> Use:
    """By an index that holds templates only. Somebody whom two sub-groups wrote to counts once in
    the total and once for each of them."""
    since = (
        Delivery.template_sid.is_not(None),
        Delivery.claimed_at > now - DAY,
        Delivery.state.in_(_COUNTED),
    )
    people = func.count(distinct(Delivery.address_id))
    is_urgent = Update.urgency.is_not(None)
    query = (
        select(Update.owner, is_urgent, people)
        .join(Update, Update.id == Delivery.update_id)
        .where(*since)
        .group_by(Update.owner, is_urgent)
    )
    rows = connection.execute(query).all()
    if not rows:
        return Use()
    return Use(
        total=connection.scalar(select(people).where(*since)) or 0,
        urgent=sum(number for _, urgent, number in rows if urgent),
        by_owner={owner: number for owner, urgent, number in rows if not urgent},
    )


@dataclass
class Rooms:
    """How many templates each update of a claim may still have, counted down while it is sorted
    out; an update that is not named has no limit. Those of one quota draw on one figure."""

    pools: dict[str, list[str]] = field(default_factory=dict)  # by update, the names of its pools
    left: dict[str, int] = field(default_factory=dict)  # by pool

    def take(self, update_id: str) -> bool:
        """Count one more; False, and nothing counted, if there is no room."""
        pools = self.pools.get(update_id, [])
        if any(self.left[name] <= 0 for name in pools):
            return False
        for name in pools:
            self.left[name] -= 1
        return True


def read_rooms(
    connection: Connection,
    updates: Iterable[tuple[str, str | None, bool]],
    policy: Policy,
    now: datetime,
) -> Rooms:
    """For updates, as id, owner and whether it is urgent, that send templates."""
    rooms, wanted = Rooms(), list(updates)
    if not wanted or (policy.portfolio_limit is None and not policy.quotas):
        return rooms
    use = read_use(connection, now)
    if policy.portfolio_limit is not None:
        rooms.left[""] = max(0, policy.portfolio_limit - use.total)
    for update_id, owner, is_urgent in wanted:
        pools = [""] if policy.portfolio_limit is not None else []
        quota = quota_of(owner, policy, use)
        if not is_urgent and quota.limit is not None:
            name = "shared" if quota.is_shared else f"of {owner}"
            rooms.left[name] = max(0, quota.limit - quota.used)
            pools.append(name)
        rooms.pools[update_id] = pools
    return rooms
