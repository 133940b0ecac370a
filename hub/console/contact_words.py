"""What staff read for the states of a contact: channels, consent events, why a record is opened."""

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
