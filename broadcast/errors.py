"""Why something cannot be done with an update: one family, each with a sentence for staff."""

from hub.i18n import noop


class UpdateError(Exception):
    """`staff_text` is marked for translation and says what to do; the message adds ids for logs."""

    staff_text = noop("This cannot be done with the update.")


class UnknownUpdateError(UpdateError):
    staff_text = noop("There is no such update.")


class MoveRefusedError(UpdateError):
    """The table of moves lacks this move from this state."""

    staff_text = noop("The update is no longer in a state in which this can be done.")


class StaleVersionError(UpdateError):
    """What the person saw is not what is stored now."""

    staff_text = noop(
        "Somebody changed the update in the meantime. Read the current version first."
    )


class SecondPersonError(UpdateError):
    """The approver wrote, edited or submitted the update (PEER-10)."""

    staff_text = noop(
        "You wrote, edited or handed over this update, so somebody else has to approve it."
    )


class AlreadyApprovedError(UpdateError):
    """They gave the first of two approvals (HUM-45)."""

    staff_text = noop("You approved it already. A second person has to approve it too.")


class UntriedError(UpdateError):
    """Nobody had this version on a phone, and the approver did not say why that is all right."""

    staff_text = noop(
        "Nobody has read this version on a phone. Try it first, or say why it cannot be tried."
    )


class NotAllowedError(UpdateError):
    """The account lacks the permission, or is disabled."""

    staff_text = noop("Your role does not allow this.")


class UnfitError(UpdateError):
    """The checks found something that has to be mended first."""

    staff_text = noop("The checks found something that has to be mended first.")


class CapReachedError(UpdateError):
    """The sub-group, or the approver, has sent to as many people as they may (HUM-44)."""

    staff_text = noop(
        "With this update more people would be written to than is allowed in a day or a week. "
        "Approve it on another day, choose fewer people, or ask an administrator for more."
    )


class CorruptedError(UpdateError):
    """The stored texts are not those that the version's hash was made of."""

    staff_text = noop(
        "The stored texts do not match this version. Open the update and save it again."
    )
