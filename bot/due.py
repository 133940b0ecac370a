"""Which responses are due for a message, from what was understood and what was said before."""

from bot.messages import InboundKind
from bot.short_questions import UNSURE, follow_up
from bot.turn import Turn
from bot.understanding import Response, Understanding

_MAY_BE_SEVERAL = frozenset(("utter_answer", UNSURE))
_MAY_HANG_ON_THE_LAST = frozenset((UNSURE, "utter_ask_need", "utter_find_service"))

# What is no topic of its own and has its answer in one.
_ANSWERED_BY = {"utter_rumour": "rumours.check", "utter_complaint_aid": "feedback.complaints"}


def due_responses(turn: Turn, understood: Understanding) -> tuple[Response, ...]:
    """What is to be said: an answer to each of several questions, else what Rasa asked for.

    What Rasa is unsure of may be a short question on the answer before it.
    """
    if topic := _ANSWERED_BY.get(understood.responses[0].name):
        first, rest = Response("utter_answer", {"topic": topic}), understood.responses[1:]
        is_told = turn.dialogue.topic == topic or turn.inbound.kind is InboundKind.CHOICE
        return rest if rest and is_told else (first, *rest)
    name = understood.responses[0].name
    if name in _MAY_BE_SEVERAL and len(understood.questions) > 1:
        return tuple(Response("utter_answer", {"topic": q.topic}) for q in understood.questions)
    if name in _MAY_HANG_ON_THE_LAST and (response := follow_up(turn, understood)):
        return (response,)
    return understood.responses
