"""The matcher that answers while Rasa cannot: complement naive Bayes over words and their parts.

What it knows it has from `bot.lexical_learning`. Knows no dialogue: each message stands alone.
"""

import asyncio
import math
import sys
from asyncio.subprocess import DEVNULL
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from bot.lexical_learning import is_kept, read_needs, read_weights, weigh
from bot.lexical_weights import LexicalWeights
from bot.parts import parts_of
from bot.text import words
from bot.understanding import Question, Response, Scored, Understanding

UNSURE = "utter_unsure"
# Sharpness of the confidence: chosen so that on held-out examples its mean equals the accuracy.
_SHARPNESS = 10.0
_ANSWER_FROM = 0.55
_MOST_RANKED = 5


class LexicalMatcher:
    """See `bot.understanding.NLUClient`, which this implements."""

    def __init__(self, weights: LexicalWeights, needs: Mapping[str, Iterable[str]]) -> None:
        """`needs` maps a need to the words that mean it."""
        self._weights = weights
        self._rarest = max(weights.rarities, default=0.0)
        self._needs = sorted(
            ((tuple(words(phrase)), need) for need, phrases in needs.items() for phrase in phrases),
            key=lambda pair: -len(pair[0]),
        )

    @classmethod
    def read(cls, folder: Path, kept: Path | None = None) -> "LexicalMatcher":
        """Build from `<folder>/<language>/<intent>.yml` and `<folder>/lookups/needs.yml`; what was
        learnt from them stays in the file `kept`."""
        return cls(read_weights(folder, kept), read_needs(folder / "lookups" / "needs.yml"))

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
        scores: defaultdict[int, float] = defaultdict(float)
        for feature, value in vector.items():
            for place, weight in self._weights.of(feature):
                scores[place] += value * weight
        topics = self._weights.topics
        return _soften({topics[place]: score for place, score in scores.items()})[:_MOST_RANKED]

    def rarity(self, feature: str) -> float:
        """How rare a feature of `bot.parts` is in the examples; one that is in none, the rarest."""
        known = self._weights.rarity(feature)
        return self._rarest if known is None else known

    def find_slots(self, text: str) -> dict[str, str]:
        said = words(text)
        for phrase, need in self._needs:
            size = len(phrase)
            if size and any(
                tuple(said[i : i + size]) == phrase for i in range(len(said) - size + 1)
            ):
                return {"need": need}
        return {}

    def _weigh(self, document: Mapping[str, int]) -> dict[str, float]:
        rarity = self._weights.rarity
        known = {name: found for name in document if (found := rarity(name)) is not None}
        return weigh(document, known)


class LearningMatcher:
    """A `LexicalMatcher` that is read, or learns, beside the loop, so that the hub starts at once.

    Whoever asks before it is ready waits for it: a tenth of a second, or some where it learns.
    """

    def __init__(self, folder: Path, kept: Path | None = None) -> None:
        self._folder, self._kept = folder, kept
        self._learning: asyncio.Task[LexicalMatcher] | None = None

    async def understand(self, question: Question) -> Understanding:
        matcher = await self.learn()
        return await matcher.understand(question)

    async def learn(self) -> LexicalMatcher:
        """Begin to learn, or wait for the end of it; raise `ExamplesError`."""
        if self._learning is None:
            self._learning = asyncio.create_task(self._learn())
        return await asyncio.shield(self._learning)

    async def _learn(self) -> LexicalMatcher:
        if self._kept is not None and not await asyncio.to_thread(
            is_kept, self._folder, self._kept
        ):
            await _learn_elsewhere(self._folder, self._kept)
        return await asyncio.to_thread(LexicalMatcher.read, self._folder, self._kept)


async def _learn_elsewhere(folder: Path, kept: Path) -> None:
    """In a process of its own: in this one everybody would wait again and again, for the
    interpreter and for collections of garbage, and the memory would stay taken. If it fails,
    `read` learns.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.lexical_learning", str(folder), str(kept),
        stdout=DEVNULL, stderr=DEVNULL,
    )  # fmt: skip
    try:
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()


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
