"""The vocabulary that all channels share: what comes in, what goes out, what became of it.

Frozen values without behaviour of any provider; adapters translate to and from them.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class InboundKind(StrEnum):
    TEXT = "text"
    CHOICE = "choice"  # a button that we offered was pressed
    LOCATION = "location"
    VOICE = "voice"
    IMAGE = "image"
    VIDEO = "video"
    DOCUMENT = "document"
    STICKER = "sticker"
    CONTACT = "contact"
    EDITED = "edited"
    BLOCKED = "blocked"  # the person blocked the bot: never write again until unblocked
    UNBLOCKED = "unblocked"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Coordinates:
    """A pin in degrees. Lives in memory only: reduced to a place before anything is stored."""

    latitude: float = field(repr=False)
    longitude: float = field(repr=False)


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message from one person.

    `message_id` is the provider's, unique within the channel. `address` is what the provider needs
    to write back (chat id, or number in E.164 form). `choice` is the token of a pressed button.
    """

    channel: str
    message_id: str
    address: str = field(repr=False)
    kind: InboundKind
    sent_at: datetime
    text: str = field(default="", repr=False)
    choice: str | None = None
    coordinates: Coordinates | None = field(default=None, repr=False)
    area: str | None = None  # UBIGEO code of the district that a pin was reduced to
    language_hint: str | None = None
    withheld: tuple[str, ...] = ()  # kinds of identifying data that were taken out of the text
    callback_id: str | None = None  # Telegram wants pressed buttons acknowledged; never stored


@dataclass(frozen=True, slots=True)
class Button:
    """An answer that can be pressed. `token` is made by the hub and means nothing outside it."""

    label: str
    token: str


# What the button of a template returns, as it is set up with the provider.
FULL_TEXT = "full_text"


@dataclass(frozen=True, slots=True)
class TemplateUse:
    """A template that the provider knows, and what fills its gaps: pairs of number and value."""

    sid: str
    variables: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Outbound:
    """One message to one person: plain text, never markup.

    With a `template`, `text` is what the provider makes of it; channels without templates show it.
    `audio` is the public address of an OGG file that is played; then `text` may go unseen.
    """

    text: str = field(repr=False)
    buttons: tuple[Button, ...] = ()
    template: TemplateUse | None = None
    audio: str | None = None


class SendState(StrEnum):
    """The life of one outgoing message, of a reply and of a broadcast's delivery alike."""

    QUEUED = "queued"
    SENDING = "sending"
    IN_DOUBT = "in_doubt"
    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    CANCELLED = "cancelled"


# A receipt may raise the rank, never lower it; `failed` counts only until the phone had it.
_RANK = {
    SendState.QUEUED: 0,
    SendState.SENDING: 1,
    SendState.IN_DOUBT: 2,
    SendState.ACCEPTED: 3,
    SendState.SENT: 4,
    SendState.FAILED: 5,
    SendState.DELIVERED: 6,
    SendState.READ: 7,
}


def fold(current: SendState, reported: SendState) -> SendState:
    """The state after a receipt, whatever the order and number of receipts (PEER-08, INV-8).

    `cancelled` stays: nothing was sent. Folding takes the higher rank, so it is commutative.
    """
    if current is SendState.CANCELLED or reported is SendState.CANCELLED:
        return SendState.CANCELLED
    return max(current, reported, key=_RANK.__getitem__)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider's word about one outgoing message.

    `send_id` is ours, taken from a signed status callback; `provider_id` is the provider's.
    """

    channel: str
    provider_id: str
    state: SendState
    send_id: str | None = None
    error_code: str | None = None


class Fault(StrEnum):
    """Whose fault a failed send is; decides who has to act."""

    RECIPIENT = "recipient"
    CONTENT = "content"
    ACCOUNT = "account"
    PROVIDER = "provider"
    NETWORK = "network"


class SendOutcome(StrEnum):
    REJECTED = "rejected"  # certainly not sent, and never will be
    RETRY = "retry"  # certainly not sent; try again later
    IN_DOUBT = "in_doubt"  # may have been sent: never blindly resent


class SendError(Exception):
    """A send that did not end in acceptance: retry it? whose fault? what do staff read?

    `code` is the provider's (a table beside each adapter explains it); `retry_after` in seconds;
    `freezes_channel` says that the whole channel must wait, not only this recipient;
    `opted_out` that the provider says this person does not want our messages (blocked, STOP).
    """

    def __init__(
        self,
        outcome: SendOutcome,
        fault: Fault,
        staff_text: str,
        *,
        code: str | None = None,
        retry_after: float | None = None,
        freezes_channel: bool = False,
        opted_out: bool = False,
    ) -> None:
        super().__init__(f"{outcome}: {fault}: {code or '-'}")
        self.outcome = outcome
        self.fault = fault
        self.staff_text = staff_text
        self.code = code
        self.retry_after = retry_after
        self.freezes_channel = freezes_channel
        self.opted_out = opted_out
