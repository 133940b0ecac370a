"""Turns are counted as they end: how many, never who."""

import asyncio
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.dialogue import Dialogue
from bot.figures import (
    Flow,
    Group,
    Span,
    count_alarms,
    count_people,
    read_flow,
    read_groups,
    read_topics,
)
from bot.messages import InboundKind
from bot.tally import Counted, Tally, Who, forget_counts, write_counts
from bot.tally_models import Cut, Ending, ReleasedCount, TurnCount, WaitingCount
from bot.turn import Reading
from content.area_codes import Level
from content.areas import Area, AreaBook
from hub.database import Database
from hub.small_cells import FEWEST
from tests.chat import Chat

DAY = "2026-11-22"
SPAN = Span.ending(date.fromisoformat(DAY), 7)
TUMBES = Area("24", "Tumbes", Level.DEPARTMENT, None)
ZARUMILLA = Area("2403", "Zarumilla", Level.PROVINCE, "24")
AGUAS_VERDES = Area("240302", "Aguas Verdes", Level.DISTRICT, "2403")
TALLY = Tally(AreaBook((TUMBES, ZARUMILLA, AGUAS_VERDES)), ZoneInfo("America/Lima"))
NOON = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
WHO = Who("telegram", "es", "240302")


def asked(topic: str, *, area: str = "24", language: str = "es", day: str = DAY) -> Counted:
    return Counted(day, Who("telegram", language, area), Ending.ANSWERED, 1, ("", topic))


async def add(database: Database, *turns: Counted) -> None:
    async with database.write() as session:
        await write_counts(session, turns)


async def groups(database: Database, cut: Cut) -> list[Group]:
    async with database.read() as session:
        return await read_groups(session, cut, SPAN)


async def test_a_conversation_is_counted_by_how_each_message_ended(chat: Chat) -> None:
    await chat.says("hola")
    await chat.says("quiero pedir refugio")
    await chat.says("quiero pedir refugio")
    async with chat.hub.database.read() as session:
        flow = await read_flow(session, SPAN)
        topics = await read_topics(session, SPAN)
        people = await count_people(session, SPAN)
        elsewhere = await read_flow(session, SPAN, channel="whatsapp")
    assert {each.ending: each.turns for each in flow} == {Ending.TALK: 1, Ending.ANSWERED: 2}
    assert sum(each.replies for each in flow) >= 3
    assert topics == {"asylum.apply": 1}  # one person, however often they ask on one day
    assert people == 1
    assert elsewhere == []


async def test_a_disclosure_is_counted_without_language_channel_area_or_topic(chat: Chat) -> None:
    # HUM-29
    await chat.says("mi esposo me pega")
    await chat.says("mi esposo me pega y tengo miedo")
    async with chat.hub.database.read() as session:
        rows = (await session.scalars(select(TurnCount))).all()
        alarms, topics = await count_alarms(session, SPAN), await read_topics(session, SPAN)
        waiting = (await session.scalars(select(WaitingCount))).all()
    assert alarms == 1
    assert topics == {}
    assert [(row.channel, row.language) for row in rows if row.ending == Ending.ALARM] == [("", "")]
    assert {row.ending for row in rows} == {Ending.ALARM, Ending.ANSWERED}
    assert [(row.value, row.topic) for row in waiting if row.cut == Cut.ALARM] == [
        ("partner_violence", "")
    ]
    assert not [row for row in waiting if row.cut != Cut.ALARM and row.topic]


async def test_words_about_the_channel_are_not_counted(chat: Chat) -> None:
    await chat.sends(InboundKind.BLOCKED)
    async with chat.hub.database.read() as session:
        assert await read_flow(session, SPAN) == []


async def test_nine_people_are_told_of_nowhere_and_ten_are(database: Database) -> None:
    # HUM-14
    await add(database, *[asked("asylum.apply")] * (FEWEST - 1))
    assert await groups(database, Cut.AREA) == []
    assert await groups(database, Cut.LANGUAGE) == []
    await add(database, asked("asylum.apply", area="15"), asked("asylum.apply"))
    assert await groups(database, Cut.AREA) == [
        Group("24", "", 10),
        Group("24", "asylum.apply", 10),
    ]
    assert await groups(database, Cut.LANGUAGE) == [
        Group("es", "", 10),
        Group("es", "asylum.apply", 10),
    ]


