"""The phone beside a page: a test contact of one's own, who is treated like everybody."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import func, select

from bot.case_models import Case, Rating
from bot.models import Address, Contact, InboxRow, OutboxRow
from bot.own_contacts import OwnContact, erase_unused
from bot.question_models import UnansweredQuestion
from bot.tally_models import TopicCount, TurnCount, WaitingCount
from bot.tellings import TellingCount
from hub.app.hub import Hub
from hub.database import Base
from hub.staff.roles import Role
from tests.chat import run_until_quiet
from tests.console.conftest import Client, ConsoleHarness

SCHOOL = "cómo matriculo a mi hijo en el colegio"
Site = tuple[ConsoleHarness, Hub]
Act = Callable[..., Awaitable[str]]


@pytest.fixture
def site(console_and_hub: Site) -> Site:
    return console_and_hub


@pytest.fixture
async def member(site: Site) -> Client:
    return await site[0].sign_in_as(Role.READER)


@pytest.fixture
def act(site: Site, member: Client) -> Act:
    async def act(verb: str, **fields: str) -> str:
        """The phone after it, once the bot has answered."""
        answer = await member.act(f"/simulator/{verb}", "/simulator", **fields)
        assert answer.status_code == 303, answer.text
        await run_until_quiet(site[1])
        return await read(member)

    return act


async def read(client: Client) -> str:
    page = unescape((await client.get("/simulator")).text)
    return page[page.index('role="log"') :]


async def count(site: Site, *tables: type[Base]) -> list[int]:
    async with site[0].database.read() as session:
        return [
            await session.scalar(select(func.count()).select_from(table)) or 0 for table in tables
        ]


async def test_somebody_new_is_greeted_and_answered_over_several_turns(act: Act) -> None:
    first = await act("say", text=SCHOOL)
    assert "soy el asistente automático" in first.lower()
    assert "nadie ha verificado este texto" in first
    second = await act("say", text="1")  # a number means the choices just offered
    assert second.count("said-own") == 2
    assert second.lower().count("soy el asistente automático") == 1
    assert second.index(SCHOOL) < second.index("asistente automático")


async def test_what_it_says_is_there_at_once_and_the_answer_when_it_has_left(
    site: Site, member: Client
) -> None:
    await member.act("/simulator/say", "/simulator", text=SCHOOL)
    waiting = unescape((await member.get("/simulator")).text)
    assert SCHOOL in waiting
    assert "said-bot" not in waiting
    mark = re.search(r"talk\?seen=(\w+)", waiting)
    assert mark is not None
    unchanged = await member.get(f"/simulator/talk?seen={mark[1]}")
    assert unchanged.status_code == 204
    await run_until_quiet(site[1])
    changed = await member.get(f"/simulator/talk?seen={mark[1]}")
    assert changed.status_code == 200
    assert "said-bot" in changed.text


async def test_asking_for_what_is_new_keeps_nobody_signed_in(site: Site, member: Client) -> None:
    # SEC-23: the phone asks by itself; only a person's own acts count as presence.
    console, _ = site
    for _minute in range(40):
        console.clock.advance(timedelta(minutes=1))
        answer = await member.get("/simulator/talk?seen=")
    assert answer.status_code == 303


async def test_the_buttons_of_telegram_can_be_pressed(act: Act) -> None:
    await act("begin", test_channel="telegram")
    shown = await act("say", text="AVISOS")
    button = re.search(r'name="press" value="([^"]+)">([^<]+)<', shown)
    assert button is not None
    after = await act("say", press=button[1])
    assert f'<p dir="auto">{button[2]}</p>' in after  # it was offered, and now stands as said
    stale = await act("say", press="nonsense")
    assert "botón" in stale.lower()


async def test_it_asks_for_updates_as_everybody_does(site: Site, act: Act) -> None:
    await act("say", text=SCHOOL)
    for text in ("AVISOS", "1", "1", "1"):
        await act("say", text=text)
    async with site[0].database.read() as session:
        address = (await session.scalars(select(Address))).one()
        assert address.channel == "test.whatsapp"
        assert address.opted_in_at is not None


async def test_language_and_area_are_known_from_the_start_and_can_change(
    site: Site, act: Act
) -> None:
    await act("begin", test_channel="whatsapp", test_language="en", test_area="24")
    assert "automatic assistant" in (await act("say", text="hola")).lower()
    await act("change", test_language="fr", test_area="")
    async with site[0].database.read() as session:
        contact = (await session.scalars(select(Contact))).one()
    assert (contact.language, contact.area) == ("fr", None)


async def test_nothing_of_it_counts(site: Site, act: Act) -> None:
    await act("say", text=SCHOOL)
    for text in ("AVISOS", "1", "asdf qwer zxcv uiop", "nada de eso me sirve"):
        await act("say", text=text)
    counted = (TurnCount, TopicCount, WaitingCount, TellingCount, Rating, UnansweredQuestion)
    assert await count(site, *counted) == [0] * len(counted)
    assert await count(site, Contact, OwnContact) == [1, 1]


async def test_a_case_of_it_is_marked_and_does_not_wait_on_the_home_page(
    site: Site, act: Act
) -> None:
    console, hub = site
    await act("say", text=SCHOOL)
    await act("say", text="quiero hablar con una persona")
    for _step in range(8):
        if (await count(site, Case))[0]:
            break
        await act("say", text="1")
    async with console.database.read() as session:
        case = (await session.scalars(select(Case))).one()
    await console.add_staff("desk", Role.DESK, sub_groups=(case.owner,))
    desk = await console.sign_in("desk")
    assert "Test of The_Reader" in (await desk.get("/cases")).text
    assert "Test of The_Reader" in (await desk.get(f"/cases/{case.id}")).text
    assert "Cases: Waiting" not in (await desk.get("/")).text
    await desk.act(f"/cases/{case.id}/take", f"/cases/{case.id}")
    answer = await desk.act(
        f"/cases/{case.id}/answer", f"/cases/{case.id}", answer="Buenos días desde el mostrador"
    )
    assert answer.status_code == 303
    await run_until_quiet(hub)
    assert "Buenos días desde el mostrador" in await act("say")


async def test_each_member_has_a_contact_of_their_own(site: Site, member: Client, act: Act) -> None:
    await act("say", text="palabras de una sola persona")
    other = await site[0].sign_in_as(Role.AUTHOR)
    assert "palabras de una sola persona" not in await read(other)
    assert "palabras de una sola persona" in await read(member)


async def test_beginning_anew_deletes_everything_also_what_waits(
    site: Site, member: Client, act: Act
) -> None:
    await act("say", text="algo que se borra")
    await member.act("/simulator/say", "/simulator", text="algo que espera")
    shown = await act("begin", test_channel="whatsapp")
    assert "said-own" not in shown
    assert "said-bot" not in shown
    assert await count(site, Contact, Address, OwnContact, OutboxRow) == [1, 1, 1, 0]
    async with site[0].database.read() as session:
        kept = (await session.scalars(select(InboxRow.payload_sealed))).all()
    assert set(kept) == {None}
    await act("erase")
    assert await count(site, Contact, Address, OwnContact) == [0, 0, 0]


async def test_whoever_was_erased_does_not_come_back_with_a_message_under_way(
    site: Site, member: Client
) -> None:
    _console, hub = site
    await member.act("/simulator/say", "/simulator", text="algo que se está leyendo")
    assert await hub.inbox.claim() is not None
    await member.act("/simulator/erase", "/simulator")
    await hub.inbox.recover(everything=True)
    await run_until_quiet(hub)
    assert await count(site, Contact, OutboxRow) == [0, 0]


async def test_it_is_sealed_and_forgotten_when_nobody_uses_it(site: Site, act: Act) -> None:
    console, _ = site
    await act("say", text="palabras secretas")
    async with console.database.write() as session:
        row = (await session.scalars(select(InboxRow))).one()
        assert row.payload_sealed is not None
        assert b"secretas" not in row.payload_sealed
        assert await erase_unused(session, console.clock.now()) == 0
        assert await erase_unused(session, console.clock.now() + timedelta(hours=1)) == 1
    assert await count(site, Contact, OwnContact) == [0, 0]


async def test_an_endless_message_is_refused_and_an_empty_one_ignored(
    member: Client, act: Act
) -> None:
    answer = await member.act("/simulator/say", "/simulator", text="x" * 1001)
    assert answer.status_code == 422
    assert 'id="message-error"' in answer.text
    assert "said-own" not in await act("say")
