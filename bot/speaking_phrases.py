"""What belongs to an answer's voice. As `bot.phrases`: every function takes `_` and returns
finished text."""

from hub.i18n import Translate


def listen_button(_: Translate) -> str:
    """On a button."""
    return _("Listen")


def beside_voice(_: Translate, code: str) -> str:
    """Below the recording where a channel shows anything there; WhatsApp does not."""
    text = _("A computer reads the text aloud. Whoever is near you can hear it.")
    return f"{text}\n{_('Code: %(code)s') % {'code': code}}"


def cannot_be_said(_: Translate) -> str:
    return _("I cannot read it aloud at the moment. Please try again later.")
