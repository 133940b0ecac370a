"""Makes a database ready to be shown: a pack approved by itself, staff that need no secret.

The only place where content is told that nobody verified; each answer says so.
"""

from sqlalchemy import exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from content.commands import find_pack, import_content
from content.models import Answer
from content.review import approve_demonstration
from content.states import State
from hub.clock import Clock
from hub.database import Database
from hub.staff.accounts import is_person
from hub.staff.demonstration import DEMONSTRATION_STAFF, ensure_demonstration_staff
from hub.staff.models import StaffMember
from hub.vault import Vault

_ACTOR = "demonstration"


class DemonstrationError(Exception):
    """A database with unverified demonstration content must not answer real people."""


async def refuse_demonstration(database: Database) -> None:
    """Raise `DemonstrationError` if a demonstration was ever prepared here."""
    async with database.read() as session:
        if await _is_demonstration(session):
            raise DemonstrationError(
                "this database holds the demonstration's content, which nobody verified: "
                "run `chasqui demo`, or set CHASQUI_DATABASE_URL to another database"
            )


async def refuse_production(database: Database) -> None:
    """Raise `DemonstrationError` before a demonstration would spoil what real staff verified.

    In a demonstration people verify answers and invite colleagues too: it goes on with them.
    """
    staff = exists().where(is_person())
    verified = exists().where(Answer.state == State.APPROVED)
    async with database.read() as session:
        if await _is_demonstration(session):
            return
        if await session.scalar(select(or_(staff, verified))):
            raise DemonstrationError(
                "this database has staff or verified answers of its own; a demonstration needs "
                "another one (set CHASQUI_DATABASE_URL)"
            )


async def _is_demonstration(session: AsyncSession) -> bool:
    """By what a demonstration approved itself or, once all of that was replaced, by its staff."""
    names = [details.username for details in DEMONSTRATION_STAFF]
    present = select(func.count()).where(StaffMember.username.in_(names))
    if await session.scalar(select(exists().where(Answer.is_demonstration))):
        return True
    # One fewer, where it was prepared before the second approver came.
    return (await session.scalar(present) or 0) >= len(names) - 1


async def prepare_demonstration(database: Database, vault: Vault, clock: Clock, pack: str) -> None:
    """Idempotent: a second call imports and approves nothing anew."""
    await refuse_production(database)
    await import_content(database, find_pack(pack), clock, _ACTOR)
    async with database.write() as session:
        await approve_demonstration(session, _ACTOR, clock.now())
        await ensure_demonstration_staff(session, vault, clock.now())
