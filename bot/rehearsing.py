"""Conversations that are only tried: the real one, with somebody who does not exist.

For `chasqui ask`, and for staff who want to know what the bot would say. Nothing is stored here and
no channel knows of it: what a turn would change changes the person who was made up.
"""

import secrets
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Self

from bot import phrases
from bot.channels.base import Capabilities
from bot.channels.registry import CAPABILITIES
from bot.conversation import Conversation
from bot.dialogue import Dialogue
from bot.inbox import reduce_text
from bot.messages import Inbound, InboundKind, Outbound
from bot.text import clean
from bot.turn import (
    Effect,
    ForgetArea,
    ForgetInterests,
    OptIn,
    OptOut,
    Outcome,
    Person,
    SetArea,
    SetLanguage,
    SetTimeZone,
    Turn,
)
from bot.withheld import IsPublished
from content.answers import Answer
from content.pack import SAFETY_PREFIX
from hub.clock import Clock

_NOBODY = "rehearsal"  # in the place of a channel and of an address
_WIDE = CAPABILITIES["telegram"]  # what a channel makes of a message comes after


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Somebody made up, and where the talk with them stands."""

    person: Person
    dialogue: Dialogue = field(default_factory=Dialogue)

    @classmethod
    def begin(cls, language: str | None = None) -> Self:
        """They know already who they are talking to, so a first question shows its answer and
        nothing else."""
        return cls(
            Person(
                tracker_id=secrets.token_hex(13),
                language=language,
                language_is_chosen=language is not None,
                is_noticed=True,
            )
        )


@dataclass(frozen=True)
class Rehearser:
    """`read_published` tells which phones in a text are those of services, as the inbox asks."""

    conversation: Conversation
    clock: Clock
    read_published: Callable[[], Awaitable[IsPublished]] | None = None

    async def say(
        self, rehearsal: Rehearsal, text: str, capabilities: Capabilities
    ) -> tuple[Outcome, Rehearsal]:
        published = await self.read_published() if self.read_published else None
        said = reduce_text(self._inbound(clean(text)), published)
        return await self._take(rehearsal, said, capabilities)

    async def tell(self, found: Answer, language: str) -> list[tuple[str | None, Outbound]]:
        """The messages that a version is told in: the answer (None), then each of its steps. It
        may be one that nobody has verified yet; nobody is told it."""
        if found.topic.startswith(SAFETY_PREFIX):
            return [(None, Outbound(found.text.strip()))]
        talk, rehearsal = self.conversation, Rehearsal.begin(language)
        inbound = self._inbound()
        turn = Turn(
            rehearsal.person, rehearsal.dialogue, inbound, _WIDE, self.clock.now(), language, None
        )
        _ = talk.phrases.for_language(language)
        texts: list[tuple[str | None, str]] = [(None, phrases.answer(_, found, language))]
        texts += [(step.step, phrases.step(_, found, step, language)) for step in found.steps]
        replies = [await talk.answering.verified_reply(turn, found, text, s) for s, text in texts]
        return [
            (step, reply.message) for (step, _text), (reply, _d) in zip(texts, replies, strict=True)
        ]

    def _inbound(self, text: str = "") -> Inbound:
        now, number = self.clock.now(), secrets.token_hex(8)
        return Inbound(_NOBODY, number, _NOBODY, InboundKind.TEXT, now, text=text)

    async def _take(
        self, rehearsal: Rehearsal, inbound: Inbound, capabilities: Capabilities
    ) -> tuple[Outcome, Rehearsal]:
        now = self.clock.now()
        outcome = await self.conversation.take_turn(
            rehearsal.person, rehearsal.dialogue, inbound, capabilities, now
        )
        person = apply_effects(rehearsal.person, outcome.effects)
        if outcome.reason is None:
            person = replace(person, is_noticed=True)
        return outcome, Rehearsal(person, outcome.dialogue)


def apply_effects(person: Person, effects: Iterable[Effect]) -> Person:
    """The person as the next turn finds them; what only rows would hold is left out."""
    for effect in effects:
        person = _apply(person, effect)
    return person


def _apply(person: Person, effect: Effect) -> Person:
    match effect:
        case SetLanguage(language, is_chosen):
            return replace(person, language=language, language_is_chosen=is_chosen)
        case SetArea(code):
            return replace(person, area=code)
        case ForgetArea():
            return replace(person, area=None)
        case SetTimeZone(name):
            return replace(person, time_zone=name)
        case ForgetInterests():
            return replace(person, has_interests=False)
        case OptOut():
            return replace(person, has_updates=False)
        case OptIn(_, interests):
            wants = person.has_interests if interests is None else bool(interests)
            return replace(person, has_updates=True, has_interests=wants)
        case _:
            return person
