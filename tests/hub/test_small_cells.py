"""No figure and no difference of figures points at fewer than ten people (HUM-14)."""

from collections import Counter
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.small_cells import FEWEST, is_few, release

DAYS = 4
Where = tuple[str, str]  # area, topic
AREAS, TOPICS = ("15", "24", "25"), ("asylum.apply", "health.mental")
CELLS = tuple(product(AREAS, TOPICS))

people = st.integers(min_value=0, max_value=25)
days = st.lists(st.fixed_dictionaries(dict.fromkeys(CELLS, people)), min_size=1, max_size=DAYS)


def publish(history: list[dict[Where, int]]) -> list[dict[Where, int]]:
    """What each day lets out of each cell, as the hub writes it."""
    waiting: Counter[Where] = Counter()
    released = []
    for day in history:
        today = {}
        for cell, count in day.items():
            today[cell], waiting[cell] = release(waiting[cell] + count)
        released.append(today)
    return released


def every_figure(released: list[dict[Where, int]]) -> list[int]:
    """Of all spans of days: each cell, each area, each topic, and everything."""
    figures = []
    for first in range(len(released)):
        for last in range(first, len(released)):
            span = released[first : last + 1]
            for areas in (*[(area,) for area in AREAS], AREAS):
                for topics in (*[(topic,) for topic in TOPICS], TOPICS):
                    cells = product(areas, topics)
                    figures.append(sum(day[cell] for cell in cells for day in span))
    return figures


@given(days)
def test_no_two_figures_differ_by_fewer_than_ten_people(history: list[dict[Where, int]]) -> None:
    # HUM-14
    figures = every_figure(publish(history))
    differences = {abs(one - other) for one in figures for other in figures}
    assert not [few for few in (*figures, *differences) if is_few(few)]


@given(days, st.sampled_from(CELLS), st.integers(min_value=0, max_value=DAYS - 1))
def test_one_person_more_moves_no_figure_by_less_than_ten(
    history: list[dict[Where, int]], cell: Where, day: int
) -> None:
    # HUM-14: whoever knows of everybody else sees nothing of the one they look for, or a whole ten
    other = [dict(each) for each in history]
    other[day % len(history)][cell] += 1
    before, after = every_figure(publish(history)), every_figure(publish(other))
    assert not [
        (old, new) for old, new in zip(before, after, strict=True) if is_few(abs(new - old))
    ]


@given(days)
def test_nobody_is_lost_and_nobody_is_told_of_twice(history: list[dict[Where, int]]) -> None:
    released = publish(history)
    for cell in CELLS:
        told, wrote = sum(day[cell] for day in released), sum(day[cell] for day in history)
        assert 0 <= wrote - told < FEWEST


def test_a_few_are_one_to_nine() -> None:
    assert [count for count in range(12) if is_few(count)] == list(range(1, FEWEST))
    with pytest.raises(ValueError, match="fewer than nobody"):
        release(-1)
