"""Puts the need and the place that a message tells of into what was understood of it, and decides
whether places are the answer. It knows no content and writes nothing.
"""

from dataclasses import replace

from bot.needs import CLEAR, LIKELY, asks_where, find_need
from bot.understanding import Response, Understanding

_FIND = "utter_find_service"
_FORM = frozenset((_FIND, "utter_ask_need", "utter_ask_place"))
DIRECTORY = "im.services_directory"
# What is told about these must not be cut short by a list of addresses.
_TOLD_FIRST = ("protection.", "scams.", "feedback.", "emergency.", "health.emergency", "rumours.",
               "cash.rumours", "family.", "privacy.", "dialogue.")  # fmt: skip


def read_what_is_looked_for(
    understood: Understanding, text: str, rest: str, place: str | None, *, is_place_known: bool
) -> Understanding:
    """`rest` is the text without its place; `place` the area named in it, if one is."""
    where = asks_where(text)
    need = said_need(text, rest, is_place_said=bool(place)) or clear_need(rest)
    slots = {"place": place} if place else {}
    if need is not None:
        slots["need"] = need
    understood = replace(understood, slots={**understood.slots, **slots})
    if need is None:
        return understood
    first = understood.responses[0]
    if first.name in _FORM:
        return _with_clear_need(understood, rest)
    is_due = _is_told_where if where else _is_plainly_told
    if is_due(understood, rest, is_place_known=is_place_known if where else place is not None):
        return replace(understood, responses=(Response(_FIND, slots),))
    return understood


def said_need(text: str, rest: str, *, is_place_said: bool) -> str | None:
    """The likeliest need of a message that asks for a place or names one; else nobody looks for
    anything."""
    return find_need(rest, LIKELY) if is_place_said or asks_where(text) else None


def clear_need(text: str) -> str | None:
    """A need that is plain enough to show places for beneath the answer to something else."""
    return find_need(text, CLEAR)


def _with_clear_need(understood: Understanding, rest: str) -> Understanding:
    """A need told in this message counts more than one that the form remembers."""
    need = clear_need(rest)
    if need is None:
        return understood
    first, *others = understood.responses
    first = replace(first, slots={**first.slots, "need": need})
    return replace(understood, responses=(first, *others))


def _is_told_where(understood: Understanding, rest: str, *, is_place_known: bool) -> bool:
    """Places are the answer to "where", unless something must be told first."""
    if not _may_be_places(understood):
        return False
    if is_place_known or understood.intent == DIRECTORY:
        return True
    return _is_plainly_told(understood, rest, is_place_known=True)


def _is_plainly_told(understood: Understanding, rest: str, *, is_place_known: bool) -> bool:
    """Need and place are better answered with places than with a question back."""
    is_unsure = understood.responses[0].name == "utter_unsure"
    may_be = is_unsure and is_place_known and _may_be_places(understood)
    return may_be and clear_need(rest) is not None


def _may_be_places(understood: Understanding) -> bool:
    name, topic = understood.responses[0].name, understood.intent or ""
    is_about_a_topic = name in ("utter_answer", "utter_unsure")
    is_one = len(understood.questions) < 2
    return is_about_a_topic and is_one and not topic.startswith(_TOLD_FIRST)
