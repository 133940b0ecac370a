"""Who an update is for, among those who asked for updates: criteria, and the query that they make.

The one place that decides who is in an audience. People are chosen by what they told us themselves;
nothing is guessed. Who asked for no updates, blocked us, is leaving, is in a time of quiet or had
their share of this week is never in one, whatever the criteria say; nor is a test contact.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Self

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    Subquery,
    Text,
    and_,
    cast,
    func,
    not_,
    or_,
    select,
)

from bot.channels.registry import TESTING
from bot.messages import SendState
from bot.models import Address, Contact, OutboxRow
from broadcast.models import Delivery, Update
from broadcast.policy import SIMULATED, Policy

# A message in doubt may have arrived, so a correction goes there too.
REACHED = (
    SendState.ACCEPTED,
    SendState.SENT,
    SendState.DELIVERED,
    SendState.READ,
    SendState.IN_DOUBT,
)
WEEK = timedelta(days=7)
_COUNTED = (*REACHED, SendState.SENDING)


@dataclass(frozen=True, slots=True)
class Criteria:
    """What people told us: `areas` are UBIGEO codes with all that lies within, `interests` owner
    sub-groups."""

    languages: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    interests: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """One spelling for the same choice: sorted, without repetitions."""
        return {name: sorted(set(getattr(self, name))) for name in _LISTS}

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in _LISTS)


_LISTS = ("languages", "areas", "interests", "channels")
_LATER = ("told_answer", "seen_within_days", "new_within_days")


@dataclass(frozen=True, slots=True)
class Audience(Criteria):
    """Criteria that all have to hold; an empty one holds for everybody.

    `excluded` leaves out whoever meets any of its criteria. Days count back from the moment of
    sending. A correction names an update (`reached_by`), an answer's id (`told_answer`) or both:
    it is for whoever was reached by either.
    """

    reached_by: str | None = None
    told_answer: str | None = None
    seen_within_days: int | None = None
    new_within_days: int | None = None
    excluded: Criteria = Criteria()

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            languages=tuple(stored["languages"]),
            areas=tuple(stored["areas"]),
            interests=tuple(stored["interests"]),
            channels=tuple(stored["channels"]),
            reached_by=stored["reached_by"],
            told_answer=stored.get("told_answer"),
            seen_within_days=stored.get("seen_within_days"),
            new_within_days=stored.get("new_within_days"),
            excluded=Criteria(
                **{name: tuple(each) for name, each in stored.get("excluded", {}).items()}
            ),
        )

    def to_json(self) -> dict[str, Any]:
        """What is not chosen of the later criteria is left out, so that audiences keep the hash
        with which they were approved."""
        later = {name: getattr(self, name) for name in _LATER}
        chosen = {name: value for name, value in later.items() if value is not None}
        excluded = {"excluded": self.excluded.to_json()} if self.excluded else {}
        lists = super(Audience, self).to_json()
        return {**lists, "reached_by": self.reached_by, **chosen, **excluded}

    def allows_channel(self, channel: str) -> bool:
        if channel in TESTING:
            return False
        name = channel.removeprefix(SIMULATED)
        is_chosen = not self.channels or name in self.channels
        return is_chosen and name not in self.excluded.channels

    @property
    def is_correction(self) -> bool:
        return self.reached_by is not None or self.told_answer is not None


@dataclass(frozen=True, slots=True)
class Occasion:
    """When an audience is looked at. Who asked for updates after `closed_at`, the moment of
    approval, is not in it. What cannot wait (`is_urgent`) passes the weekly share."""

    now: datetime
    closed_at: datetime | None = None
    is_urgent: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """How many people an audience holds; `outside_window` would be refused by their channel. `at`
    is when they were counted, if that was not just now."""

    total: int
    by_channel: Mapping[str, int]
    by_language: Mapping[str, int]
    outside_window: int
    at: datetime | None = None


def members(
    audience: Audience, policy: Policy, at: Occasion, within: Select[str] | None = None
) -> Subquery:
    """One row per person: contact_id, address_id, channel, language, last_inbound_at, time_zone.

    The address is the one that the person used last among those with consent. `within` are ids of
    addresses to look among.
    """
    language = func.coalesce(Contact.language, policy.default_language)
    ranked = (
        select(
            Contact.id.label("contact_id"),
            Address.id.label("address_id"),
            Address.channel.label("channel"),
            Address.last_inbound_at.label("last_inbound_at"),
            Contact.time_zone.label("time_zone"),
            language.label("language"),
            _last_used().label("rank"),
        )
        .join(Address, Address.contact_id == Contact.id)
        .where(*_wanted(at), *matching(audience, language, at.now))
        .where(*_within_share(audience, policy, at))
        .where(*([Address.id.in_(within)] if within is not None else ()))
        .subquery()
    )
    return select(ranked).where(ranked.c.rank == 1).subquery("members")


class Said(NamedTuple):
    """Where it stands what people told us: their own rows, or those of `broadcast.census`."""

    language: SQLColumnExpression[str]
    area: SQLColumnExpression[str | None]
    interests: SQLColumnExpression[str]  # a JSON list, as text
    channel: SQLColumnExpression[str]


def chosen(audience: Criteria, excluded: Criteria, said: Said) -> Iterable[ColumnElement[bool]]:
    """What the criteria ask of what people told us."""
    yield from _met(audience, said)
    # What is unknown of a person is no reason to leave them out.
    yield from (not_(func.coalesce(each, False)) for each in _met(excluded, said, only_said=True))


def matching(
    audience: Audience, language: ColumnElement[str], now: datetime
) -> Iterable[ColumnElement[bool]]:
    """What the criteria ask of a contact and an address, consent apart."""
    yield Address.channel.not_in(list(TESTING))
    said = Said(language, Contact.area, cast(Contact.interests, Text), Address.channel)
    yield from chosen(audience, audience.excluded, said)
    if audience.seen_within_days is not None:
        yield Contact.last_seen_at >= now - timedelta(days=audience.seen_within_days)
    if audience.new_within_days is not None:
        yield Contact.created_at >= now - timedelta(days=audience.new_within_days)
    told = [Contact.id.in_(query) for query in _exposed(audience)]
    if told:
        yield or_(*told)


def share_used(policy: Policy, now: datetime) -> Select[str | None] | None:
    """Ids of people who had as many updates in a week as anybody may have; None without limit."""
    if policy.most_per_week is None:
        return None
    # By way of the updates, since the ledger is looked up by those.
    recent = select(Update.id).where(or_(Update.ended_at.is_(None), Update.ended_at > now - WEEK))
    return (
        select(Delivery.contact_id)
        .where(Delivery.update_id.in_(recent), *received_since(now - WEEK))
        .group_by(Delivery.contact_id)
        .having(func.count() >= policy.most_per_week)
    )


def received_since(moment: datetime | ColumnElement[datetime]) -> tuple[ColumnElement[bool], ...]:
    """Deliveries that somebody had, or may have had, since then."""
    return (
        Delivery.contact_id.is_not(None),
        Delivery.state.in_(_COUNTED),
        Delivery.claimed_at > moment,
    )


def _wanted(at: Occasion) -> Iterable[ColumnElement[bool]]:
    yield Address.opted_in_at.is_not(None)
    yield Address.blocked_at.is_(None)
    yield Contact.erase_after.is_(None)
    yield or_(Contact.quiet_until.is_(None), Contact.quiet_until <= at.now)
    if at.closed_at is not None:
        yield Address.opted_in_at <= at.closed_at


def _within_share(
    audience: Audience, policy: Policy, at: Occasion
) -> Iterable[ColumnElement[bool]]:
    used = share_used(policy, at.now)
    if used is not None and not at.is_urgent and not audience.is_correction:
        yield Contact.id.not_in(used)


def _last_used() -> ColumnElement[int]:
    return func.row_number().over(
        partition_by=Address.contact_id,
        order_by=(Address.last_inbound_at.desc().nulls_last(), Address.id),
    )


def _met(
    criteria: Criteria, said: Said, *, only_said: bool = False
) -> Iterable[ColumnElement[bool]]:
    if criteria.languages:
        yield said.language.in_(criteria.languages)
    if criteria.areas:
        # UBIGEO codes nest by their beginnings: see `content.areas.AreaBook.within`.
        yield or_(*(said.area.startswith(code, autoescape=True) for code in criteria.areas))
    if criteria.interests:
        yield _is_interested(said.interests, criteria.interests, only_said=only_said)
    if criteria.channels:
        simulated = [SIMULATED + name for name in criteria.channels]
        yield said.channel.in_([*criteria.channels, *simulated])


def _is_interested(
    stored: SQLColumnExpression[str], interests: tuple[str, ...], *, only_said: bool
) -> ColumnElement[bool]:
    """None chosen means all, unless it was to be said."""
    named = or_(*(stored.contains(f'"{name}"', autoescape=True) for name in interests))
    return named if only_said else or_(stored == "[]", named)


def _exposed(audience: Audience) -> Iterable[Select[Any]]:
    if audience.reached_by:
        yield select(Delivery.contact_id).where(
            Delivery.update_id == audience.reached_by,
            # What is with the provider at this moment may arrive, and nobody looks again.
            Delivery.state.in_(_COUNTED),
            Delivery.contact_id.is_not(None),
        )
    if audience.told_answer:
        yield select(OutboxRow.contact_id).where(told_of(audience.told_answer))


def told_of(answer_id: str) -> ColumnElement[bool]:
    """Replies of the bot that carry this version and may have arrived, or will: nothing takes back
    one that waits. Ids are random, so one that stands in the record of what was told was told
    there."""
    recorded = cast(OutboxRow.content, Text).contains(f'"{answer_id}"', autoescape=True)
    return and_(recorded, OutboxRow.state.in_((*_COUNTED, SendState.QUEUED)))
