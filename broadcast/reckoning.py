"""Counts the people whom an update's criteria fit, by how they could be reached and why not.

One query; names nobody. `broadcast.plan` makes of it what an approver sees.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    Subquery,
    case,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import Address, Contact
from broadcast.audience import Audience, Count, Occasion, matching, members, share_used
from broadcast.caps import CapUse, read_group_use
from broadcast.census import find_census, has_census, read_groups
from broadcast.models import Update
from broadcast.plan import Facts, Group, Out, Plan, choose_language, make_plan
from broadcast.policy import Policy
from broadcast.quotas import read_use
from broadcast.states import State
from broadcast.versions import read_texts

_IN = ""
_SAMPLES = 3
_LOOKED_AT = 60  # people, to find three who differ
_AMONG = 1_000  # people, where there are very many


async def plan_update(
    session: AsyncSession,
    row: Update,
    policy: Policy,
    now: datetime,
    counted: "Counted | None" = None,
) -> Plan:
    """What approving this update would mean, as things stand now."""
    texts = await read_texts(session, row.id)
    occasion = Occasion(now, is_urgent=row.urgency is not None)
    connection = await session.connection()
    groups = (counted or await count_people(session, row, policy, now)).groups
    facts = Facts(
        groups=groups,
        written=frozenset(texts),
        templates=frozenset(name for name, words in texts.items() if words.template),
        use=await connection.run_sync(read_use, now),
        owner=row.owner,
        going_first=await _count_going_first(session, row),
        cap=await _read_cap(session, row, policy, now),
    )
    starts_at = max(now + policy.undo, row.starts_at or row.send_at or now)
    return make_plan(
        facts,
        policy,
        starts_at,
        row.not_after,
        is_urgent=occasion.is_urgent,
        passes_night=row.is_life_safety,
    )


@dataclass(frozen=True, slots=True)
class Counted:
    """The people of an update's audience, counted once for all that is to be said about them."""

    groups: tuple[Group, ...]
    at: datetime | None

    @property
    def count(self) -> Count:
        return _add_up(self.groups, self.at)


async def count_people(
    session: AsyncSession, row: Update, policy: Policy, now: datetime
) -> Counted:
    audience = Audience.from_json(row.audience)
    occasion = Occasion(now, is_urgent=row.urgency is not None)
    groups = await count_groups(session, audience, policy, occasion)
    return Counted(groups, await find_census(session, audience))


@dataclass(frozen=True, slots=True)
class Sample:
    """Somebody of the audience, as far as an approver needs to know: nothing leads to a person."""

    channel: str
    language: str
    reads: str | None  # None: no text that they could read
    by_template: bool


async def sample_members(
    session: AsyncSession, row: Update, policy: Policy, now: datetime
) -> list[Sample]:
    """Three people of the audience, as different from each other as the first of it are."""
    written = await read_texts(session, row.id)
    occasion, within = Occasion(now, is_urgent=row.urgency is not None), None
    if await has_census(session):
        # Some of very many, whatever they had this week: these are examples of what people read.
        occasion = Occasion(now, is_urgent=True)
        within = select(Address.id).order_by(Address.id).limit(_AMONG)
    people = members(Audience.from_json(row.audience), policy, occasion, within)
    query = select(people.c.channel, people.c.language, people.c.last_inbound_at)
    found: dict[Sample, int] = {}
    for channel, language, at in await session.execute(
        query.order_by(people.c.address_id).limit(_LOOKED_AT)
    ):
        window = policy.session_windows.get(channel)
        is_closed = window is not None and (at is None or at < now - window)
        reads = choose_language(language, written, policy.default_language)
        one = Sample(channel, language, reads, is_closed)
        found[one] = found.get(one, 0) + 1
    alike = [one for one, number in found.items() for _ in range(number - 1)]
    return [*found, *alike][:_SAMPLES]


async def count_audience(
    session: AsyncSession,
    audience: Audience,
    policy: Policy,
    now: datetime,
    *,
    is_urgent: bool = False,
) -> Count:
    """How many people would get it now."""
    groups = await count_groups(session, audience, policy, Occasion(now, is_urgent=is_urgent))
    return _add_up(groups, await find_census(session, audience))


