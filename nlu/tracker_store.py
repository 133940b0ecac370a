"""Rasa's tracker store with the life of one request: the hub holds the dialogue state, and
nobody's stays here.

Rasa makes the store and the channel apart from each other, so they meet in `TURNS`. Nothing is
written to disk.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

from dialogue_state import DialogueState, read_state, state_after

LONGEST_TURN = 60.0


class Turn(NamedTuple):
    """One message being handled: what it began with, and the tracker once Rasa saved it."""

    stored: Any
    begun_at: float
    tracker: DialogueStateTracker | None = None


class FinishedTurn(NamedTuple):
    """The tracker at the end of a turn, and the state for the hub to keep."""

    tracker: DialogueStateTracker
    state: DialogueState


class Turns:
    """The turns under way, by an id that no two requests share. `clock` counts seconds and never
    steps back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._turns: dict[str, Turn] = {}

    def begin(self, turn_id: str, stored: Any) -> None:
        """Lay the hub's state ready, and drop turns that nobody ended in time."""
        self._sweep()
        self._turns[turn_id] = Turn(stored, self._clock())

    def tracker_of(self, turn_id: str, domain: Domain) -> DialogueStateTracker:
        """The saved tracker of a turn, or a new one in the state that the hub sent."""
        turn = self._turns.get(turn_id)
        if turn and turn.tracker:
            return turn.tracker.copy()
        state = read_state(turn.stored if turn else None, domain)
        return DialogueStateTracker.from_events(
            turn_id, state.events(), slots=domain.slots, domain=domain
        )

    def save(self, tracker: DialogueStateTracker) -> None:
        """Keep the tracker of a turn under way; one that was ended or swept stays gone."""
        turn = self._turns.get(tracker.sender_id)
        if turn:
            self._turns[tracker.sender_id] = turn._replace(tracker=tracker)

    def end(self, turn_id: str, domain: Domain) -> FinishedTurn | None:
        """Take a turn out; None if Rasa never saved it."""
        turn = self._turns.pop(turn_id, None)
        if turn is None or turn.tracker is None:
            return None
        before = read_state(turn.stored, domain)
        return FinishedTurn(turn.tracker, state_after(turn.tracker, before))

    def delete(self, turn_id: str) -> None:
        """Forget a turn, finished or not."""
        self._turns.pop(turn_id, None)

    def ids(self) -> Iterable[str]:
        """The ids of the turns under way."""
        return list(self._turns)

    def _sweep(self) -> None:
        oldest = self._clock() - LONGEST_TURN
        for turn_id in [key for key, turn in self._turns.items() if turn.begun_at < oldest]:
            del self._turns[turn_id]


TURNS = Turns()


class TurnTrackerStore(TrackerStore):
    """What Rasa sees of `TURNS`."""

    def __init__(
        self,
        domain: Domain | None,
        event_broker: EventBroker | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(domain, event_broker)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep the tracker until the channel ends the turn."""
        TURNS.save(tracker)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker:
        """The tracker of the turn under way."""
        return TURNS.tracker_of(sender_id, self.domain)

    async def keys(self) -> Iterable[str]:
        """The ids of the turns under way."""
        return TURNS.ids()

    async def delete(self, sender_id: str) -> None:
        """Forget a turn."""
        TURNS.delete(sender_id)
