"""The countdown of an update says when nothing will leave at its end (HUM-45)."""

from datetime import timedelta

import pytest

from broadcast.approving import approve
from broadcast.control import tick
from broadcast.models import Update
from hub.staff.roles import Role
from tests.console.conftest import ConsoleHarness
from tests.console.updates import POLICY, UNTRIED, add_in_review

ASLEEP = "People sleep now: it goes on in the morning."


@pytest.mark.parametrize(("hours", "is_said"), [(0, False), (14, True)])
async def test_the_countdown_at_night_says_that_it_goes_on_in_the_morning(
    console: ConsoleHarness, hours: int, is_said: bool
) -> None:
    # HUM-45
    console.clock.advance(timedelta(hours=hours))
    update_id = await add_in_review(console)
    await console.add_staff("pedro", Role.APPROVER)
    now = console.clock.now()
    async with console.database.write() as session:
        seen = (await session.get_one(Update, update_id)).content_hash
        pedro = console.ids["pedro"]
        await approve(
            session, update_id, POLICY, seen_hash=seen, approver=pedro, now=now, untried=UNTRIED
        )
    await tick(console.database, POLICY, console.clock)
    page = (await (await console.sign_in("pedro")).get(f"/updates/{update_id}")).text
    assert "Starts in" in page
    assert (ASLEEP in page) is is_said
