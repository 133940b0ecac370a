"""Grants a wish to the bot itself that Rasa hears by sense, where no listed word and no learnt
weight did: help, a language, a person, one's data, to be forgotten, updates.

Nothing is lost by one that was not meant: erasing and updates ask first. The wish to hear no more
is in `bot.leaving`, since there it is.
"""

from dataclasses import dataclass
from operator import itemgetter

from bot.commanding import Commanding
from bot.commands import Command
from bot.form_fields import form_of
from bot.turn import Outcome, Turn
from bot.understanding import Understanding
from bot.wishes import STOP

# Rasa's dialogue leads there too, and asks for more on the way (nlu/rules.yml).
_BY_DIALOGUE = {
    Command.START: "dialogue.opt_in",
    Command.PERSON: "dialogue.human",
    Command.LANGUAGE: "dialogue.language",
}
# "How do I get my data deleted" asks about a topic as well: where that is understood so well, the
# wish has to be so much surer.
_UNDERSTOOD_FROM, _SURER_FROM = 0.5, 0.7


@dataclass(frozen=True)
class Granting:
    """`sure_from` is Rasa's confidence from which a wish is granted, where no topic is understood
    well."""

    commanding: Commanding
    sure_from: float

    async def obey(self, turn: Turn, understood: Understanding) -> Outcome | None:
        """What the command for the likeliest wish answers; None where there is no such wish, and
        while a form asks, to which the words belong."""
        if not understood.wishes or form_of(turn.dialogue.rasa) is not None:
            return None
        wish, confidence = max(understood.wishes.items(), key=itemgetter(1))
        sure_from = max(self.sure_from, _SURER_FROM) if _knows(understood) else self.sure_from
        if wish == STOP or confidence < sure_from:
            return None
        command = Command(wish)
        if _BY_DIALOGUE.get(command) == understood.intent:
            return None
        return await self.commanding.obey(turn, command)


def _knows(understood: Understanding) -> bool:
    """Whether a topic is understood well."""
    is_topic = understood.intent is not None and not understood.intent.startswith("dialogue.")
    return is_topic and understood.confidence >= _UNDERSTOOD_FROM
