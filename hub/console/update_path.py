"""The way of an update as staff walk it: six steps, where one is, and who does what next."""

from dataclasses import dataclass

from broadcast.states import State
from hub.i18n import Translate

WRITING = 0
_AT: dict[State, int] = {
    State.DRAFT: 1,
    State.IN_REVIEW: 2,
    State.APPROVED: 3,
    State.SCHEDULED: 3,
    State.SENDING: 4,
    State.PAUSED: 4,
    State.SENT: 5,
    State.CANCELLED: 5,
    State.EXPIRED: 5,
}


@dataclass(frozen=True)
class Step:
    """`place` is `done`, `here` or `ahead`."""

    label: str
    place: str


def steps_at(state: State | None, _: Translate) -> list[Step]:
    """All steps; none for an update that was given up. Without a state it is being written."""
    labels = [_("Write"), _("Look over"), _("Approval"), _("Countdown"), _("Sending"), _("Result")]
    if state is State.WITHDRAWN:
        return []
    here = WRITING if state is None else _AT[state]
    places = ["done"] * here + ["here"] + ["ahead"] * (len(labels) - here - 1)
    return [Step(label, place) for label, place in zip(labels, places, strict=True)]


def tell_next(
    state: State, _: Translate, *, may_write: bool, decides: bool, half: bool = False
) -> str:
    """One sentence on what happens now, for whoever looks at it. `half`: the first of two
    approvals is given."""
    if state is State.DRAFT and may_write:
        return _("Read it as people will read it. When all is well, hand it over.")
    if state is State.IN_REVIEW and decides:
        return _("It is your turn: read each text, look at whom it reaches, then decide below.")
    if state is State.IN_REVIEW and half:
        return _("One of two approvals is given. Nothing leaves before a second person approves.")
    return {
        State.DRAFT: _("It is still being written."),
        State.IN_REVIEW: _("Somebody who had no hand in it reads it now and decides."),
        State.APPROVED: _("It is approved and waits for its time. It can still be taken back."),
        State.SCHEDULED: _("Last moment to take it back: nothing has left yet."),
        State.SENDING: _("It is on its way. You can leave this page: it goes on by itself."),
        State.PAUSED: _("It is held. Nobody else gets it until somebody lets it go on."),
        State.SENT: _("All done. If something in it was wrong, write a correction."),
        State.CANCELLED: _("It was stopped. Whoever has not got it will not get it."),
        State.EXPIRED: _("Its time ran out. Whoever has not got it will not get it."),
        State.WITHDRAWN: _("It was given up. Nothing was sent."),
    }[state]
