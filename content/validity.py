"""How long each kind of content holds unless its verifier says otherwise, and when to look again.

Safety texts hold longest and are looked at earliest: while one has lapsed, people in danger get
words of last resort instead.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from content.models import Answer, Service
from content.pack import SAFETY_PREFIX


class Kind(StrEnum):
    ANSWER = "answer"
    SAFETY = "safety"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Validity:
    """`lasts` from the day of verifying; on its owner's work list `review_before` the end."""

    lasts: timedelta
    review_before: timedelta


VALIDITY: dict[Kind, Validity] = {
    Kind.ANSWER: Validity(timedelta(days=180), timedelta(days=14)),
    Kind.SAFETY: Validity(timedelta(days=365), timedelta(days=60)),
    Kind.SERVICE: Validity(timedelta(days=180), timedelta(days=14)),
}


def kind_of(item: Answer | Service) -> Kind:
    if isinstance(item, Service):
        return Kind.SERVICE
    return Kind.SAFETY if item.topic.startswith(SAFETY_PREFIX) else Kind.ANSWER


def usual_end(item: Answer | Service, today: date) -> date:
    """The last day of what is verified today."""
    return today + VALIDITY[kind_of(item)].lasts


def review_on(item: Answer | Service) -> date | None:
    """The day from which somebody should look at it again; None for what has no end."""
    before = VALIDITY[kind_of(item)].review_before
    return item.valid_until - before if item.valid_until else None


def is_due(item: Answer | Service, today: date) -> bool:
    """Whether it is on its owner's work list: from its day of review until its last day."""
    day = review_on(item)
    return day is not None and item.valid_until is not None and day <= today <= item.valid_until
