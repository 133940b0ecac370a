"""Asks people which time it is where they are, so that updates leave them their own night (HUM-45).

Only what somebody says counts: nothing is guessed from a number, a place or a language.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from bot import own_time_phrases as phrases
from bot.commands import Command
from bot.dialogue import Action
from bot.messages import InboundKind, Outbound
from bot.text import words
from bot.time_zones import city_of, find_zones, name_zone
from bot.turn import OptIn, Outcome, Reading, Reply, SetTimeZone, Turn
from hub.i18n import Phrases, Translate

ASK, SET, FORGET = "ask_time_zone", "time_zone", "forget_time_zone"
_MOST_WORDS = 6
_MOST_CITIES = 4  # named as examples where a country has several times


@dataclass(frozen=True)
class OwnTime:
    """`home` is the deployment's zone, which holds for whoever says nothing; `offered` are those
    that people most often choose instead. `quiet` is the night, by anybody's own clock."""

    phrases: Phrases
    home: str
    offered: tuple[str, ...]
    quiet: tuple[time, time] | None
    languages: Mapping[str, str]

    def ask(self, turn: Turn) -> Outcome:
        _ = self._(turn)
        if self.quiet is None:
            return self._say(turn, phrases.no_night(_))
        zone = turn.person.time_zone or self.home
        text = phrases.ask(
            _, self._spell_night(), city_of(zone, turn.language), _clock(zone, turn.now)
        )
        return self._say(turn, text, self._choices(turn.language))

    def act(self, turn: Turn, action: Action) -> Outcome:
        return self.ask(turn) if action.do == ASK else self._set(turn, action.value)

    async def answer(self, turn: Turn) -> Outcome | None:
        """A place in a few words, right after the question; None for whatever else is said."""
        text = turn.inbound.text
        if turn.inbound.kind is not InboundKind.TEXT or not self._was_asked(turn):
            return None
        if "?" in text or len(words(text)) > _MOST_WORDS:
            return None
        zones = find_zones(text, tuple(self.languages))
        if len(zones) == 1:
            return self._set(turn, zones[0])
        if not zones:
            return None
        cities = [city_of(zone, turn.language) for zone in zones[:_MOST_CITIES]]
        return self._say(
            turn,
            phrases.which_city(self._(turn), cities),
            [(city, Action(SET, zone)) for city, zone in zip(cities, zones, strict=False)],
        )

    def offer(self, turn: Turn) -> list[tuple[str, Action]]:
        """The button that leads here; none where updates leave at any hour."""
        return [(phrases.ask_button(self._(turn)), Action(ASK))] if self.quiet is not None else []

    def with_offer(self, turn: Turn, outcome: Outcome) -> Outcome:
        """Who has just asked for updates sees where to tell us their time."""
        has_begun = any(isinstance(effect, OptIn) for effect in outcome.effects)
        choices = self.offer(turn)
        if not has_begun or not choices or outcome.replies[-1].message.buttons:
            return outcome
        *others, last = outcome.replies
        dialogue, buttons = outcome.dialogue.offer(choices)
        message = replace(last.message, buttons=buttons)
        return replace(
            outcome, replies=(*others, replace(last, message=message)), dialogue=dialogue
        )

    def describe(self, turn: Turn) -> str | None:
        """What is kept of it, told to the person."""
        zone = turn.person.time_zone
        return phrases.own_time(self._(turn), name_zone(zone, turn.language)) if zone else None

    def forgetting(self, turn: Turn) -> list[tuple[str, Action]]:
        known = turn.person.time_zone
        return [(phrases.forget_button(self._(turn)), Action(FORGET))] if known else []

    def _set(self, turn: Turn, zone: str) -> Outcome:
        """An empty zone, or that of the deployment, is none of their own."""
        own = None if zone in ("", self.home) else zone
        held = own or self.home
        text = phrases.noted(
            self._(turn),
            city_of(held, turn.language),
            _clock(held, turn.now),
            self._spell_night(),
        )
        return replace(self._say(turn, text), effects=(SetTimeZone(own),))

    def _choices(self, language: str) -> list[tuple[str, Action]]:
        zones = (self.home, *(zone for zone in self.offered if zone != self.home))
        return [(name_zone(zone, language), Action(SET, zone)) for zone in zones]

    def _was_asked(self, turn: Turn) -> bool:
        shown = (turn.dialogue.actions.get(token) for token in turn.dialogue.numbered)
        return any(action is not None and action.do == SET for action in shown)

    def _spell_night(self) -> tuple[str, str]:
        begins, ends = self.quiet or (time(), time())
        return f"{begins:%H:%M}", f"{ends:%H:%M}"

    def _say(
        self, turn: Turn, text: str, choices: list[tuple[str, Action]] | None = None
    ) -> Outcome:
        dialogue, buttons = turn.dialogue.offer(choices) if choices else (turn.dialogue, ())
        reading = Reading("command", command=Command.TIME_ZONE)
        return Outcome((Reply(Outbound(text, buttons)),), dialogue, reading)

    def _(self, turn: Turn) -> Translate:
        return self.phrases.for_language(turn.language)


def _clock(zone: str, now: datetime) -> str:
    return f"{now.astimezone(ZoneInfo(zone)):%H:%M}"
