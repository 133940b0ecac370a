"""Updates on simulated phones: a template and the whole text on tap; silence after a disclosure."""

from datetime import timedelta

import pytest

from bot import phrases
from broadcast.audience import Audience
from broadcast.reckoning import plan_update
from broadcast.templates import Template
from broadcast.versions import find_update
from tests.bot.words import words
from tests.broadcast.scene import TEXTS, Scene
from tests.chat import Chat, run_until_quiet

TEMPLATE = Template("HX" + "a" * 32, "Hola. Feria el {{1}}. Toca el botón.", {"1": "28"})


@pytest.fixture
async def scene(chat: Chat) -> Scene:
    hub = chat.hub
    made = Scene(hub.database, hub.vault, chat.clock, policy=hub.policy)
    await made.hire()
    return made


async def opt_in(chat: Chat) -> None:
    await chat.says("quiero avisos")
    if chat.channel == "simulator.whatsapp":
        await chat.says("1")
    else:
        await chat.presses(words(phrases.opt_in_button))
    chat.hears(words(phrases.opted_in))


async def texts_on(chat: Chat) -> list[str]:
    return [shown.text for shown in chat.phone.phone(chat.address) if not shown.by_person]


async def test_a_template_arrives_and_a_tap_brings_the_whole_text(chat: Chat, scene: Scene) -> None:
    chat.channel = "simulator.whatsapp"
    await opt_in(chat)
    chat.clock.advance(timedelta(days=3))
    await scene.sending(templates={"es": TEMPLATE})
    await run_until_quiet(chat.hub)
    assert (await texts_on(chat))[-1] == "Hola. Feria el 28. Toca el botón."
    await chat.says("Ver todo")
    chat.hears(TEXTS["es"], scene.policy.closings["es"])


async def test_ver_todo_means_nothing_without_a_template(chat: Chat) -> None:
    await chat.says("hola")
    await chat.says("ver todo")
    assert TEXTS["es"] not in chat.text
    assert chat.heard


async def test_no_update_comes_on_the_day_after_a_disclosure(chat: Chat, scene: Scene) -> None:
    # HUM-23
    await opt_in(chat)
    other = Chat(chat.hub, chat.clock, address="900000002")
    await opt_in(other)
    update_id = await scene.sending()
    await chat.says("mi esposo me pega")  # after the audience was written down
    await run_until_quiet(chat.hub)
    states = sorted(row.state for row in (await scene.ledger(update_id)).values())
    assert states == ["accepted", "cancelled"]
    assert not [text for text in await texts_on(chat) if TEXTS["es"] in text]
    next_one = await scene.compose(audience=Audience())
    async with chat.hub.database.read() as session:
        row = await find_update(session, next_one)
        plan = await plan_update(session, row, scene.policy, chat.clock.now())
    assert plan.people == 1
