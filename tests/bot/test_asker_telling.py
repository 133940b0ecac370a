"""Who waits for an answer is told once, at a good moment, and forgotten."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot import awaiting_phrases, phrases
from bot.asker_desk import call_off
from bot.models import OutboxRow
from bot.question_desk import QuestionsRefusedError, reopen
from bot.question_models import AwaitState, QuestionGroup
from broadcast.asker_telling import BETWEEN, BUSY, TALKING, Standing, Verdict, decide
from content.answers import Answer
from content.review import withdraw_answer
from hub.app.background import build_asker_telling
from hub.staff.models import AuditEntry, StaffMember
from hub.staff.roles import Role
from tests.bot.askers import (
    CAT,
    LATER,
    TOPIC,
    asks_to_be_told,
    awaited,
    have_told,
    knows_nothing,
    pass_time,
    with_template,
)
from tests.bot.questions import groups
from tests.bot.understanders import Scripted, understood, with_understanding
from tests.bot.words import rows, words
from tests.chat import Chat

HERE = words(awaiting_phrases.here_it_is)
BODY = "Hay una respuesta a lo que preguntaste. Toca el botón para leerla."
SID = "HX" + "0" * 32
NIGHT = timedelta(hours=13)  # 23:00 in Lima
NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
AT_EASE = Standing(
    is_leaving=False,
    is_blocked=False,
    is_busy=False,
    quiet_until=None,
    wakes_at=None,
    updates_this_week=0,
    written_to_at=None,
    window=timedelta(hours=24),
    last_inbound_at=NOW - timedelta(hours=1),
    has_template=True,
)
LONG_AGO = NOW - timedelta(hours=25)


async def test_they_are_told_once_and_forgotten(chat: Chat) -> None:
    # HUM-46
    await asks_to_be_told(chat)
    assert await have_told(chat) == 1
    await pass_time(chat)
    chat.hears(HERE)
    [shown] = chat.heard
    assert len(shown.text) > len(HERE) + 100  # the answer itself
    assert shown.buttons
    assert await awaited(chat) == []
    (group,) = await groups(chat.hub)
    assert group.told == 1
    await pass_time(chat)
    chat.hears_nothing()


async def test_what_was_told_is_on_record_and_can_be_asked_about(chat: Chat) -> None:
    await asks_to_be_told(chat)
    await have_told(chat)
    await pass_time(chat)
    (row,) = await rows(chat.hub, select(OutboxRow).where(OutboxRow.inbound_id.is_(None)))
    assert [each["topic"] for each in row.content] == [TOPIC]
    more = understood("utter_more", ("dialogue.more", 0.9))
    chat.hub = with_understanding(chat.hub, Scripted(more))
    await chat.says("dime más")
    found = await chat.hub.conversation.answers.titles("es")
    assert found[TOPIC]
    assert words(phrases.unknown) not in chat.text


async def test_on_whatsapp_too_with_its_choices_as_numbers(whatsapp: Chat) -> None:
    # HUM-46
    await asks_to_be_told(whatsapp)
    await have_told(whatsapp)
    await pass_time(whatsapp)
    whatsapp.hears(HERE, "\n1. ")


async def test_outside_the_window_a_template_comes_first_and_a_tap_brings_it(
    whatsapp: Chat,
) -> None:
    # HUM-46
    await asks_to_be_told(whatsapp)
    await have_told(whatsapp)
    whatsapp.clock.advance(timedelta(hours=25))
    telling = with_template(whatsapp, BODY, SID)
    await pass_time(whatsapp, telling)
    assert whatsapp.text == BODY
    (row,) = await awaited(whatsapp)
    assert row.state == AwaitState.ANNOUNCED
    await pass_time(whatsapp, telling)
    whatsapp.hears_nothing()
    knows_nothing(whatsapp)
    await whatsapp.says("ver todo")
    found = await whatsapp.hub.conversation.answers.titles("es")
    assert found[TOPIC]
    assert words(phrases.unknown) not in whatsapp.text
    assert await awaited(whatsapp) == []


async def test_without_a_template_they_get_it_once_they_write_again(whatsapp: Chat) -> None:
    await asks_to_be_told(whatsapp)
    await have_told(whatsapp)
    whatsapp.clock.advance(timedelta(hours=25))
    await pass_time(whatsapp)
    whatsapp.hears_nothing()
    await whatsapp.says("hola, hay alguien ahi")
    whatsapp.clock.advance(BUSY)
    await pass_time(whatsapp)
    whatsapp.hears(HERE)


async def test_at_night_nobody_is_told(chat: Chat) -> None:
    # HUM-45
    await asks_to_be_told(chat)
    await have_told(chat)
    chat.clock.advance(NIGHT)
    await pass_time(chat)
    chat.hears_nothing()
    chat.clock.advance(timedelta(hours=10))
    await pass_time(chat)
    chat.hears(HERE)


@pytest.mark.parametrize("last", ["BAJA", "mi esposo me pega"])
async def test_who_changed_their_mind_or_disclosed_something_is_not_told(
    chat: Chat, last: str
) -> None:
    # HUM-07, HUM-23
    await asks_to_be_told(chat)
    await have_told(chat)
    await chat.says(last)
    chat.clock.advance(timedelta(days=3))
    await pass_time(chat)
    chat.hears_nothing()


async def test_nobody_is_interrupted_in_a_form(chat: Chat) -> None:
    await asks_to_be_told(chat)
    await have_told(chat)
    await chat.says("PERSONA")
    await chat.presses(chat.buttons[0])
    chat.clock.advance(TALKING)
    await pass_time(chat)
    chat.hears_nothing()
    chat.clock.advance(BUSY)
    await pass_time(chat)
    chat.hears_nothing()
    chat.clock.advance(timedelta(hours=24))  # the dialogue is forgotten
    await pass_time(chat)
    chat.hears(HERE)


async def test_nobody_is_interrupted_while_they_write(chat: Chat) -> None:
    await asks_to_be_told(chat)
    await have_told(chat)
    await chat.says("espera, una cosa")
    await pass_time(chat)
    chat.hears_nothing()
    chat.clock.advance(TALKING)
    await pass_time(chat)
    chat.hears(HERE)


async def test_an_answer_that_was_withdrawn_meanwhile_is_told_to_nobody(chat: Chat) -> None:
    # INV-13
    await asks_to_be_told(chat)
    await have_told(chat)
    hub = chat.hub
    async with hub.database.write() as session:
        person = (await session.scalars(select(StaffMember))).first()
        assert person is not None
        person.roles = [Role.VERIFIER]
        answer = await hub.conversation.answers.find(TOPIC, "es")
        assert isinstance(answer, Answer)
        await withdraw_answer(session, answer.answer_id, person, chat.clock.now())
    await pass_time(chat)
    chat.hears_nothing()
    (row,) = await awaited(chat)
    assert (row.state, row.topic) == (AwaitState.WAITING, None)


async def test_until_it_leaves_it_can_be_called_off(chat: Chat) -> None:
    await asks_to_be_told(chat)
    await have_told(chat)
    (group,) = await groups(chat.hub)
    async with chat.hub.database.write() as session:
        person = (await session.scalars(select(StaffMember))).first()
        assert person is not None
        assert await call_off(session, group.id, person, chat.clock.now()) == 1
    await pass_time(chat)
    chat.hears_nothing()
    assert [row.state for row in await awaited(chat)] == [AwaitState.WAITING]
    entries = await rows(chat.hub, select(AuditEntry).where(AuditEntry.object_kind == "questions"))
    details = {entry.action: entry.detail for entry in entries}
    assert details["questions_tell"]["people"] == 1
    assert details["questions_call_off"] == {"people": 1}
    async with chat.hub.database.write() as session:
        with pytest.raises(QuestionsRefusedError):
            await call_off(session, group.id, person, chat.clock.now())


async def test_sorting_it_again_calls_it_off(chat: Chat) -> None:
    await asks_to_be_told(chat)
    await have_told(chat)
    (group,) = await groups(chat.hub)
    async with chat.hub.database.write() as session:
        person = (await session.scalars(select(StaffMember))).first()
        assert person is not None
        await reopen(session, group.id, person, chat.clock.now())
    await pass_time(chat)
    chat.hears_nothing()
    assert [row.state for row in await awaited(chat)] == [AwaitState.WAITING]


async def test_everybody_who_said_yes_is_told_and_nobody_else(chat: Chat) -> None:
    # HUM-06
    others = [Chat(chat.hub, chat.clock, address=f"90000001{number}") for number in range(12)]
    await asks_to_be_told(chat)
    for number, other in enumerate(others):
        knows_nothing(other)
        await other.says(CAT)
        if number % 2:
            await other.presses(LATER)
    await groups(chat.hub)
    assert await have_told(chat) == 7
    await pass_time(chat)
    told = [HERE in other.phone.phone(other.address)[-1].text for other in others]
    assert told == [bool(number % 2) for number in range(12)]
    async with chat.hub.database.read() as session:
        assert (await session.scalars(select(QuestionGroup.told))).one() == 7


async def test_replies_that_wait_come_first(chat: Chat) -> None:
    # PEER-13
    await asks_to_be_told(chat)
    await have_told(chat)
    inbound = chat.phone.type_text(chat.address, "hola de nuevo")
    await chat.hub.inbox.receive([inbound])
    assert await chat.hub.turns.step()
    assert not await build_asker_telling(chat.hub).step()
    assert [row.state for row in await awaited(chat)] == [AwaitState.DUE]


@pytest.mark.parametrize(
    ("changed", "verdict", "wait"),
    [
        ({}, Verdict.TELL, timedelta()),
        ({"is_leaving": True}, Verdict.NEVER, timedelta()),
        ({"is_blocked": True}, Verdict.NEVER, timedelta()),
        ({"is_busy": True}, Verdict.LATER, BUSY),
        ({"quiet_until": NOW + timedelta(days=2)}, Verdict.LATER, timedelta(days=2)),
        ({"quiet_until": LONG_AGO}, Verdict.TELL, timedelta()),
        ({"updates_this_week": 3}, Verdict.LATER, BETWEEN),
        ({"updates_this_week": 2}, Verdict.TELL, timedelta()),
        ({"written_to_at": NOW - timedelta(hours=1)}, Verdict.LATER, timedelta(hours=23)),
        ({"written_to_at": LONG_AGO}, Verdict.TELL, timedelta()),
        ({"last_inbound_at": LONG_AGO}, Verdict.ANNOUNCE, timedelta()),
        ({"last_inbound_at": LONG_AGO, "has_template": False}, Verdict.LATER, BUSY),
        ({"last_inbound_at": LONG_AGO, "window": None}, Verdict.TELL, timedelta()),
        ({"last_inbound_at": NOW}, Verdict.LATER, TALKING),
        ({"last_inbound_at": None}, Verdict.ANNOUNCE, timedelta()),
    ],
)
def test_what_decides_whether_somebody_is_told_now(
    changed: dict[str, object], verdict: Verdict, wait: timedelta
) -> None:
    # HUM-44, HUM-45
    assert decide(replace(AT_EASE, **changed), 3, NOW) == (verdict, NOW + wait)  # type: ignore[arg-type]


_MOMENTS = st.none() | st.integers(-2000, 2000).map(lambda hours: NOW + timedelta(hours=hours))


@given(
    st.builds(
        Standing,
        is_leaving=st.booleans(),
        is_blocked=st.booleans(),
        is_busy=st.booleans(),
        quiet_until=_MOMENTS,
        wakes_at=_MOMENTS,
        updates_this_week=st.integers(0, 9),
        written_to_at=_MOMENTS,
        window=st.none() | st.just(timedelta(hours=24)),
        last_inbound_at=_MOMENTS,
        has_template=st.booleans(),
    ),
    st.none() | st.integers(1, 5),
)
def test_nobody_is_told_who_may_not_be_and_later_is_later(it: Standing, most: int | None) -> None:
    # HUM-07, HUM-23, HUM-44
    verdict, at = decide(it, most, NOW)
    if verdict is Verdict.LATER:
        assert at > NOW
    if verdict in (Verdict.TELL, Verdict.ANNOUNCE):
        assert not any((it.is_leaving, it.is_blocked, it.is_busy))
        assert it.quiet_until is None or it.quiet_until <= NOW
        assert it.written_to_at is None or NOW - it.written_to_at >= BETWEEN
        assert most is None or it.updates_this_week < most
    if verdict is Verdict.TELL and it.window is not None:
        assert it.last_inbound_at is not None
        assert it.last_inbound_at + it.window > NOW
