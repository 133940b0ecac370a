"""Test contacts: each member of staff has one, and plays it on the phone beside a page.

Such a contact is one like any other, with an address on a channel that leads nowhere
(`bot.channels.nowhere`), so it is answered, asked and written to as people are. The channel keeps
it out of audiences, figures and questions; this table says whose it is.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from sqlalchemy import ForeignKey, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.addresses import person_index
from bot.channels.nowhere import PREFIX, new_address
from bot.contacts import erase_contacts
from bot.inbox import InboxState, open_inbound
from bot.messages import Inbound, InboundKind, Outbound, SendState
from bot.models import Address, Contact, Id, InboxRow, OutboxRow
from bot.outbox import decode_message
from hub.database import Base, new_id
from hub.staff.models import StaffMember
from hub.vault import UnreadableValueError, Vault

_MOST_LINES = 60
_PIN = "📍"
_UNDER_WAY = (SendState.QUEUED, SendState.SENDING)
_OPEN = (InboxState.RECEIVED, InboxState.PROCESSING)


class OwnContact(Base):
    """Whose test contact a contact is."""

    __tablename__ = "test_contacts"

    staff_id: Mapped[str] = mapped_column(
        ForeignKey("staff_members.id", ondelete="CASCADE"), primary_key=True
    )
    contact_id: Mapped[str] = mapped_column(
        Id, ForeignKey("contacts.id", ondelete="CASCADE"), unique=True
    )
    made_at: Mapped[datetime]
    used_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Own:
    """A member's test contact. `channel` is the one that is played."""

    contact: Contact
    address: Address

    @property
    def channel(self) -> str:
        return self.address.channel.removeprefix(PREFIX)


@dataclass(frozen=True, slots=True)
class Line:
    """What was written on the phone, or arrived there; without `message` it is no longer kept.
    `told` are ids of the answers that it told."""

    by_person: bool
    message: Outbound | None = field(repr=False)
    told: tuple[str, ...] = ()
    has_failed: bool = False


@dataclass(frozen=True, slots=True)
class Talk:
    """What the phone shows, oldest first. `mark` changes with it; `is_waiting` while more comes."""

    lines: tuple[Line, ...]
    is_waiting: bool
    mark: str


async def find_own(session: AsyncSession, staff_id: str) -> Own | None:
    query = (
        select(Contact, Address)
        .join(OwnContact, OwnContact.contact_id == Contact.id)
        .join(Address, Address.contact_id == Contact.id)
        .where(OwnContact.staff_id == staff_id)
    )
    row = (await session.execute(query)).first()
    return Own(*row) if row else None


async def make_own(
    session: AsyncSession,
    vault: Vault,
    staff_id: str,
    channel: str,
    now: datetime,
    *,
    language: str | None = None,
    area: str | None = None,
) -> Own:
    """Somebody who never wrote before, in the place of whoever it was. `channel` is a real one."""
    await erase_own(session, staff_id)
    name, spelled, address_id = f"{PREFIX}{channel}", new_address(), new_id()
    contact = Contact(id=new_id(), created_at=now, last_seen_at=now, interests=[], area=area)
    set_language(contact, language)
    session.add(contact)
    await session.flush()
    address = Address(
        id=address_id,
        contact_id=contact.id,
        channel=name,
        index=person_index(vault, name, spelled),
        sealed=vault.seal("addresses", "address", address_id, spelled),
    )
    session.add(address)
    session.add(OwnContact(staff_id=staff_id, contact_id=contact.id, made_at=now, used_at=now))
    await session.flush()
    return Own(contact, address)


def set_language(contact: Contact, language: str | None) -> None:
    """None: it follows from what is written."""
    contact.language, contact.language_is_chosen = language, language is not None


async def erase_own(session: AsyncSession, staff_id: str) -> None:
    """With all that was said, also what waits for an answer; nothing of it is kept."""
    own = await find_own(session, staff_id)
    if own is not None:
        await _erase(session, [own.address])


async def erase_unused(session: AsyncSession, before: datetime) -> int:
    """Those that nobody has played since; how many they were."""
    query = (
        select(Address)
        .join(OwnContact, OwnContact.contact_id == Address.contact_id)
        .where(OwnContact.used_at < before)
    )
    addresses = (await session.scalars(query)).all()
    if addresses:
        await _erase(session, addresses)
    return len(addresses)


async def _erase(session: AsyncSession, addresses: Sequence[Address]) -> None:
    indexes = [address.index for address in addresses]
    waiting = update(InboxRow).where(
        InboxRow.person_index.in_(indexes), InboxRow.state == InboxState.RECEIVED
    )
    await session.execute(
        waiting.values(
            state=InboxState.IGNORED, reason="erased", payload_sealed=None, person_index=None
        ).execution_options(synchronize_session=False)
    )
    await erase_contacts(session, [address.contact_id for address in addresses])


