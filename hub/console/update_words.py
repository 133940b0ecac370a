"""What staff read for the states, acts and channels of updates."""

from bot.messages import SendState
from broadcast.priority import Priority
from broadcast.states import State
from hub.i18n import Translate

TONES: dict[str, str] = {
    State.DRAFT: "quiet",
    State.IN_REVIEW: "wait",
    State.APPROVED: "good",
    State.SCHEDULED: "wait",
    State.SENDING: "wait",
    State.PAUSED: "bad",
    State.SENT: "good",
    State.CANCELLED: "bad",
    State.EXPIRED: "bad",
    State.WITHDRAWN: "quiet",
}

CHANNELS = {
    "telegram": "Telegram",
    "whatsapp": "WhatsApp",
    "simulator.telegram": "Telegram (demo)",
    "simulator.whatsapp": "WhatsApp (demo)",
}
# Where test sends go besides. Neither figures nor audiences know these.
TEST_CHANNELS = {"test.telegram": "Telegram (test)", "test.whatsapp": "WhatsApp (test)"}


def state_names(_: Translate) -> dict[str, str]:
    return {
        State.DRAFT: _("Draft"),
        State.IN_REVIEW: _("Waiting for approval"),
        State.APPROVED: _("Approved, waits for its time"),
        State.SCHEDULED: _("About to start"),
        State.SENDING: _("Being sent"),
        State.PAUSED: _("Paused"),
        State.SENT: _("Sent"),
        State.CANCELLED: _("Stopped"),
        State.EXPIRED: _("Its time ran out"),
        State.WITHDRAWN: _("Given up"),
    }


def priority_names(_: Translate) -> dict[str, str]:
    return {
        Priority.ORDINARY: _("Ordinary"),
        Priority.URGENT: _("Urgent"),
        Priority.LIFE_SAFETY: _("To save lives"),
    }


def delivery_names(_: Translate) -> dict[str, str]:
    """In the order in which a result is read."""
    return {
        SendState.QUEUED: _("Waiting"),
        SendState.SENDING: _("On its way"),
        SendState.ACCEPTED: _("Accepted by the provider"),
        SendState.SENT: _("Sent"),
        SendState.DELIVERED: _("On the phone"),
        SendState.READ: _("Read"),
        SendState.IN_DOUBT: _("Nobody knows (never sent twice)"),
        SendState.FAILED: _("Failed"),
        SendState.CANCELLED: _("Not sent"),
    }


def act_names(_: Translate) -> dict[str, str]:
    return {
        "compose": _("Begun"),
        "edit": _("Text edited"),
        "submit": _("Handed over for approval"),
        "send_back": _("Returned with a comment"),
        "withdraw": _("Given up"),
        "approve_first": _("First of two approvals given"),
        "approve": _("Approval given"),
        "undo": _("Taken back before anything left"),
        "check_language": _("A language checked"),
        "schedule": _("Countdown begun"),
        "start": _("Sending begun"),
        "pause": _("Paused"),
        "resume": _("Resumed"),
        "finish": _("All done"),
        "stop": _("Stopped"),
        "expire": _("Ended, its time ran out"),
        "retry": _("Tried once more"),
        "try": _("Sent to a phone of one's own"),
    }
