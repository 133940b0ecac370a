"""Rasa's language generator, which generates no language: it returns the name of the response
and its slots.

The hub renders names in the person's language from verified content. No text for people may stand
here.
"""

from typing import Any

from rasa.core.nlg import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from turn_request import CHOICES, NAMED

_FORM_SLOTS = ("area", *CHOICES)
_SERVICE_RESPONSES = frozenset({"utter_ask_need", "utter_ask_place", "utter_find_service"})


def _slots_of(name: str, tracker: DialogueStateTracker) -> dict[str, Any]:
    if name == "utter_answer" and tracker.latest_message:
        return {"topic": tracker.latest_message.intent.get("name")}
    if name in _SERVICE_RESPONSES:
        return {slot: tracker.get_slot(slot) for slot in NAMED}
    if name.endswith("_done") or name.removeprefix("utter_ask_") in _FORM_SLOTS:
        known = {slot: tracker.get_slot(slot) for slot in _FORM_SLOTS}
        return {slot: value for slot, value in known.items() if value}
    return {}


class ResponseNames(NaturalLanguageGenerator):
    """`{"custom": {"name": "utter_answer", "slots": {"topic": …}}}` for every response."""

    def __init__(self, endpoint_config: EndpointConfig | None, domain: Domain) -> None:
        """Take what Rasa hands to every generator; neither is needed."""

    async def generate(
        self,
        utter_action: str,
        tracker: DialogueStateTracker,
        output_channel: str,
        **kwargs: Any,
    ) -> dict[str, Any] | None:
        """Name the response."""
        return {"custom": {"name": utter_action, "slots": _slots_of(utter_action, tracker)}}
