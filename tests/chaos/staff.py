"""What staff and people do meanwhile, by the same functions as the console and the bot.

Each act is repeated until it is certainly committed: the database may go away in the middle of it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.contacts import apply_effect
from bot.messages import Inbound, InboundKind
from bot.models import Address, Contact
from bot.turn import OptOut
from broadcast.approving import approve
from broadcast.audience import Audience
from broadcast.control import pause, resume, stop
from broadcast.correcting import recall
from broadcast.errors import MoveRefusedError
from broadcast.models import Delivery
from broadcast.templates import Template
from broadcast.versions import Draft, find_update, read_texts, template_of
from broadcast.writing import compose, edit, read_draft, submit
from hub.database import Database
from hub.vault import Vault
from tests.chaos.checks import Words
from tests.chaos.people import Person
from tests.chaos.worker import POLICY

T = TypeVar("T")
_PATIENCE_SECONDS = 600.0  # the machine may be busy with other work
TEXTS = {
    "es": "Feria de salud el sábado 28 a las 9 en la plaza.",
    "en": "Health fair on Saturday 28 at 9 in the square.",
}
CORRECTED = {
    "es": "Corrección: la feria es el domingo 29 a las 10.",
    "en": "Correction: the fair is on Sunday 29 at 10.",
}
TEMPLATES = {
    "es": Template("HX" + "a1" * 16, "Aviso: {{1}}.", {"1": "feria de salud el 28 a las 9"}),
    "en": Template("HX" + "b2" * 16, "Notice: {{1}}.", {"1": "health fair on 28 at 9"}),
}
CORRECTED_TEMPLATES = {
    "es": Template("HX" + "c3" * 16, "Aviso: {{1}}.", {"1": "la feria es el 29 a las 10"}),
    "en": Template("HX" + "d4" * 16, "Notice: {{1}}.", {"1": "the fair is on 29 at 10"}),
}
UNAPPROVED = {"es": "Nadie aprobó esto el 30 a las 7.", "en": "Nobody approved this on 30 at 7."}


@dataclass(frozen=True)
class Staff:
    database: Database
    vault: Vault
    members: Mapping[str, str]
    has_templates: bool

    async def do(self, act: Callable[[AsyncSession, datetime], Awaitable[T]]) -> T:
        """One transaction, again until it is through. Raises what the act itself refuses."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                try:
                    async with self.database.write() as session:
                        return await act(session, datetime.now(UTC))
                except (SQLAlchemyError, OSError):
                    await asyncio.sleep(0.05)

    async def write(self, texts: Mapping[str, str]) -> str:
        """A draft that is handed over, for everybody who wants updates."""

        async def begin(session: AsyncSession, now: datetime) -> str:
            templates = TEMPLATES if self.has_templates else {}
            until = now + POLICY.default_life
            draft = Draft("Feria", texts, Audience(), None, until, templates=templates)
            row = await compose(session, draft, POLICY, author=self.members["author"], now=now)
            return row.id

        update_id = await self.do(begin)
        await self._hand_over(update_id)
        return update_id

    async def approve(self, update_id: str) -> Words:
        """The words that may be sent from now on."""

        async def sign(session: AsyncSession, now: datetime) -> Words:
            row = await find_update(session, update_id)
            approver, seen = self.members["approver"], row.content_hash
            if row.state == "in_review":
                await approve(
                    session,
                    update_id,
                    POLICY,
                    seen_hash=seen,
                    approver=approver,
                    now=now,
                    untried="Made-up people have no phones",
                )
            texts = (await read_texts(session, update_id)).values()
            templates = [found for words in texts if (found := template_of(words))]
            return Words(
                frozenset(words.as_sent for words in texts),
                frozenset(each.text for each in templates),
            )

        return await self.do(sign)

    async def try_to_edit(self, update_id: str) -> bool:
        """Whether words that are under way could be changed."""

        async def change(session: AsyncSession, now: datetime) -> None:
            row = await find_update(session, update_id)
            draft = replace(await read_draft(session, update_id), texts=UNAPPROVED)
            author, version = self.members["author"], row.version
            await edit(
                session, update_id, draft, POLICY, seen_version=version, editor=author, now=now
            )

        try:
            await self.do(change)
        except MoveRefusedError:
            return False
        return True

    async def pause(self, update_id: str) -> int:
        """How many claims there were of it when it was paused."""

        async def hold(session: AsyncSession, now: datetime) -> int:
            await pause(session, update_id, actor=self.members["approver"], now=now)
            return await _count_claims(session, update_id)

        return await self.do(hold)

    async def resume(self, update_id: str) -> int:
        async def go_on(session: AsyncSession, now: datetime) -> int:
            await resume(session, update_id, actor=self.members["approver"], now=now)
            return await _count_claims(session, update_id)

        return await self.do(go_on)

    async def stop(self, update_id: str) -> int:
        async def end(session: AsyncSession, now: datetime) -> int:
            await stop(session, update_id, actor=self.members["approver"], now=now)
            return await _count_claims(session, update_id)

        return await self.do(end)

    async def correct(self, update_id: str) -> tuple[str, int]:
        """The correction, handed over, and how often the wrong one had been claimed by then."""

        async def begin(session: AsyncSession, now: datetime) -> tuple[str, int]:
            author = self.members["author"]
            row = await recall(
                session, update_id, POLICY, title="Corrección", author=author, now=now
            )
            return row.id, await _count_claims(session, update_id)

        async def reword(session: AsyncSession, now: datetime) -> None:
            row = await find_update(session, correction)
            draft = replace(
                await read_draft(session, correction),
                texts=CORRECTED,
                templates=CORRECTED_TEMPLATES if self.has_templates else {},
            )
            author, version = self.members["author"], row.version
            await edit(
                session, correction, draft, POLICY, seen_version=version, editor=author, now=now
            )

        correction, claims = await self.do(begin)
        await self.do(reword)
        await self._hand_over(correction)
        return correction, claims

    async def opt_out(self, person: Person) -> dict[str, int]:
        """How often each update had been claimed for this person when their word was kept: by then
        whoever sends sees it, or waits for it."""

        async def leave(session: AsyncSession, now: datetime) -> dict[str, int]:
            query = select(Address).where(Address.id == person.address_id).with_for_update()
            address = (await session.scalars(query)).one()
            contact = (
                await session.scalars(select(Contact).where(Contact.id == person.contact_id))
            ).one()
            said = Inbound(person.channel, "-", person.spelled, InboundKind.TEXT, now, "BAJA")
            effect = OptOut(person.language or "es", "opt_out")
            await apply_effect(session, self.vault, contact, address, said, effect, now)
            claims = select(Delivery.update_id, Delivery.attempts).where(
                Delivery.contact_id == person.contact_id
            )
            return {each.update_id: each.attempts for each in await session.execute(claims)}

        return await self.do(leave)

    async def _hand_over(self, update_id: str) -> None:
        async def hand(session: AsyncSession, now: datetime) -> None:
            row = await find_update(session, update_id)
            if row.state == "draft":
                submitter, version = self.members["author"], row.version
                await submit(
                    session, update_id, POLICY, seen_version=version, submitter=submitter, now=now
                )

        await self.do(hand)


async def _count_claims(session: AsyncSession, update_id: str) -> int:
    await session.flush()
    query = select(func.sum(Delivery.attempts)).where(Delivery.update_id == update_id)
    return await session.scalar(query) or 0
