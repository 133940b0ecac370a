"""Walks through the forms while Rasa cannot: the same fields, the same state, no more.

A way to a person must not depend on a model (HUM-32). It knows no words: what a message means comes
from the matcher behind it. States of either side may be taken up by the other.
"""

from dataclasses import replace
from typing import Any

from bot.form_fields import (
    BEGINS,
    FIELDS,
    SAID,
    SKIP,
    STATE_VERSION,
    WORDS,
    YES,
    State,
    asked_in,
    form_of,
    slot_in,
)
from bot.text import words
from bot.understanding import NLUClient, Question, Response, Understanding

_INFORM, _CONTINUE = "dialogue.inform", "dialogue.continue"
_SURE = 0.55  # the matcher's own bar for an answer
_MOST_WORDS_OF_A_PLACE = 5
# Said before the first question, so that what is known comes before what is asked.
_FIRST = {
    "dialogue.human": "utter_handover",
    "dialogue.rumour": "utter_rumour",
    "dialogue.complaint_aid": "utter_complaint_aid",
}
_COURTESIES = ("dialogue.greeting", "dialogue.affirm")
_DONE = {form: f"utter_{form.removesuffix('_form')}_done" for form in FIELDS}


class FormWalker:
    """See `bot.understanding.NLUClient`, which this implements around the matcher."""

    def __init__(self, matcher: NLUClient) -> None:
        self._matcher = matcher

    async def understand(self, question: Question) -> Understanding:
        form = form_of(question.state)
        if question.intent is not None and question.intent in BEGINS:
            return self._begin(question, question.intent, None)
        if form and question.intent == _INFORM:
            return _ask(form, {**_slots(question.state), **question.slots})
        if form and question.intent == _CONTINUE:
            return _ask(form, _slots(question.state), "utter_continue")
        found = await self._matcher.understand(question)
        if form and not question.intent:
            return self._in_form(question, form, found)
        begun = found.intent if found.confidence >= _SURE and not question.intent else None
        if begun is not None and begun in BEGINS:
            return self._begin(question, begun, found)
        return found

    def _begin(self, question: Question, intent: str, read: Understanding | None) -> Understanding:
        form = BEGINS[intent]
        slots = {name: value for name, value in question.slots.items() if name in FIELDS[form]}
        found = _ask(form, slots, _FIRST.get(intent), intent)
        if read is None:
            return found
        return replace(found, confidence=read.confidence, ranking=read.ranking)

    def _in_form(self, question: Question, form: str, found: Understanding) -> Understanding:
        """What a message does while a form asks: answer it, keep it, begin another, or leave it."""
        field = asked_in(question.state) or ""
        slots = _slots(question.state)
        sure = found.intent if found.confidence >= _SURE else None
        if sure == "dialogue.affirm" and field in ("consent", "reply"):
            return _as(found, _ask(form, {**slots, field: YES}))
        if sure == "dialogue.deny":
            return replace(found, responses=(Response("utter_form_left"),))
        if sure is not None and sure in BEGINS:
            return self._begin(question, sure, found)
        if sure is not None and sure in _COURTESIES:
            first = f"utter_{sure.removeprefix('dialogue.')}"
            return _as(found, _ask(form, slots, first))
        if field in WORDS and not (sure or "").startswith("dialogue."):
            return _as(found, _ask(form, {**slots, field: SAID}))
        is_short = "?" not in question.text and len(words(question.text)) <= _MOST_WORDS_OF_A_PLACE
        if field == "area" and not sure and is_short and question.text.strip():
            return _as(found, _ask(form, {**slots, field: question.text.strip()[:100]}))
        return found


def _slots(state: State | None) -> dict[str, str]:
    return {
        name: value
        for fields in FIELDS.values()
        for name in fields
        if (value := slot_in(state, name))
    }


def _ask(
    form: str, slots: dict[str, str], first: str | None = None, intent: str | None = None
) -> Understanding:
    """The form's next question, or its end, after `first`."""
    missing = next((name for name in FIELDS[form] if name not in slots), None)
    name = _DONE[form] if missing is None else f"utter_ask_{missing}"
    said = () if first is None else (Response(first),)
    return Understanding(
        responses=(*said, Response(name, slots)),
        intent=intent or _INFORM,
        confidence=1.0,
        ranking=(),
        slots={},
        engine="fallback",
        state=_state(form, slots, missing),
        active_form=form if missing else None,
    )


def _state(form: str, slots: dict[str, str], missing: str | None) -> dict[str, Any]:
    """As Rasa keeps it: of a place that was written, only that it need not be asked again."""
    if missing is None:
        return {"v": STATE_VERSION, "slots": {}}
    kept = {**slots, "area": SKIP} if "area" in slots else slots
    return {"v": STATE_VERSION, "slots": kept, "form": form, "requested_slot": missing}


def _as(found: Understanding, asked: Understanding) -> Understanding:
    """What the form does, with what the matcher read: the hub may know a question in it."""
    return replace(asked, intent=found.intent, confidence=found.confidence, ranking=found.ranking)
