"""Says every so often that this process lives and still has in hand what it claimed (PEER-04).

Only where others would take its work up; it may miss three times before they do.
"""

import asyncio

from sqlalchemy.exc import SQLAlchemyError

from hub.app.hub import Hub
from hub.logs import get_log

_log = get_log("leases")
_EVERY_SECONDS = 1.5


async def keep_leases(hub: Hub) -> None:
    """Until cancelled. When the database is out of reach the leases run out, as they must."""
    while True:
        try:
            await renew(hub)
        except (SQLAlchemyError, OSError) as error:
            _log.error("renewal_failed", error=type(error).__name__)
        await asyncio.sleep(_EVERY_SECONDS)


async def renew(hub: Hub) -> None:
    for sender in hub.senders:
        await sender.renew()
    await hub.turns.renew()
