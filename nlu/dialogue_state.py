"""The dialogue state between two turns, as the hub keeps it: which form asks for what, and the
slots.

Compact, versioned JSON of known shape. It never holds a message: a place is kept only if a list of
places knows it.
"""

from dataclasses import dataclass, field
from typing import Any, TypeGuard

from rasa.shared.core.constants import (
    ACTION_LISTEN_NAME,
    ACTION_SESSION_START_NAME,
    REQUESTED_SLOT,
)
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SessionStarted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from turn_request import LONGEST_VALUE, PLACES, SKIP, SLOTS

VERSION = 1


@dataclass(frozen=True)
class DialogueState:
    """`slots` holds only what is set; `form` and `requested_slot` are both set or both None."""

    slots: dict[str, str] = field(default_factory=dict)
    form: str | None = None
    requested_slot: str | None = None

    def as_json(self) -> dict[str, Any]:
        """What the hub stores and sends back with the next message."""
        state: dict[str, Any] = {"v": VERSION, "slots": self.slots}
        if self.form:
            state.update(form=self.form, requested_slot=self.requested_slot)
        return state

    def events(self) -> list[Event]:
        """The shortest history that puts a tracker into this state."""
        events: list[Event] = [ActionExecuted(ACTION_SESSION_START_NAME), SessionStarted()]
        events += [SlotSet(name, value) for name, value in sorted(self.slots.items())]
        if self.form:
            events += [ActionExecuted(ACTION_LISTEN_NAME), ActionExecuted(self.form)]
            events += [ActiveLoop(self.form), SlotSet(REQUESTED_SLOT, self.requested_slot)]
        return [*events, ActionExecuted(ACTION_LISTEN_NAME)]


NOTHING = DialogueState()


def read_state(stored: Any, domain: Domain) -> DialogueState:
    """The stored state, or none if it is missing, corrupt, or of another version or domain."""
    if not isinstance(stored, dict) or stored.get("v") != VERSION:
        return NOTHING
    slots, form, requested = stored.get("slots"), stored.get("form"), stored.get("requested_slot")
    if not _are_slots(slots):
        return NOTHING
    if form is None and requested is None:
        return DialogueState(slots)
    if not isinstance(form, str) or form not in domain.form_names:
        return NOTHING
    if requested not in domain.required_slots_for_form(form):
        return NOTHING
    return DialogueState(slots, form, requested)


def _are_slots(slots: Any) -> TypeGuard[dict[str, str]]:
    return isinstance(slots, dict) and all(
        name in SLOTS and isinstance(value, str) and len(value) <= LONGEST_VALUE
        for name, value in slots.items()
    )


def state_after(tracker: DialogueStateTracker, before: DialogueState) -> DialogueState:
    """What to keep of a finished turn: while a form asks, what it knows; else only where the
    person is. Of a place only a known name is kept, and that it need not be asked again.
    """
    known = _known_places(tracker, before)
    slots = {name: tracker.get_slot(name) for name in SLOTS}
    for name in PLACES:
        if slots[name] not in known:
            is_asked = name == "area" and slots[name] and tracker.active_loop_name
            slots[name] = SKIP if is_asked else None
    if not tracker.active_loop_name:
        place = slots["place"] if slots["place"] != SKIP else None
        return DialogueState({"place": place} if place and len(place) <= LONGEST_VALUE else {})
    kept = {name: value for name, value in slots.items() if value and len(value) <= LONGEST_VALUE}
    return DialogueState(kept, tracker.active_loop_name, tracker.get_slot(REQUESTED_SLOT))


def _known_places(tracker: DialogueStateTracker, before: DialogueState) -> list[Any]:
    entities = tracker.latest_message.entities if tracker.latest_message else []
    named = [entity["value"] for entity in entities if entity["entity"] in PLACES]
    return [*(before.slots.get(name) for name in PLACES), *named]
