"""Keeps what a form needs beside Rasa's state, and lets a form be left and taken up again.

Rasa's slots never hold somebody's words, so the hub notes which message held them. It also notes
the place, since Rasa forgets one that its lists do not know. Values only; nothing is said here.
"""

from dataclasses import dataclass, replace

from bot.dialogue import Dialogue
from bot.form_fields import (
    BEGUN_BY,
    FIELDS,
    SAID,
    SKIP,
    WORDS,
    asked_in,
    form_of,
    given,
    slot_in,
)
from bot.forms import is_end
from bot.messages import InboundKind
from bot.text import words
from bot.turn import Turn
from bot.understanding import Response, Understanding
from content.areas import AreaBook

_INFORM = "dialogue.inform"
_SURE_OF_A_QUESTION = 0.45
_FEWEST_WORDS_TO_KEEP = 4
# In these fields a clear question is one; what people heard is often told as a question.
_ANSWERED_AT_ONCE = ("matter", "organisation")
_CONTINUE = frozenset(
    {
        "seguir", "sigamos", "continuar", "continuemos", "sigue", "quiero seguir",
        "quiero continuar", "continue", "go on", "carry on", "resume", "vamos continuar",
        "continua", "seguimos", "continuer", "continuons", "reprendre", "kontinye", "ann kontinye",
        "mwen vle kontinye",
    }
)  # fmt: skip
_ASSISTANT = frozenset(
    {
        "asistente", "volver al asistente", "el asistente", "bot", "robot", "assistant",
        "the assistant", "assistente", "voltar ao assistente", "l'assistant", "asistan",
        "asistan lan",
    }
)  # fmt: skip
_WHAT_BECAME = frozenset(
    {
        "que paso", "que paso con mi caso", "que paso con mi solicitud", "que paso con mi queja",
        "que paso con mi reporte", "que paso con lo que reporte", "en que quedo", "mi caso",
        "mis casos", "mi solicitud", "what happened", "what happened with my request",
        "what happened to my request", "what happened to my complaint", "my case", "my request",
        "o que aconteceu", "o que aconteceu com meu pedido", "meu pedido", "meu caso",
        "que s'est il passe", "ou en est ma demande", "ma demande", "mon cas",
        "sa k pase", "sa k pase ak demann mwen", "sa ki rive ak demann mwen", "demann mwen",
    }
)  # fmt: skip


def asks_to_continue(text: str) -> bool:
    return " ".join(words(text)) in _CONTINUE


def asks_for_assistant(text: str) -> bool:
    return " ".join(words(text)) in _ASSISTANT


def asks_what_became(text: str) -> bool:
    return " ".join(words(text)).replace("-", " ") in _WHAT_BECAME


@dataclass(frozen=True, slots=True)
class Pressed:
    """What to ask Rasa after a button of a form: an intent with slots, and the dialogue to it."""

    intent: str
    slots: dict[str, str]
    dialogue: Dialogue


def press(dialogue: Dialogue, choice: str, areas: AreaBook) -> Pressed | None:
    """A button `field=value`; also one of a form that was left since. None: too old to mean
    anything."""
    field, _, value = choice.partition("=")
    if not _takes(dialogue, field):
        left = dialogue.taken_up()
        if not _takes(left, field):
            return _begin(dialogue, field, value)
        dialogue = left
    if field != "area":
        return Pressed(_INFORM, {field: value}, dialogue)
    if value == SKIP:
        return Pressed(_INFORM, {field: SKIP}, dialogue)
    return at(dialogue, value, areas)


def at(dialogue: Dialogue, code: str, areas: AreaBook) -> Pressed | None:
    """The answer to the question for a place, by its code."""
    area = areas.get(code)
    if area is None:
        return None
    dialogue = replace(dialogue, notes={**dialogue.notes, "area": code})
    return Pressed(_INFORM, {"area": area.name}, dialogue)


def _takes(dialogue: Dialogue, field: str) -> bool:
    form = form_of(dialogue.rasa)
    return form is not None and field in FIELDS[form]


def _begin(dialogue: Dialogue, field: str, value: str) -> Pressed | None:
    intent = BEGUN_BY.get(field)
    return Pressed(intent, {field: value}, dialogue) if intent else None


