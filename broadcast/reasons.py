"""Why a delivery was not made, in staff's words: our own reasons and the providers' codes."""

from collections.abc import Callable
from enum import StrEnum

from bot.channels import telegram_errors, whatsapp_errors
from bot.channels.base import ErrorMeaning
from bot.messages import Fault
from broadcast.policy import SIMULATED
from hub.i18n import Translate, noop


class Reason(StrEnum):
    """Kept as the delivery's `error_code` when the hub itself decided."""

    OPTED_OUT = "opted_out"
    BLOCKED = "blocked"
    ERASED = "erased"
    NO_TEXT = "no_text"
    OUTSIDE_WINDOW = "outside_window"
    NOT_NOW = "not_now"
    SHARE_USED = "share_used"
    UNREADABLE = "unreadable"
    NEVER_LEFT = "never_left"
    STOPPED = "stopped"
    EXPIRED = "expired"
    UNAPPROVED = "unapproved"


WORDS: dict[Reason, str] = {
    Reason.OPTED_OUT: noop("The person asked for no more updates before their turn came."),
    Reason.BLOCKED: noop("The person blocked us before their turn came."),
    Reason.ERASED: noop("The person had all their data erased before their turn came."),
    Reason.NO_TEXT: noop("The update has no text in the person's language."),
    Reason.OUTSIDE_WINDOW: noop(
        "WhatsApp allows free text only within 24 hours of the person's last message."
    ),
    Reason.NOT_NOW: noop("The person gets no updates for some time."),
    Reason.SHARE_USED: noop("The person had as many updates this week as anybody may get."),
    Reason.UNREADABLE: noop("The stored address cannot be read. Tell the technical team."),
    Reason.NEVER_LEFT: noop("The message never reached the provider, and is not sent again."),
    Reason.STOPPED: noop("The update was stopped before their turn came."),
    Reason.EXPIRED: noop("The update's time was over before their turn came."),
    Reason.UNAPPROVED: noop(
        "What was stored was not what had been approved, so it was not sent. "
        "Tell the technical team."
    ),
}

FAULT_WORDS: dict[Fault, str] = {
    Fault.RECIPIENT: noop("This person cannot be reached on this channel."),
    Fault.CONTENT: noop("The provider refuses this text."),
    Fault.ACCOUNT: noop("The provider refuses our account or sender. Tell the technical team."),
    Fault.PROVIDER: noop("The provider had a failure of its own."),
    Fault.NETWORK: noop("The provider could not be reached."),
}

_UNKNOWN = noop("The provider gave no reason that is known here.")

_CODES: dict[str, Callable[[str], ErrorMeaning]] = {
    "telegram": telegram_errors.explain,
    "whatsapp": whatsapp_errors.explain,
}


def meaning_of(channel: str, code: str | None) -> ErrorMeaning | None:
    """What the provider's code means; None for our own reasons and for channels without codes."""
    if code is None or code in set(Reason):
        return None
    explain = _CODES.get(channel.removeprefix(SIMULATED))
    return explain(code) if explain else None


def in_words(channel: str, code: str | None, fault: str | None, translate: Translate) -> str:
    """A sentence for staff about one kind of failure on one channel."""
    if code in set(Reason):
        return translate(WORDS[Reason(code)])
    meaning = meaning_of(channel, code)
    if meaning is not None:
        return translate(meaning.staff_text)
    if fault in set(Fault):
        return translate(FAULT_WORDS[Fault(fault)])
    return translate(_UNKNOWN)
