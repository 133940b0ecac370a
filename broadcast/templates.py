"""WhatsApp templates: what a person reads to whom free text may not be sent. Sends nothing.

A template is written and submitted to Meta in Twilio's console; here stand its ContentSid, its body
as it was accepted there, and what fills its gaps. All of it is approved together with the text.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from hub.i18n import noop

LONGEST_BODY = 1024
LONGEST_VALUE = 1600
_SID = re.compile(r"HX[0-9a-f]{32}")
_GAP = re.compile(r"\{\{(\d{1,2})\}\}")
_UNFIT = re.compile(r"[\n\t\r]| {5,}")  # Twilio answers 21656


@dataclass(frozen=True, slots=True)
class Template:
    """`variables` are by number, as a string: `{"1": "…"}`."""

    sid: str
    body: str
    variables: Mapping[str, str]

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(stored["sid"], stored["body"], dict(stored["variables"]))

    def to_json(self) -> dict[str, Any]:
        return {"sid": self.sid, "body": self.body, "variables": dict(self.variables)}

    @property
    def text(self) -> str:
        """What the person reads."""
        return _GAP.sub(lambda gap: self.variables.get(gap[1], gap[0]), self.body)


def find_mistakes(template: Template) -> Iterator[str]:
    """Marked sentences for staff; what Twilio or Meta would refuse one by one, said beforehand."""
    if not _SID.fullmatch(template.sid):
        yield noop("A template's id begins with HX and has 32 more digits or letters a to f.")
    if not template.body.strip() or len(template.body) > LONGEST_BODY:
        yield noop("Copy the template's body as Meta accepted it, at most 1,024 characters.")
    gaps = {int(number) for number in _GAP.findall(template.body)}
    if gaps != set(range(1, len(gaps) + 1)):
        yield noop("The gaps of a template are numbered {{1}}, {{2}} and so on, none left out.")
    if {str(number) for number in gaps} != set(template.variables):
        yield noop("Write exactly one line for each gap of the template.")
    if any(_is_unfit(value) for value in template.variables.values()):
        yield noop("What fills a gap is one line of text, without runs of spaces.")


def _is_unfit(value: str) -> bool:
    return not value.strip() or len(value) > LONGEST_VALUE or _UNFIT.search(value) is not None
