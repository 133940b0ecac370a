"""The states of an update and the only moves between them, as one table (PEER-09)."""

from enum import StrEnum

from broadcast.errors import MoveRefusedError


class State(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    SCHEDULED = "scheduled"  # the undo pause is running; nothing has left yet
    SENDING = "sending"
    PAUSED = "paused"
    SENT = "sent"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Move(StrEnum):
    EDIT = "edit"
    SUBMIT = "submit"
    SEND_BACK = "send_back"
    WITHDRAW = "withdraw"
    APPROVE = "approve"
    UNDO = "undo"
    SCHEDULE = "schedule"
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    FINISH = "finish"
    STOP = "stop"
    EXPIRE = "expire"
    RETRY = "retry"


# An edit of what was approved and has not started voids the approval, hence back to draft. From the
# first delivery on, the words stand: a mistake is stopped and corrected by another update.
MOVES: dict[tuple[State, Move], State] = {
    (State.DRAFT, Move.EDIT): State.DRAFT,
    (State.IN_REVIEW, Move.EDIT): State.DRAFT,
    (State.APPROVED, Move.EDIT): State.DRAFT,
    (State.SCHEDULED, Move.EDIT): State.DRAFT,
    (State.DRAFT, Move.SUBMIT): State.IN_REVIEW,
    (State.IN_REVIEW, Move.SEND_BACK): State.DRAFT,
    (State.DRAFT, Move.WITHDRAW): State.WITHDRAWN,
    (State.IN_REVIEW, Move.WITHDRAW): State.WITHDRAWN,
    (State.IN_REVIEW, Move.APPROVE): State.APPROVED,
    # The approval is taken back before anything left.
    (State.APPROVED, Move.UNDO): State.DRAFT,
    (State.SCHEDULED, Move.UNDO): State.DRAFT,
    (State.APPROVED, Move.SCHEDULE): State.SCHEDULED,
    (State.SCHEDULED, Move.START): State.SENDING,
    (State.SENDING, Move.PAUSE): State.PAUSED,
    (State.PAUSED, Move.RESUME): State.SENDING,
    (State.SENDING, Move.FINISH): State.SENT,
    # Once more for those who failed for a passing reason; the words are those that were approved.
    (State.SENT, Move.RETRY): State.SENDING,
    (State.APPROVED, Move.STOP): State.CANCELLED,
    (State.SCHEDULED, Move.STOP): State.CANCELLED,
    (State.SENDING, Move.STOP): State.CANCELLED,
    (State.PAUSED, Move.STOP): State.CANCELLED,
    (State.APPROVED, Move.EXPIRE): State.EXPIRED,
    (State.SCHEDULED, Move.EXPIRE): State.EXPIRED,
    (State.SENDING, Move.EXPIRE): State.EXPIRED,
    (State.PAUSED, Move.EXPIRE): State.EXPIRED,
}

# What needs an approval of exactly its content; the database holds to it too (`broadcast.guards`).
RELEASED = frozenset({State.APPROVED, State.SCHEDULED, State.SENDING, State.PAUSED, State.SENT})
ENDED = frozenset({State.SENT, State.CANCELLED, State.EXPIRED, State.WITHDRAWN})


def next_state(state: State, move: Move) -> State:
    """The state after `move`; raise `MoveRefusedError` for a pair that the table lacks."""
    try:
        return MOVES[state, move]
    except KeyError:
        raise MoveRefusedError(f"cannot {move} an update that is {state}") from None


def can(state: State, move: Move) -> bool:
    return (state, move) in MOVES
