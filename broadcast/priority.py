"""How much of the usual restraint an update passes, and how many people that takes (HUM-45)."""

from enum import StrEnum
from typing import Protocol


class Priority(StrEnum):
    ORDINARY = "ordinary"
    URGENT = "urgent"  # passes the weekly share, quotas and caps, and goes first
    LIFE_SAFETY = "life_safety"  # passes the night too, with two approvals


class Prioritised(Protocol):
    """A row of `updates`, or what an author wrote."""

    @property
    def urgency(self) -> str | None: ...

    @property
    def is_life_safety(self) -> bool: ...


def priority_of(row: Prioritised) -> Priority:
    if row.urgency is None:
        return Priority.ORDINARY
    return Priority.LIFE_SAFETY if row.is_life_safety else Priority.URGENT


def approvals_needed(row: Prioritised) -> int:
    return 2 if priority_of(row) is Priority.LIFE_SAFETY else 1
