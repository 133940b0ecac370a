"""Makes the rules that are alike for every intent while Rasa trains, so that a new topic needs
no rule by hand.

Every intent gets its response, and the same response out of each form, which it leaves. How forms
begin and end is in rules.yml. It must not know any single topic. It also reads the examples, in
less time than Rasa.
"""

from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

FALLBACK = "nlu_fallback"
# They begin a form by rules.yml, also out of another one.
_BEGINS_FORM = frozenset(
    {
        "im.services_directory",
        "dialogue.inform",
        "dialogue.opt_in",
        "dialogue.human",
        "dialogue.handover",
        "dialogue.rumour",
        "dialogue.complaint_aid",
    }
)
_RESPONSES = {FALLBACK: "utter_unsure"}
_RESPONSES_IN_FORM = {**_RESPONSES, "dialogue.deny": "utter_form_left"}
# Courtesies do not end a form: after their response it asks again.
_STAYS_IN_FORM = frozenset({"dialogue.greeting", "dialogue.affirm", "dialogue.continue"})

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


def _leaving_rule(intent: str, form: str) -> Rule:
    return {
        "rule": f"{intent} while {form} asks",
        "condition": [{"active_loop": form}],
        "steps": [
            {"intent": intent},
            {"action": "action_deactivate_loop"},
            {"active_loop": None},
            {"action": _response(intent, _RESPONSES_IN_FORM)},
        ],
    }


def rules_for(domain: Domain) -> list[Rule]:
    """The rules of all intents that begin no form, in the form of Rasa's YAML."""
    own = {name for name in domain.intents if "." in name}  # Not Rasa's own, such as `restart`.
    intents = sorted((own | {FALLBACK}) - _BEGINS_FORM)
    leaving = [intent for intent in intents if intent not in _STAYS_IN_FORM]
    left = [_leaving_rule(intent, form) for form in domain.form_names for intent in leaving]
    return [*map(_plain_rule, intents), *left]


class UncheckedReader(RasaYAMLReader):
    """Reads examples without holding each file to Rasa's schema, which takes longer than reading
    it; tests/run_shortcuts.py holds them to it."""

    def validate(self, string: str) -> None:
        pass


class Example(Message):  # type: ignore[misc,no-any-unimported]
    """A message of the training data, which nothing changes after it has been read: a copy of it is
    itself. Rasa copies all of them a dozen times, which took half a minute."""

    def __deepcopy__(self, _: dict[int, Any]) -> "Example":
        return self

    def set(  # as Rasa calls it
        self,
        prop: str,
        info: Any,
        add_to_output: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        """Keep the fingerprint where the value is the same as before."""
        if add_to_output or self.get(prop) != info:
            super().set(prop, info, add_to_output)


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
        self._examples: TrainingData | None = None

    def get_nlu_data(self, language: str | None = None) -> TrainingData:
        """The examples of all files, read once: Rasa asks for them and for their responses."""
        if self._examples is None:
            read = [UncheckedReader().read(file) for file in self._nlu_files]
            for part in read:
                part.training_examples = [
                    Example(each.data, each.output_properties) for each in part.training_examples
                ]
            self._examples = TrainingData().merge(*read)
        return self._examples

    def get_stories(self, exclusion_percentage: int | None = None) -> StoryGraph:
        """The rules of the files and those made here."""
        domain = self.get_domain()
        reader = YAMLStoryReader(domain)
        made = reader.read_from_parsed_yaml({"version": "3.1", "rules": rules_for(domain)})
        return super().get_stories(exclusion_percentage).merge(StoryGraph(made))
