"""Says which topic a message is about, which other questions it asks, and whether it sounds like
danger or like a wish to the bot itself: linear classifiers over the same `TextFeatures`.

One component in place of Rasa's tokenizer, featurizers and classifier: the same arithmetic without
their bookkeeping. The danger head only adds to what the hub's own detector finds (HUM-20).
"""

import multiprocessing
from concurrent.futures import Executor, ProcessPoolExecutor
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy import sparse

from components import danger_head, linear_classifier, wish_head
from components.danger_corpus import (
    NEAR_WISHES,
    ORDINARY,
    SAME_WISH,
    Said,
    Wish,
    read_corpus,
    read_wishes,
    told_in_questions,
)
from components.danger_head import Hearing
from components.danger_reader import load_reader
from components.linear_classifier import Features, Numbers, Weights
from components.questions import pieces_of, sentences_of
from components.text_features import Reading, TextFeatures

QUESTIONS = "questions"
DANGER = "danger"
WISHES = "wishes"
_PROCESSES = 2
_SEVERAL, _MOST_QUESTIONS = 2, 3
# From these shares of the whole on, that topics which disclose nothing have together, its parts
# are weighed for danger, and danger needs the reader's word.
_ASIDES_FROM, _NEEDS_READER_FROM = 0.8, 0.9
_DIALOGUE = "dialogue."
# How much a piece and the whole count for what the piece asks, and what the whole must bear out:
# chosen on nlu/calibration (docs/nlu.md).
_PIECE_COUNTS, _WHOLE_COUNTS = 0.7, 0.5
_NEARLY_NOTHING = 1e-4
_LEAST_OF_THE_WHOLE = 0.01
_SURE_OF_THE_WHOLE = 0.5
_LIKELY = 4  # of the whole
_LEAST_FIRST, _LEAST_BESIDE = 0.2, 0.05
_PLAINLY = 7.5  # odds
_WISHES_OR_NEAR = SAME_WISH.keys() | NEAR_WISHES
_NO_WISH_EVERY = 3  # one in so many lines of the corpus of danger teaches what is no wish

Guess = dict[str, Any]


