"""Finds needs and places in a message by the phrases of `data/lookups/`, in one pass without
patterns over user text.

A message that holds nothing else ("en Comas, por favor") is an answer to a question of ours: its
entities get the role `answer`, and one that names a place gets the intent `dialogue.inform`. It
must not decide which area a place is.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.io import dump_obj_as_json_to_file, read_json_file

from components.normalised_text import Word, words_of

INFORM = "dialogue.inform"
_FILE = "phrases.json"

Phrase = tuple[str, ...]
Phrases = dict[Phrase, str | None]


def _phrase(text: str) -> Phrase:
    return tuple(word.form for word in words_of(text))


def _lookup(training_data: TrainingData, name: str) -> list[str]:
    tables = [table for table in training_data.lookup_tables if table["name"] == name]
    return [text for table in tables for text in table["elements"]]


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR], is_trainable=True)
class PhraseExtractor(GraphComponent):
    """Longest phrase first; a need gets its fixed name as value, a place the words as written."""

    def __init__(self, storage: ModelStorage, resource: Resource) -> None:
        self._storage = storage
        self._resource = resource
        self._needs: Phrases = {}
        self._places: Phrases = {}
        self._fillers: set[str] = set()
        self._longest = 1

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "PhraseExtractor":
        """Make an extractor that has still to be trained."""
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "PhraseExtractor":
        """Read the phrases that the training stored."""
        extractor = cls(model_storage, resource)
        with model_storage.read_from(resource) as folder:
            extractor._learn(**read_json_file(str(folder / _FILE)))
        return extractor

    def train(self, training_data: TrainingData) -> Resource:
        """Take the phrases from the training data and store them with the model."""
        learnt = {
            "needs": sorted(training_data.entity_synonyms.items()),
            "places": sorted(_lookup(training_data, "place")),
            "fillers": sorted(_lookup(training_data, "filler")),
        }
        self._learn(**learnt)
        with self._storage.write_to(self._resource) as folder:
            dump_obj_as_json_to_file(str(folder / _FILE), learnt)
        return self._resource

    def _learn(self, needs: Sequence[Sequence[str]], places: list[str], fillers: list[str]) -> None:
        self._needs = {_phrase(text): need for text, need in needs}
        self._places = {_phrase(text): None for text in places}
        self._fillers = {form for text in fillers for form in _phrase(text)}
        self._longest = max((len(p) for p in (*self._needs, *self._places)), default=1)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the examples as they are: nothing after this component learns from entities."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entities, and the intent of a message that only answers."""
        for message in messages:
            self._read(message)
        return messages

    def _read(self, message: Message) -> None:
        text = message.get(TEXT) or ""
        words = list(words_of(text))
        found = list(self._find(text, words))
        if not found:
            return
        is_answer = self._covers(words, found)
        for entity in found if is_answer else ():
            entity["role"] = "answer"
        message.set(ENTITIES, [*message.get(ENTITIES, []), *found], add_to_output=True)
        if is_answer and any(entity["entity"] == "place" for entity in found):
            _set_intent(message, INFORM)

    def _find(self, text: str, words: list[Word]) -> Iterator[dict[str, Any]]:
        at = 0
        while at < len(words):
            length = self._match(words, at)
            if length:
                yield self._entity(text, words[at : at + length])
            at += length or 1

    def _match(self, words: list[Word], at: int) -> int:
        for length in range(min(self._longest, len(words) - at), 0, -1):
            phrase = tuple(word.form for word in words[at : at + length])
            if phrase in self._needs or phrase in self._places:
                return length
        return 0

    def _entity(self, text: str, words: list[Word]) -> dict[str, Any]:
        start, end = words[0].start, words[-1].end
        need = self._needs.get(tuple(word.form for word in words))
        return {
            "entity": "need" if need else "place",
            "value": need or text[start:end],
            "start": start,
            "end": end,
            "extractor": type(self).__name__,
        }

    def _covers(self, words: list[Word], found: list[dict[str, Any]]) -> bool:
        rest = [
            word
            for word in words
            if not any(entity["start"] <= word.start < entity["end"] for entity in found)
        ]
        return all(word.form in self._fillers for word in rest)


def _set_intent(message: Message, name: str) -> None:
    intent = {"name": name, "confidence": 1.0}
    ranking = [intent, *message.get(INTENT_RANKING_KEY, [])]
    message.set(INTENT, intent, add_to_output=True)
    message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
