"""What people are told about an answer that they wait for, in their language through gettext."""

from hub.i18n import Translate

TEXT_VERSION = "2026-11"  # of `offer`; raise it when those words change


def offer(_: Translate, days: int) -> str:
    text = _(
        "If you choose “%(button)s”, I keep that you asked this, for %(days)s days at most. "
        "If there is a verified answer by then, I write to you once."
    )
    return text % {"button": tell_later_button(_), "days": days}


def tell_later_button(_: Translate) -> str:
    return _("Tell me later")


def agreed(_: Translate, days: int) -> str:
    text = _(
        "Done. If there is a verified answer within %(days)s days, I write to you here, once. If "
        "there is none, I do not write. To take it back, write MY DATA."
    )
    return text % {"days": days}


def here_it_is(_: Translate) -> str:
    return _("You asked me to write when there is a verified answer. Here it is:")


def own_awaited(_: Translate, number: int) -> str:
    return _("Answers that you are waiting for: %(number)s") % {"number": number}


def stop_waiting_button(_: Translate) -> str:
    return _("Do not tell me")