class Learnt(NamedTuple):
    """What reads a message, beside the features. Each is a file of the model."""

    topics: Weights
    danger: Weights  # see `danger_head`
    wishes: Weights


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class TopicClassifier(GraphComponent):
    """Sets intent, ranking, `questions`, `danger` and `wishes`; after it `FallbackClassifier`
    decides which intent is too unsure.
    """

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._features = TextFeatures(config["encoder_weight"])
        reader = load_reader() if self._features.uses_encoder else None
        self._hearing = Hearing(reader, config["reader_counts"], config["danger_sharpness"])
        self._learnt: Learnt | None = None
        # Which intents are questions, and which of those have examples that disclose nothing.
        self._is_topic = self._asks_only = np.zeros(0, bool)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Strengths are scikit-learn's `C`, `tolerance` when its search may stop; sharpness turns
        distances into confidences, `reader_counts` how much the reader of danger counts beside the
        hyperplanes; `ranking_length` counts the names reported, `may_disclose` names
        the intents whose examples may be disclosures, and one in `ordinary_every` of the others
        teaches what is ordinary.
        """
        return {
            "strength": 0.3,
            "tolerance": 0.01,
            "sharpness": 4.0,
            "danger_strength": 0.5,
            "danger_sharpness": 4.0,
            "reader_counts": 0.2,
            "ordinary_every": 3,
            "encoder_weight": 0.0,
            "ranking_length": 10,
            "question_from": 0.35,
            "may_disclose": [],
        }

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
            parts = (Weights.restore(folder / f"{name}.npz") for name in Learnt._fields)
            classifier._take(Learnt(*parts))
        return classifier

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from every example that has an intent, from the wishes and from the corpus of
        danger, and store the result with the model.
        """
        examples = [(each.get(TEXT), each.get(INTENT)) for each in training_data.intent_examples]
        wishes, corpus = list(read_wishes()), list(read_corpus())
        no_wish = corpus[::_NO_WISH_EVERY]
        corpus = no_wish + [said for at, said in enumerate(corpus) if at % _NO_WISH_EVERY]
        texts = [
            *(text for text, _ in examples),
            *(each.text for each in wishes),
            *(said.text for said in corpus),
        ]
        with_sense = len(examples) + len(wishes) + len(no_wish)
        # Spawned, since TensorFlow, which Rasa imports, does not survive a fork.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(_PROCESSES, mp_context=context) as workers:
            read = self._features.fit_transform(texts, with_sense, workers)
            intents = [intent for _, intent in examples]
            ordinary = self._ordinary(examples)
            learnt = self._learn(*read, intents, ordinary, wishes, corpus, workers)
        self._take(learnt)
        self._store(learnt)
        return self._resource

    def _take(self, learnt: Learnt) -> None:
        reader, classes = self._hearing.reader, learnt.danger.names[1:]
        if reader is not None and reader.classes != classes:
            raise ValueError("the reader of danger knows other classes: teach it again")
        self._learnt = learnt
        names, may_disclose = learnt.topics.names, frozenset(self._config["may_disclose"])
        self._is_topic = np.array([not name.startswith(_DIALOGUE) for name in names])
        self._asks_only = self._is_topic & [name not in may_disclose for name in names]

    def _learn(
        self,
        ngrams: sparse.csr_matrix,
        sense: Numbers,
        intents: list[str],
        ordinary: list[int],
        wishes: list[Wish],
        corpus: list[Said],
        workers: Executor,
    ) -> Learnt:
        """Topics from the first rows, wishes to the bot from the next and from the topics that are
        such wishes, danger from the last; and both from the `ordinary` examples, which are neither.
        Danger needs no `sense`, which fewer texts have."""
        first_wish, first_said = len(intents), len(intents) + len(wishes)
        quiet = [at for at, each in enumerate(wishes, first_wish) if each.tells_nothing]
        dangers = [ORDINARY] * (len(ordinary) + len(quiet)) + [each.danger for each in corpus]
        said = [*ordinary, *quiet, *range(first_said, ngrams.shape[0])]
        strength = self._config["danger_strength"]
        danger = workers.submit(danger_head.fit, ngrams[said], dangers, strength)
        told = [at for at, intent in enumerate(intents) if intent in SAME_WISH]
        others = [at for at in ordinary if intents[at] not in _WISHES_OR_NEAR]
        others += range(first_said, len(sense))
        wished = [*told, *others, *range(first_wish, first_said)]
        kinds = [SAME_WISH[intents[at]] for at in told] + [ORDINARY] * len(others)
        kinds += [each.wish for each in wishes]
        sides = workers.submit(wish_head.fit, Features(ngrams[wished], sense[wished]), kinds)
        about = Features(ngrams[:first_wish], sense[:first_wish])
        strength, tolerance = self._config["strength"], self._config["tolerance"]
        topics = linear_classifier.fit(about, intents, strength, workers, tolerance)
        return Learnt(topics, danger.result(), sides.result())

    def _ordinary(self, examples: list[tuple[str, str]]) -> list[int]:
        """Where some of the examples stand that tell of nothing."""
        silent, told = frozenset(self._config["may_disclose"]), told_in_questions()
        quiet = [
            at
            for at, (text, intent) in enumerate(examples)
            if intent not in silent and text not in told
        ]
        return quiet[:: self._config["ordinary_every"]]

    def _store(self, learnt: Learnt) -> None:
        with self._storage.write_to(self._resource) as folder:
            self._features.store(folder)
            for name, weights in learnt._asdict().items():
                weights.store(folder / f"{name}.npz")

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the examples as they are: the dialogue's rules do not learn from predictions."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Set what each message asks, and whether it sounds like danger."""
        for message in messages:
            self._read_message(message)
        return messages

    def _read_message(self, message: Message) -> None:
        if self._learnt is None:
            raise ValueError("the classifier has not been trained")
        topics, danger, wishes = self._learnt
        text = message.get(TEXT) or ""
        read, pieces = self._features.read([text]), self._features.read(pieces_of(text))
        whole = topics.shares(read.features, self._config["sharpness"])[0]
        ranking = self._rank(topics.names, whole)
        message.set(INTENT, ranking[0], add_to_output=True)
        message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        message.set(QUESTIONS, self._questions(topics, whole, pieces), add_to_output=True)
        asks = whole[self._asks_only].sum()
        heard = danger_head.read(
            danger, self._hearing, read, plainly_asks=asks >= _NEEDS_READER_FROM
        )
        # In other messages the parts find no more, and flag twice as much ordinary talk.
        if asks >= _ASIDES_FROM:
            sentences = self._features.read(sentences_of(text))
            asides = chain(
                danger_head.read_asides(danger, self._hearing, pieces, danger_head.CLAUSE),
                danger_head.read_asides(danger, self._hearing, sentences, danger_head.SENTENCE),
            )
            heard = max([heard, *asides], key=lambda each: each.confidence)
        message.set(DANGER, _guess(*heard), add_to_output=True)
        sides = 1 / (1 + np.exp(-wishes.distances(read.features)[0]))
        granted = [_guess(name, side) for name, side in zip(wishes.names, sides, strict=True)]
        message.set(WISHES, granted, add_to_output=True)

    def _rank(self, names: list[str], shares: Numbers) -> list[Guess]:
        best = np.argsort(-shares, kind="stable")[: self._config["ranking_length"]]
        return [_guess(names[at], shares[at]) for at in best]

    def _questions(self, topics: Weights, whole: Numbers, pieces: Reading) -> list[Guess]:
        """The distinct topics that pieces of a message ask for, the likeliest of the whole first;
        none where the whole bears out no two. `whole` are its shares."""
        borne_out = np.count_nonzero(whole[self._is_topic] >= _LEAST_OF_THE_WHOLE)
        if not pieces.texts or borne_out < _SEVERAL:
            return []
        shares = topics.shares(pieces.features, self._config["sharpness"])
        asked = _asked_by(shares, whole, self._config["question_from"])
        if self._is_topic[int(whole.argmax())]:
            asked |= _told_apart(shares, whole)
        likeliest = sorted((at for at in asked if self._is_topic[at]), key=lambda at: -whole[at])
        return [_guess(topics.names[at], whole[at]) for at in likeliest[:_MOST_QUESTIONS]]


