"""Whether a person may still be sent an update at this moment (INV-4, INV-5). Changes nothing.

Read and held within the claim's transaction: an opt-out waits for the claim, or the claim sees it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.engine import Connection

from bot.addresses import suppression_index
from bot.models import Address, Contact, Suppression
from broadcast.policy import Policy
from broadcast.reasons import Reason
from hub.vault import UnreadableValueError, Vault

# Of whom there is something to heed. They are few, and `ix_contacts_apart` holds just them: to look
# each person up among all contacts is two descents and a page from the disk for each message.
_IS_APART = or_(
    Contact.erase_after.is_not(None),
    Contact.quiet_until.is_not(None),
    Contact.time_zone.is_not(None),
)
# Columns and not objects of the session, in statements made once: every message of an update comes
# this way.
HOLD = (
    select(
        Address.id,
        Address.contact_id,
        Address.channel,
        Address.sealed,
        Address.opted_in_at.is_not(None),
        Address.blocked_at.is_not(None),
        Contact.erase_after.is_not(None),
        Address.last_inbound_at,
        Contact.quiet_until,
        Contact.time_zone,
    )
    .outerjoin(Contact, and_(Contact.id == Address.contact_id, _IS_APART))
    .where(Address.id.in_(bindparam("ids", expanding=True)))
    .order_by(Address.id)
    .with_for_update(key_share=True, of=Address)  # see `broadcast.sharing`
)
_SUPPRESSED = select(Suppression.index).where(
    Suppression.index.in_(bindparam("indexes", expanding=True))
)


class Held(NamedTuple):
    """A row of `HOLD`."""

    id: str
    contact_id: str
    channel: str
    sealed: bytes
    is_opted_in: bool
    is_blocked: bool
    is_erasing: bool
    last_inbound_at: datetime | None
    quiet_until: datetime | None
    time_zone: str | None


class Recipient(NamedTuple):
    """Who a delivery goes to; `to` is None for an address that cannot be read."""

    address: Held
    to: str | None
    is_leaving: bool  # asked to be erased, or opted out before being erased

    def __repr__(self) -> str:
        return f"Recipient({self.address.id})"


def hold_recipients(
    connection: Connection, vault: Vault, address_ids: Iterable[str]
) -> dict[str, Recipient]:
    """By the address's id, of those that there are."""
    rows = connection.execute(HOLD, {"ids": list(address_ids)})
    held = [Held._make(row) for row in rows]
    spelled = [_spell(vault, address) for address in held]
    suppressed = _find_suppressed(connection, vault, zip(held, spelled, strict=True))
    return {
        address.id: Recipient(address, to, address.is_erasing or address.id in suppressed)
        for address, to in zip(held, spelled, strict=True)
    }


def reason_against(recipient: Recipient | None, policy: Policy, now: datetime) -> Reason | None:
    """Why nothing may be sent to this person now; None if it may."""
    if recipient is None:
        return Reason.ERASED
    address = recipient.address
    if address.is_blocked:
        return Reason.BLOCKED
    if not address.is_opted_in or recipient.is_leaving:
        return Reason.OPTED_OUT
    if address.quiet_until is not None and address.quiet_until > now:
        return Reason.NOT_NOW
    return None if _is_in_window(address, policy, now) else Reason.OUTSIDE_WINDOW


def _is_in_window(address: Held, policy: Policy, now: datetime) -> bool:
    window = policy.session_windows.get(address.channel)
    if window is None:
        return True
    return address.last_inbound_at is not None and now - address.last_inbound_at <= window


def _spell(vault: Vault, address: Held) -> str | None:
    try:
        return vault.open("addresses", "address", address.id, address.sealed)
    except UnreadableValueError:
        return None


def _find_suppressed(
    connection: Connection, vault: Vault, spelled: Iterable[tuple[Held, str | None]]
) -> set[str]:
    """Addresses whose opt-out outlived an erasure: it holds, come back as they may (HUM-08)."""
    indexes = {
        suppression_index(vault, address.channel, to): address.id
        for address, to in spelled
        if to is not None
    }
    listed = connection.execute(_SUPPRESSED, {"indexes": list(indexes)})
    return {indexes[index] for index in listed.scalars()}
