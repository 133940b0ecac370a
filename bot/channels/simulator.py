"""Simulated phones: a channel that keeps in memory what a phone would show. For demos and tests.

It has no provider, so nothing comes by webhook; what a simulated person types is handed to the hub
by whoever shows the phone.
"""

import re
import secrets
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from bot.channels.base import (
    Capabilities,
    ErrorMeaning,
    ForgedRequestError,
    MalformedRequestError,
    WebhookRequest,
    noop,
)
from bot.channels.wire_text import clean_text, render
from bot.messages import (
    Button,
    Coordinates,
    Fault,
    Inbound,
    InboundKind,
    Outbound,
    Receipt,
    SendError,
    SendOutcome,
)

MAX_BODY = 0
MOST_PHONES = 200
MOST_MESSAGES = 200
_ADDRESS = re.compile(r"\+?[0-9]{1,20}")
_UNKNOWN = ErrorMeaning(
    SendOutcome.REJECTED, Fault.PROVIDER, noop("The simulated phone refused the message.")
)


@dataclass(frozen=True, slots=True)
class Shown:
    """One message on a phone. `number` grows by one with each message that the channel shows."""

    number: int
    by_person: bool
    text: str = field(repr=False)
    buttons: tuple[Button, ...]
    at: datetime
    audio: str | None = None


class Simulator:
    """See `bot.channels.base.Channel`. `name` and `capabilities` are of the channel it plays."""

    def __init__(
        self, name: str, capabilities: Capabilities, *, now: Callable[[], datetime]
    ) -> None:
        self.name = name
        self.capabilities = capabilities
        self._now = now
        self._phones: OrderedDict[str, deque[Shown]] = OrderedDict()
        self._failures: deque[SendError] = deque()
        self._shown = 0

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    def verify(self, request: WebhookRequest) -> None:
        raise ForgedRequestError("the simulator has no webhook")

    def parse(self, request: WebhookRequest) -> list[Inbound | Receipt]:
        raise MalformedRequestError("the simulator has no webhook")

    async def send(self, address: str, message: Outbound, *, send_id: str) -> str:
        del send_id
        if self._failures:
            raise self._failures.popleft()
        if not _ADDRESS.fullmatch(address):
            raise SendError(
                SendOutcome.REJECTED,
                Fault.RECIPIENT,
                noop("The address is not that of a simulated phone."),
                code="address",
            )
        text = render(message, self.capabilities)
        buttons = message.buttons if self.capabilities.buttons else ()
        return f"sim{self._show(address, text, buttons, by_person=False, audio=message.audio)}"

    async def acknowledge(self, inbound: Inbound) -> None: ...

    def explain(self, code: str) -> ErrorMeaning:
        del code
        return _UNKNOWN

    def fail_next(self, errors: Iterable[SendError]) -> None:
        """Let the next sends fail with these, one each, in order."""
        self._failures.extend(errors)

    def phone(self, address: str) -> list[Shown]:
        """What the phone shows, oldest first; empty for a phone that never had a message."""
        return list(self._phones.get(address, ()))

    def type_text(self, address: str, text: str, language: str | None = None) -> Inbound:
        """Show `text` as written by the person, and return it as the hub should receive it."""
        text = clean_text(text)
        self._show(address, text, (), by_person=True)
        return self._inbound(address, InboundKind.TEXT, text=text, language_hint=language)

    def press(self, address: str, token: str) -> Inbound | None:
        """The press of a button that the phone shows; None if it shows no such button."""
        for shown in reversed(self._phones.get(address, ())):
            for button in shown.buttons:
                if button.token == token:
                    self._show(address, button.label, (), by_person=True)
                    return self._inbound(address, InboundKind.CHOICE, choice=token)
        return None

    def share_location(self, address: str, latitude: float, longitude: float) -> Inbound:
        """A pin. The phone shows a sign for it; the coordinates are not kept here."""
        self._show(address, "📍", (), by_person=True)
        pin = Coordinates(latitude, longitude)
        return self._inbound(address, InboundKind.LOCATION, coordinates=pin)

    def _inbound(
        self,
        address: str,
        kind: InboundKind,
        *,
        text: str = "",
        choice: str | None = None,
        coordinates: Coordinates | None = None,
        language_hint: str | None = None,
    ) -> Inbound:
        return Inbound(
            self.name,
            secrets.token_hex(16),
            address,
            kind,
            self._now(),
            text=text,
            choice=choice,
            coordinates=coordinates,
            language_hint=language_hint,
        )

    def _show(
        self,
        address: str,
        text: str,
        buttons: tuple[Button, ...],
        *,
        by_person: bool,
        audio: str | None = None,
    ) -> int:
        self._shown += 1
        messages = self._phones.setdefault(address, deque(maxlen=MOST_MESSAGES))
        messages.append(Shown(self._shown, by_person, text, buttons, self._now(), audio))
        self._phones.move_to_end(address)
        if len(self._phones) > MOST_PHONES:
            self._phones.popitem(last=False)
        return self._shown
