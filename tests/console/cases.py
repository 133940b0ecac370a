"""Cases to show in the console, opened as the chat opens them."""

from datetime import timedelta

from sqlalchemy import select

from bot.addresses import person_index
from bot.case_models import Case
from bot.cases import Asked, CaseKind, MessageKind, add_message, open_case
from bot.models import Address, Contact, OutboxRow
from bot.outbox import decode_message
from hub.database import new_id
from tests.console.conftest import ConsoleHarness

WORDS = "me quitaron los papeles y no sé a quién acudir"
NUMBER = "51987654321"


async def add_case(
    console: ConsoleHarness,
    kind: CaseKind = CaseKind.HANDOVER,
    *,
    reason: str | None = "health",
    is_sensitive: bool = False,
    wants_reply: bool = True,
    channel: str = "whatsapp",
    said: str = WORDS,
    wrote_ago: timedelta = timedelta(minutes=5),
) -> str:
    """A case with words, of a person who wrote `wrote_ago`; returns its id."""
    now = console.clock.now()
    asked = Asked(kind, reason, None, "es", wants_reply, is_sensitive)
    async with console.database.write() as session:
        contact = Contact(id=new_id(), language="es", created_at=now, last_seen_at=now)
        session.add(contact)
        await session.flush()
        address = _address(console, contact.id, channel)
        address.last_inbound_at = now - wrote_ago
        session.add(address)
        await session.flush()
        case_id = await open_case(session, console.vault, contact, address, asked, now)
        add_message(session, console.vault, case_id, MessageKind.SAID, said, now)
    return case_id


def _address(console: ConsoleHarness, contact_id: str, channel: str) -> Address:
    address_id = new_id()
    number = f"{NUMBER}{address_id}"
    return Address(
        id=address_id,
        contact_id=contact_id,
        channel=channel,
        index=person_index(console.vault, channel, number),
        sealed=console.vault.seal("addresses", "address", address_id, number),
    )


async def read_case(console: ConsoleHarness, case_id: str) -> Case:
    async with console.database.read() as session:
        return await session.get_one(Case, case_id)


async def sent_words(console: ConsoleHarness) -> list[str]:
    """What waits in the outbox, in order."""
    async with console.database.read() as session:
        rows = list(await session.scalars(select(OutboxRow).order_by(OutboxRow.seq)))
    return [
        decode_message(
            console.vault.open("outbox", "message", row.id, row.message_sealed or b"")
        ).text
        for row in rows
    ]
