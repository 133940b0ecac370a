"""Understandings made for a test: scripted, slow, or failing; and a hub that uses one."""

import asyncio
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bot.conversation import Conversation
from bot.form_walking import FormWalker
from bot.understanding import Breaker, NLUClient, Question, Response, Scored, Understander
from bot.understanding import Understanding as Understood
from hub.app.hub import Hub, build_hub
from hub.clock import ManualClock
from hub.config import Config, Environment, UnderstandingSettings
from hub.vault import Vault


async def make_hub(url: str, vault: Vault, clock: ManualClock, **more: Any) -> Hub:
    """The hub over this database, with simulated phones and (yet) nothing that understands."""
    environment = Environment(chasqui_database_url=url)
    with tempfile.TemporaryDirectory() as nothing:
        settings = UnderstandingSettings(rasa=False, examples=Path(nothing))
        config = Config(understanding=settings, **more)
        hub = await build_hub(config, environment, clock, vault, is_demonstration=True)
    await hub.open()
    return hub


def with_understanding(hub: Hub, client: NLUClient) -> Hub:
    """The same hub, where `client` says what messages mean."""
    understander = Understander(None, FormWalker(client), Breaker(3, 10))
    return with_conversation(hub, replace(hub.conversation, understander=understander))


def with_conversation(hub: Hub, conversation: Conversation) -> Hub:
    turns = replace(hub.turns, conversation=conversation)
    rehearser = replace(hub.rehearser, conversation=conversation)
    return replace(hub, conversation=conversation, turns=turns, rehearser=rehearser)


def understood(
    response: str,
    *ranking: tuple[str, float],
    slots: Mapping[str, str] | None = None,
    questions: tuple[Scored, ...] = (),
    danger: Scored | None = None,
    wishes: Mapping[str, float] | None = None,
) -> Understood:
    """An understanding that ends in one response."""
    scored = tuple(Scored(topic, confidence) for topic, confidence in ranking)
    given = dict(slots or {})
    return Understood(
        responses=(Response(response, given),),
        intent=scored[0].topic if scored else None,
        confidence=scored[0].confidence if scored else 0.0,
        ranking=scored,
        slots=given,
        engine="fallback",
        questions=questions,
        danger=danger,
        wishes=dict(wishes or {}),
    )


@dataclass
class Scripted:
    """Always understands `answer`; keeps the questions that it was asked."""

    answer: Understood
    asked: list[Question] = field(default_factory=list)

    async def understand(self, question: Question) -> Understood:
        self.asked.append(question)
        return self.answer


@dataclass
class Failing:
    """Raises for the messages that `is_poison` says, as a bug would; answers the others."""

    answer: Understood
    is_poison: Callable[[str], bool]
    attempts: int = 0

    async def understand(self, question: Question) -> Understood:
        if self.is_poison(question.text):
            self.attempts += 1
            raise RuntimeError("a bug")
        return self.answer


@dataclass
class Wandering:
    """Takes a while that differs from message to message, without a clock: it lets others go
    first, so many times."""

    answer: Understood
    pauses: Callable[[str], int]
    order: list[str] = field(default_factory=list)

    async def understand(self, question: Question) -> Understood:
        for _ in range(self.pauses(question.text)):
            await asyncio.sleep(0)
        self.order.append(question.text)
        return self.answer
