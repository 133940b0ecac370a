"""The contract of a channel: verify, parse, send, and capabilities as data.

An adapter is handed its credentials. It never sees the database, the config or another channel, and
it decides nothing: it translates.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from bot.messages import Fault, Inbound, Outbound, Receipt, SendError, SendOutcome


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can show and how it behaves; the core asks this, never the channel's name."""

    text_length: int
    buttons: int  # 0: choices are shown as numbered lines, and a number is the answer
    button_label_length: int
    session_window: timedelta | None  # None: may write freely at any time
    receipts: bool
    can_look_up: bool  # whether a send in doubt can be settled by asking the provider


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A request as received: raw bytes, so that signatures are checked before anything is parsed.

    Header names are lower case (`read_headers`); `path` and `query` are as sent (not decoded).
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def read_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers as `WebhookRequest` wants them.

    The values of a repeated header are joined, so that a second secret or signature never passes.
    """
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def noop(message: str) -> str:
    """Mark a staff text for extraction: adapters write English, the console translates it."""
    return message


@dataclass(frozen=True, slots=True)
class ErrorMeaning:
    """What a provider's error code means, whether it came as an answer or in a receipt."""

    outcome: SendOutcome
    fault: Fault
    staff_text: str
    retry_after: float | None = None
    freezes_channel: bool = False
    opted_out: bool = False

    def as_error(self, code: str | None, retry_after: float | None = None) -> SendError:
        return SendError(
            self.outcome,
            self.fault,
            self.staff_text,
            code=code,
            retry_after=retry_after or self.retry_after,
            freezes_channel=self.freezes_channel,
            opted_out=self.opted_out,
        )


class ForgedRequestError(Exception):
    """The request does not prove that it comes from the provider. Answered 403 with no body."""


class MalformedRequestError(Exception):
    """A verified request that cannot be read; the message names the field, never its value."""


class Channel(Protocol):
    """What every adapter offers."""

    name: str
    capabilities: Capabilities

    async def open(self) -> None:
        """Prepare clients. Called once, before any send."""
        ...

    async def close(self) -> None: ...

    def verify(self, request: WebhookRequest) -> None:
        """Raise `ForgedRequestError` unless the provider made this request."""
        ...

    def parse(self, request: WebhookRequest) -> list[Inbound | Receipt]:
        """What a verified request says; [] for what concerns nobody (groups, other bots).

        Raise `MalformedRequestError` for what cannot be read.
        """
        ...

    async def send(self, address: str, message: Outbound, *, send_id: str) -> str:
        """Hand one message to the provider and return the provider's id for it.

        Raise `SendError` for everything else. `send_id` is our id of this message, for callbacks.
        """
        ...

    async def acknowledge(self, inbound: Inbound) -> None:
        """Tell the provider that a stored message arrived, where it wants to know. Never raises."""
        ...


@runtime_checkable
class Lookup(Protocol):
    """A channel whose provider can say whether a message in doubt was sent."""

    async def find_sent(self, address: str, message: Outbound, since: datetime) -> str | None:
        """The provider's id of this message if it was sent after `since`, else None.

        Raise `SendError` if the provider cannot be asked now.
        """
        ...
