"""What the bot remembers of a dialogue between two messages: buttons offered, topic, Rasa's state.

The whole is sealed in the contact's conversation row; it holds no text of the person, but for what
`Dialogue.telling` takes.
"""

import json
import secrets
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Self

from bot.form_fields import form_of
from bot.messages import Button

_VERSION = 1
_MOST_TOKENS = 24
_TOKEN_BYTES = 6
_TOLD = "told"
_LONGEST_NUMBER = 2  # digits; longer ones are a document's, not a choice's


@dataclass(frozen=True, slots=True)
class Action:
    """What a pressed button does. `do` names the act, `value` its object."""

    do: str  # topic, step, command, language, erase, slots, services, opt_in, form, resume, …
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
    # What the form that asks needs besides Rasa's state: ids of the person's messages that hold
    # their words, the code of an area, families chosen so far; see also `telling`.
    notes: dict[str, str] = field(default_factory=dict)
    left: dict[str, Any] | None = None  # a form that was left, to be taken up: `rasa` and `notes`
    rated: tuple[str, ...] = ()  # topics about which was asked whether the answer helped
    # Id of the message that asked last (never its words) and the topic that it was told, for staff
    # to learn of it if nothing helped; None if it may not be kept.
    asked: str | None = None
    asked_topic: str | None = None
    counted: tuple[str, ...] = ()  # a day, and what figures already count of that day; `bot.tally`

    @classmethod
    def load(cls, body: str) -> Self:
        """A stored dialogue; an unknown version is an empty one (only memory is lost)."""
        values = json.loads(body)
        if values.pop("version", None) != _VERSION:
            return cls()
        actions = {token: Action(**action) for token, action in values.pop("actions").items()}
        return cls(
            actions=actions,
            numbered=tuple(values.pop("numbered")),
            rated=tuple(values.pop("rated", ())),
            counted=tuple(values.pop("counted", ())),
            **values,
        )

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

    @property
    def unchosen(self) -> tuple[str, ...]:
        """The topics offered last for a message that was not understood, best first; () if the last
        buttons were others."""
        shown = [self.actions[token] for token in self.numbered if token in self.actions]
        if Action("unknown") not in shown:
            return ()
        return tuple(action.value for action in shown if action.do == "topic")

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

    def offer_more(self, choices: list[tuple[str, Action]]) -> tuple[Self, tuple[Button, ...]]:
        """Further buttons beside those offered last: digits go on counting."""
        dialogue, buttons = self.offer(choices)
        return replace(dialogue, numbered=(*self.numbered, *dialogue.numbered)), buttons

    def without(self, do: str) -> Self:
        """Buttons that do this are too old from now on."""
        kept = {token: action for token, action in self.actions.items() if action.do != do}
        return replace(self, actions=kept)

    @property
    def told(self) -> tuple[str, ...]:
        """What `telling` holds."""
        return (self.notes[_TOLD],) if _TOLD in self.notes else ()

    def telling(self, text: str) -> Self:
        """Holds what a form was told and nothing else keeps, since it discloses something: until
        the person says whether it may be passed on, and no longer than the dialogue."""
        return replace(self, notes={**self.notes, _TOLD: text})

    def without_told(self) -> Self:
        """Nothing of it, once no form asks any more."""
        if _TOLD not in self.notes or form_of(self.rasa) is not None:
            return self
        notes = {name: noted for name, noted in self.notes.items() if name != _TOLD}
        return replace(self, notes=notes)

    def without_form(self) -> Self:
        """Out of any form; one that asked something may be taken up again."""
        if form_of(self.rasa) is None:
            return replace(self, rasa=None)
        left = {"rasa": self.rasa, "notes": self.notes}
        return replace(self, rasa=None, notes={}, left=left)

    def taken_up(self) -> Self:
        """Back in the form that was left last, if one was."""
        if self.left is None:
            return self
        return replace(self, rasa=self.left["rasa"], notes=dict(self.left["notes"]), left=None)

    def in_care(self, now: datetime) -> bool:
        return self.care_until is not None and now < datetime.fromisoformat(self.care_until)

    def with_care(self, safety_class: str, now: datetime, lasting: timedelta) -> Self:
        return replace(self, care_class=safety_class, care_until=(now + lasting).isoformat())