def follow(
    turn: Turn, understood: Understanding, areas: AreaBook, *, is_chosen: bool
) -> tuple[Turn, Understanding]:
    """The turn with the dialogue as it stands after Rasa spoke, and what is due then.

    `is_chosen`: a button was pressed, so that the message holds no words.
    """
    was, now = form_of(turn.dialogue.rasa), form_of(understood.state)
    if was and was == now:
        return _within(turn, understood, areas, is_chosen=is_chosen)
    dialogue = turn.dialogue
    if was and not any(is_end(response) for response in understood.responses):
        dialogue = dialogue.without_form()
    if now:
        dialogue = replace(dialogue, notes=_begun(turn, is_chosen=is_chosen))
    return replace(turn, dialogue=replace(dialogue, rasa=understood.state)), understood


def _begun(turn: Turn, *, is_chosen: bool) -> dict[str, str]:
    """The message that began a form may be what somebody wants to tell by it."""
    is_words = turn.inbound.kind is InboundKind.TEXT and not is_chosen
    if is_words and len(words(turn.inbound.text)) >= _FEWEST_WORDS_TO_KEEP:
        return {"begun": turn.inbound.message_id}
    return {}


def _within(
    turn: Turn, understood: Understanding, areas: AreaBook, *, is_chosen: bool
) -> tuple[Turn, Understanding]:
    before, after = turn.dialogue.rasa, understood.state
    notes = {name: value for name, value in turn.dialogue.notes.items() if name != "question"}
    for field in WORDS:
        if slot_in(after, field) == SAID and slot_in(before, field) != SAID:
            if _is_question(turn, field, understood, is_chosen=is_chosen):
                return _left_for_question(turn, understood)
            notes |= _note_words(turn, field, understood, is_chosen=is_chosen)
    if not is_chosen and asked_in(before) == "area" and asked_in(after) != "area":
        code = _find_area(turn, understood, areas)
        if code is None:
            where = Response("utter_ask_area", {"unknown": "yes"})
            return turn, replace(understood, responses=(where,), state=dict(before or {}))
        notes["area"] = code
    elif is_chosen and _area_said(understood) == SKIP:
        notes.pop("area", None)
    dialogue = replace(turn.dialogue, rasa=after, notes=notes)
    return replace(turn, dialogue=dialogue), understood


def _note_words(
    turn: Turn, field: str, understood: Understanding, *, is_chosen: bool
) -> dict[str, str]:
    if is_chosen:
        begun = turn.dialogue.notes.get("begun")
        return {field: begun} if begun else {}
    noted = {field: turn.inbound.message_id}
    return {**noted, "question": f"{field}:{understood.intent}"} if _topic(understood) else noted


def _is_question(turn: Turn, field: str, understood: Understanding, *, is_chosen: bool) -> bool:
    if is_chosen or field not in _ANSWERED_AT_ONCE or "?" not in turn.inbound.text:
        return False
    return _topic(understood) is not None and understood.confidence >= _SURE_OF_A_QUESTION


def _topic(understood: Understanding) -> str | None:
    name = understood.intent or ""
    return name if "." in name and not name.startswith("dialogue.") else None


def _left_for_question(turn: Turn, understood: Understanding) -> tuple[Turn, Understanding]:
    answer = Response("utter_answer", {"topic": understood.intent or ""})
    turn = replace(turn, dialogue=turn.dialogue.without_form())
    return turn, replace(understood, responses=(answer,), state=None, active_form=None)


def leave_for(dialogue: Dialogue, field: str) -> Dialogue:
    """Out of a form in which `field` was answered with a question: it asks that field again when it
    is taken up."""
    state = dict(dialogue.rasa or {})
    if form_of(state) is None:
        return dialogue
    slots = {name: value for name, value in state.get("slots", {}).items() if name != field}
    notes = {n: v for n, v in dialogue.notes.items() if n not in (field, "question")}
    asked = {**state, "slots": slots, "requested_slot": field}
    return replace(dialogue, rasa=asked, notes=notes).without_form()


def _area_said(understood: Understanding) -> str | None:
    return understood.responses[-1].slots.get("area")


def _find_area(turn: Turn, understood: Understanding, areas: AreaBook) -> str | None:
    """The place in a message that answers the question for it."""
    found = areas.find_in_text(turn.inbound.text)
    value = given(_area_said(understood))
    if found is None and value:
        found = areas.resolve(value)
    return found.code if found else None
