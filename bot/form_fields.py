"""The forms of the dialogue as the hub knows them: fields, values that buttons offer, and how to
read the state that Rasa and `bot.form_walking` keep. Names only; nothing is said or stored here.

The same fields stand in `nlu/domain.yml` and the same values in `nlu/turn_request.py`; a test
compares them.
"""

from collections.abc import Mapping
from typing import Any

SKIP = "skip"
SAID = "said"  # all that a slot holds of somebody's words
YES, NO = "yes", "no"
STATE_VERSION = 1

OPT_IN = "opt_in_form"
HANDOVER = "handover_form"
RUMOUR = "rumour_form"
COMPLAINT = "complaint_form"

FIELDS: Mapping[str, tuple[str, ...]] = {
    OPT_IN: ("interest", "area", "consent"),
    HANDOVER: ("reason", "matter", "area", "consent"),
    RUMOUR: ("claim", "heard", "consent"),
    COMPLAINT: ("kind", "organisation", "area", "reply", "consent"),
}
BEGINS: Mapping[str, str] = {
    "dialogue.opt_in": OPT_IN,
    "dialogue.human": HANDOVER,
    "dialogue.handover": HANDOVER,
    "dialogue.rumour": RUMOUR,
    "dialogue.complaint_aid": COMPLAINT,
}
# Which intent begins a form by its first field, pressed while no form asks.
BEGUN_BY: Mapping[str, str] = {
    "interest": "dialogue.opt_in",
    "reason": "dialogue.handover",
    "claim": "dialogue.rumour",
    "kind": "dialogue.complaint_aid",
}
WORDS = ("matter", "claim", "organisation")  # fields that somebody answers in words of their own

FAMILIES = ("papers", "health", "school", "work", "basic_needs", "safety")
VALUES: Mapping[str, tuple[str, ...]] = {
    "interest": FAMILIES,
    "reason": (*FAMILIES, "other"),
    "heard": ("whatsapp", "social_media", "person", "media", "office", "other"),
    "kind": ("money", "abuse", "treatment", "refused", "unfair", "data", "other"),
}

# Whose field a family of topics is: the queue of a request, and the interests of an opt-in.
SUB_GROUPS: Mapping[str, tuple[str, ...]] = {
    "papers": ("protection",),
    "health": ("health and nutrition",),
    "school": ("education",),
    "work": ("integration",),
    "basic_needs": ("basic needs", "cash"),
    "safety": ("protection",),
}

State = Mapping[str, Any]


def form_of(state: State | None) -> str | None:
    """The form that asks in this state, of those that the hub knows."""
    form = state.get("form") if state else None
    return form if form in FIELDS else None


def asked_in(state: State | None) -> str | None:
    """The field that the form asks for."""
    return str(state.get("requested_slot")) if state and form_of(state) else None


def slot_in(state: State | None, name: str) -> str | None:
    """What a slot holds in this state."""
    slots = state.get("slots") if state else None
    value = slots.get(name) if isinstance(slots, Mapping) else None
    return value if isinstance(value, str) else None


def given(value: str | None) -> str | None:
    """A value that was chosen; None if it was skipped or never asked."""
    return value if value and value != SKIP else None


def interests_of(value: str | None) -> tuple[str, ...]:
    """The sub-groups behind chosen families; () means everything."""
    families = (given(value) or "").split(",")
    groups = [group for family in families for group in SUB_GROUPS.get(family, ())]
    return tuple(dict.fromkeys(groups))
