"""The plan: whom an update reaches how, for how long, at what cost, and who is out and why."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update

from bot.models import Address, Contact
from broadcast.audience import Audience, Occasion
from broadcast.plan import WORDS, Facts, Group, Out, Wait, make_plan
from broadcast.quiet import after_quiet, is_quiet
from broadcast.quotas import Use
from broadcast.reckoning import count_audience, count_groups, plan_update
from broadcast.versions import find_update
from tests.broadcast.scene import POLICY, Scene

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)  # ten in the morning in Lima
QUIET = (time(21), time(8))
TERMS = replace(
    POLICY,
    quiet=QUIET,
    portfolio_limit=2000,
    rates={"telegram": 20.0, "whatsapp": 50.0},
    prices={"whatsapp": Decimal("0.005"), "whatsapp_template": Decimal("0.025")},
)


def facts(*groups: Group, templates: tuple[str, ...] = ("es",), used: int = 0) -> Facts:
    use = Use(used, by_owner={None: used})
    return Facts(groups, frozenset({"es", "en"}), frozenset(templates), use)


def test_each_way_is_counted_and_priced() -> None:
    plan = make_plan(
        facts(
            Group("telegram", "es", True, None, 4000),
            Group("whatsapp", "es", True, None, 100),
            Group("whatsapp", "es", False, None, 200),
            Group("whatsapp", "en", False, None, 30),
            Group("telegram", "es", True, Out.NOT_ASKED, 7),
        ),
        TERMS,
        NOW,
        NOW + timedelta(days=2),
        is_urgent=False,
    )
    assert [(way.channel, way.by_template, way.people) for way in plan.ways] == [
        ("telegram", False, 4000),
        ("whatsapp", False, 100),
        ("whatsapp", True, 200),
    ]
    assert plan.out == {Out.NO_TEMPLATE: 30, Out.NOT_ASKED: 7}
    assert plan.cost == Decimal("5.500")
    assert plan.ends_at == NOW + timedelta(seconds=200)
    assert (plan.late, plan.held_until) == (0, None)


def test_who_reads_what() -> None:
    plan = make_plan(
        facts(
            Group("telegram", "en", True, None, 5),
            Group("telegram", "ht", True, None, 3),
            Group("telegram", "es", True, None, 2),
        ),
        TERMS,
        NOW,
        NOW + timedelta(days=1),
        is_urgent=False,
    )
    assert plan.reads == {("en", "en"): 5, ("ht", "es"): 3, ("es", "es"): 2}
    assert plan.falls_back == {("ht", "es"): 3}


def test_without_the_default_language_strangers_are_out() -> None:
    only_english = Facts((Group("telegram", "ht", True, None, 3),), frozenset({"en"}), frozenset())
    plan = make_plan(only_english, TERMS, NOW, NOW + timedelta(days=1), is_urgent=False)
    assert (plan.people, plan.out) == (0, {Out.NO_TEXT: 3})


@pytest.mark.parametrize(
    ("people", "limit", "used", "days"),
    [
        (0, 2000, 0, ()),
        (1500, 2000, 0, (1500,)),
        (5000, 2000, 500, (1500, 2000, 1500)),
        (100, 250, 250, (0, 100)),
        (100, 250, 900, (0, 100)),
        (5000, None, 9000, (5000,)),
    ],
)
def test_the_portfolio_limit_spreads_templates_over_days(
    people: int, limit: int | None, used: int, days: tuple[int, ...]
) -> None:
    terms = replace(TERMS, portfolio_limit=limit)
    group = Group("whatsapp", "es", False, None, people)
    groups = (group,) if people else ()
    plan = make_plan(
        facts(*groups, used=used), terms, NOW, NOW + timedelta(days=9), is_urgent=False
    )
    assert plan.days == days


def test_what_comes_after_the_end_is_told() -> None:
    group = Group("whatsapp", "es", False, None, 5000)
    plan = make_plan(facts(group), TERMS, NOW, NOW + timedelta(hours=30), is_urgent=False)
    assert (plan.days, plan.late) == ((2000, 2000, 1000), 1000)
    slow = make_plan(
        facts(Group("telegram", "es", True, None, 144_000)),
        TERMS,
        NOW,
        NOW + timedelta(hours=1),
        is_urgent=True,
    )
    assert (slow.ends_at, slow.late) == (NOW + timedelta(hours=2), 72_000)


def test_nothing_leaves_in_quiet_hours_unless_it_saves_lives() -> None:
    # HUM-45: an hour's work begun at half past eight in the evening ends the next morning.
    group = Group("telegram", "es", True, None, 72_000)
    evening = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
    plan = make_plan(facts(group), TERMS, evening, NOW + timedelta(days=2), is_urgent=False)
    assert plan.ends_at == datetime(2026, 11, 23, 13, 30, tzinfo=UTC)
    urgent = make_plan(facts(group), TERMS, evening, NOW + timedelta(days=2), is_urgent=True)
    assert urgent.ends_at == plan.ends_at
    vital = make_plan(
        facts(group),
        TERMS,
        evening,
        NOW + timedelta(days=2),
        is_urgent=True,
        passes_night=True,
    )
    assert vital.ends_at == evening + timedelta(hours=1)
    night = evening + timedelta(hours=2)
    held = make_plan(facts(group), TERMS, night, NOW + timedelta(days=2), is_urgent=False)
    assert held.held_until == datetime(2026, 11, 23, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("local", "quiet", "expected"),
    [
        (time(20, 59), QUIET, False),
        (time(21), QUIET, True),
        (time(0), QUIET, True),
        (time(7, 59), QUIET, True),
        (time(8), QUIET, False),
        (time(13), (time(13), time(15)), True),
        (time(15), (time(13), time(15)), False),
    ],
)
def test_quiet_hours_may_span_midnight(
    local: time, quiet: tuple[time, time], expected: bool
) -> None:
    # HUM-45
    assert is_quiet(local, quiet) is expected


@pytest.mark.parametrize(("hour", "ends"), [(2, 23), (5, 23), (12, 23), (13, None), (20, None)])
def test_the_end_of_the_quiet_hours(hour: int, ends: int | None) -> None:
    # HUM-45: in UTC, five hours ahead of Lima
    moment = datetime(2026, 11, 23, hour, 15, tzinfo=UTC)
    expected = datetime(2026, 11, ends, 13, 0, tzinfo=UTC) if ends else moment
    assert after_quiet(moment, QUIET, POLICY.timezone) == expected


def test_every_reason_has_words() -> None:
    assert set(WORDS) == set(Out)


async def test_everybody_whom_the_criteria_fit_is_counted_once(scene: Scene) -> None:
    now = scene.clock.now()
    await scene.add_person(("telegram", "whatsapp"))
    await scene.add_person(language="ht")
    late, quiet, blocked = [await scene.add_person(("whatsapp",)) for _ in range(3)]
    await scene.add_person(opted_in=False)
    async with scene.database.write() as session:
        address = update(Address)
        long_ago = now - timedelta(hours=25)
        await session.execute(
            address.where(Address.contact_id == late).values(last_inbound_at=long_ago)
        )
        await session.execute(address.where(Address.contact_id == blocked).values(blocked_at=now))
        until = now + timedelta(hours=1)
        await session.execute(update(Contact).where(Contact.id == quiet).values(quiet_until=until))
    update_id = await scene.compose()
    async with scene.database.read() as session:
        row = await find_update(session, update_id)
        plan = await plan_update(session, row, TERMS, now)
        groups = await count_groups(session, Audience(), TERMS, Occasion(now))
        count = await count_audience(session, Audience(), TERMS, now)
    assert {way.channel: way.people for way in plan.ways} == {"telegram": 1, "whatsapp": 1}
    assert plan.out == {
        Out.NO_TEMPLATE: 1,
        Out.NOT_NOW: 1,
        Out.BLOCKED: 1,
        Out.NOT_ASKED: 1,
    }
    assert plan.falls_back == {("ht", "es"): 1}
    assert sum(group.people for group in groups) == 6
    # The plan and the audience are two queries of the same rules.
    assert sum(group.people for group in groups if group.out is None) == count.total


async def test_the_best_address_stands_for_the_person(scene: Scene) -> None:
    person = await scene.add_person(("telegram", "whatsapp"))
    async with scene.database.write() as session:
        await session.execute(
            update(Address)
            .where(Address.contact_id == person, Address.channel == "whatsapp")
            .values(opted_in_at=None)
        )
    async with scene.database.read() as session:
        groups = await count_groups(session, Audience(), TERMS, Occasion(scene.clock.now()))
    assert groups == (Group("telegram", "es", True, None, 1),)


CHILE, MADRID = "America/Santiago", "Europe/Madrid"


def test_each_clock_is_reckoned_by_itself() -> None:
    # HUM-45: at 2 in Lima it is 4 in Chile and 8 in Madrid
    night = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    groups = (
        Group("telegram", "es", True, None, 72_000),
        Group("telegram", "es", True, None, 20, CHILE),
        Group("telegram", "es", True, None, 4, MADRID),
    )
    plan = make_plan(facts(*groups), TERMS, night, NOW + timedelta(days=2), is_urgent=False)
    assert plan.held_until is None, "it is morning in Madrid"
    assert plan.waits == (
        Wait(CHILE, datetime(2026, 11, 23, 11, 0, tzinfo=UTC), 20),
        Wait(None, datetime(2026, 11, 23, 13, 0, tzinfo=UTC), 72_000),
    )
    assert (plan.people, plan.late) == (72_024, 0)
    assert plan.ends_at == datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hour", "late"), [(10, 72_020), (11, 72_020), (12, 72_000), (13, 72_000), (14, 0)]
)
def test_who_wakes_after_the_end_is_told_of(hour: int, late: int) -> None:
    # HUM-45
    night = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    groups = (
        Group("telegram", "es", True, None, 72_000),
        Group("telegram", "es", True, None, 20, CHILE),
        Group("telegram", "es", True, None, 4, MADRID),
    )
    end = datetime(2026, 11, 23, hour, 0, tzinfo=UTC)
    assert make_plan(facts(*groups), TERMS, night, end, is_urgent=False).late == late


def test_a_few_late_risers_do_not_make_the_others_late() -> None:
    noon = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    groups = (
        Group("telegram", "es", True, None, 1_000),
        Group("telegram", "es", True, None, 3, "Asia/Tokyo"),  # two at night there
    )
    end = noon + timedelta(hours=3)
    plan = make_plan(facts(*groups), TERMS, noon, end, is_urgent=False)
    assert plan.late == 3


def test_what_saves_lives_waits_for_no_clock() -> None:
    night = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    groups = (
        Group("telegram", "es", True, None, 20),
        Group("telegram", "es", True, None, 20, CHILE),
    )
    plan = make_plan(
        facts(*groups), TERMS, night, NOW + timedelta(days=2), is_urgent=True, passes_night=True
    )
    assert (plan.waits, plan.held_until) == ((), None)
