"""The matcher that answers while Rasa cannot: complement naive Bayes over words and their parts.

Trained in memory from the same example files that Rasa is trained on, read as data. Knows no
dialogue: each message stands alone.
"""

import asyncio
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from bot.parts import parts_of
from bot.text import words
from bot.understanding import Question, Response, Scored, Understanding

UNSURE = "utter_unsure"
_SMOOTHING = 1.0
# Sharpness of the confidence: chosen so that on held-out examples its mean equals the accuracy.
_SHARPNESS = 10.0
_ANSWER_FROM = 0.55
_MOST_RANKED = 5


class ExamplesError(Exception):
    """The folder of examples cannot be read; the message names the file."""


class LexicalMatcher:
    """See `bot.understanding.NLUClient`, which this implements."""

    def __init__(
        self, examples: Iterable[tuple[str, str]], needs: Mapping[str, Iterable[str]]
    ) -> None:
        """`examples` are (intent, text); `needs` maps a need to the words that mean it."""
        documents = [(intent, parts_of(text)) for intent, text in examples]
        frequency = Counter(feature for _, document in documents for feature in document)
        count = len(documents)
        self._idf = {name: math.log((1 + count) / (1 + n)) for name, n in frequency.items()}
        self._rarest = max(self._idf.values(), default=0.0)
        self._weights = self._learn(documents)
        self._needs = sorted(
            ((tuple(words(phrase)), need) for need, phrases in needs.items() for phrase in phrases),
            key=lambda pair: -len(pair[0]),
        )

    @classmethod
    def read(cls, folder: Path) -> "LexicalMatcher":
        """Build from `<folder>/<language>/<intent>.yml` and `<folder>/lookups/needs.yml`."""
        return cls(list(_read_examples(folder)), _read_needs(folder / "lookups" / "needs.yml"))

    async def understand(self, question: Question) -> Understanding:
        slots = {**self.find_slots(question.text), **question.slots}
        ranking = [Scored(question.intent, 1.0)] if question.intent else self.rank(question.text)
        best = ranking[0] if ranking else Scored("", 0.0)
        return Understanding(
            responses=(_respond(best, slots),),
            intent=best.topic or None,
            confidence=best.confidence,
            ranking=tuple(ranking),
            slots=slots,
            engine="fallback",
        )

    def rank(self, text: str) -> list[Scored]:
        """Intents by confidence; [] when no word is known."""
        vector = self._weigh(parts_of(text))
        if not vector:
            return []
        scores: defaultdict[str, float] = defaultdict(float)
        for feature, value in vector.items():
            for intent, weight in self._weights[feature]:
                scores[intent] += value * weight
        return _soften(scores)[:_MOST_RANKED]

    def rarity(self, feature: str) -> float:
        """How rare a feature of `bot.parts` is in the examples; one that is in none, the rarest."""
        return self._idf.get(feature, self._rarest)

    def find_slots(self, text: str) -> dict[str, str]:
        said = words(text)
        for phrase, need in self._needs:
            size = len(phrase)
            if size and any(
                tuple(said[i : i + size]) == phrase for i in range(len(said) - size + 1)
            ):
                return {"need": need}
        return {}

    def _learn(
        self, documents: list[tuple[str, Counter[str]]]
    ) -> dict[str, list[tuple[str, float]]]:
        per_intent: defaultdict[str, defaultdict[str, float]] = defaultdict(
            lambda: defaultdict(float)
        )
        for intent, document in documents:
            own = per_intent[intent]
            for feature, value in self._weigh(document).items():
                own[feature] += value
        total: defaultdict[str, float] = defaultdict(float)
        for own in per_intent.values():
            for feature, value in own.items():
                total[feature] += value
        mass, smooth = sum(total.values()), _SMOOTHING * len(total)
        weights: dict[str, list[tuple[str, float]]] = {feature: [] for feature in total}
        for intent, own in per_intent.items():
            others = mass - sum(own.values()) + smooth
            # A weight is how rare the feature is among all other intents. Where an intent lacks it,
            # the weight is nearly the same for all, so only the differences are kept.
            for feature, value in own.items():
                with_it = math.log((total[feature] - value + _SMOOTHING) / others)
                without = math.log((total[feature] + _SMOOTHING) / others)
                weights[feature].append((intent, without - with_it))
        return weights

    def _weigh(self, document: Counter[str]) -> dict[str, float]:
        vector = {
            name: math.log1p(n) * self._idf[name]
            for name, n in document.items()
            if name in self._idf
        }
        length = math.sqrt(sum(value * value for value in vector.values())) or 1.0
        return {name: value / length for name, value in vector.items()}


class LearningMatcher:
    """A `LexicalMatcher` that learns in a thread of its own, so that the hub starts at once.

    Whoever asks before it has learnt waits for it, a second or two.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._learning: asyncio.Task[LexicalMatcher] | None = None

    async def understand(self, question: Question) -> Understanding:
        matcher = await self.learn()
        return await matcher.understand(question)

    async def learn(self) -> LexicalMatcher:
        """Begin to learn, or wait for the end of it; raise `ExamplesError`."""
        if self._learning is None:
            reading = asyncio.to_thread(LexicalMatcher.read, self._folder)
            self._learning = asyncio.create_task(reading)
        return await asyncio.shield(self._learning)


def _soften(scores: Mapping[str, float]) -> list[Scored]:
    """Scores to confidences that sum to one, best first."""
    if not scores:
        return []
    top = max(scores.values())
    powers = {name: math.exp(_SHARPNESS * (score - top)) for name, score in scores.items()}
    total = sum(powers.values())
    ranked = [Scored(name, power / total) for name, power in powers.items()]
    return sorted(ranked, key=lambda each: (-each.confidence, each.topic))


def _respond(best: Scored, slots: dict[str, str]) -> Response:
    if best.confidence < _ANSWER_FROM:
        return Response(UNSURE)
    if best.topic.startswith("dialogue."):
        return Response(f"utter_{best.topic.removeprefix('dialogue.')}")
    if best.topic == "im.services_directory" and "need" in slots:
        return Response("utter_find_service", slots)
    return Response("utter_answer", {"topic": best.topic})


def _read_examples(folder: Path) -> Iterator[tuple[str, str]]:
    paths = sorted(folder.glob("??/*.yml"))
    if not paths:
        raise ExamplesError(f"{folder}: no examples here (config.yml: understanding.examples)")
    for path in paths:
        for item in _read_items(path):
            if "intent" in item:
                yield from ((item["intent"], text) for text in _lines(item["examples"]))


def _read_needs(path: Path) -> dict[str, list[str]]:
    if not path.exists():
        return {}
    return {
        item["synonym"]: _lines(item["examples"]) for item in _read_items(path) if "synonym" in item
    }


def _read_items(path: Path) -> list[dict[str, Any]]:
    try:
        items = yaml.load(path.read_text(encoding="utf8"), Loader=_LOADER)["nlu"]  # noqa: S506 - both are safe loaders
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise ExamplesError(f"{path}: not a file of examples ({type(error).__name__})") from error
    return list(items)


def _lines(block: str) -> list[str]:
    return [line.removeprefix("- ").strip() for line in block.splitlines() if line.strip()]


# The C loader reads the same safe subset, ten times faster: the page must answer within seconds.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
