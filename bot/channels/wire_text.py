"""Texts on their way in and out of a provider: what can be stored, and what a channel can show.

How people's words are understood is none of its business: that is `bot.text`.
"""

import re

from bot.channels.base import Capabilities, noop
from bot.messages import Fault, Outbound, SendError, SendOutcome

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def clean_text(text: str) -> str:
    """The text without what cannot be encoded or stored later: NUL, lone surrogates (SEC-41)."""
    return _UNSTORABLE.sub(lambda match: "" if match[0] == "\x00" else _REPLACEMENT, text)


def render(message: Outbound, capabilities: Capabilities) -> str:
    """The text as the channel shows it; raise `SendError` for what the channel cannot express.

    A channel without buttons shows them as numbered lines.
    """
    text = clean_text(message.text if capabilities.buttons else with_numbered_lines(message))
    if not text.strip():
        raise _inexpressible(noop("The message is empty."))
    if len(text) > capabilities.text_length:
        raise _inexpressible(noop("The message is longer than this channel allows."))
    if capabilities.buttons and len(message.buttons) > capabilities.buttons:
        raise _inexpressible(noop("The message has more buttons than this channel allows."))
    if any(_is_faulty(button.label, capabilities) for button in message.buttons):
        raise _inexpressible(
            noop("A button of the message has no label or a label that is too long.")
        )
    return text


def with_numbered_lines(message: Outbound) -> str:
    lines = [f"{number}. {button.label}" for number, button in enumerate(message.buttons, start=1)]
    return "\n".join([message.text, "", *lines]) if lines else message.text


def _is_faulty(label: str, capabilities: Capabilities) -> bool:
    return not label.strip() or len(label) > capabilities.button_label_length


def _inexpressible(staff_text: str) -> SendError:
    return SendError(SendOutcome.REJECTED, Fault.CONTENT, staff_text, code="inexpressible")
