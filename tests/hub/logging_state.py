"""Logging as a process of its own would have it, and as it was again afterwards: what a test
configures holds a stream that ends with the test."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from hub.logs import configure_logs

_TALKATIVE = ("httpx", "httpcore", "telegram", "twilio", "aiohttp", "urllib3", "uvicorn", "alembic")


@contextmanager
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    level = root.level
    levels = {name: logging.getLogger(name).level for name in _TALKATIVE}
    yield
    structlog.reset_defaults()
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


@contextmanager
def logging_of_a_process(*, as_json: bool = True) -> Iterator[None]:
    """`configure_logs` where nobody configured anything before, as pytest has."""
    root = logging.getLogger()
    handlers = list(root.handlers)
    root.handlers.clear()
    try:
        configure_logs(as_json=as_json)
        yield
    finally:
        root.handlers[:] = handlers
