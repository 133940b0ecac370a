"""People and updates to show in the console, in the state that a test needs."""

from datetime import timedelta

from bot.addresses import person_index
from bot.models import Address, Contact
from broadcast.approving import approve
from broadcast.audience import Audience
from broadcast.control import tick
from broadcast.models import Update
from broadcast.policy import Policy
from broadcast.versions import Draft
from broadcast.writing import compose, submit
from content.voice import read_voice
from hub.config import Config
from hub.database import new_id
from hub.staff.roles import Role
from tests.console.conftest import ConsoleHarness

POLICY = Policy.build(Config(), read_voice(Config()).phrases)
UNTRIED = "No phone at hand"  # what an approver writes who did not wait for a test send
TEXTS = {
    "es": "Feria de salud el sábado 28 a las 9 en la plaza.",
    "en": "Health fair on Saturday 28 at 9 in the square.",
}


async def add_readers(console: ConsoleHarness, number: int = 3, language: str = "es") -> None:
    now = console.clock.now()
    async with console.database.write() as session:
        for place in range(number):
            contact_id, address_id = new_id(), new_id()
            spelled = f"{language}{place}"
            session.add(Contact(id=contact_id, language=language, created_at=now, last_seen_at=now))
            await session.flush()
            session.add(
                Address(
                    id=address_id,
                    contact_id=contact_id,
                    channel="telegram",
                    index=person_index(console.vault, "telegram", spelled),
                    sealed=console.vault.seal("addresses", "address", address_id, spelled),
                    opted_in_at=now,
                    last_inbound_at=now,
                )
            )


async def add_draft(console: ConsoleHarness, title: str = "Feria de salud") -> str:
    """Written by Ana, who is hired for it."""
    if "ana" not in console.ids:
        await console.add_staff("ana", Role.AUTHOR)
    now = console.clock.now()
    draft = Draft(title, TEXTS, Audience(), None, now + timedelta(hours=48))
    async with console.database.write() as session:
        row = await compose(session, draft, POLICY, author=console.ids["ana"], now=now)
        return row.id


async def add_in_review(console: ConsoleHarness) -> str:
    await add_readers(console)
    update_id = await add_draft(console)
    async with console.database.write() as session:
        await submit(
            session,
            update_id,
            POLICY,
            seen_version=1,
            submitter=console.ids["ana"],
            now=console.clock.now(),
        )
    return update_id


async def add_sending(console: ConsoleHarness) -> str:
    """Approved by Pedro, who is hired for it, and started."""
    update_id = await add_in_review(console)
    await console.add_staff("pedro", Role.APPROVER)
    async with console.database.write() as session:
        row = await session.get_one(Update, update_id)
        await approve(
            session,
            update_id,
            POLICY,
            seen_hash=row.content_hash,
            approver=console.ids["pedro"],
            now=console.clock.now(),
            untried=UNTRIED,
        )
    for _ in range(2):
        await tick(console.database, POLICY, console.clock)
        console.clock.advance(POLICY.undo)
    return update_id