async def test_what_waited_is_told_on_the_day_its_ten_is_full(database: Database) -> None:
    await add(database, *[asked("asylum.apply", day="2026-11-20")] * 7)
    await add(database, *[asked("asylum.apply", day=DAY)] * 17)
    async with database.read() as session:
        released = (await session.scalars(select(ReleasedCount))).all()
        waiting = (await session.scalars(select(WaitingCount))).all()
    assert {(row.day, row.people) for row in released} == {(DAY, 20)}
    assert {row.people for row in waiting} == {4}


async def test_what_is_of_one_day_adds_up_over_transactions(database: Database) -> None:
    await add(database, asked("asylum.apply"), asked("asylum.apply"))
    await add(database, asked("asylum.apply"), asked("docs.ptp"))
    async with database.read() as session:
        assert await read_flow(session, SPAN) == [Flow(DAY, Ending.ANSWERED, 4, 4)]
        assert await read_topics(session, SPAN) == {"asylum.apply": 3, "docs.ptp": 1}


async def test_writers_at_the_same_time_lose_nobody(database: Database) -> None:
    # HUM-14: also what waits for its ten must be right to the last person
    mixed = [asked("asylum.apply"), asked("docs.ptp", area="15", language="ht")]
    await asyncio.gather(*(add(database, *mixed[:: 1 - 2 * (each % 2)]) for each in range(12)))
    async with database.read() as session:
        assert await read_flow(session, SPAN) == [Flow(DAY, Ending.ANSWERED, 24, 24)]
        assert await read_topics(session, SPAN) == {"asylum.apply": 12, "docs.ptp": 12}
        waiting = (await session.scalars(select(WaitingCount))).all()
    assert {row.people for row in waiting} == {2}
    assert {each.people for each in await groups(database, Cut.AREA)} == {10}


def test_a_place_counts_as_its_department_and_an_unknown_one_as_none() -> None:
    # HUM-04
    reading = Reading("answer", topic="asylum.apply")
    for code, department in (("240302", "24"), ("24", "24"), ("999999", ""), ("", "")):
        counted, _ = TALLY.count(WHO._replace(area=code), Dialogue(), reading, 1, NOON)
        assert counted.who.area == department


def test_a_person_counts_once_a_day_for_a_topic() -> None:
    reading = Reading("answer", topic="asylum.apply")
    first, dialogue = TALLY.count(WHO, Dialogue(), reading, 1, NOON)
    again, dialogue = TALLY.count(WHO, Dialogue.load(dialogue.dump()), reading, 1, NOON)
    other, dialogue = TALLY.count(WHO, dialogue, Reading("answer", topic="docs.ptp"), 1, NOON)
    tomorrow, _ = TALLY.count(WHO, dialogue, reading, 1, NOON.replace(day=23))
    assert first.topics == ("", "asylum.apply")
    assert again.topics == ()
    assert other.topics == ("docs.ptp",)
    assert tomorrow.topics == ("", "asylum.apply")


def test_a_day_ends_at_midnight_where_the_platform_is() -> None:
    late = datetime(2026, 11, 23, 4, 59, tzinfo=UTC)  # one minute before midnight in Lima
    counted, _ = TALLY.count(WHO, Dialogue(), Reading("unknown"), 1, late)
    assert counted.day == DAY


@pytest.mark.parametrize("kind", ["options", "unknown", "smalltalk", "command", "handover"])
def test_what_was_not_answered_counts_for_no_topic(kind: str) -> None:
    counted, _ = TALLY.count(WHO, Dialogue(), Reading(kind, topic="asylum.apply"), 1, NOON)
    assert counted.topics == ("",)


async def test_old_figures_are_forgotten(database: Database) -> None:
    # PEER-16
    await add(database, *[asked("asylum.apply", day="2026-11-17")] * 10)
    await add(database, *[asked("asylum.apply")] * 10)
    async with database.write() as session:
        assert await forget_counts(session, DAY) > 0
    async with database.read() as session:
        assert {flow.day for flow in await read_flow(session, SPAN)} == {DAY}
        assert {row.day for row in await session.scalars(select(ReleasedCount))} == {DAY}
