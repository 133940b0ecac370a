"""The table of moves, whole: every pair of state and move is either in it or refused."""

from itertools import product

import pytest

from broadcast.errors import MoveRefusedError
from broadcast.states import ENDED, MOVES, RELEASED, Move, State, can, next_state

# PEER-09, written down a second time from the design rather than read from the table.
ALLOWED = {
    Move.EDIT: {"draft", "in_review", "approved", "scheduled"},
    Move.SUBMIT: {"draft"},
    Move.SEND_BACK: {"in_review"},
    Move.WITHDRAW: {"draft", "in_review"},
    Move.APPROVE: {"in_review"},
    Move.UNDO: {"approved", "scheduled"},
    Move.SCHEDULE: {"approved"},
    Move.START: {"scheduled"},
    Move.PAUSE: {"sending"},
    Move.RESUME: {"paused"},
    Move.FINISH: {"sending"},
    Move.STOP: {"approved", "scheduled", "sending", "paused"},
    Move.EXPIRE: {"approved", "scheduled", "sending", "paused"},
    Move.RETRY: {"sent"},
}
TARGETS = {
    Move.EDIT: "draft",
    Move.SUBMIT: "in_review",
    Move.SEND_BACK: "draft",
    Move.WITHDRAW: "withdrawn",
    Move.APPROVE: "approved",
    Move.UNDO: "draft",
    Move.SCHEDULE: "scheduled",
    Move.START: "sending",
    Move.PAUSE: "paused",
    Move.RESUME: "sending",
    Move.FINISH: "sent",
    Move.STOP: "cancelled",
    Move.EXPIRE: "expired",
    Move.RETRY: "sending",
}


@pytest.mark.parametrize(("state", "move"), list(product(State, Move)))
def test_every_pair_is_allowed_or_refused(state: State, move: Move) -> None:
    if state in ALLOWED[move]:
        assert can(state, move)
        assert next_state(state, move) == TARGETS[move]
    else:
        assert not can(state, move)
        with pytest.raises(MoveRefusedError, match=f"cannot {move}"):
            next_state(state, move)


def test_nothing_is_released_without_passing_approval() -> None:
    for (state, move), target in MOVES.items():
        if target in RELEASED and state not in RELEASED:
            assert move is Move.APPROVE


def test_what_ended_stays_ended() -> None:
    """But for one more try of what failed, with the words that were approved."""
    assert {pair for pair in MOVES if pair[0] in ENDED} == {(State.SENT, Move.RETRY)}
