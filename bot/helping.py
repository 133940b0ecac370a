"""Asks whether an answer helped, counts yes and no, and shows other ways after a no."""

from dataclasses import dataclass, replace

from bot import form_phrases, phrases
from bot.dialogue import Action, Dialogue
from bot.messages import Outbound
from bot.turn import Effect, Outcome, Rate, Reading, Reply, Turn
from content.answers import Answer, AnswerBook
from hub.i18n import Phrases, Translate

Choices = list[tuple[str, Action]]
_MOST_RELATED = 2
_COUNTED = "+"  # after a topic: not only asked, but answered


def asks_whether_helped(turn: Turn, found: Answer) -> bool:
    """Once for each topic of a dialogue, and never after a disclosure (HUM-23)."""
    is_new = found.topic not in turn.dialogue.rated
    return is_new and not found.sensitive and not turn.dialogue.in_care(turn.now)


def rating_choices(_: Translate, topic: str) -> Choices:
    return [
        (form_phrases.helped_button(_), Action("helped", topic)),
        (form_phrases.not_helped_button(_), Action("not_helped", topic)),
    ]


def asked_about(dialogue: Dialogue, topic: str) -> Dialogue:
    return replace(dialogue, rated=(*dialogue.rated, topic))


@dataclass(frozen=True)
class Helping:
    phrases: Phrases
    answers: AnswerBook

    async def rate(self, turn: Turn, topic: str, *, helped: bool, reading: Reading) -> Outcome:
        _ = self.phrases.for_language(turn.language)
        reading = replace(reading, kind="smalltalk", topic=None)
        counted = f"{topic}{_COUNTED}"
        effects: tuple[Effect, ...] = ()
        if counted not in turn.dialogue.rated:  # one voice, however often a button is pressed
            effects = (Rate(topic, helped),)
            turn = replace(turn, dialogue=asked_about(turn.dialogue, counted))
        if helped:
            reply = Reply(Outbound(form_phrases.glad_it_helped(_)))
            return Outcome((reply,), turn.dialogue, reading, effects)
        dialogue, buttons = turn.dialogue.offer(await self._other_ways(turn, topic))
        reply = Reply(Outbound(form_phrases.sorry_it_did_not(_), buttons))
        return Outcome((reply,), dialogue, reading, effects)

    async def _other_ways(self, turn: Turn, topic: str) -> Choices:
        _ = self.phrases.for_language(turn.language)
        found = await self.answers.find(topic, turn.language)
        titles = await self.answers.titles(turn.language)
        related = found.related if isinstance(found, Answer) else ()
        topics = [key for key in related if key in titles][:_MOST_RELATED]
        others = [(titles[key], Action("topic", key)) for key in topics]
        return [*others, (phrases.contact_person_button(_), Action("person"))]
