"""What sending an update would mean: whom it reaches how, how long it takes, what it costs.

Pure reckoning over counted groups of people (`broadcast.reckoning` counts them). The plan is what
an approver sees before the decision; it holds nobody back.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from broadcast.caps import CapUse
from broadcast.policy import SIMULATED, Policy
from broadcast.quiet import after_quiet
from broadcast.quotas import Quota, Use, quota_of, room_for
from hub.i18n import noop

_DAY = timedelta(days=1)
_MOST_DAYS = 60  # of a plan that the portfolio's limit draws out; what comes later is "later"


class Out(StrEnum):
    """Why somebody whom the criteria fit will not get the update."""

    NOT_ASKED = "not_asked"
    BLOCKED = "blocked"
    LEAVING = "leaving"
    NOT_NOW = "not_now"
    SHARE_USED = "share_used"
    NO_TEXT = "no_text"
    NO_TEMPLATE = "no_template"


WORDS: dict[Out, str] = {
    Out.NOT_ASKED: noop("did not ask for updates"),
    Out.BLOCKED: noop("blocked us"),
    Out.LEAVING: noop("asked to be erased"),
    Out.NOT_NOW: noop("get no updates for some time"),
    Out.SHARE_USED: noop("had as many updates this week as anybody may get"),
    Out.NO_TEXT: noop("read a language in which there is no text"),
    Out.NO_TEMPLATE: noop("wrote too long ago for free text, and there is no template for them"),
}


@dataclass(frozen=True, slots=True)
class Group:
    """People alike: `is_open` where their channel takes free text now; `out` if they get none;
    `time_zone` is one that they chose."""

    channel: str
    language: str
    is_open: bool
    out: Out | None
    people: int
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """`use` is what went by template in the last 24 hours, `owner` the sub-group that sends;
    `going_first` are urgent updates under way."""

    groups: tuple[Group, ...]
    written: frozenset[str]
    templates: frozenset[str]
    use: Use = field(default_factory=Use)
    owner: str | None = None
    going_first: int = 0
    cap: CapUse | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """Messages of one kind on one channel, and when the last of them leaves."""

    channel: str
    by_template: bool
    people: int
    ends_at: datetime
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Wait:
    """People who sleep by their own clock when it could start; None is the deployment's zone."""

    time_zone: str | None
    until: datetime
    people: int


@dataclass(frozen=True, slots=True)
class Plan:
    """`reads` tells how many people of each own language read which one. `days` are the templates
    that may leave on each day from the start; `late` the people whose turn comes after the end."""

    ways: tuple[Way, ...]
    out: Mapping[Out, int]
    reads: Mapping[tuple[str, str], int]
    days: tuple[int, ...]
    late: int
    currency: str
    held_until: datetime | None  # quiet hours at the start: nothing leaves before
    waits: tuple[Wait, ...]  # those who wait for longer than the others, by the clock they told us
    quota: Quota  # of the limit for templates
    use: Use
    going_first: int
    cap: CapUse | None  # of the sub-group; None where it does not count

    @property
    def passes_cap(self) -> bool:
        return self.cap is not None and not self.cap.has_room(self.people)

    @property
    def people(self) -> int:
        return sum(way.people for way in self.ways)

    @property
    def by_template(self) -> int:
        return sum(way.people for way in self.ways if way.by_template)

    @property
    def cost(self) -> Decimal:
        return sum((way.cost for way in self.ways), Decimal(0))

    @property
    def ends_at(self) -> datetime | None:
        return max((way.ends_at for way in self.ways), default=None)

    @property
    def falls_back(self) -> dict[tuple[str, str], int]:
        return {pair: number for pair, number in self.reads.items() if pair[0] != pair[1]}


