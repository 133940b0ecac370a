"""The figures page and what the home page tells of it: counts, findings, and no small groups."""

import csv
import io
import re
from collections.abc import Iterable
from datetime import timedelta

import pytest

from bot.tally import Counted, Who, write_counts
from bot.tally_models import Ending
from content.models import AreaRow
from hub.console.figure_views import Bar, Shares, rank
from hub.console.rendering import spell_number
from hub.staff.roles import Role
from tests.console.conftest import Client, ConsoleHarness

TUMBES, LIMA = "24", "15"


async def add_areas(console: ConsoleHarness) -> None:
    async with console.database.write() as session:
        for code, name in ((TUMBES, "Tumbes"), (LIMA, "Lima")):
            session.add(AreaRow(code=code, name=name, level="department", aliases=[]))


def asked(
    console: ConsoleHarness,
    topic: str = "asylum.apply",
    *,
    area: str = TUMBES,
    language: str = "es",
    ending: Ending = Ending.ANSWERED,
    days_ago: int = 0,
    alarm: str | None = None,
) -> Counted:
    day = (console.clock.now() - timedelta(days=days_ago)).date().isoformat()
    topics = ("", topic) if ending is Ending.ANSWERED else ("",)
    return Counted(day, Who("whatsapp", language, area), ending, 2, topics, alarm)


async def count(console: ConsoleHarness, turns: Iterable[Counted]) -> None:
    async with console.database.write() as session:
        await write_counts(session, list(turns))


async def look(client: Client, path: str = "/figures") -> str:
    """The words of the page, without tags and surplus space."""
    answer = await client.get(path)
    assert answer.status_code == 200
    main = re.search("<main.*</main>", answer.text, re.DOTALL)
    assert main is not None
    return " ".join(re.sub("<[^>]+>", " ", main[0]).split())


async def test_before_anybody_wrote_the_page_says_so(console: ConsoleHarness) -> None:
    page = await look(await console.sign_in_as(Role.READER))
    assert "Nobody wrote in this time." in page
    assert "No words of danger were noticed." in page


async def test_the_page_says_in_sentences_what_its_charts_show(console: ConsoleHarness) -> None:
    await add_areas(console)
    await count(console, [asked(console) for _ in range(30)])
    await count(console, [asked(console, ending=Ending.UNKNOWN) for _ in range(6)])
    await count(console, [asked(console, ending=Ending.OPTIONS) for _ in range(4)])
    await count(console, [asked(console, days_ago=31) for _ in range(20)])
    page = await look(await console.sign_in_as(Role.READER))
    assert "In 30 days people wrote 40 messages. The bot gave 80 replies." in page
    assert "That is 100 percent more messages than in the 30 days before." in page
    assert (
        "Of every 100 questions, 75 got an answer, 10 a choice of topics, and 15 were not"
        " understood." in page
    )
    assert "Asked about most: “asylum.apply”, by 30 people." in page
    assert "More people wrote from Tumbes than from anywhere else: 40." in page


async def test_topics_and_places_of_few_people_are_not_shown_together(
    console: ConsoleHarness,
) -> None:
    # HUM-14
    await add_areas(console)
    await count(console, [asked(console, area=LIMA) for _ in range(19)])
    await count(console, [asked(console, "health.hiv") for _ in range(9)])
    client = await console.sign_in_as(Role.READER)
    everywhere = await look(client)
    assert "health.hiv 9" in everywhere
    assert "Tumbes 9" not in everywhere
    assert "Lima asylum.apply 10" in everywhere
    tumbes = await look(client, f"/figures?area={TUMBES}")
    assert "Fewer than 10 people were counted from Tumbes" in tumbes
    assert "health.hiv" not in tumbes
    assert "health.hiv" not in await look(client, "/figures?language=fr")


async def test_an_area_is_never_crossed_with_a_language(console: ConsoleHarness) -> None:
    # HUM-14
    await add_areas(console)
    await count(console, [asked(console, language="ht") for _ in range(10)])
    page = await look(
        await console.sign_in_as(Role.READER),
        f"/figures?area={TUMBES}&language=ht&channel=whatsapp",
    )
    assert "An area is told by itself." in page
    assert "at least 10 people wrote from Tumbes" in page


async def test_one_language_is_told_apart_and_messages_by_channel(console: ConsoleHarness) -> None:
    await count(console, [asked(console, language="ht") for _ in range(12)])
    await count(console, [asked(console) for _ in range(5)])
    client = await console.sign_in_as(Role.READER)
    assert "In 7 days people wrote 12 messages." in await look(
        client, "/figures?language=ht&days=7"
    )
    assert "people wrote 17 messages" in await look(client, "/figures?channel=whatsapp")
    assert "Nobody wrote in this time." in await look(client, "/figures?channel=telegram")


async def test_kinds_of_danger_are_told_from_ten_people_on(console: ConsoleHarness) -> None:
    # HUM-14, HUM-29
    await count(console, [asked(console, alarm="self_harm") for _ in range(11)])
    await count(console, [asked(console, alarm="aid_worker_abuse") for _ in range(3)])
    page = await look(await console.sign_in_as(Role.READER))
    assert "Words of danger were noticed 14 times." in page
    assert "Harming oneself 10" in page
    assert "Abuse by somebody who gives aid" not in page


async def test_the_file_holds_whole_tens_only(console: ConsoleHarness) -> None:
    # HUM-14
    await add_areas(console)
    await count(console, [asked(console, area=LIMA) for _ in range(37)])
    await count(console, [asked(console) for _ in range(9)])
    client = await console.sign_in_as(Role.READER)
    answer = await client.get("/figures.csv?by=area&days=7")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert {(row["name"], row["topic"], row["people_in_tens"]) for row in rows} == {
        ("Lima", "all", "30"),
        ("Lima", "asylum.apply", "30"),
    }
    languages = (await client.get("/figures.csv?by=language")).text
    assert "es,Español,asylum.apply,40" in languages


@pytest.mark.parametrize("asked_for", ["days=8", "days=x", "area=99", "language=xx", "channel=fax"])
async def test_what_is_unknown_is_left_out(console: ConsoleHarness, asked_for: str) -> None:
    await count(console, [asked(console)])
    assert "In 30 days people wrote 1 message." in await look(
        await console.sign_in_as(Role.READER), f"/figures?{asked_for}"
    )


async def test_home_tells_what_is_going_on(console: ConsoleHarness) -> None:
    await count(console, [asked(console) for _ in range(4)])
    page = await look(await console.sign_in_as(Role.READER), "/")
    assert "What is going on In 7 days people wrote 4 messages." in page
    assert "Asked most: asylum.apply (4)" in page


async def test_figures_are_for_those_who_may_read_them(console: ConsoleHarness) -> None:
    # SEC-26
    await count(console, [asked(console)])
    client = await console.sign_in_as(Role.COMPLAINTS)
    assert "What is going on" not in await look(client, "/")
    assert (await client.get("/figures")).status_code == 403
    assert (await client.get("/figures.csv")).status_code == 403


def test_shares_of_nothing_are_nothing_and_bars_reach_the_largest() -> None:
    assert Shares(0, 0, 0).of_hundred(0) == 0
    assert rank({"a": 200, "b": 50}, {"a": "Alto"}) == [
        Bar("Alto", 200, 100.0, "a"),
        Bar("b", 50, 25.0, "b"),
    ]
    assert rank({}, {}) == []


def test_thousands_are_set_apart_without_point_or_comma() -> None:
    assert [spell_number(each) for each in (999, 1000, 1234567)] == [
        "999",
        "1\u202f000",
        "1\u202f234\u202f567",
    ]
