"""The phone on which a member of staff talks with the bot: one each, and nobody else's.

It is a rehearsal that goes on. Whoever is at its other end is made up: they are no contact, so no
audience and no figure counts them. All of it is sealed, and forgotten like any dialogue.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.bubbles import CHANNELS
from bot.messages import Outbound
from bot.outbox import decode_message, encode_message
from bot.rehearsing import Rehearsal
from hub.database import Base
from hub.vault import UnreadableValueError, Vault

_MOST_LINES = 60
_SEALED = ("staff_phones", "state")


class StaffPhone(Base):
    """A phone as it was left. `turn` grows with each, so that of two at once only one counts."""

    __tablename__ = "staff_phones"

    staff_id: Mapped[str] = mapped_column(
        ForeignKey("staff_members.id", ondelete="CASCADE"), primary_key=True
    )
    turn: Mapped[int]
    state_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    changed_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Line:
    """What was written on the phone, or arrived there."""

    by_person: bool
    message: Outbound = field(repr=False)


@dataclass(frozen=True, slots=True)
class Phone:
    """`facts` explain the last turn: pairs of label and value in the member's language."""

    channel: str
    rehearsal: Rehearsal
    lines: tuple[Line, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    turn: int = 0


def new_phone(channel: str = CHANNELS[0]) -> Phone:
    """Of somebody who never wrote before."""
    return Phone(channel, Rehearsal.begin(is_noticed=False))


async def load_phone(session: AsyncSession, vault: Vault, staff_id: str) -> Phone | None:
    """None if there is none, or none that can be read any more."""
    row = await session.get(StaffPhone, staff_id)
    if row is None:
        return None
    try:
        return _load(vault.open(*_SEALED, staff_id, row.state_sealed), row.turn)
    except (UnreadableValueError, ValueError, KeyError, TypeError):
        return None


async def save_phone(
    session: AsyncSession, vault: Vault, staff_id: str, phone: Phone, now: datetime
) -> bool:
    """Keep the phone one turn on; False if another turn came between, which stands."""
    row = await session.get(StaffPhone, staff_id, with_for_update=True)
    if row is not None and row.turn != phone.turn and phone.turn:
        return False
    sealed = vault.seal(*_SEALED, staff_id, _dump(phone))
    if row is None:
        row = StaffPhone(staff_id=staff_id, turn=0, state_sealed=sealed, changed_at=now)
        session.add(row)
    row.turn, row.state_sealed, row.changed_at = row.turn + 1, sealed, now
    await session.flush()
    return True


async def delete_phone(session: AsyncSession, staff_id: str) -> None:
    await session.execute(delete(StaffPhone).where(StaffPhone.staff_id == staff_id))


async def forget_phones(session: AsyncSession, before: datetime) -> int:
    """Drop the phones that nobody has used since; how many they were."""
    old = delete(StaffPhone).where(StaffPhone.changed_at < before).returning(StaffPhone.staff_id)
    return len((await session.execute(old)).all())


def _dump(phone: Phone) -> str:
    return json.dumps(
        {
            "channel": phone.channel,
            "rehearsal": phone.rehearsal.dump(),
            "lines": [[line.by_person, encode_message(line.message)] for line in _newest(phone)],
            "facts": phone.facts,
        }
    )


def _newest(phone: Phone) -> Sequence[Line]:
    return phone.lines[-_MOST_LINES:]


def _load(body: str, turn: int) -> Phone:
    values = json.loads(body)
    lines = (Line(by_person, decode_message(message)) for by_person, message in values["lines"])
    facts = tuple((label, value) for label, value in values["facts"])
    return Phone(values["channel"], Rehearsal.load(values["rehearsal"]), tuple(lines), facts, turn)
