"""The parts of forms in which a browser makes or uses a passkey."""

from dataclasses import dataclass

from hub.console.frame import Visitor
from hub.staff.models import Passkey
from hub.staff.passkeys import creation_options, request_options


@dataclass(frozen=True)
class Offer:
    """For `ui.passkey_button`: the signed challenge, and what the browser's function is given."""

    challenge: str
    options: str


def offer_passkey(visitor: Visitor) -> Offer | None:
    """To sign in or confirm with; None where browsers offer no passkeys."""
    if (site := visitor.passkey_site) is None:
        return None
    challenge = visitor.new_passkey_challenge()
    return Offer(challenge, request_options(site, challenge))


def offer_new_passkey(visitor: Visitor, keys: list[Passkey]) -> Offer | None:
    """To add one to those that there are."""
    if (site := visitor.passkey_site) is None:
        return None
    challenge = visitor.new_passkey_challenge()
    return Offer(challenge, creation_options(site, visitor.staff, keys, challenge))
