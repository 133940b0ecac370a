"""Messages as phones show them: what each channel makes of a text, and how much of it fits.

Nothing is sent from here; it is `bot.channels` that decides what a channel can express.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.channels.base import Capabilities
from bot.channels.registry import CAPABILITIES
from bot.channels.wire_text import render, with_numbered_lines
from bot.messages import Button, Outbound, SendError

CHANNELS = ("whatsapp", "telegram")  # whatever else there is plays one of these

# WhatsApp shows words between these marks in another shape; Telegram, asked for plain text, shows
# the marks themselves.
_MARKS = {"*": "strong", "_": "em", "~": "s", "`": "code"}
_MARKED = re.compile(r"(?<![\w*_~`])([*_~`])(?=\S)([^\n]*?\S)\1(?![\w*_~`])")
_BULLET = re.compile(r"^[*-] (?=\S)")


@dataclass(frozen=True, slots=True)
class Span:
    """A run of characters; `shape` is the name of an HTML element, or empty."""

    text: str
    shape: str = ""


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message. `length` is what counts against the channel's `limit`; `problem` is the
    channel's refusal, as adapters write it (English, translated by the console)."""

    spans: tuple[Span, ...] = field(repr=False)
    buttons: tuple[Button, ...]
    length: int
    limit: int
    problem: str | None = None
    has_voice: bool = False

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)


def show(message: Outbound, channel: str) -> Bubble:
    """What a phone shows of a message, and whether the channel would take it at all."""
    capabilities = CAPABILITIES[channel]
    text = message.text if capabilities.buttons else with_numbered_lines(message)
    return Bubble(
        spans=tuple(_spans(text, channel)),
        buttons=message.buttons if capabilities.buttons else (),
        length=len(text),
        limit=capabilities.text_length,
        problem=_problem(message, capabilities),
        has_voice=message.audio is not None,
    )


def _problem(message: Outbound, capabilities: Capabilities) -> str | None:
    try:
        render(message, capabilities)
    except SendError as error:
        return error.staff_text
    return None


def _spans(text: str, channel: str) -> Iterator[Span]:
    if channel != "whatsapp":
        yield Span(text)
        return
    for number, line in enumerate(text.split("\n")):
        if number:
            yield Span("\n")
        yield from _shaped(_BULLET.sub("• ", line))


def _shaped(line: str) -> Iterator[Span]:
    at = 0
    for found in _MARKED.finditer(line):
        if found.start() > at:
            yield Span(line[at : found.start()])
        yield Span(found[2], _MARKS[found[1]])
        at = found.end()
    if at < len(line):
        yield Span(line[at:])
