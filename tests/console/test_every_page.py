"""Every page of the registry answers over a database that is full of life."""

from sqlalchemy import select

from content.models import Answer
from hub.app.demodata.crowd import Size
from hub.app.demodata.filling import Filling
from hub.clock import ManualClock
from hub.config import Config
from hub.console.pages import PAGES
from hub.database import Database
from hub.vault import Vault
from tests.benchmarks.pages import UNKNOWN, Pages, measure_pages

TINY = Size(contacts=150, messages=400, broadcasts=14, cases=30)
# An update that is not a draft cannot be edited; who is signed in need not; nobody knows the last.
EXPECTED = {
    "/updates/{update_id}/edit": {200, 409},
    # Nothing is said for today of a service that is not in use.
    "/services/{service_id}/today": {200, 404},
    "/sign-in": {303},
    "/{rest:path}": {404},
}


async def test_every_page_answers_over_a_lively_database(
    sqlite: Database, vault: Vault, clock: ManualClock
) -> None:
    # A new name in an address wants a line in `tests.benchmarks.pages`; without, it is nobody's.
    await Filling(sqlite, vault, Config(), clock.now(), lambda _: None).fill(TINY, seed=3)
    pages = Pages(sqlite, vault, clock.now())
    await pages.open()
    addresses = await pages.addresses()
    assert set(addresses) == {route.path for route in PAGES if route.method == "GET"}
    for path, some in addresses.items():
        assert some, f"{path}: nothing to show"
        statuses = {(await pages.ask(address))[0].status_code for address in some}
        expected = {200, 404} if some[0].endswith(f"/{UNKNOWN}") else EXPECTED.get(path, {200})
        assert statuses <= expected, path
    # All of them: what the pack says of sources differs from answer to answer.
    async with sqlite.read() as session:
        answers = list(await session.scalars(select(Answer.id)))
    assert len(answers) > 50
    for each in answers:
        assert (await pages.ask(f"/console/answers/{each}"))[0].status_code == 200
    figures = await measure_pages(pages, 1, "tiny", asked=2)
    assert len(figures) == 2 * len(addresses)
    assert all(value > 0 for figure in figures for value in figure.values)
