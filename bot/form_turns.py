"""Turns that have to do with forms and cases: buttons of a form, taking one up again, and silence
while a person of the platform answers. What is asked next is decided by the understanding.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol

from bot import form_phrases, phrases
from bot.answering import Answering
from bot.commanding import Commanding
from bot.commands import Command
from bot.dialogue import Action
from bot.form_fields import asked_in, form_of
from bot.form_following import (
    Pressed,
    asks_for_assistant,
    asks_to_continue,
    asks_what_became,
    at,
    leave_for,
    press,
)
from bot.messages import InboundKind, Outbound
from bot.text import words
from bot.turn import LeaveCases, Outcome, PassOn, Reading, Reply, Turn
from hub.i18n import Translate

_ENDING = (Command.STOP, Command.ERASE, Command.PERSON)
_ABUSE = "kind=abuse"
_MOST_WORDS_OF_A_PLACE = 6


class Understand(Protocol):
    """The conversation's way to Rasa."""

    async def __call__(
        self, turn: Turn, *, intent: str | None = None, slots: dict[str, str] | None = None
    ) -> Outcome: ...


@dataclass(frozen=True)
class FormTurns:
    answering: Answering
    commanding: Commanding
    understand: Understand
    with_safety: Callable[[Turn, Outcome], Awaitable[Outcome]]

    async def act(self, turn: Turn, action: Action) -> Outcome:
        """Carry out a button of a form."""
        match action.do:
            case "begin":
                return await self.understand(turn, intent=action.value)
            case "resume":
                return await self._take_up(turn)
            case "interest":
                if asked_in(turn.dialogue.rasa) != "interest":
                    return await self.understand(turn, intent="dialogue.opt_in")
                return self.answering.forms.add_interest(turn, action.value)
            case "question":
                field, _, topic = action.value.partition(":")
                turn = replace(turn, dialogue=leave_for(turn.dialogue, field))
                return await self.answering.tell(turn, topic, Reading("answer"))
            case _:
                return await self._press(turn, action.value)

    async def _press(self, turn: Turn, choice: str) -> Outcome:
        pressed = press(turn.dialogue, choice, self.answering.areas)
        if pressed is None:
            return self._say(turn, phrases.stale_button(self._(turn)), Reading("unknown"))
        outcome = await self.inform(turn, pressed)
        return await self.with_safety(turn, outcome) if choice == _ABUSE else outcome

    async def inform(self, turn: Turn, pressed: Pressed) -> Outcome:
        turn = replace(turn, dialogue=pressed.dialogue)
        return await self.understand(turn, intent=pressed.intent, slots=pressed.slots)

    async def _take_up(self, turn: Turn) -> Outcome:
        """Back to the form that was left, at the question where it stood."""
        dialogue = turn.dialogue if form_of(turn.dialogue.rasa) else turn.dialogue.taken_up()
        if form_of(dialogue.rasa) is None:
            return self._say(turn, phrases.stale_button(self._(turn)), Reading("unknown"))
        return await self.inform(turn, Pressed("dialogue.continue", {}, dialogue))

    async def held(self, turn: Turn) -> Outcome | None:
        """While a person of the platform answers, the bot hands on and is silent."""
        is_words = turn.inbound.kind in (InboundKind.TEXT, InboundKind.LOCATION)
        if not is_words or not turn.person.is_held(turn.now):
            return None
        if asks_for_assistant(turn.inbound.text):
            said = form_phrases.back_with_assistant(self._(turn))
            outcome = self._say(turn, said, Reading("handover"))
            return replace(outcome, effects=(LeaveCases(),))
        area = self.answering.areas.get(turn.inbound.area) if turn.inbound.area else None
        passed = PassOn(turn.inbound.text or (area.name if area else "-"))
        return Outcome((), turn.dialogue, Reading("handover"), (passed,), "passed_on")

    async def own_words(self, turn: Turn) -> Outcome | None:
        """Words that mean something only to whoever left a form or passed something on."""
        if turn.inbound.kind is not InboundKind.TEXT:
            return None
        text, dialogue = turn.inbound.text, turn.dialogue
        if (dialogue.left or form_of(dialogue.rasa)) and asks_to_continue(text):
            return await self._take_up(turn)
        if asked_in(dialogue.rasa) == "area" and (here := self._place_said(turn)):
            return await self.inform(turn, here)
        if asks_what_became(text) and (cases := await self.commanding.own_cases(turn)):
            return self._say(turn, cases, Reading("handover"))
        return None

    def _place_said(self, turn: Turn) -> Pressed | None:
        """The answer to "where", told in a few words; a longer text or a question may be more."""
        text = turn.inbound.text
        if "?" in text or len(words(text)) > _MOST_WORDS_OF_A_PLACE:
            return None
        area = self.answering.areas.find_in_text(text)
        return at(turn.dialogue, area.code, self.answering.areas) if area else None

    def with_way_back(self, turn: Turn, outcome: Outcome) -> Outcome:
        """Who left a form by this turn sees the way back to it, except in danger and after words
        that end things."""
        is_new = outcome.dialogue.left is not None and outcome.dialogue.left != turn.dialogue.left
        reading = outcome.reading
        if not is_new or form_of(outcome.dialogue.rasa) or not outcome.replies:
            return outcome
        if reading.safety_class is not None or reading.command in _ENDING:
            return outcome
        *others, last = outcome.replies
        choices = [(form_phrases.resume_button(self._(turn)), Action("resume"))]
        before = outcome.dialogue
        offer = before.offer_more if last.message.buttons else before.offer
        dialogue, buttons = offer(choices)
        message = replace(last.message, buttons=(*last.message.buttons, *buttons))
        replies = (*others, replace(last, message=message))
        return replace(outcome, replies=replies, dialogue=dialogue)

    def _say(self, turn: Turn, text: str, reading: Reading) -> Outcome:
        return Outcome((Reply(Outbound(text)),), turn.dialogue, reading)

    def _(self, turn: Turn) -> Translate:
        return self.commanding.phrases.for_language(turn.language)
