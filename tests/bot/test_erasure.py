"""Erasure on request: asked, confirmed, done after a pause, and complete."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot import phrases
from bot.addresses import person_index, suppression_index
from bot.contacts import ERASE_DELAY
from bot.messages import Inbound, InboundKind
from bot.models import (
    Address,
    ConsentEvent,
    Contact,
    Conversation,
    InboxRow,
    OutboxRow,
    Suppression,
)
from hub.app.hub import Hub
from hub.config import Config
from hub.database import Base
from tests.bot.canaries import find_in_files, find_in_tables
from tests.bot.words import contacts, keep_house, messages, rows, words
from tests.chat import Chat

PHONE = "+51987004321"
TEXT = "canario-7f3a mi primo Anselmo"
YES = words(phrases.erase_button)
NO = words(phrases.keep_button)


@pytest.fixture
def person(chat: Chat) -> Chat:
    return Chat(chat.hub, chat.clock, "simulator.whatsapp", PHONE)


async def live_a_little(person: Chat) -> None:
    """Leave a trace in every table that keeps anything of a person."""
    for text in ("hola", TEXT, "AVISOS", "1", "English", "hay comida gratis en Tumbes?"):
        await person.says(text)
    await person.sends(InboundKind.VOICE)
    pin = person.phone.share_location(PHONE, -12.0464321, -77.0428765)
    await person._give(pin)
    await person.says("mi esposo me pega")
    await person.says("MY DATA")


async def ask_and_confirm(person: Chat) -> None:
    await person.says("BORRAR")
    await person.says("1")


async def count(hub: Hub, model: type[Base]) -> int:
    async with hub.database.read() as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


async def ids_of(hub: Hub) -> list[str | bytes]:
    """Everything that stands for the one person of this hub."""
    (contact,) = await contacts(hub)
    (address,) = await rows(hub, select(Address))
    (talk,) = await rows(hub, select(Conversation))
    index = person_index(hub.vault, "simulator.whatsapp", PHONE)
    assert address.index == index
    return [contact.id, address.id, talk.tracker_id, index, address.sealed]


async def test_nothing_is_erased_without_a_yes(person: Chat) -> None:
    # HUM-10
    await person.says("BORRAR")
    person.hears(words(phrases.ask_erase))
    person.clock.advance(ERASE_DELAY * 2)
    await keep_house(person.hub)
    assert await count(person.hub, Contact) == 1


async def test_nothing_of_a_person_is_readable_even_before(person: Chat, tmp_path: Path) -> None:
    # INV-9, SEC-75, SEC-82: at rest nothing is in the clear, in no table and in no file
    await live_a_little(person)
    canaries = [PHONE, PHONE[1:], TEXT, "Anselmo", "12.0464", "77.0428", "mi esposo me pega"]
    assert await find_in_tables(person.hub.database, canaries) == []
    assert find_in_files(tmp_path, canaries) == []
    assert await find_in_tables(person.hub.database, await ids_of(person.hub)) != []


async def test_nothing_of_a_person_is_left_after(person: Chat) -> None:
    # HUM-10, HUM-11, INV-10: only the hash that keeps updates away (HUM-08)
    await live_a_little(person)
    ids = await ids_of(person.hub)
    await ask_and_confirm(person)
    person.clock.advance(ERASE_DELAY)
    await keep_house(person.hub)
    kept = suppression_index(person.hub.vault, "simulator.whatsapp", PHONE)
    assert await find_in_tables(person.hub.database, [*ids, PHONE, TEXT, "Anselmo"]) == []
    assert await find_in_tables(person.hub.database, [kept]) == [
        f"suppressions.suppression_index: {kept!r}"
    ]
    for model in (Contact, Address, ConsentEvent, Conversation, OutboxRow):
        assert await count(person.hub, model) == 0, model.__tablename__
    for message in await messages(person.hub):
        assert (message.payload_sealed, message.person_index) == (None, None)


async def test_the_pause_is_kept(person: Chat) -> None:
    # HUM-10: time to change one's mind, and for the confirmation to arrive
    await person.says("hola")
    await ask_and_confirm(person)
    person.hears(words(phrases.erased))
    person.clock.advance(ERASE_DELAY - timedelta(seconds=1))
    await keep_house(person.hub)
    assert await count(person.hub, Contact) == 1
    person.clock.advance(timedelta(seconds=1))
    await keep_house(person.hub)
    assert await count(person.hub, Contact) == 0


async def test_a_second_thought_is_heeded(chat: Chat) -> None:
    # HUM-10: who presses yes and then no is told that nothing was deleted, and nothing is
    await chat.says("BORRAR")
    await chat.presses(YES)
    asked = chat.phone.phone(chat.address)
    button = next(b for shown in asked for b in shown.buttons if b.label == NO)
    pressed = chat.phone.press(chat.address, button.token)
    assert pressed is not None
    await chat._give(pressed)
    chat.hears(words(phrases.kept))
    chat.clock.advance(ERASE_DELAY * 2)
    await keep_house(chat.hub)
    assert await count(chat.hub, Contact) == 1


async def test_writing_again_begins_anew(person: Chat) -> None:
    # INV-10, HUM-09: no language, no updates, and the notice once more
    await live_a_little(person)
    await ask_and_confirm(person)
    person.clock.advance(ERASE_DELAY)
    await keep_house(person.hub)
    await person.says("MIS DATOS")
    assert len(person.heard) == 3
    spanish = Config().names["es"]
    person.hears(words(phrases.my_data, "es", language=spanish, updates=False, days=30, area=None))


async def test_the_confirmation_leaves_before_its_address_goes(person: Chat) -> None:
    # HUM-10: while the channel stands still the person is not erased in the middle of being told
    await person.says("hola")
    await person.says("BORRAR")
    inbound = person.phone.type_text(PHONE, "1")
    await person.hub.inbox.receive([inbound])
    assert await person.hub.turns.step()  # answered, but nothing sent yet
    person.clock.advance(ERASE_DELAY * 5)
    await keep_house(person.hub)
    assert await count(person.hub, Contact) == 1


async def test_a_reply_that_cannot_leave_does_not_keep_the_person_for_ever(person: Chat) -> None:
    # HUM-10, F-29: the channel is down for days
    await person.says("BORRAR")
    await person.hub.inbox.receive([person.phone.type_text(PHONE, "1")])
    assert await person.hub.turns.step()
    person.clock.advance(timedelta(days=1) + ERASE_DELAY)
    await keep_house(person.hub)
    assert await count(person.hub, Contact) == 0


async def test_asking_for_updates_again_is_a_second_thought_too(person: Chat) -> None:
    # HUM-10, HUM-06: nobody is told that they will hear from us and then forgotten
    await ask_and_confirm(person)
    await person.says("AVISOS")
    await person.says("1")
    person.clock.advance(ERASE_DELAY * 2)
    await keep_house(person.hub)
    assert await count(person.hub, Contact) == 1
    assert await count(person.hub, Suppression) == 0


async def test_a_replay_after_erasure_brings_nobody_back(person: Chat) -> None:
    # SEC-05, INV-10
    await person.says("hola")
    old = Inbound(
        person.channel,
        (await messages(person.hub))[0].message_id,
        PHONE,
        InboundKind.TEXT,
        person.clock.now(),
        text="hola",
    )
    await ask_and_confirm(person)
    person.clock.advance(ERASE_DELAY)
    await keep_house(person.hub)
    assert await person.hub.inbox.receive([old]) == 0
    await person._give(old)
    person.hears_nothing()
    assert await count(person.hub, Contact) == 0


async def test_an_unreadable_message_of_the_person_is_erased_too(person: Chat) -> None:
    # INV-10, F-18
    await person.says("hola")
    async with person.hub.database.write() as session:
        row = await session.scalar(select(InboxRow))
        assert row is not None
        again = InboxRow(
            id="damaged",
            channel=row.channel,
            message_id="damaged",
            person_index=row.person_index,
            payload_sealed=b"\x01\x02k1" + bytes(40),
            state="received",
            attempts=0,
            received_at=row.received_at,
            due_at=row.due_at,
        )
        session.add(again)
    assert not await person.hub.turns.step()
    await ask_and_confirm(person)
    person.clock.advance(ERASE_DELAY)
    await keep_house(person.hub)
    assert {row.person_index for row in await messages(person.hub)} == {None}


async def test_opting_out_outlives_erasure(person: Chat) -> None:
    # HUM-08
    await person.says("hola")
    await ask_and_confirm(person)
    person.clock.advance(ERASE_DELAY)
    await keep_house(person.hub)
    assert await count(person.hub, Suppression) == 1


async def test_texts_are_forgotten_in_time(person: Chat) -> None:
    # PEER-16, SEC-05: after the retention the ids stay and the words are gone
    await person.says(TEXT)
    person.clock.advance(timedelta(days=31))
    await keep_house(person.hub)
    for message in await messages(person.hub):
        assert (message.payload_sealed, message.person_index) == (None, None)
        assert message.message_id
    for reply in await rows(person.hub, select(OutboxRow)):
        assert (reply.message_sealed, reply.content) == (None, [])
    (talk,) = await rows(person.hub, select(Conversation))
    assert talk.state_sealed is None


async def test_nothing_is_forgotten_early(person: Chat) -> None:
    # PEER-16, F-33
    await person.says(TEXT)
    person.clock.advance(timedelta(days=29))
    await keep_house(person.hub)
    assert all(row.payload_sealed for row in await messages(person.hub))
    assert all(row.message_sealed for row in await rows(person.hub, select(OutboxRow)))
