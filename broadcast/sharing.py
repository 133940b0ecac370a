"""What a person may get in a week, of all sub-groups together (HUM-44), seen to with each claim.

The addresses of the claim are held meanwhile, so two workers never both hand out the last one.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.engine import Connection

from broadcast.audience import WEEK, received_since
from broadcast.models import Delivery
from broadcast.policy import Policy
from hub.database import Moment

_HAD = (  # made once: each claim asks it
    select(Delivery.contact_id, func.count())
    .where(
        Delivery.contact_id.in_(bindparam("contact_ids", expanding=True)),
        *received_since(bindparam("since", type_=Moment())),
    )
    .group_by(Delivery.contact_id)
)


@dataclass
class Shares:
    """How many updates each person had, counted on while a claim is sorted out.

    `free` are the updates that pass the limit and that still count towards it.
    """

    most: int | None
    free: Collection[str] = ()
    had: Counter[str] = field(default_factory=Counter)

    def take(self, update_id: str, contact_id: str) -> bool:
        """Count one more for this person; False, and nothing counted, if that would be too many."""
        if self.most is None:
            return True
        if update_id not in self.free and self.had[contact_id] >= self.most:
            return False
        self.had[contact_id] += 1
        return True


def read_shares(
    connection: Connection,
    contact_ids: Iterable[str],
    free: Collection[str],
    policy: Policy,
    now: datetime,
) -> Shares:
    if policy.most_per_week is None:
        return Shares(None)
    asked = {"contact_ids": list(contact_ids), "since": now - WEEK}
    had = connection.execute(_HAD, asked)
    return Shares(policy.most_per_week, free, Counter({row[0] or "": row[1] for row in had}))
