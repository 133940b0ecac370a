"""The channels of test contacts: they lead nowhere.

A member of staff plays a test contact (`bot.own_contacts`). What the bot tells them stays in the
outbox, where the console reads it; no provider and no phone is behind this adapter. Its addresses
hold letters, so that an adapter with a provider could not send to one either.
"""

import re
import secrets

from bot.channels.base import (
    Capabilities,
    ErrorMeaning,
    ForgedRequestError,
    MalformedRequestError,
    WebhookRequest,
    noop,
)
from bot.channels.wire_text import render
from bot.messages import Fault, Inbound, Outbound, Receipt, SendError, SendOutcome

PREFIX = "test."
_ADDRESS = re.compile(r"prueba-[0-9a-f]{16}")
_UNKNOWN = ErrorMeaning(
    SendOutcome.REJECTED, Fault.PROVIDER, noop("The test phone refused the message.")
)


def is_test(channel: str) -> bool:
    return channel.startswith(PREFIX)


def new_address() -> str:
    return f"prueba-{secrets.token_hex(8)}"


class Nowhere:
    """See `bot.channels.base.Channel`."""

    def __init__(self, name: str, capabilities: Capabilities) -> None:
        self.name = name
        self.capabilities = capabilities

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    def verify(self, request: WebhookRequest) -> None:
        raise ForgedRequestError("a test phone has no webhook")

    def parse(self, request: WebhookRequest) -> list[Inbound | Receipt]:
        raise MalformedRequestError("a test phone has no webhook")

    async def send(self, address: str, message: Outbound, *, send_id: str) -> str:
        """Refuse what the channel that is played would refuse, and whatever is no test address."""
        if not _ADDRESS.fullmatch(address):
            raise SendError(
                SendOutcome.REJECTED,
                Fault.RECIPIENT,
                noop("The address is not that of a test phone."),
                code="address",
            )
        render(message, self.capabilities)
        return f"test-{send_id}"

    async def acknowledge(self, inbound: Inbound) -> None: ...

    def explain(self, code: str) -> ErrorMeaning:
        del code
        return _UNKNOWN
