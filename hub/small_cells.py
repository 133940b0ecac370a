"""Lets counts out only in whole groups of people, so that no figure points at a few (HUM-14).

What counts people is added to a cell, such as a topic in an area. A cell says nothing until it
holds `FEWEST`; then it releases that many at once and goes on waiting with the rest. Every figure
is a sum of releases, every total too, and so each difference between two figures, of whatever days
and cells, is nothing or at least `FEWEST` people. Hiding small cells beside true totals would not
do: whoever subtracts what is shown from the total has what was hidden, and whoever compares the
last thirty days with the thirty that ended yesterday has a single day.

Nothing is lost for ever: what waits is told later, on the day when its group is full.
"""

from typing import Final, NamedTuple

FEWEST: Final = 10


class Cell(NamedTuple):
    """What a cell lets out now, and what goes on waiting in it: always fewer than `FEWEST`."""

    released: int
    waiting: int


def release(held: int) -> Cell:
    """Part what a cell holds into whole groups and a rest; raise `ValueError` below nothing."""
    if held < 0:
        raise ValueError("a cell cannot hold fewer than nobody")
    rest = held % FEWEST
    return Cell(held - rest, rest)


def is_few(count: int) -> bool:
    """Whether a count of people is too small to be told; nobody is not a few."""
    return 0 < count < FEWEST