def _add_up(groups: tuple[Group, ...], at: datetime | None) -> Count:
    reached = [group for group in groups if group.out is None]
    by_channel, by_language = Counter[str](), Counter[str]()
    for group in reached:
        by_channel[group.channel] += group.people
        by_language[group.language] += group.people
    return Count(
        total=sum(group.people for group in reached),
        by_channel=dict(sorted(by_channel.items())),
        by_language=dict(sorted(by_language.items())),
        outside_window=sum(group.people for group in reached if not group.is_open),
        at=at,
    )


async def count_groups(
    session: AsyncSession, audience: Audience, policy: Policy, at: Occasion
) -> tuple[Group, ...]:
    """Everybody whom the criteria fit, also those who get nothing: each person once, under the
    address by which they could best be reached."""
    if await find_census(session, audience):
        return await read_groups(session, audience, is_urgent=at.is_urgent)
    people = rank_people(audience, policy, at)
    columns = (
        people.c.channel,
        people.c.language,
        people.c.is_open,
        people.c.out,
        people.c.time_zone,
    )
    query = select(*columns, func.count()).where(people.c.rank == 1).group_by(*columns)
    return tuple(
        Group(channel, own, bool(is_open), Out(reason) if reason else None, number, zone)
        for channel, own, is_open, reason, zone, number in await session.execute(query)
    )


def rank_people(
    audience: Audience, policy: Policy, at: Occasion, *more: ColumnElement[Any]
) -> Subquery:
    """One row an address: channel, language, is_open, out and what else is asked for; `rank` 1 is
    the address by which its person could best be reached."""
    language = func.coalesce(Contact.language, policy.default_language)
    out = _reason_out(audience, policy, at)
    rank = func.row_number().over(
        partition_by=Address.contact_id,
        order_by=((out == _IN).desc(), Address.last_inbound_at.desc().nulls_last(), Address.id),
    )
    return (
        select(
            Address.channel.label("channel"),
            language.label("language"),
            _is_open(policy, at.now).label("is_open"),
            out.label("out"),
            rank.label("rank"),
            Contact.time_zone.label("time_zone"),
            *more,
        )
        .join(Contact, Contact.id == Address.contact_id)
        .where(*matching(audience, language, at.now))
        .subquery()
    )


def _reason_out(audience: Audience, policy: Policy, at: Occasion) -> ColumnElement[str]:
    """The same rules as in `broadcast.audience.members`, each with its name."""
    rules: list[tuple[ColumnElement[bool], ColumnElement[str]]] = [
        (Contact.erase_after.is_not(None), _said(Out.LEAVING)),
        (Address.blocked_at.is_not(None), _said(Out.BLOCKED)),
        (Address.opted_in_at.is_(None), _said(Out.NOT_ASKED)),
        (
            func.coalesce(Contact.quiet_until > at.now, false()),
            _said(Out.NOT_NOW),
        ),
    ]
    used = share_used(policy, at.now)
    if used is not None and not at.is_urgent and not audience.is_correction:
        rules.append((Contact.id.in_(used), _said(Out.SHARE_USED)))
    return case(*rules, else_=literal(_IN, String))


def _said(out: Out) -> ColumnElement[str]:
    return literal(out.value, String)


def _is_open(policy: Policy, now: datetime) -> ColumnElement[bool]:
    closed = [
        (
            (Address.channel == channel)
            & or_(Address.last_inbound_at.is_(None), Address.last_inbound_at < now - window),
            false(),
        )
        for channel, window in policy.session_windows.items()
    ]
    return case(*closed, else_=true()) if closed else true()


async def _read_cap(
    session: AsyncSession, row: Update, policy: Policy, now: datetime
) -> CapUse | None:
    """A correction takes nothing from it."""
    if Audience.from_json(row.audience).is_correction:
        return None
    return await read_group_use(session, row.owner, policy, now)


async def _count_going_first(session: AsyncSession, row: Update) -> int:
    """Urgent updates under way, which every other one waits for."""
    query = select(func.count()).where(
        Update.state == State.SENDING, Update.urgency.is_not(None), Update.id != row.id
    )
    return await session.scalar(query) or 0
