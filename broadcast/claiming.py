"""The statements of a claim: which deliveries are due, who still wants theirs, what is written.

Whole batches at a time and past the objects of the session: each message of an update comes this
way. Works in the transaction that it is given.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Table,
    and_,
    bindparam,
    exists,
    select,
    update,
)
from sqlalchemy.engine import Connection

from bot.ledgers import spelled
from bot.messages import SendState
from broadcast.eligibility import Recipient, reason_against
from broadcast.models import Delivery, Update
from broadcast.policy import Policy
from broadcast.quotas import LOOK_AGAIN, Rooms
from broadcast.reasons import Reason
from broadcast.release import Release
from broadcast.sharing import Shares
from broadcast.states import State
from broadcast.templates import Template
from hub.logs import get_log

_log = get_log("deliveries")
_TABLE = cast("Table", Delivery.__table__)
_UPDATES = cast("Table", Update.__table__)

_MOMENT = _TABLE.c.due_at.type


class Due(NamedTuple):
    """A delivery as a claim needs it."""

    id: str
    update_id: str
    address_id: str | None
    channel: str
    language: str
    attempts: int


# Statements made once: to make them anew takes longer than to carry them out.
_IS_QUEUED = _TABLE.c.state == spelled(SendState.QUEUED)  # for `ix_deliveries_waiting`
_IS_DUE = and_(
    _IS_QUEUED,
    _TABLE.c.channel == bindparam("of_channel"),
    _TABLE.c.due_at <= bindparam("now", type_=_MOMENT),
)


def _select_due(*narrower: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(*(_TABLE.c[name] for name in Due._fields))
        .where(_TABLE.c.update_id == bindparam("of_update"), _IS_DUE, *narrower)
        .order_by(_TABLE.c.due_at)  # as the index has it: one more column would sort them all
        .limit(bindparam("most", type_=Integer()))
        .with_for_update(skip_locked=True)
    )


# Of one update after the other, by the index that a claim goes by: in that order and no other, or
# PostgreSQL would rather read all copies of all updates until it meets one.
_FIRST_DUE = (
    select(_TABLE.c.id)
    .where(_TABLE.c.update_id == _UPDATES.c.id, _IS_DUE)
    .order_by(_TABLE.c.due_at)
    .limit(1)
    .scalar_subquery()
)
IS_ANY_DUE = select(exists().where(_UPDATES.c.state == State.SENDING, _FIRST_DUE.is_not(None)))
DUE = _select_due()
# While people sleep by the deployment's clock: only copies of those who go by another.
OWN_DUE = _select_due(_TABLE.c.has_own_hours)
_ONE_MORE = _TABLE.c.attempts + 1
_TAKE = (
    update(_TABLE)
    .where(_TABLE.c.id.in_(bindparam("ids", expanding=True)))
    .values(
        state=SendState.SENDING,
        attempts=_ONE_MORE,
        claimed_at=bindparam("now", type_=_MOMENT),
        lease_until=bindparam("until", type_=_MOMENT),
    )
)


class Night(NamedTuple):
    """When somebody who sleeps now wakes, and whether that is by a clock of their own."""

    wakes_at: datetime
    is_own: bool


@dataclass
class Nights:
    """Who sleeps at this moment, reckoned once for each time zone (HUM-45)."""

    policy: Policy
    now: datetime
    known: dict[str | None, Night | None] = field(default_factory=dict)

    def of(self, time_zone: str | None) -> Night | None:
        if time_zone not in self.known:
            wakes_at = self.policy.wakes_at(self.now, time_zone)
            is_asleep = wakes_at > self.now
            self.known[time_zone] = Night(wakes_at, time_zone is not None) if is_asleep else None
        return self.known[time_zone]


@dataclass
class Found:
    """Due deliveries by what becomes of them: the text of an address goes with what is taken."""

    taken: list[tuple[Due, str]] = field(default_factory=list, repr=False)
    by_template: dict[str, Template] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    passed_over: dict[Reason, list[str]] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)  # for room in WhatsApp's limit
    resting: dict[Night, list[str]] = field(default_factory=dict)


def read_due(
    connection: Connection, releases: Sequence[Release], channel: str, limit: int, now: datetime
) -> list[Due]:
    """Up to `limit` due deliveries. What is urgent goes first and takes all it needs; of the rest
    each update has its share, so that a small one does not wait for the last person of a large
    one."""
    rows: list[Due] = []
    in_order = sorted(releases, key=lambda one: not one.is_urgent)
    for number, release in enumerate(in_order):
        sharing = 1 if release.is_urgent else len(in_order) - number
        share = -(-(limit - len(rows)) // sharing)
        if share > 0:
            asked = {"of_update": release.update_id, "of_channel": channel, "now": now}
            due = OWN_DUE if release.rests else DUE
            found = connection.execute(due, asked | {"most": share})
            rows += map(Due._make, found)
    return rows


def sort_out(
    rows: Iterable[Due],
    releases: Mapping[str, Release],
    recipients: Mapping[str, Recipient],
    shares: Shares,
    rooms: Rooms,
    policy: Policy,
    now: datetime,
) -> Found:
    found, nights = Found(), Nights(policy, now)
    for row in rows:
        recipient = recipients.get(row.address_id or "")
        reason = reason_against(recipient, policy, now)
        template = releases[row.update_id].templates.get(row.language)
        if reason is not Reason.OUTSIDE_WINDOW:
            template = None
        elif template is not None:  # what may not be said freely is said by it
            reason = None
        if recipient is None or reason is not None:
            found.passed_over.setdefault(reason or Reason.ERASED, []).append(row.id)
        elif recipient.to is None:
            _log.error("delivery_unreadable", send=row.id)
            found.unreadable.append(row.id)
        elif not releases[row.update_id].passes_night and (
            night := nights.of(recipient.address.time_zone)
        ):
            found.resting.setdefault(night, []).append(row.id)
        else:
            _hand_out(found, row, recipient, template, shares, rooms)
    return found


def _hand_out(
    found: Found,
    row: Due,
    recipient: Recipient,
    template: Template | None,
    shares: Shares,
    rooms: Rooms,
) -> None:
    """To whoever may be sent it, if neither the day nor their week is full. A day passes, so its
    copies wait; a share that is used is used."""
    if template is not None and not rooms.take(row.update_id):
        found.waiting.append(row.id)
    elif not shares.take(row.update_id, recipient.address.contact_id):
        found.passed_over.setdefault(Reason.SHARE_USED, []).append(row.id)
    else:
        found.taken.append((row, recipient.to or ""))
        if template is not None:
            found.by_template[row.id] = template


def write_down(connection: Connection, found: Found, now: datetime, lease: timedelta) -> None:
    """The intent: what is taken counts as under way from the commit on."""
    taken = [row.id for row, _ in found.taken]
    if taken:
        connection.execute(_TAKE, {"ids": taken, "now": now, "until": now + lease})
    for sid in {template.sid for template in found.by_template.values()}:
        ids = [id_ for id_, template in found.by_template.items() if template.sid == sid]
        _set(connection, ids, template_sid=sid)
    _set(
        connection, found.unreadable, state=SendState.FAILED, attempts=_ONE_MORE,
        error_code=Reason.UNREADABLE, settled_at=now,
    )  # fmt: skip
    _set(connection, found.waiting, due_at=now + LOOK_AGAIN)
    for night, ids in found.resting.items():
        _set(connection, ids, due_at=night.wakes_at, has_own_hours=night.is_own)
    for reason, ids in found.passed_over.items():
        _set(connection, ids, state=SendState.CANCELLED, error_code=reason, settled_at=now)


def _set(connection: Connection, ids: Sequence[str], **values: object) -> None:
    if ids:
        connection.execute(update(_TABLE).where(_TABLE.c.id.in_(ids)).values(**values))
