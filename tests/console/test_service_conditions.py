"""What a desk says of a service for some hours, in the console."""

from datetime import timedelta

import pytest

from content.services import ServiceBook
from hub.staff.roles import Role
from tests.console.conftest import Client, ConsoleHarness
from tests.console.services import import_services
from tests.console.test_services import _verifier, _verify
from tests.content.packs import LIMA


async def _told(console: ConsoleHarness) -> str:
    """A service that people are told; its id."""
    ids = await import_services(console)
    await _verify(await _verifier(console), ids["near"])
    return ids["near"]


async def _desk(console: ConsoleHarness) -> Client:
    await console.add_staff("dora", Role.DESK)
    return await console.sign_in("dora")


async def test_a_desk_says_closed_for_four_hours_and_takes_it_back(
    console: ConsoleHarness,
) -> None:
    # HUM-25, INV-11
    service_id = await _told(console)
    client, path = await _desk(console), f"/services/{service_id}"
    page = (await client.get(path)).text
    assert "Tell people" in page
    assert "No longer so" not in page
    answer = await client.act(f"{path}/condition", condition="closed", hours="4")
    assert answer.status_code == 303
    page = (await client.get(path)).text
    assert "Closed: nobody is attended" in page
    assert "Closed now, according to" in page  # what the bot says
    assert "State of the day said" in page
    assert "Closed: nobody is attended" in (await client.get("/services")).text
    book = ServiceBook(console.database, console.clock, LIMA)
    [view] = await book.find_services("legal", "150132", "es")
    assert view.said is not None
    assert view.said.until == console.clock.now() + timedelta(hours=4)
    assert (await client.act(f"{path}/condition/end")).status_code == 303
    [view] = await book.find_services("legal", "150132", "es")
    assert view.said is None
    assert (await client.act(f"{path}/condition/end")).status_code == 409


async def test_it_ends_by_itself(console: ConsoleHarness) -> None:
    service_id = await _told(console)
    client, path = await _desk(console), f"/services/{service_id}"
    await client.act(f"{path}/condition", condition="full", hours="2")
    console.clock.advance(timedelta(hours=2))
    client = await console.sign_in("dora")
    page = (await client.get(path)).text
    assert "Full now" not in page
    assert "No longer so" not in page


@pytest.mark.parametrize(
    ("fields", "phrase"),
    [
        ({"hours": "4"}, "Choose what is so today"),
        ({"condition": "haunted", "hours": "4"}, "Choose what is so today"),
        ({"condition": "closed"}, "Choose for how long"),
        ({"condition": "closed", "hours": "9999"}, "Choose for how long"),
        ({"condition": "closed", "hours": "-4"}, "Choose for how long"),
    ],
)
async def test_what_is_not_offered_is_refused(
    console: ConsoleHarness, fields: dict[str, str], phrase: str
) -> None:
    service_id = await _told(console)
    client = await _desk(console)
    answer = await client.act(f"/services/{service_id}/condition", **fields)
    assert answer.status_code == 422
    assert phrase in answer.text


async def test_only_of_what_people_are_told_and_only_by_a_desk(console: ConsoleHarness) -> None:
    # SEC-26
    service_id = await _told(console)
    ids = await import_services(console)
    client = await _desk(console)
    fields = {"condition": "closed", "hours": "4"}
    assert "Tell people" not in (await client.get(f"/services/{ids['border']}")).text
    answer = await client.act(f"/services/{ids['border']}/condition", **fields)
    assert answer.status_code == 409
    reader = await console.sign_in_as(Role.READER)
    assert "Tell people" not in (await reader.get(f"/services/{service_id}")).text
    answer = await reader.act(f"/services/{service_id}/condition", **fields)
    assert answer.status_code == 403