def _asked_by(pieces: Numbers, whole: Numbers, least: float) -> set[int]:
    """What a piece asks for. It may lack what it is about, or only say what the question hangs on,
    so the whole has a say in each.
    """
    read = pieces**_PIECE_COUNTS * (whole + _NEARLY_NOTHING) ** _WHOLE_COUNTS
    read /= read.sum(axis=1, keepdims=True)
    likeliest = (int(piece.argmax()) for piece in read if piece.max() >= least)
    asked = {at for at in likeliest if whole[at] >= _LEAST_OF_THE_WHOLE}
    first = int(whole.argmax())
    return asked | {first} if asked and whole[first] >= _SURE_OF_THE_WHOLE else asked


def _told_apart(pieces: Numbers, whole: Numbers) -> set[int]:
    """The topic of the whole and those beside it that one piece is plainly more about, while
    another piece is plainly less.
    """
    first, *others = (int(at) for at in np.argsort(-whole, kind="stable")[:_LIKELY])
    asked: set[int] = set()
    if whole[first] < _LEAST_FIRST:
        return asked
    for other in (at for at in others if whole[at] >= _LEAST_BESIDE):
        odds = (pieces[:, first] + _NEARLY_NOTHING) / (pieces[:, other] + _NEARLY_NOTHING)
        if odds.max() >= _PLAINLY and odds.min() <= 1 / _PLAINLY:
            asked |= {first, other}
    return asked


def _guess(name: str, share: float) -> Guess:
    return {"name": name, "confidence": float(share)}
