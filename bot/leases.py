"""What only one process at a time may do: it holds a lease, and another takes it over when it ends.

A process that was stopped and goes on may act once more before it notices, so this is for what does
no harm when it is done twice.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import or_, update

from bot.models import Lease
from hub.clock import Clock
from hub.database import Database, insert_if_new, new_id


@dataclass(frozen=True)
class Leases:
    database: Database
    clock: Clock
    holder: str = field(default_factory=new_id)

    async def hold(self, name: str, life: timedelta) -> bool:
        """Take or renew a lease; whether it is ours."""
        now = self.clock.now()
        until = now + life
        free = or_(Lease.holder == self.holder, Lease.until < now)
        statement = (
            update(Lease)
            .where(Lease.name == name, free)
            .values(holder=self.holder, until=until)
            .returning(Lease.name)
        )
        async with self.database.write() as session:
            if await session.scalar(statement):
                return True
            return await insert_if_new(session, Lease, name=name, holder=self.holder, until=until)
