"""The statements of a claim: which deliveries are due, who still wants theirs, what is written.

Whole batches at a time and past the objects of the session: each message of an update comes this
way. Works in the transaction that it is given.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Row, Select, Table, and_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import SendState
from broadcast.eligibility import Recipient, reason_against
from broadcast.models import Delivery
from broadcast.policy import Policy
from broadcast.quotas import LOOK_AGAIN, Rooms
from broadcast.reasons import Reason
from broadcast.release import Release
from broadcast.sharing import Shares
from broadcast.templates import Template
from hub.logs import get_log

_log = get_log("deliveries")
_TABLE = cast("Table", Delivery.__table__)

DueRow = Row[*tuple[Any, ...]]


@dataclass
class Found:
    """Due deliveries by what becomes of them: the text of an address goes with what is taken."""

    taken: list[tuple[DueRow, str]] = field(default_factory=list, repr=False)
    by_template: dict[str, Template] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    passed_over: dict[Reason, list[str]] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)  # for room in WhatsApp's limit


def is_due(channel: str, now: datetime) -> ColumnElement[bool]:
    return and_(
        _TABLE.c.state == SendState.QUEUED, _TABLE.c.channel == channel, _TABLE.c.due_at <= now
    )


async def read_due(
    session: AsyncSession, releases: Sequence[Release], channel: str, limit: int, now: datetime
) -> list[DueRow]:
    """Up to `limit` due deliveries. What is urgent goes first and takes all it needs; of the rest
    each update has its share, so that a small one does not wait for the last person of a large
    one."""
    rows: list[DueRow] = []
    in_order = sorted(releases, key=lambda one: not one.is_urgent)
    for number, release in enumerate(in_order):
        sharing = 1 if release.is_urgent else len(in_order) - number
        share = -(-(limit - len(rows)) // sharing)
        if share > 0:
            rows += (await session.execute(_due(release.update_id, channel, share, now))).all()
    return rows


def _due(update_id: str, channel: str, limit: int, now: datetime) -> Select[*tuple[Any, ...]]:
    return (
        select(
            _TABLE.c.id,
            _TABLE.c.update_id,
            _TABLE.c.address_id,
            _TABLE.c.channel,
            _TABLE.c.language,
            _TABLE.c.attempts,
        )
        .where(_TABLE.c.update_id == update_id, is_due(channel, now))
        .order_by(_TABLE.c.due_at)  # as the index has it: one more column would sort them all
        .limit(limit)
        .with_for_update(skip_locked=True)
    )


def sort_out(
    rows: Iterable[DueRow],
    releases: Mapping[str, Release],
    recipients: Mapping[str, Recipient],
    shares: Shares,
    rooms: Rooms,
    policy: Policy,
    now: datetime,
) -> Found:
    found = Found()
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
        else:
            _hand_out(found, row, recipient, template, shares, rooms)
    return found


def _hand_out(
    found: Found,
    row: DueRow,
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


async def write_down(session: AsyncSession, found: Found, now: datetime, lease: timedelta) -> None:
    """The intent: what is taken counts as under way from the commit on."""
    taken = [row.id for row, _ in found.taken]
    tries = _TABLE.c.attempts + 1
    await _set(
        session, taken, state=SendState.SENDING, attempts=tries, claimed_at=now,
        lease_until=now + lease,
    )  # fmt: skip
    for sid in {template.sid for template in found.by_template.values()}:
        ids = [id_ for id_, template in found.by_template.items() if template.sid == sid]
        await _set(session, ids, template_sid=sid)
    await _set(
        session, found.unreadable, state=SendState.FAILED, attempts=tries,
        error_code=Reason.UNREADABLE, settled_at=now,
    )  # fmt: skip
    await _set(session, found.waiting, due_at=now + LOOK_AGAIN)
    for reason, ids in found.passed_over.items():
        await _set(session, ids, state=SendState.CANCELLED, error_code=reason, settled_at=now)


async def _set(session: AsyncSession, ids: Sequence[str], **values: object) -> None:
    if ids:
        await session.execute(update(_TABLE).where(_TABLE.c.id.in_(ids)).values(**values))
