"""Logging of the Rasa process: what we say ourselves in full, of everybody else only where and
how bad (SEC-63).

Rasa writes the person's text into its errors, so no message, argument or traceback of another
library may pass.
"""

import logging
import sys
import warnings
from pathlib import Path
from typing import Any, TextIO

import structlog

OWN = "chasqui."


class ScrubbedFormatter(logging.Formatter):
    """`WARNING rasa.core.processor:812 (withheld)`, with the type of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        """One line for one record."""
        if record.name.startswith(OWN):
            return f"{record.levelname} {record.name} {record.getMessage()}"
        error = record.exc_info[0] if record.exc_info else None
        kind = f" {error.__name__}" if error else ""
        where = f"{record.name}:{Path(record.pathname).name}:{record.lineno}"
        return f"{record.levelname} {where}{kind} (withheld)"


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    where = f"{Path(filename).name}:{lineno}"
    logging.getLogger("chasqui.nlu").warning("%s at %s", category.__name__, where)


def _drop_everything(logger: Any, method: str, event: Any) -> str:
    return "withheld"


def install() -> None:
    """Send every way of logging through one handler on standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(ScrubbedFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("chasqui").setLevel(logging.INFO)
    warnings.simplefilter("ignore", DeprecationWarning)
    warnings.showwarning = _show_warning
    structlog.configure(
        processors=[_drop_everything],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        cache_logger_on_first_use=True,  # Rasa says things at every step of a turn
    )
