"""Makes the rules that are alike for every intent while Rasa trains, so that a new topic needs
no rule by hand.

Every intent gets two: its response, and the same response out of the form, which it leaves. The
form's own rules are in rules.yml. It must not know any single topic.
"""

from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.rasa import RasaFileImporter

FORM = "find_service_form"
FALLBACK = "nlu_fallback"
_FORM_INTENTS = frozenset({"im.services_directory", "dialogue.inform"})
_RESPONSES = {
    FALLBACK: "utter_unsure",
    "dialogue.human": "utter_handover",
}
_RESPONSES_IN_FORM = {**_RESPONSES, "dialogue.deny": "utter_form_left"}
# Courtesies do not end the search for a service: after its response the form asks again.
_STAYS_IN_FORM = frozenset({"dialogue.greeting", "dialogue.affirm"})

Rule = dict[str, Any]


def _response(intent: str, special: dict[str, str]) -> str:
    if intent in special:
        return special[intent]
    if intent.startswith("dialogue."):
        return "utter_" + intent.split(".", 1)[1]
    return "utter_answer"


def _plain_rule(intent: str) -> Rule:
    steps = [{"intent": intent}, {"action": _response(intent, _RESPONSES)}]
    return {"rule": intent, "steps": steps}


def _form_rule(intent: str) -> Rule:
    return {
        "rule": f"{intent} while the form asks",
        "condition": [{"active_loop": FORM}],
        "steps": [
            {"intent": intent},
            {"action": "action_deactivate_loop"},
            {"active_loop": None},
            {"action": _response(intent, _RESPONSES_IN_FORM)},
        ],
    }


def rules_for(domain: Domain) -> list[Rule]:
    """The rules of all intents that the form does not own, in the form of Rasa's YAML."""
    own = {name for name in domain.intents if "." in name}  # Not Rasa's own, such as `restart`.
    intents = sorted((own | {FALLBACK}) - _FORM_INTENTS)
    leaving = [intent for intent in intents if intent not in _STAYS_IN_FORM]
    return [*map(_plain_rule, intents), *map(_form_rule, leaving)]


class TopicRules(RasaFileImporter):
    """Rasa's importer of files, with the rules of the intents added."""

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: list[str] | str | None = None,
        **_: Any,
    ) -> None:
        super().__init__(config_file, domain_path, training_data_paths)

    def get_stories(self, exclusion_percentage: int | None = None) -> StoryGraph:
        """The rules of the files and those made here."""
        domain = self.get_domain()
        reader = YAMLStoryReader(domain)
        made = reader.read_from_parsed_yaml({"version": "3.1", "rules": rules_for(domain)})
        return super().get_stories(exclusion_percentage).merge(StoryGraph(made))