def make_plan(
    facts: Facts,
    policy: Policy,
    starts_at: datetime,
    not_after: datetime,
    *,
    is_urgent: bool,
    passes_night: bool = False,
) -> Plan:
    out, reads, people = _sort(facts, policy)
    night = _Night(None if passes_night else policy.quiet, policy, starts_at)
    begins = min((night.ends(zone) for _, _, zone in people), default=night.ends(None))
    days = _spread(
        sum(number for (_, by_template, _), number in people.items() if by_template),
        _daily(facts.owner, policy, is_urgent=is_urgent),
        room_for(facts.owner, policy, facts.use, is_urgent=is_urgent),
    )
    courses = [
        _course(channel, zones, days, night, by_template=by_template)
        for (channel, by_template), zones in sorted(_by_way(people).items())
    ]
    return Plan(
        ways=tuple(course.way for course in courses),
        out=out,
        reads=reads,
        days=days,
        late=_late(courses, days, begins, not_after),
        currency=policy.currency,
        held_until=begins if begins > starts_at else None,
        waits=_waits(people, night, begins),
        quota=quota_of(facts.owner, policy, facts.use),
        use=facts.use,
        going_first=0 if is_urgent else facts.going_first,
        cap=facts.cap,
    )


def describe_plan(plan: Plan) -> list[str]:
    """Lines for the command line."""
    lines = [f"people\t{plan.people}"]
    for way in plan.ways:
        kind = "by template" if way.by_template else "free text"
        lines.append(
            f"{way.channel}\t{kind}\t{way.people}\tuntil {way.ends_at.isoformat('T', 'minutes')}"
            f"\t{way.cost} {plan.currency}"
        )
    lines += [f"out\t{number}\t{WORDS[out]}" for out, number in sorted(plan.out.items())]
    lines += [f"reads\t{own} -> {read}\t{number}" for (own, read), number in plan.reads.items()]
    if len(plan.days) > 1:
        lines.append(f"templates a day\t{', '.join(map(str, plan.days))}")
    if plan.held_until is not None:
        lines.append(f"held until\t{plan.held_until.isoformat('T', 'minutes')}")
    lines += [
        f"asleep until\t{wait.until.isoformat('T', 'minutes')}\t{wait.people}"
        f"\t{wait.time_zone or 'here'}"
        for wait in plan.waits
    ]
    if plan.cap is not None and plan.cap.left is not None:
        lines.append(f"room under the cap\t{plan.cap.left}")
    lines += [f"too late for\t{plan.late}"] if plan.late else []
    return [*lines, f"cost\t{plan.cost} {plan.currency}"]


# By channel, whether by template, and the time zone that people chose.
_People = Counter[tuple[str, bool, str | None]]
_Zones = Counter[str | None]


@dataclass(frozen=True, slots=True)
class _Night:
    """Quiet hours as they lie at the start, by each clock; `quiet` is None for what passes them."""

    quiet: tuple[time, time] | None
    policy: Policy
    starts_at: datetime

    def ends(self, time_zone: str | None) -> datetime:
        return after_quiet(self.starts_at, self.quiet, self.policy.zone_of(time_zone))

    def work(self, begins: datetime, lasting: timedelta, time_zone: str | None) -> datetime:
        """When work begun then is done, which rests while people sleep."""
        return _working(begins, lasting, self.quiet, self.policy.zone_of(time_zone))


@dataclass(frozen=True, slots=True)
class _Leg:
    """Those of a way who go by the same clock."""

    people: int
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class _Course:
    way: Way
    legs: tuple[_Leg, ...]


def _by_way(people: _People) -> dict[tuple[str, bool], _Zones]:
    ways: dict[tuple[str, bool], _Zones] = {}
    for (channel, by_template, zone), number in people.items():
        ways.setdefault((channel, by_template), Counter())[zone] += number
    return ways


def _waits(people: _People, night: _Night, begins: datetime) -> tuple[Wait, ...]:
    """The zones in which the night ends later than in the first."""
    zones: _Zones = Counter()
    for (_, _, zone), number in people.items():
        zones[zone] += number
    found = [Wait(zone, night.ends(zone), number) for zone, number in zones.items()]
    later = (wait for wait in found if wait.until > begins)
    return tuple(sorted(later, key=lambda wait: (wait.until, wait.time_zone or "")))


