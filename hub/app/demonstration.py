"""Makes a database ready to be shown: a pack approved by itself, staff that need no secret.

The only place where content is told that nobody verified; each answer says so.
"""

from sqlalchemy import exists, select

from content.commands import find_pack, import_content
from content.models import Answer
from content.review import approve_demonstration
from hub.clock import Clock
from hub.database import Database
from hub.staff.demonstration import ensure_demonstration_staff
from hub.vault import Vault

_ACTOR = "demonstration"


class DemonstrationError(Exception):
    """A database with unverified demonstration content must not answer real people."""


async def refuse_demonstration(database: Database) -> None:
    """Raise `DemonstrationError` if anything here was approved by the demonstration itself."""
    approved = exists().where(Answer.is_demonstration)
    async with database.read() as session:
        if await session.scalar(select(approved)):
            raise DemonstrationError(
                "this database holds the demonstration's content, which nobody verified: "
                "run `chasqui demo`, or set CHASQUI_DATABASE_URL to another database"
            )


async def prepare_demonstration(database: Database, vault: Vault, clock: Clock, pack: str) -> None:
    """Idempotent: a second call imports and approves nothing anew."""
    await import_content(database, find_pack(pack), clock, _ACTOR)
    async with database.write() as session:
        await approve_demonstration(session, _ACTOR, clock.now())
        await ensure_demonstration_staff(session, vault, clock.now())
