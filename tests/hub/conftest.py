"""Nothing that a test does to logging outlives it."""

from collections.abc import Iterator

import pytest

from tests.hub.logging_state import logging_as_before


@pytest.fixture(autouse=True)
def logging_state() -> Iterator[None]:
    with logging_as_before():
        yield
