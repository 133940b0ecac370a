"""What a refusal of `broadcast` becomes in the console: an error page with a sentence to act on."""

from broadcast.errors import (
    MoveRefusedError,
    StaleVersionError,
    UnknownUpdateError,
    UpdateError,
)
from hub.console.errors import ConflictError, ConsoleError, NotFoundError
from hub.i18n import noop


class UpdateRefusedError(ConsoleError):
    status = 403
    title = noop("Nothing was done")

    def __init__(self, error: UpdateError) -> None:
        super().__init__(str(error))
        self.advice = error.staff_text


def refuse(error: UpdateError) -> ConsoleError:
    if isinstance(error, UnknownUpdateError):
        return NotFoundError(str(error))
    if isinstance(error, MoveRefusedError | StaleVersionError):
        return ConflictError(str(error))
    return UpdateRefusedError(error)
