"""What saves lives before the morning: staff see that it takes two approvers, and how far it is."""

from html import unescape

from broadcast.models import Update
from broadcast.states import State
from hub.staff.roles import Role
from tests.console.conftest import Client, ConsoleHarness
from tests.console.test_updates import FORM
from tests.console.updates import UNTRIED, add_readers

WHY = "Huaico en camino: hay que salir esta noche."


async def read(console: ConsoleHarness, update_id: str) -> Update:
    async with console.database.read() as session:
        return await session.get_one(Update, update_id)


async def page_of(client: Client, path: str) -> str:
    return unescape((await client.get(path)).text)


async def write(client: Client) -> str:
    answer = await client.act(
        "/updates/new/save", **FORM, urgency=WHY, life_safety="yes", then="look"
    )
    return answer.headers["location"].removeprefix("/console/updates/")


async def test_two_people_approve_it_and_everybody_sees_how_far_it_is(
    console: ConsoleHarness,
) -> None:
    # HUM-45, PEER-10
    await add_readers(console)
    for name in ("pedro", "rosa"):
        await console.add_staff(name, Role.APPROVER)
    author = await console.sign_in_as(Role.AUTHOR)
    update_id = await write(author)
    here = f"/updates/{update_id}"
    page = await page_of(author, here)
    assert "To save lives" in page
    assert "Then two of them read it, and both have to approve it" in page
    await author.act(f"{here}/submit", version="1")
    pedro, rosa = await console.sign_in("pedro"), await console.sign_in("rosa")
    assert WHY in await page_of(pedro, "/")
    page = await page_of(pedro, here)
    assert "Given so far: 0 of 2." in page
    assert "Give approval 1 of 2, for 3 people" in page
    seen = (await read(console, update_id)).content_hash
    await pedro.act(f"{here}/approve", hash=seen, untried=UNTRIED)
    assert (await read(console, update_id)).state == State.IN_REVIEW
    page = await page_of(pedro, here)
    assert "You approved it. Now somebody else has to approve it too." in page
    assert "Give approval" not in page
    assert (await pedro.act(f"{here}/approve", hash=seen, untried=UNTRIED)).status_code == 403
    for client in (author, rosa):
        assert "Approval 1 of 2" in await page_of(client, here)
    assert "One of two approvals is given." in await page_of(author, here)
    page = await page_of(rosa, here)
    assert "Give approval 2 of 2, for 3 people" in page
    await rosa.act(f"{here}/approve", hash=seen, untried=UNTRIED)
    assert (await read(console, update_id)).state == State.APPROVED
    page = await page_of(author, here)
    assert "Approval 2 of 2" in page
    assert "First of two approvals given" in page


async def test_a_lone_approver_is_told_before_it_is_handed_over(console: ConsoleHarness) -> None:
    # HUM-45
    await add_readers(console)
    await console.add_staff("pedro", Role.APPROVER)
    author = await console.sign_in_as(Role.AUTHOR)
    page = await page_of(author, f"/updates/{await write(author)}")
    assert "Two people have to approve it, and at the moment only one may" in page


async def test_it_needs_a_reason(console: ConsoleHarness) -> None:
    # HUM-45
    await add_readers(console)
    author = await console.sign_in_as(Role.AUTHOR)
    answer = await author.act("/updates/new/save", **FORM, life_safety="yes", then="draft")
    assert answer.status_code == 422
    page = unescape(answer.text)
    assert "Say why it cannot wait for the morning." in page
    assert 'name="life_safety" value="yes" checked' in page


async def test_what_was_chosen_stays_when_it_is_edited(console: ConsoleHarness) -> None:
    await add_readers(console)
    author = await console.sign_in_as(Role.AUTHOR)
    update_id = await write(author)
    assert (await read(console, update_id)).is_life_safety
    page = await page_of(author, f"/updates/{update_id}/edit")
    assert 'name="life_safety" value="yes" checked' in page
