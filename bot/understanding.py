"""What a message means, from Rasa within a deadline or else from the lexical matcher.

Rasa decides what is asked and which response is due; what is said is decided in `bot.replies`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Literal, Protocol

from hub.logs import get_log

_log = get_log("understanding")


@dataclass(frozen=True, slots=True)
class Scored:
    topic: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Response:
    """The name of something to say, with the slots that it needs."""

    name: str
    slots: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Understanding:
    """`ranking` is best first and includes the winner; names are topics or `dialogue.*` intents.

    `questions` are the topics that parts of the message ask for, in order; `danger` is the
    likeliest safety class with the confidence that there is danger at all; `wishes` is the
    confidence in each wish to the bot itself, by the name of the command that grants it.
    """

    responses: tuple[Response, ...]
    intent: str | None
    confidence: float
    ranking: tuple[Scored, ...]
    slots: dict[str, str]
    engine: Literal["rasa", "fallback"]
    state: dict[str, Any] | None = None
    active_form: str | None = None
    questions: tuple[Scored, ...] = ()
    danger: Scored | None = None
    wishes: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """One turn for the understanding. `intent` and `slots` are set only for hub-made choices."""

    sender: str  # opaque; never an address or a hash of one
    text: str = field(repr=False)
    intent: str | None = None
    slots: dict[str, str] = field(default_factory=dict)
    state: dict[str, Any] | None = field(default=None, repr=False)


class UnderstandingError(Exception):
    """Rasa is down, slow, refused or gave nothing; carries no text of the person."""


class NLUClient(Protocol):
    """Rasa, or the lexical matcher."""

    async def understand(self, question: Question) -> Understanding: ...


@dataclass
class Breaker:
    """After `failures` in a row, skip the call for `seconds`; then let one try."""

    failures: int
    seconds: float
    time: Callable[[], float] = monotonic
    _failed: int = 0
    _open_until: float = 0.0

    def allows(self) -> bool:
        return self.time() >= self._open_until

    def succeeded(self) -> None:
        self._failed = 0

    def failed(self) -> None:
        self._failed += 1
        if self._failed >= self.failures:
            self._open_until = self.time() + self.seconds

    @property
    def is_open(self) -> bool:
        return not self.allows()


class Understander:
    """Asks Rasa if it may, the matcher if it must."""

    def __init__(self, rasa: NLUClient | None, matcher: NLUClient, breaker: Breaker) -> None:
        self._rasa = rasa
        self._matcher = matcher
        self.breaker = breaker

    async def understand(self, question: Question) -> Understanding:
        if self._rasa is not None and self.breaker.allows():
            try:
                found = await self._rasa.understand(question)
            except UnderstandingError as error:
                self.breaker.failed()
                _log.warning("rasa_failed", reason=str(error))
            else:
                self.breaker.succeeded()
                return found
        return await self._matcher.understand(question)
