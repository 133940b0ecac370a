"""Counts the people whom an update's criteria fit, by how they could be reached and why not.

One query; names nobody. `broadcast.plan` makes of it what an approver sees.
"""

from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    String,
    case,
    distinct,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import Address, Contact
from broadcast.audience import REACHED, Audience, Occasion, matching, members, share_used
from broadcast.models import Delivery, Update
from broadcast.plan import Facts, Group, Out, Plan, make_plan
from broadcast.policy import Policy
from broadcast.versions import read_texts

_IN = ""
_DAY = timedelta(days=1)


async def plan_update(session: AsyncSession, row: Update, policy: Policy, now: datetime) -> Plan:
    """What approving this update would mean, as things stand now."""
    texts = await read_texts(session, row.id)
    occasion = Occasion(now, is_urgent=row.urgency is not None)
    groups = await count_groups(session, Audience.from_json(row.audience), policy, occasion)
    facts = Facts(
        groups=groups,
        written=frozenset(texts),
        templates=frozenset(name for name, words in texts.items() if words.template),
        used_today=await _count_used(session, now),
    )
    starts_at = max(now + policy.undo, row.starts_at or row.send_at or now)
    return make_plan(facts, policy, starts_at, row.not_after, is_urgent=occasion.is_urgent)


async def sample_members(
    session: AsyncSession, row: Update, policy: Policy, now: datetime
) -> list[tuple[str, str]]:
    """Channel and language of three people of the audience, so that an approver sees what kind of
    people it holds; nothing that leads to them."""
    occasion = Occasion(now, is_urgent=row.urgency is not None)
    people = members(Audience.from_json(row.audience), policy, occasion)
    query = select(people.c.channel, people.c.language).order_by(people.c.address_id)
    return [(channel, language) for channel, language in await session.execute(query.limit(3))]


async def count_groups(
    session: AsyncSession, audience: Audience, policy: Policy, at: Occasion
) -> tuple[Group, ...]:
    """Everybody whom the criteria fit, also those who get nothing: each person once, under the
    address by which they could best be reached."""
    language = func.coalesce(Contact.language, policy.default_language)
    out = _reason_out(audience, policy, at)
    rank = func.row_number().over(
        partition_by=Address.contact_id,
        order_by=((out == _IN).desc(), Address.last_inbound_at.desc().nulls_last(), Address.id),
    )
    people = (
        select(
            Address.channel.label("channel"),
            language.label("language"),
            _is_open(policy, at.now).label("is_open"),
            out.label("out"),
            rank.label("rank"),
        )
        .join(Contact, Contact.id == Address.contact_id)
        .where(*matching(audience, language, at.now))
        .subquery()
    )
    columns = (people.c.channel, people.c.language, people.c.is_open, people.c.out)
    query = select(*columns, func.count()).where(people.c.rank == 1).group_by(*columns)
    return tuple(
        Group(channel, own, bool(is_open), Out(reason) if reason else None, number)
        for channel, own, is_open, reason, number in await session.execute(query)
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


async def _count_used(session: AsyncSession, now: datetime) -> int:
    """People to whom templates of any update went within a day, as the limit counts."""
    query = select(func.count(distinct(Delivery.address_id))).where(
        Delivery.template_sid.is_not(None),
        Delivery.claimed_at > now - _DAY,
        Delivery.state.in_(REACHED),
        # The ledger is looked up by its updates.
        Delivery.update_id.in_(
            select(Update.id).where(or_(Update.ended_at.is_(None), Update.ended_at > now - _DAY))
        ),
    )
    return await session.scalar(query) or 0
