"""Each kind of content holds for its time, and comes onto its owner's list before the end."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from content.models import Answer, Service
from content.validity import VALIDITY, Kind, is_due, kind_of, review_on, usual_end

TODAY = date(2026, 11, 22)
ITEMS: dict[Kind, Callable[[date | None], Answer | Service]] = {
    Kind.ANSWER: lambda until: Answer(topic="asylum.apply", valid_until=until),
    Kind.SAFETY: lambda until: Answer(topic="safety.self_harm", valid_until=until),
    Kind.SERVICE: lambda until: Service(key="near", valid_until=until),
}


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_an_end_and_a_day_of_review_before_it(kind: Kind) -> None:  # HUM-40
    item = ITEMS[kind](None)
    assert kind_of(item) is kind
    assert not is_due(item, TODAY)
    assert review_on(item) is None
    item.valid_until = usual_end(item, TODAY)
    day = review_on(item)
    assert day is not None
    assert TODAY < day < item.valid_until
    assert not is_due(item, day - timedelta(days=1))
    assert is_due(item, day)
    assert is_due(item, item.valid_until)
    assert not is_due(item, item.valid_until + timedelta(days=1))


def test_an_answer_is_on_the_list_for_two_weeks() -> None:
    assert VALIDITY[Kind.ANSWER].review_before == timedelta(days=14)
    assert VALIDITY[Kind.SERVICE].review_before == timedelta(days=14)


def test_safety_texts_are_looked_at_earliest() -> None:
    others = [VALIDITY[kind].review_before for kind in Kind if kind is not Kind.SAFETY]
    assert VALIDITY[Kind.SAFETY].review_before > max(others)
