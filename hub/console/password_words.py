"""Why a new password is refused, as staff read it."""

from hub.i18n import Translate
from hub.staff.passwords import LONGEST, SHORTEST, Weakness


def explain_weakness(_: Translate, weakness: Weakness) -> str:
    if weakness is Weakness.TOO_SHORT:
        return _("Take at least %(count)s characters; four or five words are easy to remember.") % {
            "count": SHORTEST
        }
    if weakness is Weakness.TOO_LONG:
        return _("Take at most %(count)s characters.") % {"count": LONGEST}
    if weakness is Weakness.LEAKED:
        return _("This password is on lists of stolen ones, and is tried first. Take another.")
    return _("Too easy to guess: it is made of common words, names or a pattern. Take others.")
