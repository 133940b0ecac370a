"""People by the thousand, written in bulk, and replies that wait for them."""

from collections.abc import Sequence
from datetime import datetime
from secrets import token_bytes
from typing import Any

from sqlalchemy import insert, select

from bot.messages import Button, Outbound
from bot.models import Address, Contact, OutboxRow
from bot.outbox import new_reply
from hub.database import Database, new_id
from hub.vault import Vault

MESSAGE = Outbound(
    "La oficina de Tumbes atiende en la plaza desde las 8. Lleva agua y tu documento. " * 6,
    (Button("Lugares cerca de mí", "a1b2c3d4"), Button("Hablar con una persona", "e5f6a7b8")),
)


async def add_people(
    database: Database, vault: Vault, channel: str, count: int, now: datetime
) -> None:
    """Contacts who asked for updates, with one address each that opens."""
    contacts = [_contact(now) for _ in range(count)]
    addresses = []
    for number, contact in enumerate(contacts):
        row_id = new_id()
        spelled = f"{900_000_000 + number}" if channel == "telegram" else f"+51{900000000 + number}"
        sealed = vault.seal("addresses", "address", row_id, spelled)
        addresses.append(_address(row_id, contact["id"], channel, sealed, now))
    await _insert(database, contacts, addresses)


async def add_strangers(database: Database, count: int, now: datetime) -> None:
    """As `add_people`, but with addresses that nobody will open: ten times as fast to make."""
    contacts = [_contact(now) for _ in range(count)]
    addresses = [
        _address(new_id(), each["id"], "telegram", token_bytes(48), now) for each in contacts
    ]
    await _insert(database, contacts, addresses)


async def add_replies(database: Database, vault: Vault, now: datetime) -> int:
    """One reply to everybody, in the outbox; returns how many."""
    async with database.read() as session:
        addresses = (await session.scalars(select(Address))).all()
    async with database.write() as session:
        session.add_all(reply_to(vault, address, now) for address in addresses)
    return len(addresses)


def reply_to(vault: Vault, address: Address, now: datetime) -> OutboxRow:
    return new_reply(
        vault,
        contact_id=address.contact_id,
        address_id=address.id,
        channel=address.channel,
        inbound_id=None,
        part=0,
        message=MESSAGE,
        content=[],
        repeat_in_doubt=False,
        now=now,
    )


def _contact(now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "language": "es",
        "language_is_chosen": False,
        "interests": [],
        "created_at": now,
        "last_seen_at": now,
        "noticed_at": now,
    }


def _address(
    row_id: str, contact_id: str, channel: str, sealed: bytes, now: datetime
) -> dict[str, Any]:
    return {
        "id": row_id,
        "contact_id": contact_id,
        "channel": channel,
        "index": token_bytes(32),
        "sealed": sealed,
        "opted_in_at": now,
        "last_inbound_at": now,
    }


async def _insert(
    database: Database, contacts: Sequence[dict[str, Any]], addresses: Sequence[dict[str, Any]]
) -> None:
    async with database.write() as session:
        await session.execute(insert(Contact), contacts)
        await session.execute(insert(Address), addresses)
