"""What staff read for the states of a contact: channels, consent events, why a record is opened."""

from bot.data_requests import Asked, Outcome
from hub.i18n import Translate


def purpose_names(_: Translate) -> dict[str, str]:
    return {
        "own_request": _("The person asks for it themselves"),
        "complaint": _("A complaint or an error is looked into"),
        "protection": _("To protect the person"),
    }


def channel_names(_: Translate) -> dict[str, str]:
    return {
        "whatsapp": "WhatsApp",
        "telegram": "Telegram",
        "simulator.whatsapp": _("WhatsApp (simulated)"),
        "simulator.telegram": _("Telegram (simulated)"),
    }


def consent_names(_: Translate) -> dict[str, str]:
    return {
        "opt_in": _("Asked for updates"),
        "opt_out": _("Wanted no more updates"),
        "blocked": _("Blocked the bot"),
    }


def right_names(_: Translate) -> dict[str, str]:
    return {
        Asked.ACCESS: _("To see what is kept about them"),
        Asked.CORRECTION: _("To have something corrected"),
        Asked.ERASURE: _("To be erased"),
        Asked.OBJECTION: _("That it is no longer used"),
    }


def request_outcome_names(_: Translate) -> dict[str, str]:
    return {
        Outcome.DONE: _("Done as they asked"),
        Outcome.NOTHING_KEPT: _("Nothing is kept about them"),
        Outcome.REFUSED: _("Refused, with the reason told to them"),
        Outcome.TAKEN_BACK: _("They took it back"),
    }
