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
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from components.text_features import TextFeatures

_FILE = "weights.npz"


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class TopicClassifier(GraphComponent):
    """Sets the intent and the ranking of a message; `FallbackClassifier` after it decides what
    is too unsure.
    """

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._features = TextFeatures(config["encoder_weight"])
        self._names: list[str] = []
        self._weights = np.zeros((0, 0), dtype=np.float32)
        self._offsets = np.zeros(0, dtype=np.float32)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`C` and `max_iter` as in scikit-learn; `ranking_length` is how many names are
        reported.
        """
        return {"C": 10.0, "max_iter": 200, "encoder_weight": 0.0, "ranking_length": 10}

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
        """Read what the training stored; ValueError if the encoder it was trained with is
        missing.
        """
        classifier = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            classifier._features.restore(folder)
            with np.load(folder / _FILE, allow_pickle=False) as stored:
                if bool(stored["uses_encoder"]) != classifier._features.uses_encoder:
                    raise ValueError(
                        "the model was trained with another set of features: train it again"
                    )
                classifier._names = stored["names"].tolist()
                classifier._weights, classifier._offsets = stored["weights"], stored["offsets"]
        return classifier

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from every example that has an intent, and store the result with the model."""
        texts = [example.get(TEXT) for example in training_data.intent_examples]
        labels = [example.get(INTENT) for example in training_data.intent_examples]
        learner = LogisticRegression(
            C=self._config["C"], max_iter=self._config["max_iter"], class_weight="balanced"
        )
        learner.fit(self._features.fit(texts).transform(texts), labels)
        self._names = learner.classes_.tolist()
        self._weights = np.ascontiguousarray(learner.coef_.T, dtype=np.float32)
        self._offsets = learner.intercept_.astype(np.float32)
        self._store()
        return self._resource

    def _store(self) -> None:
        with self._storage.write_to(self._resource) as folder:
            self._features.store(folder)
            np.savez(
                folder / _FILE,
                names=np.asarray(self._names),
                weights=self._weights,
                offsets=self._offsets,
                uses_encoder=self._features.uses_encoder,
            )

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
        shares = self._shares(self._features.transform([text]))
        best = np.argsort(-shares, kind="stable")[: self._config["ranking_length"]]
        return [{"name": self._names[at], "confidence": float(shares[at])} for at in best]

    def _shares(self, features: sparse.csr_matrix) -> np.ndarray:
        scores = np.asarray(features @ self._weights)[0] + self._offsets
        shares = np.exp(scores - scores.max())
        return shares / shares.sum()
