"""The bound that a number of runs supports."""

import pytest

from tests.chaos.bounds import upper_bound


@pytest.mark.parametrize(
    ("seen", "tries", "bound"),
    [  # as tables of exact one-sided 95 % bounds have them
        (0, 200, 0.014867),
        (0, 1, 0.95),
        (1, 10, 0.394163),
        (3, 100, 0.075711),
    ],
)
def test_the_bound_is_the_exact_one(seen: int, tries: int, bound: float) -> None:
    # REL-10
    assert upper_bound(seen, tries) == pytest.approx(bound, rel=2e-3)


def test_none_in_many_is_about_three_in_as_many() -> None:
    assert upper_bound(0, 2_000_000) == pytest.approx(3 / 2_000_000, rel=0.01)


def test_nothing_tried_supports_nothing() -> None:
    assert upper_bound(0, 0) == 1.0
