"""Tells at which revision the content is: every question asks, so that no process goes on telling
what another has withdrawn.

Questions of the same moment share one look. It begins after each of them came, so none is told a
revision older than itself.
"""

from collections.abc import Sequence

from sqlalchemy import select

from content.models import ContentRevision
from hub.database import Database
from hub.gathering import Gatherer

_REVISION = select(ContentRevision.number)


class Revisions:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._reading = Gatherer(self._read_together)

    async def read(self) -> int | None:
        """None while there is no content. Whatever is read afterwards is at least as new."""
        return await self._reading.do(None)

    async def _read_together(self, asked: Sequence[None]) -> list[int | None]:
        revision = await self._database.read_whole(lambda connection: connection.scalar(_REVISION))
        return [revision] * len(asked)
