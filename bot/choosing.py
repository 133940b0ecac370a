"""Carries out buttons that were pressed and digits typed instead, each by the part it is for."""

from dataclasses import dataclass

from bot.answering import Answering
from bot.awaiting import TELL_LATER, Awaiting
from bot.commanding import Commanding
from bot.dialogue import Action
from bot.form_turns import FormTurns, Understand
from bot.leaving import LEAVE, STAY, Leaving
from bot.looking import DIRECTORY
from bot.turn import Outcome, Reading, Turn


@dataclass(frozen=True)
class Choosing:
    answering: Answering
    commanding: Commanding
    awaiting: Awaiting
    form_turns: FormTurns
    leaving: Leaving
    understand: Understand

    async def act(self, turn: Turn, action: Action) -> Outcome:
        told = await self._tell(turn, action)
        if told is not None:
            return told
        match action.do:
            case "slots":
                need = {"need": action.value}
                return await self.understand(turn, intent=DIRECTORY, slots=need)
            case "form" | "begin" | "interest" | "question" | "resume":
                return await self.form_turns.act(turn, action)
            case "helped" | "not_helped":
                return await self.answering.helping.rate(
                    turn,
                    action.value,
                    helped=action.do == "helped",
                    reading=Reading("smalltalk"),
                )
            case do if do in (LEAVE, STAY):
                return await self.leaving.act(turn, action)
            case do if do == TELL_LATER:
                return self.awaiting.agree(turn, action.value)
            case _:
                return await self.commanding.act(turn, action)

    async def _tell(self, turn: Turn, action: Action) -> Outcome | None:
        """What is told of the content; None for whatever else a button does."""
        match action.do:
            case "topic":
                return await self.answering.tell(turn, action.value, Reading("answer"))
            case "step":
                return await self.answering.tell_step(turn, action.value, Reading("answer"))
            case "listen":
                return await self.answering.listen(turn, action.value, Reading("answer"))
            case "services":
                return await self.answering.offer_services(turn, action.value)
            case "unknown":
                return await self.answering.admit_ignorance(turn, Reading("unknown"))
            case _:
                return None
