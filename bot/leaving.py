"""Where the words alone leave a doubt whether somebody wants no more messages: obeys if Rasa, which
knows sense, is of the same opinion, and else asks.

To go on writing to somebody who said to stop is bad, and so is to cut off somebody who asked
something: one tap decides (HUM-07).
"""

from dataclasses import dataclass, replace

from bot import phrases
from bot.commanding import Commanding
from bot.commands import Command
from bot.dialogue import Action
from bot.form_fields import form_of
from bot.messages import InboundKind, Outbound
from bot.short_questions import asks_of_the_last
from bot.text import words
from bot.turn import Outcome, Reading, Reply, Turn
from bot.understanding import Understanding
from bot.wishes import STOP, may_wish_to_stop, speaks_against_stop
from hub.i18n import Phrases

LEAVE, STAY = "leave", "stay"  # what the buttons do
# Where nothing was understood the question stands alone, below an answer it is put as well.
_ALONE = frozenset({"unknown", "options", "smalltalk"})
_BELOW = frozenset({"answer", "services"})
_MOST_WORDS = 4
_YES = frozenset({"si", "yes", "yeah", "sim", "oui", "wi", "ouais", "claro", "dale"})
_NO = frozenset({"no", "nao", "non", "nope", "nop"})


@dataclass(frozen=True)
class Leaving:
    """`sure_from` is Rasa's confidence from which a doubt of the words is none, `ask_from` the one
    from which there is a doubt where the words leave none."""

    phrases: Phrases
    commanding: Commanding
    sure_from: float
    ask_from: float

    async def obey(self, turn: Turn, understood: Understanding) -> Outcome | None:
        """The wish granted, where words and sense together make it sure."""
        wished = understood.wishes.get(STOP, 0)
        if wished < self.sure_from or _in_form(turn) or not may_wish_to_stop(turn.inbound.text):
            return None
        # "They still send nothing", said about the card that the last answer was on.
        if asks_of_the_last(turn, understood, wished):
            return None
        granted = await self.commanding.obey(turn, Command.STOP)
        return self._with_way_back(turn, granted) if turn.person.has_updates else granted

    def _with_way_back(self, turn: Turn, granted: Outcome) -> Outcome:
        """One tap undoes what was not meant."""
        back = phrases.opt_in_button(self.phrases.for_language(turn.language))
        dialogue, buttons = granted.dialogue.offer([(back, Action("opt_in"))])
        [told] = granted.replies
        told = replace(told, message=replace(told.message, buttons=buttons))
        return replace(granted, replies=(told,), dialogue=dialogue)

    def is_likely(self, turn: Turn, understood: Understanding) -> bool:
        """Whether there is reason to ask."""
        text = turn.inbound.text
        is_likely = understood.wishes.get(STOP, 0) >= self.ask_from
        return (is_likely and not speaks_against_stop(text)) or may_wish_to_stop(text)

    def ask(self, turn: Turn, outcome: Outcome) -> Outcome:
        """The outcome, with the question where there is reason to put it."""
        kind = outcome.reading.kind
        if turn.inbound.kind is not InboundKind.TEXT or kind not in _ALONE | _BELOW:
            return outcome
        if form_of(outcome.dialogue.rasa) or not outcome.reading.may_leave:
            return outcome
        _ = self.phrases.for_language(turn.language)
        choices = [
            (phrases.leave_button(_), Action(LEAVE)),
            (phrases.stay_button(_), Action(STAY)),
        ]
        if kind in _ALONE:
            dialogue, buttons = turn.dialogue.offer(choices)
            question = Reply(Outbound(phrases.ask_whether_to_stop(_), buttons))
            reading = Reading("command", asked_about=Command.STOP, engine=outcome.reading.engine)
            return Outcome((question,), dialogue, reading, outcome.effects)
        dialogue, buttons = outcome.dialogue.offer_more(choices)
        question = Reply(Outbound(phrases.ask_whether_to_stop(_), buttons))
        reading = replace(outcome.reading, asked_about=Command.STOP)
        replies = (*outcome.replies, question)
        return replace(outcome, replies=replies, dialogue=dialogue, reading=reading)

    async def answer(self, turn: Turn) -> Outcome | None:
        """Yes or no in words, right after the question; None for whatever else is said."""
        said = words(turn.inbound.text)
        if not self._was_asked(turn) or not 0 < len(said) <= _MOST_WORDS:
            return None
        if said[0] in _YES:
            return await self.act(turn, Action(LEAVE))
        # Nothing but the word: "no, stop it" says the opposite.
        return await self.act(turn, Action(STAY)) if said[0] in _NO and len(said) == 1 else None

    async def act(self, turn: Turn, action: Action) -> Outcome:
        if action.do == LEAVE:
            return await self.commanding.obey(turn, Command.STOP)
        unchanged = phrases.nothing_changes(self.phrases.for_language(turn.language))
        return Outcome((Reply(Outbound(unchanged)),), turn.dialogue, Reading("smalltalk"))

    def _was_asked(self, turn: Turn) -> bool:
        shown = (turn.dialogue.actions.get(token) for token in turn.dialogue.numbered)
        return Action(LEAVE) in shown


def _in_form(turn: Turn) -> bool:
    return form_of(turn.dialogue.rasa) is not None
