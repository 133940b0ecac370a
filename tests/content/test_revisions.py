"""The look at the content's revision that questions of one moment share."""

import asyncio

from content.revisions import Revisions
from content.rows import raise_revision
from tests.content.conftest import Desk


async def test_nobody_is_told_a_revision_older_than_their_question(desk: Desk) -> None:
    # INV-13
    revisions = Revisions(desk.database)
    before = await revisions.read()
    assert before is not None
    asked_before = asyncio.create_task(revisions.read())
    async with desk.database.write() as session:
        await raise_revision(session)
    together = await asyncio.gather(*(revisions.read() for _ in range(5)))
    assert together == [before + 1] * 5
    assert await asked_before in (before, before + 1)
