"""PEER-09: the moves are one table; every pair that it lacks is refused."""

from itertools import product

import pytest

from content.states import MOVES, Move, MoveRefusedError, State, next_state

# Written out here a second time on purpose: a change of the table must be meant.
ALLOWED = {
    ("draft", "edit"): "draft",
    ("draft", "submit"): "in_review",
    ("draft", "withdraw"): "withdrawn",
    ("in_review", "edit"): "draft",
    ("in_review", "send_back"): "draft",
    ("in_review", "verify"): "approved",
    ("in_review", "withdraw"): "withdrawn",
    ("approved", "expire"): "expired",
    ("approved", "supersede"): "expired",
    ("approved", "withdraw"): "withdrawn",
    ("expired", "withdraw"): "withdrawn",
}


@pytest.mark.parametrize(("state", "move"), list(product(State, Move)))
def test_every_pair_of_state_and_move(state: State, move: Move) -> None:
    expected = ALLOWED.get((state, move))
    if expected:
        assert next_state(state, move) == expected
    else:
        with pytest.raises(MoveRefusedError, match=f"cannot {move} what is {state}"):
            next_state(state, move)


def test_approved_is_reached_only_by_verifying() -> None:  # INV-6
    into_approved = {move for (_, move), after in MOVES.items() if after is State.APPROVED}
    assert into_approved == {Move.VERIFY}


def test_nothing_leaves_withdrawn() -> None:
    assert not [state for state, _ in MOVES if state is State.WITHDRAWN]
