"""Opening times are read strictly, and say rightly whether a place is open at a local time."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.opening import DAYS, OpeningError, read_opening

OFFICE = ("mon-fri 08:30-17:00", "sat 09:00-13:30")
MONDAY = datetime(2026, 11, 23)  # noqa: DTZ001  # a time on the clock at the place


def at(day: str, clock: str) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return MONDAY + timedelta(days=DAYS.index(day), hours=hour, minutes=minute)


@pytest.mark.parametrize(
    ("day", "clock", "changes"),
    [
        ("mon", "08:29", ("opens", "mon", "08:30")),
        ("mon", "08:30", ("closes", "mon", "17:00")),
        ("fri", "16:59", ("closes", "fri", "17:00")),
        ("fri", "17:00", ("opens", "sat", "09:00")),
        ("sat", "13:30", ("opens", "mon", "08:30")),
        ("sun", "12:00", ("opens", "mon", "08:30")),
    ],
)
def test_an_office_over_its_week(day: str, clock: str, changes: tuple[str, str, str]) -> None:
    week, now = read_opening(OFFICE), at(day, clock) + timedelta(seconds=30)
    what, other_day, other_clock = changes
    expected = at(other_day, other_clock)
    expected += timedelta(days=7) if expected < now else timedelta()
    assert week.is_open(now) is (what == "closes")
    assert week.closes(now) == (expected if what == "closes" else None)
    assert week.opens(now) == (expected if what == "opens" else None)


def test_a_night_goes_on_into_the_next_week() -> None:
    week = read_opening(("sun 22:00-06:00",))
    assert week.closes(at("sun", "23:00")) == at("mon", "06:00") + timedelta(days=7)
    assert week.closes(at("mon", "05:59")) == at("mon", "06:00")
    assert week.opens(at("mon", "06:00")) == at("sun", "22:00")


@pytest.mark.parametrize(
    "lines", [("always",), ("mon-sun 00:00-24:00",), ("wed-tue 12:00-24:00", "mon-sun 00:00-12:00")]
)
def test_what_never_closes_has_no_end(lines: tuple[str, ...]) -> None:
    week = read_opening(lines)
    assert week.is_always
    assert week.is_open(at("thu", "03:00"))
    assert week.closes(at("thu", "03:00")) is None
    assert week.opens(at("thu", "03:00")) is None


def test_nothing_written_is_never_open() -> None:
    week = read_opening(())
    assert not week.is_open(MONDAY)
    assert week.opens(MONDAY) is None


@pytest.mark.parametrize(
    "line",
    [
        "lun-vie 08:30-17:00",
        "mon-fri 8:30-17:00",
        "mon-fri 08:30–17:00",
        "mon-fri",
        "mon 25:00-26:00",
        "mon 09:61-10:00",
        "mon 09:00-09:00",
        "mon 24:00-09:00",
        "mon  09:00-10:00",
        "always ",
        "mon 09:00-10:00 ",
        "",
    ],
)
def test_anything_else_is_refused_with_the_line(line: str) -> None:
    with pytest.raises(OpeningError, match=r"'.*': "):
        read_opening(("tue 09:00-10:00", line))


clocks = st.integers(0, 23 * 60 + 59).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
written = st.tuples(
    st.sampled_from(DAYS), st.sampled_from(DAYS), clocks, st.one_of(clocks, st.just("24:00"))
).filter(lambda line: line[2] != line[3])


@given(st.lists(written, min_size=1, max_size=4), st.integers(0, 7 * 24 * 60 - 1))
def test_it_agrees_with_counting_minutes(
    lines: list[tuple[str, str, str, str]], minute: int
) -> None:
    open_minutes = set()
    for first, last, opens, closes in lines:
        start, end = (
            (at("mon", "00:00") if c == "24:00" else at("mon", c)) for c in (opens, closes)
        )
        length = int((end - start).total_seconds() // 60) % 1440 or 1440
        begin = int((start - MONDAY).total_seconds() // 60)
        days = (DAYS.index(last) - DAYS.index(first)) % 7 + 1
        for day in range(DAYS.index(first), DAYS.index(first) + days):
            open_minutes |= {(day * 1440 + begin + each) % 10080 for each in range(length)}
    week = read_opening(tuple(f"{f}-{t} {o}-{c}" for f, t, o, c in lines))
    now = MONDAY + timedelta(minutes=minute)
    assert week.is_open(now) is (minute in open_minutes)
    for change, is_open in ((week.closes(now), False), (week.opens(now), True)):
        if change:
            assert week.is_open(change) is is_open
            assert week.is_open(change - timedelta(minutes=1)) is not is_open
            assert timedelta(0) < change - now <= timedelta(days=7)
