"""The states of an act that waits for a second person, and the only moves between them."""

from enum import StrEnum


class ActState(StrEnum):
    PENDING = "pending"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class ActMove(StrEnum):
    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


# Whatever ended stays ended: who wants it after all asks again, and gives the reason again.
ACT_MOVES: dict[tuple[ActState, ActMove], ActState] = {
    (ActState.PENDING, ActMove.APPROVE): ActState.DONE,
    (ActState.PENDING, ActMove.REFUSE): ActState.REFUSED,
    (ActState.PENDING, ActMove.WITHDRAW): ActState.WITHDRAWN,
    (ActState.PENDING, ActMove.EXPIRE): ActState.EXPIRED,
}
