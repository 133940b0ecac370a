"""What the bot remembers of a dialogue between two messages: buttons offered, topic, Rasa's state.

The whole is sealed in the contact's conversation row; it holds no text of the person.
"""

import json
import secrets
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Self

from bot.messages import Button

_VERSION = 1
_MOST_TOKENS = 24
_TOKEN_BYTES = 6
_LONGEST_NUMBER = 2  # digits; longer ones are a document's, not a choice's


@dataclass(frozen=True, slots=True)
class Action:
    """What a pressed button does. `do` names the act, `value` its object."""

    do: str  # topic, step, command, language, erase, slots, services, opt_in
    value: str = ""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """`numbered` are the tokens that the digits 1, 2, 3 mean, as last shown."""

    actions: dict[str, Action] = field(default_factory=dict)
    numbered: tuple[str, ...] = ()
    topic: str | None = None
    rasa: dict[str, Any] | None = None
    care_until: str | None = None  # ISO moment: after a disclosure, keep the care frame till then
    care_class: str | None = None

    @classmethod
    def load(cls, body: str) -> Self:
        """A stored dialogue; an unknown version is an empty one (only memory is lost)."""
        values = json.loads(body)
        if values.pop("version", None) != _VERSION:
            return cls()
        actions = {token: Action(**action) for token, action in values.pop("actions").items()}
        return cls(actions=actions, numbered=tuple(values.pop("numbered")), **values)

    def dump(self) -> str:
        return json.dumps({"version": _VERSION, **asdict(self)})

    def offer(self, choices: list[tuple[str, Action]]) -> tuple[Self, tuple[Button, ...]]:
        """Make a button of each (label, action); the newest are also what digits mean."""
        tokens = [secrets.token_urlsafe(_TOKEN_BYTES) for _ in choices]
        fresh = {token: action for token, (_, action) in zip(tokens, choices, strict=True)}
        kept = dict(list({**self.actions, **fresh}.items())[-_MOST_TOKENS:])
        buttons = tuple(
            Button(label, token) for token, (label, _) in zip(tokens, choices, strict=True)
        )
        return replace(self, actions=kept, numbered=tuple(tokens)), buttons

    def chosen(self, token: str | None, text: str) -> Action | None:
        """The action of a pressed button, or of a digit typed instead."""
        if token is not None:
            return self.actions.get(token)
        digits = text.strip().rstrip(".)").strip()
        if not (digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_NUMBER):
            return None
        number = int(digits)
        return self.actions.get(self.numbered[number - 1]) if self._offers(number) else None

    def _offers(self, number: int) -> bool:
        return 1 <= number <= len(self.numbered)

    def in_care(self, now: datetime) -> bool:
        return self.care_until is not None and now < datetime.fromisoformat(self.care_until)

    def with_care(self, safety_class: str, now: datetime, lasting: timedelta) -> Self:
        return replace(self, care_class=safety_class, care_until=(now + lasting).isoformat())
