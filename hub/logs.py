"""Structured logs that carry events and opaque ids only, never people's data (SEC-91, SEC-48)."""

import logging
import sys
from typing import Any

import structlog

# These libraries print URLs (Telegram's hold the bot's token) or message bodies at INFO and DEBUG.
_TALKATIVE = (
    "httpx",
    "httpcore",
    "telegram",
    "twilio",
    "aiohttp",
    "urllib3",
    "uvicorn",
    "alembic",
    "procrastinate",
)


def configure_logs(*, as_json: bool) -> None:
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(name)s %(message)s")
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    renderer: Any = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def get_log(part: str) -> Any:  # noqa: ANN401 - structlog has no better type
    """A logger for one part. Pass ids, counts, names of error classes; never texts or numbers."""
    return structlog.get_logger(part=part)
