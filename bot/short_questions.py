"""Tells whether a message hangs on what was answered last, and what it asks of it.

"And how much is it?" names no topic: alone it means nothing, after an answer it is plain. A message
that names a topic of its own is a question of its own, however short. Values only.
"""

from bot.form_fields import form_of
from bot.text import words
from bot.turn import Turn
from bot.understanding import Response, Understanding

UNSURE = "utter_unsure"
DIRECTORY = "im.services_directory"
# Rasa's names for what is asked of the last answer.
FOLLOW_UPS = frozenset((
    "dialogue.ask_cost", "dialogue.ask_where", "dialogue.ask_time", "dialogue.ask_needs",
    "dialogue.ask_problem", "dialogue.more",
))  # fmt: skip

# Chosen on nlu/development/context.jsonl: docs/understanding.md.
_FEW_WORDS = 6
_MORE_WORDS = 12
_LIKELY = 4  # of Rasa's ranking
_HINTED = 0.1  # confidence in all short questions together
_SURE_OF_ITS_OWN = 0.35  # of another topic, from which on only a plain short question stays

# They carry on: "y si…", "but I…".
_CARRIES_ON = frozenset((
    "y", "e", "pero", "entonces", "aja", "ah", "ok", "and", "but", "so", "then", "what", "mas",
    "entao", "et", "mais", "donc", "alors", "epi", "men", "donk",
))  # fmt: skip
# They point at what was said.
_POINTS = frozenset((
    "eso", "esa", "ese", "esos", "esas", "ahi", "alli", "alla", "that", "it", "there", "those",
    "isso", "ele", "ela", "ca", "cela", "y", "sa", "li",
))  # fmt: skip
_ANOTHER_SUBJECT = (
    "otra pregunta", "otra cosa", "otra consulta", "otro tema", "de tema",
    "another question", "other question", "different question", "another thing", "something else",
    "outra pergunta", "outra coisa", "outra duvida", "de assunto",
    "autre question", "autre chose", "de sujet", "sinon",
    "lot kesyon", "lot bagay", "lot sije", "chanje sije",
)  # fmt: skip


def follow_up(turn: Turn, understood: Understanding) -> Response | None:
    """What is asked of the last answer, or of the options nobody chose from; None for a question of
    its own."""
    if not (turn.dialogue.topic or turn.dialogue.unchosen):
        return None
    said = words(turn.inbound.text)
    if any(each in " ".join(said) for each in _ANOTHER_SUBJECT):
        return None
    if understood.responses[0].name != UNSURE:
        return _asked_where(turn, understood, said)
    return _asked_of_it(understood) if _hangs_on(turn, understood, said) else None


def asks_of_the_last(turn: Turn, understood: Understanding, sureness: float) -> bool:
    """Whether a short question on what was told or offered last is likelier than `sureness`."""
    was_told = bool(turn.dialogue.topic or turn.dialogue.unchosen)
    return was_told and understood.intent in FOLLOW_UPS and understood.confidence > sureness


def _asked_where(turn: Turn, understood: Understanding, said: list[str]) -> Response | None:
    """Where places are asked for and none of any kind was named, it is the place just told of."""
    is_open = understood.intent == DIRECTORY and not understood.slots
    is_new = form_of(turn.dialogue.rasa) is None or understood.responses[0].name == "utter_ask_need"
    if is_open and is_new and len(said) <= _FEW_WORDS and turn.dialogue.topic != DIRECTORY:
        return Response("utter_ask_where")
    return None


def _hangs_on(turn: Turn, understood: Understanding, said: list[str]) -> bool:
    ranking = understood.ranking
    hinted = sum(each.confidence for each in ranking if each.topic in FOLLOW_UPS)
    others = [each for each in ranking if not each.topic.startswith("dialogue.")]
    likeliest = others[0].confidence if others else 0.0
    if hinted >= max(likeliest, _HINTED):
        return True
    if len(said) <= _FEW_WORDS and turn.dialogue.topic in [r.topic for r in ranking[:_LIKELY]]:
        return True
    if likeliest >= _SURE_OF_ITS_OWN or len(said) > _MORE_WORDS:
        return False
    is_tied = not _POINTS.isdisjoint(said) or not _CARRIES_ON.isdisjoint(said[:1])
    return is_tied or hinted >= _HINTED or len(said) <= _FEW_WORDS


def _asked_of_it(understood: Understanding) -> Response:
    """The likeliest short question; the whole answer again where none is."""
    asked = [each for each in understood.ranking if each.topic in FOLLOW_UPS]
    name = asked[0].topic if asked and asked[0].confidence >= _HINTED else "dialogue.more"
    return Response(f"utter_{name.removeprefix('dialogue.')}")
