"""What staff read about a turn of the bot: how a message was understood, and what it would do."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bot.commands import Command
from bot.turn import (
    Effect,
    Erase,
    ForgetArea,
    ForgetInterests,
    HoldUpdates,
    LeaveCases,
    OpenCase,
    OptIn,
    OptOut,
    Outcome,
    Rate,
    Reading,
    SetArea,
    SetTimeZone,
)
from bot.withheld import Kind
from hub.console.words import Names, danger_names
from hub.i18n import Translate

_MOST_ALTERNATIVES = 4


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the explanation: what about the turn, and what it was."""

    label: str
    value: str


@dataclass(frozen=True)
class Explainer:
    """Turns a reading into facts. `titles` are those of the topics that are told now."""

    _: Translate
    names: Names
    titles: Mapping[str, str]
    place: Callable[[str], str]  # an area's name by its code

    def explain(self, outcome: Outcome, language: str | None) -> list[Fact]:
        """Only what there is to say; the kind of the reply always."""
        return [Fact(label, value) for label, value in self._lines(outcome, language) if value]

    def _lines(self, outcome: Outcome, language: str | None) -> Iterator[tuple[str, str]]:
        _, reading = self._, outcome.reading
        yield _("What it is"), kind_names(_).get(reading.kind, reading.kind)
        if reading.safety_class:
            yield _("Danger"), danger_names(_)[reading.safety_class]
        topics = reading.topics or _one(reading.topic)
        yield _("Topic"), ", ".join(self._topic(each) for each in topics if "." in each)
        if reading.command:
            yield _("Command"), command_names(_)[reading.command]
        yield _("Looked for"), self._need(reading)
        yield _("Place"), reading.slots.get("place", "")
        yield _("Language"), self.names.languages.get(language or "", "")
        yield _("Understood by"), _engine(_, reading)
        if reading.confidence is not None:
            yield _("How sure"), _percent(reading.confidence)
        yield _("It could also be"), "\n".join(self._alternatives(reading))
        withheld = withheld_names(_)
        kinds = (withheld.get(kind, kind) for kind in reading.withheld)
        yield _("Taken out before anything is kept"), ", ".join(kinds)
        yield _("With a real person"), " ".join(self._effects(outcome.effects))

    def _topic(self, key: str) -> str:
        return f"{self.titles[key]} ({key})" if key in self.titles else key

    def _need(self, reading: Reading) -> str:
        need = reading.slots.get("need", "")
        return self.names.needs.get(need, need)

    def _alternatives(self, reading: Reading) -> Iterator[str]:
        for each in reading.alternatives[:_MOST_ALTERNATIVES]:
            if each.confidence >= 0.01:
                name = self.titles.get(each.topic, each.topic)
                yield f"{name}: {_percent(each.confidence)}"

    def _effects(self, effects: tuple[Effect, ...]) -> Iterator[str]:
        names = _effect_names(self._)
        for effect in effects:
            if isinstance(effect, SetArea):
                words = self._("It remembers the place %(place)s.")
                yield words % {"place": self.place(effect.code)}
            elif type(effect) in names:
                yield names[type(effect)]


def _one(topic: str | None) -> tuple[str, ...]:
    return (topic,) if topic else ()


def _percent(confidence: float) -> str:
    return f"{confidence * 100:.0f}\N{NO-BREAK SPACE}%"


def _engine(_: Translate, reading: Reading) -> str:
    if reading.engine == "rasa":
        return _("Rasa")
    if reading.engine == "fallback":
        return _("The simple matcher: Rasa was not asked or did not answer")
    return _("A fixed rule, before anything is interpreted")


def kind_names(_: Translate) -> dict[str, str]:
    return {
        "answer": _("A verified answer"),
        "options": _("Not sure: it offers topics to choose"),
        "unknown": _("It does not know"),
        "services": _("Places and lines"),
        "smalltalk": _("Small talk"),
        "safety": _("A safety text"),
        "command": _("A word that always works"),
        "handover": _("A way to a person"),
        "proof": _("Whether a text is ours"),
    }


def _effect_names(_: Translate) -> dict[type, str]:
    """The language is a line of its own; what else a turn only notes is not worth one."""
    return {
        OptIn: _("They receive updates from now on."),
        OptOut: _("They receive no more updates."),
        OpenCase: _("Their request goes to the people on duty."),
        LeaveCases: _("They leave the talk with a person."),
        Erase: _("Everything about them is deleted."),
        ForgetArea: _("It forgets the place."),
        SetTimeZone: _("It remembers the time where they are."),
        ForgetInterests: _("It forgets which topics they chose."),
        HoldUpdates: _("They get no updates for some time, for their safety."),
        Rate: _("It counts whether the answer helped."),
    }


def command_names(_: Translate) -> dict[Command, str]:
    return {
        Command.STOP: _("No more updates"),
        Command.START: _("Receive updates"),
        Command.HELP: _("Help"),
        Command.LANGUAGE: _("Change the language"),
        Command.PERSON: _("Reach a person"),
        Command.MY_DATA: _("What is kept"),
        Command.ERASE: _("Delete everything"),
        Command.TIME_ZONE: _("Tell the time where they are"),
    }


def withheld_names(_: Translate) -> dict[str, str]:
    return {
        Kind.DNI: _("Peruvian identity number"),
        Kind.CE: _("Foreigner's card number"),
        Kind.CEDULA_VE: _("Venezuelan identity number"),
        Kind.PASSPORT: _("Passport number"),
        Kind.PHONE: _("Phone number"),
        Kind.EMAIL: _("E-mail address"),
        Kind.CARD: _("Card or account number"),
        Kind.ADDRESS: _("Street address"),
        Kind.NAME: _("Name"),
        Kind.COORDINATES: _("Coordinates"),
    }
