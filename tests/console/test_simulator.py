"""The phone beside a page: several turns with the real bot, by somebody made up, one each."""

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import func, select

from bot.models import Contact, InboxRow, OutboxRow
from bot.staff_phones import StaffPhone, forget_phones
from hub.app.hub import Hub
from hub.staff.roles import Role
from tests.console.conftest import Client, ConsoleHarness

SCHOOL = "cómo matriculo a mi hijo en el colegio"


@pytest.fixture
def site(console_and_hub: tuple[ConsoleHarness, Hub]) -> tuple[ConsoleHarness, Hub]:
    return console_and_hub


@pytest.fixture
async def member(site: tuple[ConsoleHarness, Hub]) -> Client:
    return await site[0].sign_in_as(Role.READER)


async def act(client: Client, verb: str, **fields: str) -> str:
    """The phone after it, without the words of the page around it."""
    answer = await client.act(f"/simulator/{verb}", "/simulator", **fields)
    assert answer.status_code == 303, answer.text
    return await read(client)


async def read(client: Client) -> str:
    page = unescape((await client.get("/simulator")).text)
    return page[page.index('role="log"') :]


async def test_somebody_new_is_greeted_and_answered_over_several_turns(member: Client) -> None:
    first = await act(member, "say", text=SCHOOL)
    assert "soy el asistente automático" in first.lower()
    assert "nadie ha verificado este texto" in first
    second = await act(member, "say", text="1")  # a number means the choices just offered
    assert second.count("said-own") == 2
    assert second.lower().count("soy el asistente automático") == 1
    assert "What it is" in second


async def test_the_buttons_of_telegram_can_be_pressed(member: Client) -> None:
    await act(member, "begin", channel="telegram")
    shown = await act(member, "say", text="AVISOS")
    button = re.search(r'name="press" value="([^"]+)">([^<]+)<', shown)
    assert button is not None
    after = await act(member, "say", press=button[1])
    assert after.count(button[2]) >= 2  # it was offered, and now stands as said
    stale = await act(member, "say", press="nonsense")
    assert "botón" in stale.lower()


async def test_whoever_is_made_up_is_no_contact_and_gets_nothing(
    site: tuple[ConsoleHarness, Hub], member: Client
) -> None:
    console, _ = site
    for text in (SCHOOL, "AVISOS", "1", "1", "1"):
        await act(member, "say", text=text)
    async with console.database.read() as session:
        for table in (Contact, InboxRow, OutboxRow):
            assert await session.scalar(select(func.count()).select_from(table)) == 0


async def test_each_member_has_a_phone_of_their_own(
    site: tuple[ConsoleHarness, Hub], member: Client
) -> None:
    await act(member, "say", text="palabras de una sola persona")
    other = await site[0].sign_in_as(Role.AUTHOR)
    assert "palabras de una sola persona" not in await read(other)
    assert "palabras de una sola persona" in await read(member)


async def test_beginning_anew_deletes_everything(
    site: tuple[ConsoleHarness, Hub], member: Client
) -> None:
    await act(member, "say", text="algo que se borra")
    shown = await act(member, "begin", channel="whatsapp")
    assert "algo que se borra" not in shown
    assert "said-own" not in shown


async def test_it_is_sealed_and_forgotten_like_any_dialogue(
    site: tuple[ConsoleHarness, Hub], member: Client
) -> None:
    console, _ = site
    await act(member, "say", text="palabras secretas")
    async with console.database.write() as session:
        row = (await session.scalars(select(StaffPhone))).one()
        assert b"secretas" not in row.state_sealed
        assert await forget_phones(session, console.clock.now()) == 0
        assert await forget_phones(session, console.clock.now() + timedelta(hours=1)) == 1


async def test_an_endless_message_is_refused_and_an_empty_one_ignored(member: Client) -> None:
    answer = await member.act("/simulator/say", "/simulator", text="x" * 1001)
    assert answer.status_code == 422
    assert 'id="message-error"' in answer.text
    assert "said-own" not in await act(member, "say")
