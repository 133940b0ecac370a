"""One person's record from the desk's side: found by the exact address only, exported and erased on
request. There is no list and no search by part of an address.

Functions work within the caller's transaction. No full address leaves here (PEER-14).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.addresses import person_index, suppression_index
from bot.awaiting import forget_awaited_of
from bot.case_models import Case
from bot.cases import CaseState
from bot.models import Address, ConsentEvent, Contact, Suppression
from hub.database import insert_if_new
from hub.staff.audit import record_act
from hub.staff.models import StaffMember
from hub.vault import UnreadableValueError, Vault

# Longer than in the chat: whoever asks at a desk may not be who they say, and there must be time
# to notice.
DESK_ERASE_DELAY = timedelta(hours=24)
_LAST_DIGITS = 2
_FEWEST_DIGITS = 7
_LONGEST_TYPED = 64


@dataclass(frozen=True)
class Way:
    """One address, masked: what it ends in, never the whole."""

    channel: str
    masked: str
    opted_in_at: datetime | None
    blocked_at: datetime | None
    last_inbound_at: datetime | None


@dataclass(frozen=True)
class Record:
    contact: Contact
    ways: Sequence[Way]
    consents: Sequence[ConsentEvent]
    open_cases: int


async def find_contact(
    session: AsyncSession, vault: Vault, channel: str, typed: str, calling_code: str
) -> str | None:
    """The id of whoever has exactly this address, in whatever spelling; None if nobody has."""
    spellings = _spellings(channel, typed, calling_code)
    indexes = [person_index(vault, channel, each) for each in spellings]
    if not indexes:
        return None
    query = select(Address.contact_id).where(Address.channel == channel, Address.index.in_(indexes))
    return await session.scalar(query.limit(1))


def _spellings(channel: str, typed: str, calling_code: str) -> list[str]:
    """As it stands, and with the country's code for who writes a number as it is dialled there."""
    if not typed or len(typed) > _LONGEST_TYPED:
        return []
    if "whatsapp" not in channel:
        return [typed]
    digits = "".join(letter for letter in typed if letter.isascii() and letter.isdecimal())
    if len(digits) < _FEWEST_DIGITS:
        return []
    as_typed = f"00{digits[2:]}" if digits.startswith("00") else f"+{digits}"
    is_whole = "+" in typed.partition(digits[0])[0] or digits.startswith("00")
    if is_whole or not calling_code:
        return [as_typed]
    return [as_typed, f"+{calling_code}{digits.lstrip('0')}"]


async def load_record(session: AsyncSession, vault: Vault, contact_id: str) -> Record | None:
    contact = await session.get(Contact, contact_id)
    if contact is None:
        return None
    addresses = await session.scalars(
        select(Address).where(Address.contact_id == contact_id).order_by(Address.channel)
    )
    consents = await session.scalars(
        select(ConsentEvent).where(ConsentEvent.contact_id == contact_id).order_by(ConsentEvent.seq)
    )
    cases = select(func.count()).where(
        Case.contact_id == contact_id, Case.state != CaseState.CLOSED
    )
    return Record(
        contact=contact,
        ways=[_mask(vault, row) for row in addresses],
        consents=list(consents),
        open_cases=await session.scalar(cases) or 0,
    )


def _mask(vault: Vault, row: Address) -> Way:
    try:
        address = vault.open("addresses", "address", row.id, row.sealed)
    except UnreadableValueError:
        address = ""
    return Way(
        row.channel,
        f"••• {address[-_LAST_DIGITS:]}" if len(address) >= _FEWEST_DIGITS else "•••",
        row.opted_in_at,
        row.blocked_at,
        row.last_inbound_at,
    )


async def ask_erasure(
    session: AsyncSession,
    vault: Vault,
    contact_id: str,
    reason: str,
    member: StaffMember,
    now: datetime,
) -> bool:
    """No updates from now on, and everything deleted after the delay, as if the person had asked in
    the chat; False if there is nobody (any more) or it was asked for already."""
    contact = await session.get(Contact, contact_id, with_for_update=True)
    if contact is None or contact.erase_after is not None:
        return False
    for address in await session.scalars(select(Address).where(Address.contact_id == contact_id)):
        address.opted_in_at = None
        await _suppress(session, vault, address, now)
    await forget_awaited_of(session, contact_id)
    contact.erase_after = now + DESK_ERASE_DELAY
    await session.flush()
    await record_act(session, now, member.id, "contact_erase", "contact", contact_id, why=reason)
    return True


async def cancel_erasure(
    session: AsyncSession, contact_id: str, member: StaffMember, now: datetime
) -> bool:
    """Keep the record after all; updates stay off until the person asks for them."""
    contact = await session.get(Contact, contact_id, with_for_update=True)
    if contact is None or contact.erase_after is None:
        return False
    contact.erase_after = None
    await session.flush()
    await record_act(session, now, member.id, "contact_keep", "contact", contact_id)
    return True


async def _suppress(session: AsyncSession, vault: Vault, address: Address, now: datetime) -> None:
    try:
        plain = vault.open("addresses", "address", address.id, address.sealed)
    except UnreadableValueError:
        return  # nothing could be sent there either
    index = suppression_index(vault, address.channel, plain)
    await insert_if_new(session, Suppression, index=index, at=now)