def _sort(facts: Facts, policy: Policy) -> tuple[Counter[Out], Counter[tuple[str, str]], _People]:
    out: Counter[Out] = Counter()
    reads: Counter[tuple[str, str]] = Counter()
    people: _People = Counter()
    for group in facts.groups:
        read = choose_language(group.language, facts.written, policy.default_language)
        reason = group.out or (Out.NO_TEXT if read is None else None)
        if reason is None and not group.is_open and read not in facts.templates:
            reason = Out.NO_TEMPLATE
        if reason is not None or read is None:
            out[reason or Out.NO_TEXT] += group.people
            continue
        reads[group.language, read] += group.people
        people[group.channel, not group.is_open, group.time_zone] += group.people
    return out, reads, people


def choose_language(own: str, written: Iterable[str], default: str) -> str | None:
    """As `broadcast.expanding` chooses it."""
    if own in written:
        return own
    return default if default in written else None


def _daily(owner: str | None, policy: Policy, *, is_urgent: bool) -> int | None:
    """How many templates may leave on a day of which nothing is used yet."""
    return room_for(owner, policy, Use(), is_urgent=is_urgent)


def _spread(people: int, limit: int | None, free: int | None) -> tuple[int, ...]:
    """How many templates may leave on each day, `free` of them on the first."""
    if limit is None or free is None or people == 0:
        return (people,) if people else ()
    days: list[int] = []
    left = people
    while left > 0 and len(days) < _MOST_DAYS:
        days.append(min(left, free))
        left, free = left - days[-1], limit
    return tuple(days)


def _course(
    channel: str, zones: _Zones, days: tuple[int, ...], night: _Night, *, by_template: bool
) -> _Course:
    policy, people = night.policy, zones.total()
    rate = policy.rates.get(channel.removeprefix(SIMULATED), 1.0)
    legs = _legs(zones, rate, night)
    ends_at = legs[-1].ends
    if by_template and len(days) > 1:
        first = legs[0].begins + (len(days) - 1) * _DAY
        ends_at = night.work(first, timedelta(seconds=days[-1] / rate), None)
    price = policy.prices.get(f"{channel}_template" if by_template else channel, Decimal(0))
    return _Course(Way(channel, by_template, people, ends_at, price * people), legs)


def _legs(zones: _Zones, rate: float, night: _Night) -> tuple[_Leg, ...]:
    """One after the other, in the order in which people wake: together they have one rate."""
    legs: list[_Leg] = []
    free_at = night.starts_at
    for zone in sorted(zones, key=lambda zone: (night.ends(zone), zone or "")):
        begins = max(night.ends(zone), free_at)
        free_at = night.work(begins, timedelta(seconds=zones[zone] / rate), zone)
        legs.append(_Leg(zones[zone], begins, free_at))
    return tuple(legs)


def _working(
    begins: datetime, lasting: timedelta, quiet: tuple[time, time] | None, zone: ZoneInfo
) -> datetime:
    """When work that rests in quiet hours is done."""
    at = after_quiet(begins, quiet, zone)
    if quiet is None:
        return at + lasting
    while True:
        rest = datetime.combine(at.astimezone(zone).date(), quiet[0], zone).astimezone(at.tzinfo)
        if rest <= at:
            rest += _DAY
        if at + lasting <= rest:
            return at + lasting
        lasting -= rest - at
        at = after_quiet(rest, quiet, zone)


def _late(
    courses: Iterable[_Course], days: tuple[int, ...], begins: datetime, not_after: datetime
) -> int:
    """People who cannot be reached in time: whole days of templates, and shares of the others."""
    if begins >= not_after:
        return sum(course.way.people for course in courses)
    late = sum(
        number for day, number in enumerate(days) if day and begins + day * _DAY >= not_after
    )
    for course in courses:
        for leg in course.legs:
            if leg.begins >= not_after:
                late += leg.people
            elif leg.ends > not_after and not course.way.by_template:
                late += round(leg.people * (leg.ends - not_after) / (leg.ends - leg.begins))
    return min(late, sum(course.way.people for course in courses))
