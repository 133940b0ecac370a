"""The states of reviewed content and the only moves between them, as one table (PEER-09)."""

from enum import StrEnum


class State(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Move(StrEnum):
    EDIT = "edit"
    SUBMIT = "submit"
    SEND_BACK = "send_back"
    VERIFY = "verify"
    EXPIRE = "expire"
    SUPERSEDE = "supersede"  # a newer version of the same thing was approved
    WITHDRAW = "withdraw"


# Approved, expired and withdrawn versions are never edited: their words may have been told, so an
# edit makes a new version. Any edit in review voids what the reviewer saw, hence back to draft.
MOVES: dict[tuple[State, Move], State] = {
    (State.DRAFT, Move.EDIT): State.DRAFT,
    (State.IN_REVIEW, Move.EDIT): State.DRAFT,
    (State.DRAFT, Move.SUBMIT): State.IN_REVIEW,
    (State.IN_REVIEW, Move.SEND_BACK): State.DRAFT,
    (State.IN_REVIEW, Move.VERIFY): State.APPROVED,
    (State.APPROVED, Move.EXPIRE): State.EXPIRED,
    (State.APPROVED, Move.SUPERSEDE): State.EXPIRED,
    (State.DRAFT, Move.WITHDRAW): State.WITHDRAWN,
    (State.IN_REVIEW, Move.WITHDRAW): State.WITHDRAWN,
    (State.APPROVED, Move.WITHDRAW): State.WITHDRAWN,
    (State.EXPIRED, Move.WITHDRAW): State.WITHDRAWN,
}


class MoveRefusedError(Exception):
    """This move is not allowed from this state, or not to this person; the message says why."""


def next_state(state: State, move: Move) -> State:
    """The state after `move`; raise `MoveRefusedError` for a pair that the table lacks."""
    try:
        return MOVES[state, move]
    except KeyError:
        raise MoveRefusedError(f"cannot {move} what is {state}") from None
