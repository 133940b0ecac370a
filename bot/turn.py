"""What one turn of a conversation takes in and gives out. Values only; nothing here acts."""

from dataclasses import dataclass, field
from datetime import date, datetime

from bot.cases import Asked
from bot.channels.base import Capabilities
from bot.commands import Command
from bot.danger import Noticed, SafetyClass
from bot.dialogue import Dialogue
from bot.messages import Inbound, Outbound
from bot.understanding import Scored
from hub.database import new_id
from hub.i18n import FALLBACK


@dataclass(frozen=True, slots=True)
class Person:
    """What the conversation may know of a contact. Holds no address, name or number."""

    tracker_id: str
    language: str | None = None
    language_is_chosen: bool = False
    area: str | None = None
    time_zone: str | None = None
    is_noticed: bool = False
    has_updates: bool = False
    has_interests: bool = False
    held_until: datetime | None = None  # till then somebody of the platform answers, not the bot

    def is_held(self, now: datetime) -> bool:
        return self.held_until is not None and now < self.held_until


@dataclass(frozen=True, slots=True)
class Turn:
    """One message in its circumstances."""

    person: Person
    dialogue: Dialogue
    inbound: Inbound
    capabilities: Capabilities
    now: datetime
    language: str
    noticed: Noticed | None  # danger in the words, before anybody else is asked


# What a turn does to the contact, as data; `bot.turns` applies it in the turn's transaction.


@dataclass(frozen=True, slots=True)
class SetLanguage:
    language: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class SetArea:
    code: str


@dataclass(frozen=True, slots=True)
class ForgetArea:
    pass


@dataclass(frozen=True, slots=True)
class SetTimeZone:
    """None: that of the deployment holds again."""

    name: str | None


@dataclass(frozen=True, slots=True)
class ForgetInterests:
    pass


@dataclass(frozen=True, slots=True)
class OptIn:
    """`interests` are owner sub-groups and () means everything; None leaves them as they are."""

    language: str
    interests: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class OpenCase:
    asked: Asked


@dataclass(frozen=True, slots=True)
class PassOn:
    """Hand this message to whoever holds the person's case."""

    text: str = field(repr=False)
    is_sensitive: bool = False


@dataclass(frozen=True, slots=True)
class LeaveCases:
    """The person goes back to the assistant."""


@dataclass(frozen=True, slots=True)
class Rate:
    topic: str
    helped: bool


@dataclass(frozen=True, slots=True)
class KeepQuestion:
    """A message of this person was not answered; staff may read it, without who it was."""

    reason: str
    message_id: str
    language: str
    topic: str | None = None  # that was told and did not help
    question_id: str = field(default_factory=new_id, compare=False)


@dataclass(frozen=True, slots=True)
class ForgetQuestions:
    """The person disclosed something: nothing of theirs stays among the questions (HUM-29)."""


@dataclass(frozen=True, slots=True)
class AwaitAnswer:
    """The person said yes to being told when there is an answer to that kept question."""

    question_id: str
    language: str
    until: date


@dataclass(frozen=True, slots=True)
class HeardAnswer:
    """What a template announced was told."""

    topic: str


@dataclass(frozen=True, slots=True)
class StopAwaiting:
    """The person wants to be told of nothing that they asked before."""


@dataclass(frozen=True, slots=True)
class OptOut:
    language: str
    event: str  # opt_out, or blocked when the provider said so


@dataclass(frozen=True, slots=True)
class Unblock:
    pass


@dataclass(frozen=True, slots=True)
class Erase:
    pass


@dataclass(frozen=True, slots=True)
class Keep:
    """The person changed their mind before the erasure was due."""


@dataclass(frozen=True, slots=True)
class HoldUpdates:
    """No updates before then, and nothing stored that says why (HUM-23)."""

    until: datetime


# What changes the contact alone, and what changes the rows of cases.
Note = SetLanguage | SetArea | ForgetArea | SetTimeZone | ForgetInterests | HoldUpdates | Keep
OfCases = OpenCase | PassOn | LeaveCases | Rate
OfQuestions = KeepQuestion | ForgetQuestions
OfAwaiting = AwaitAnswer | HeardAnswer | StopAwaiting
Effect = Note | OfCases | OfQuestions | OfAwaiting | OptIn | OptOut | Unblock | Erase


@dataclass(frozen=True, slots=True)
class Told:
    """Which version of which content a reply carried, for the record of who was told what."""

    topic: str
    version: int
    answer_id: str
    language: str = FALLBACK  # of the words, which may not be the reader's


@dataclass(frozen=True, slots=True)
class Reply:
    message: Outbound
    told: tuple[Told, ...] = ()
    must_arrive: bool = False  # a safety answer: better twice than not at all

    def content(self) -> list[dict[str, object]]:
        """What was told, as the outbox keeps it."""
        return [
            {"topic": told.topic, "version": told.version, "answer": told.answer_id}
            for told in self.told
        ]


@dataclass(frozen=True, slots=True)
class Reading:
    """How the message was read; what `chasqui ask --json` prints. No text of the person."""

    kind: str
    topic: str | None = None
    confidence: float | None = None
    alternatives: tuple[Scored, ...] = ()
    safety_class: SafetyClass | None = None
    command: Command | None = None
    slots: dict[str, str] = field(default_factory=dict)
    engine: str | None = None
    topics: tuple[str, ...] = ()  # all that were answered, when one message asked several things
    withheld: tuple[str, ...] = ()  # kinds of identifying data that the message had
    may_be_danger: bool = False  # too little for an alarm, enough for a word that brings help
    may_leave: bool = False  # the wish to hear no more is likely enough to ask about it
    asked_about: Command | None = None  # what the bot asked whether it is wished


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a turn. No replies and a `reason`: the message was ignored, and why."""

    replies: tuple[Reply, ...]
    dialogue: Dialogue
    reading: Reading
    effects: tuple[Effect, ...] = ()
    reason: str | None = None
