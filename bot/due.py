"""Which responses are due for a message, from what was understood and what was said before."""

from bot.messages import InboundKind
from bot.text import words
from bot.turn import Turn
from bot.understanding import Response, Understanding

_MAY_BE_SEVERAL = frozenset(("utter_answer", "utter_unsure"))
_FEW_WORDS = 6
_LIKELY = 4  # of Rasa's ranking
# Short questions on what was said last.
_FOLLOW_UPS = frozenset((
    "dialogue.ask_cost", "dialogue.ask_where", "dialogue.ask_time", "dialogue.ask_needs",
    "dialogue.ask_problem", "dialogue.more",
))  # fmt: skip

# What is no topic of its own and has its answer in one.
_ANSWERED_BY = {"utter_rumour": "rumours.check", "utter_complaint_aid": "feedback.complaints"}


def due_responses(turn: Turn, understood: Understanding) -> tuple[Response, ...]:
    """What is to be said: an answer to each of several questions, else what Rasa asked for.

    A few words that Rasa is unsure of, after an answer that they may be about, stay on its topic.
    """
    if topic := _ANSWERED_BY.get(understood.responses[0].name):
        first, rest = Response("utter_answer", {"topic": topic}), understood.responses[1:]
        is_told = turn.dialogue.topic == topic or turn.inbound.kind is InboundKind.CHOICE
        return rest if rest and is_told else (first, *rest)
    if understood.responses[0].name not in _MAY_BE_SEVERAL:
        return understood.responses
    if len(understood.questions) > 1:
        return tuple(Response("utter_answer", {"topic": q.topic}) for q in understood.questions)
    if understood.responses[0].name == "utter_unsure" and (
        response := _follow_up(turn, understood)
    ):
        return (response,)
    likely = [each.topic for each in understood.ranking[:_LIKELY]]
    topic = turn.dialogue.topic or ""
    is_short = len(words(turn.inbound.text)) <= _FEW_WORDS
    if understood.responses[0].name == "utter_unsure" and is_short and topic in likely:
        return (Response("utter_answer", {"topic": topic}),)
    return understood.responses


def _follow_up(turn: Turn, understood: Understanding) -> Response | None:
    """The short question that a message is likeliest to be, where there is something to ask it on:
    then it need not be as sure as without."""
    likeliest = understood.ranking[0].topic if understood.ranking else ""
    is_on_something = turn.dialogue.topic or turn.dialogue.unchosen
    if likeliest not in _FOLLOW_UPS or not is_on_something:
        return None
    return Response(f"utter_{likeliest.removeprefix('dialogue.')}")
