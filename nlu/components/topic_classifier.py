"""Says which topic a message is about, by logistic regression over `TextFeatures`.

One component in place of Rasa's tokenizer, featurizers and classifier: the same arithmetic without
their bookkeeping.
"""

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components import softmax_regression
from components.softmax_regression import Weights
from components.text_features import TextFeatures

_FILE = "weights.npz"


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class TopicClassifier(GraphComponent):
    """Sets intent and ranking; `FallbackClassifier` after it decides what is too unsure."""

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._features = TextFeatures(config["encoder_weight"])
        self._weights: Weights | None = None

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`strength` is scikit-learn's `C`; `ranking_length` counts the names reported."""
        return {"strength": 10.0, "max_iter": 80, "encoder_weight": 0.0, "ranking_length": 10}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "TopicClassifier":
        """Make a classifier that has still to be trained."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "TopicClassifier":
        """Read what the training stored; ValueError if the encoder is not as it was then."""
        classifier = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            classifier._features.restore(folder)
            with np.load(folder / _FILE, allow_pickle=False) as stored:
                if bool(stored["uses_encoder"]) != classifier._features.uses_encoder:
                    raise ValueError("trained with other features: train the model again")
                numbers = (stored[part] for part in ("sparse", "dense", "offsets"))
                classifier._weights = Weights(stored["names"].tolist(), *numbers)
        return classifier

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from every example that has an intent, and store the result with the model."""
        texts = [example.get(TEXT) for example in training_data.intent_examples]
        labels = [example.get(INTENT) for example in training_data.intent_examples]
        features = self._features.fit(texts).transform(texts)
        strength, max_iter = self._config["strength"], self._config["max_iter"]
        self._weights = softmax_regression.fit(features, labels, strength, max_iter)
        self._store(self._weights)
        return self._resource

    def _store(self, weights: Weights) -> None:
        with self._storage.write_to(self._resource) as folder:
            self._features.store(folder)
            np.savez(folder / _FILE, uses_encoder=self._features.uses_encoder, **weights._asdict())

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the examples as they are: the dialogue's rules do not learn from predictions."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the likeliest intent and the ranking of each message."""
        for message in messages:
            ranking = self._rank(message.get(TEXT) or "")
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    def _rank(self, text: str) -> list[dict[str, Any]]:
        if self._weights is None:
            raise ValueError("the classifier has not been trained")
        shares = self._weights.shares(self._features.transform([text]))[0]
        best = np.argsort(-shares, kind="stable")[: self._config["ranking_length"]]
        return [{"name": self._weights.names[at], "confidence": float(shares[at])} for at in best]
