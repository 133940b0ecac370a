"""A small world for tests of updates: staff, people who opted in, and an update in any state."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypedDict, Unpack
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.addresses import person_index
from bot.models import Address, Contact
from broadcast.approving import approve
from broadcast.audience import Audience
from broadcast.control import tick
from broadcast.deliveries import Deliveries
from broadcast.models import Delivery, Update
from broadcast.policy import Policy
from broadcast.progress import Progress, read_progress
from broadcast.states import State
from broadcast.templates import Template
from broadcast.versions import Draft, Repetition, find_update
from broadcast.writing import compose, edit, submit
from hub.clock import ManualClock
from hub.database import Database, new_id
from hub.staff.models import Organisation, StaffMember
from hub.staff.roles import Role
from hub.vault import Vault

POLICY = Policy(
    languages=("es", "en", "ht"),
    default_language="es",
    timezone=ZoneInfo("America/Lima"),
    undo=timedelta(seconds=60),
    default_life=timedelta(hours=48),
    closings={
        "es": "Para no recibir más: BAJA.",
        "en": "To stop: STOP.",
        "ht": "Pou sispann: RETE.",
    },
    text_lengths={"telegram": 4096, "whatsapp": 1600},
    session_windows={"whatsapp": timedelta(hours=24)},
)

TEXTS = {
    "es": "Feria de salud el sábado 28 a las 9 en la plaza.",
    "en": "Health fair on Saturday 28 at 9 in the square.",
}

# One person may have several roles here, so that only the history forbids what the tests try.
ROLES = {
    "author": (Role.AUTHOR, Role.APPROVER),
    "colleague": (Role.AUTHOR, Role.APPROVER),
    "approver": (Role.APPROVER,),
    "second_approver": (Role.APPROVER,),
    "reader": (Role.READER,),
}


class Changes(TypedDict, total=False):
    """Fields of a draft that a test wants otherwise."""

    title: str
    texts: Mapping[str, str]
    audience: Audience
    send_at: datetime | None
    not_after: datetime
    urgency: str | None
    is_life_safety: bool
    repetition: Repetition | None
    answer_id: str | None
    owner: str | None
    templates: Mapping[str, Template]


@dataclass
class Scene:
    """`staff` maps the names in `ROLES` to staff ids."""

    database: Database
    vault: Vault
    clock: ManualClock
    staff: dict[str, str] = field(default_factory=dict)
    policy: Policy = POLICY

    async def hire(self) -> None:
        async with self.database.write() as session:
            organisation = Organisation(id=new_id(), name="Organisation A")
            session.add(organisation)
            await session.flush()
            for name, roles in ROLES.items():
                self.staff[name] = await self._hire(session, organisation.id, name, roles)

    async def add_person(
        self,
        channels: Iterable[str] = ("telegram",),
        *,
        language: str | None = "es",
        area: str | None = None,
        interests: Iterable[str] = (),
        opted_in: bool = True,
        number: int | None = None,
        time_zone: str | None = None,
    ) -> str:
        """A contact with one address a channel; the last channel was used last."""
        now, contact_id = self.clock.now(), new_id()
        async with self.database.write() as session:
            session.add(
                Contact(
                    id=contact_id,
                    language=language,
                    area=area,
                    interests=list(interests),
                    time_zone=time_zone,
                    created_at=now,
                    last_seen_at=now,
                )
            )
            await session.flush()
            for minutes, channel in enumerate(channels):
                spelled = f"+51{number or int(contact_id[:7], 16):09d}"
                address = self.address(contact_id, channel, spelled)
                address.opted_in_at = now if opted_in else None
                address.last_inbound_at = now + timedelta(minutes=minutes - 30)
                session.add(address)
        return contact_id

    def address(self, contact_id: str, channel: str, spelled: str) -> Address:
        address_id = new_id()
        return Address(
            id=address_id,
            contact_id=contact_id,
            channel=channel,
            index=person_index(self.vault, channel, spelled),
            sealed=self.vault.seal("addresses", "address", address_id, spelled),
        )

    def draft(self, **changes: Unpack[Changes]) -> Draft:
        now = self.clock.now()
        plain = Draft("Feria de salud", TEXTS, Audience(), None, now + timedelta(hours=48))
        return replace(plain, **changes)

    async def compose(self, **changes: Unpack[Changes]) -> str:
        async with self.database.write() as session:
            row = await compose(
                session,
                self.draft(**changes),
                self.policy,
                author=self.staff["author"],
                now=self.clock.now(),
            )
            return row.id

    async def edit(self, update_id: str, by: str = "author", **changes: Unpack[Changes]) -> None:
        async with self.database.write() as session:
            row = await find_update(session, update_id)
            await edit(
                session,
                update_id,
                self.draft(**changes),
                self.policy,
                seen_version=row.version,
                editor=self.staff[by],
                now=self.clock.now(),
            )

    async def submit(self, update_id: str, by: str = "author") -> None:
        async with self.database.write() as session:
            row = await find_update(session, update_id)
            await submit(
                session,
                update_id,
                self.policy,
                seen_version=row.version,
                submitter=self.staff[by],
                now=self.clock.now(),
            )

    async def approve(
        self,
        update_id: str,
        by: str = "approver",
        seen_hash: str | None = None,
        untried: str = "No phone at hand",
    ) -> None:
        async with self.database.write() as session:
            row = await find_update(session, update_id)
            await approve(
                session,
                update_id,
                self.policy,
                seen_hash=seen_hash or row.content_hash,
                approver=self.staff[by],
                now=self.clock.now(),
                untried=untried,
            )

    async def approved(self, **changes: Unpack[Changes]) -> str:
        update_id = await self.compose(**changes)
        await self.submit(update_id)
        await self.approve(update_id)
        if changes.get("is_life_safety"):
            await self.approve(update_id, by="second_approver")
        return update_id

    async def sending(self, **changes: Unpack[Changes]) -> str:
        """An update whose deliveries wait for the sender."""
        update_id = await self.approved(**changes)
        await self.tick()
        self.clock.advance(self.policy.undo)
        await self.tick()
        assert await self.state(update_id) is State.SENDING
        return update_id

    async def tick(self) -> bool:
        return await tick(self.database, self.policy, self.clock)

    def deliveries(self) -> Deliveries:
        return Deliveries(self.database, self.vault, self.policy)

    async def read(self, update_id: str) -> Update:
        async with self.database.read() as session:
            return await find_update(session, update_id)

    async def state(self, update_id: str) -> State:
        return State((await self.read(update_id)).state)

    async def ledger(self, update_id: str) -> dict[str, Delivery]:
        """Deliveries by contact."""
        query = select(Delivery).where(Delivery.update_id == update_id)
        async with self.database.read() as session:
            return {row.contact_id or row.id: row for row in await session.scalars(query)}

    async def progress(self, update_id: str) -> Progress:
        async with self.database.read() as session:
            return await read_progress(session, update_id)

    async def _hire(
        self, session: AsyncSession, organisation_id: str, name: str, roles: Iterable[Role]
    ) -> str:
        member = StaffMember(
            id=new_id(),
            username=name,
            display_name=name.title(),
            organisation_id=organisation_id,
            roles=[role.value for role in roles],
            password_hash="!",
            created_at=self.clock.now(),
        )
        session.add(member)
        await session.flush()
        return member.id
