"""Puts logging back as it was: what a test configures holds a stream that ends with the test."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

_TALKATIVE = ("httpx", "httpcore", "telegram", "twilio", "aiohttp", "urllib3", "uvicorn.access")


@contextmanager
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in _TALKATIVE}
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
