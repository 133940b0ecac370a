"""`chasqui report`: figures on the command line, with nobody among few."""

import asyncio
import os
from datetime import UTC, datetime, timedelta

from bot.tally import Counted, Who, write_counts
from bot.tally_models import Ending
from hub.database import Database
from tests.app.test_command_line import Run, run, with_content  # noqa: F401  # fixtures


async def count(people: int, area: str) -> None:
    """Yesterday, so that it is in the past wherever the platform is."""
    day = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    who = Who("telegram", "es", area)
    database = Database(os.environ["CHASQUI_DATABASE_URL"])
    async with database.write() as session:
        turn = Counted(day, who, Ending.ANSWERED, 1, ("", "asylum.apply"))
        await write_counts(session, [turn] * people)
    await database.close()


def test_areas_are_reported_in_whole_tens(with_content: Run) -> None:  # noqa: F811
    # HUM-14
    nobody = with_content("report", "asked")
    assert (nobody.status, nobody.out) == (0, "nothing that 10 people asked about\n")
    asyncio.run(count(24, "15"))
    asyncio.run(count(9, "24"))
    by_area = with_content("report", "asked", "--days", "7")
    assert by_area.out.splitlines() == ["15\teverybody\t20", "15\tasylum.apply\t20"]
    by_language = with_content("report", "asked", "--by", "language")
    assert by_language.out.splitlines() == ["es\teverybody\t30", "es\tasylum.apply\t30"]