def spell(vault: Vault, address: Address) -> str:
    return vault.open("addresses", "address", address.id, address.sealed)


async def note_use(session: AsyncSession, staff_id: str, now: datetime) -> None:
    mine = OwnContact.staff_id == staff_id
    await session.execute(update(OwnContact).where(mine).values(used_at=now))


def write_as(
    vault: Vault, own: Own, now: datetime, *, text: str = "", choice: str | None = None
) -> Inbound:
    """What the test contact writes, or the button that it presses, as the inbox takes it."""
    kind = InboundKind.TEXT if choice is None else InboundKind.CHOICE
    number, address = secrets.token_hex(16), spell(vault, own.address)
    return Inbound(own.address.channel, number, address, kind, now, text=text, choice=choice)


async def whose_tests(session: AsyncSession, contact_ids: Iterable[str]) -> dict[str, str]:
    """Those of the contacts that are test contacts, with the name of who plays them."""
    query = (
        select(OwnContact.contact_id, StaffMember.display_name)
        .join(StaffMember, StaffMember.id == OwnContact.staff_id)
        .where(OwnContact.contact_id.in_(set(contact_ids)))
    )
    return {row.contact_id: row.display_name for row in await session.execute(query)}


async def read_talk(session: AsyncSession, vault: Vault, own: Own) -> Talk:
    written = await _read_written(session, own.address.index)
    replies = await _read_replies(session, own.contact.id)
    arrived = [row for row in replies if row.state not in _UNDER_WAY]
    heard = {row.id: _open_reply(vault, row) for row in arrived}
    labels = {
        button.token: button.label
        for message in heard.values()
        if message is not None
        for button in message.buttons
    }
    numbers = {row.id: row.seq for row in written}
    # Of what was written and answered in the same moment, each answer stands behind its question.
    lines: list[tuple[tuple[datetime, int, int, int], Line]] = [
        ((row.received_at, row.seq, 0, 0), _said(vault, row, labels)) for row in written
    ]
    for row in arrived:
        at = (row.created_at, numbers.get(row.inbound_id or "", row.seq), 1, row.seq)
        lines.append((at, _heard(row, heard[row.id])))
    lines.sort(key=lambda line: line[0])
    return Talk(
        tuple(line for _, line in lines[-_MOST_LINES:]),
        is_waiting=len(arrived) < len(replies) or any(row.state in _OPEN for row in written),
        mark=_mark(written, replies),
    )


async def _read_written(session: AsyncSession, index: bytes) -> Sequence[InboxRow]:
    """By state, since messages are looked up by that and the person."""
    query = select(InboxRow).where(
        InboxRow.state.in_(list(InboxState)), InboxRow.person_index == index
    )
    return (await session.scalars(query.order_by(InboxRow.seq.desc()).limit(_MOST_LINES))).all()


async def _read_replies(session: AsyncSession, contact_id: str) -> Sequence[OutboxRow]:
    query = select(OutboxRow).where(OutboxRow.contact_id == contact_id)
    return (await session.scalars(query.order_by(OutboxRow.seq.desc()).limit(_MOST_LINES))).all()


def _open_reply(vault: Vault, row: OutboxRow) -> Outbound | None:
    if row.message_sealed is None:
        return None
    try:
        return decode_message(vault.open("outbox", "message", row.id, row.message_sealed))
    except (UnreadableValueError, ValueError, KeyError, TypeError):
        return None


def _heard(row: OutboxRow, message: Outbound | None) -> Line:
    told = tuple(str(each["answer"]) for each in row.content if each.get("answer"))
    has_failed = row.state in (SendState.FAILED, SendState.CANCELLED)
    return Line(by_person=False, message=message, told=told, has_failed=has_failed)


def _said(vault: Vault, row: InboxRow, labels: dict[str, str]) -> Line:
    try:
        inbound = open_inbound(vault, row)
    except UnreadableValueError:
        return Line(by_person=True, message=None)
    text = inbound.text
    if inbound.kind is InboundKind.CHOICE:
        text = labels.get(inbound.choice or "", "…")
    elif inbound.kind is InboundKind.LOCATION:
        text = _PIN
    return Line(by_person=True, message=Outbound(text))


def _mark(written: Sequence[InboxRow], replies: Sequence[OutboxRow]) -> str:
    rows: Iterable[InboxRow | OutboxRow] = (*written, *replies)
    states = ",".join(f"{row.id}{row.state}" for row in rows)
    return sha256(states.encode()).hexdigest()[:16]
