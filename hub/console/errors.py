"""What stops a console request: one family, shown as a page in the reader's language."""

from hub.i18n import noop


class ConsoleError(Exception):
    """The request ends here, with this status and two phrases that are translated when shown."""

    status = 400
    title = noop("This did not work")
    advice = noop("Go back, reload the page and try again.")


class NotFoundError(ConsoleError):
    status = 404
    title = noop("There is no such page")
    advice = noop("It may have been moved or withdrawn. The menu shows what there is.")


class NotAllowedError(ConsoleError):
    status = 403
    title = noop("Your role does not allow this")
    advice = noop("Ask an administrator if you need it for your work.")


class PasskeyNeededError(ConsoleError):
    """Their roles need a passkey, and they have none yet (SEC-21)."""

    status = 403
    title = noop("First add a passkey")
    advice = noop("Your role needs one. Open “My account”, then “My keys”, and add it there.")


class ForgedRequestError(ConsoleError):
    """The request did not provably come from a form of ours (SEC-24)."""

    status = 403
    title = noop("This form has expired")
    advice = noop("For your safety nothing was done. Open the page again and repeat the step.")


class TooManyRecordsError(ConsoleError):
    """Whoever reads unusually many people's records is stopped (SEC-30)."""

    status = 403
    title = noop("You read many people's records within an hour")
    advice = noop("Records are closed to you for now. An administrator can open them again.")


class BadFormError(ConsoleError):
    """The body is no form of ours: wrong type, too long, or without its id."""

    status = 400


class TooLargeError(ConsoleError):
    """The file is larger than a sheet may be (SEC-50)."""

    status = 413
    title = noop("This file is too large")
    advice = noop("At most 2 MB. Divide it and send one part after the other.")


class ReusedFormError(ConsoleError):
    """The same form came twice with different content (PEER-20)."""

    status = 409
    title = noop("This form was already sent with other content")
    advice = noop("Nothing was done this time. Open the page again to see how things stand.")


class ConflictError(ConsoleError):
    """What the page showed is no longer how things stand, for example somebody edited meanwhile."""

    status = 409
    title = noop("Somebody changed this in the meantime")
    advice = noop("Nothing was done. Open the page again and read the current version first.")


class AlreadyRequestedError(ConsoleError):
    """Exactly this waits already for a second person (PEER-11)."""

    status = 409
    title = noop("This was already asked for")
    advice = noop("It waits for a second person. You find it under Requests.")


class SecondPersonNeededError(ConsoleError):
    """Somebody would approve what they asked for themselves, or what is for themselves."""

    status = 403
    title = noop("Somebody else has to decide this")
    advice = noop("Nobody approves what they asked for, or what is for themselves.")
