"""What people look for and where, told in their own words, whatever topic it was taken for."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from bot.channels.base import Capabilities
from bot.needs import CLEAR, FILE, LIKELY, asks_where, find_need
from bot.rehearsing import Rehearsal
from bot.word_weights import read_weights
from content.areas import AreaBook
from tests.bot.understanders import Scripted, understood, with_understanding
from tests.chat import Chat

SERVICES = yaml.safe_load((Path(__file__).parent / "sayings" / "services.yml").read_text())
NEEDS = frozenset([
    "asylum_office", "immigration_office", "health", "legal", "shelter", "food",
    "child_friendly_space", "psychosocial", "connectivity", "transport", "cash", "hotline",
    "police", "education",
])  # fmt: skip
CAPABILITIES = Capabilities(4096, 8, 64, None, receipts=False, can_look_up=False)


@pytest.fixture
def areas(chat: Chat) -> AreaBook:
    return chat.hub.conversation.answering.areas


@pytest.mark.parametrize(("part", "bar"), [("tried", 0.97), ("held_back", 0.9)])
async def test_need_and_place_are_read(areas: AreaBook, part: str, bar: float) -> None:
    missed = []
    for text, need, place in SERVICES[part]:
        area = areas.find_in_text(text)
        if (find_need(areas.without_place(text), LIKELY), area and area.name) != (need, place):
            missed.append(text)
    assert len(missed) <= (1 - bar) * len(SERVICES[part]), missed


def test_there_are_weights_for_every_need() -> None:
    assert set(read_weights(FILE).classes) == NEEDS


@pytest.mark.parametrize("text", ["estoy en", "hola", "", "soy de venezuela", "busco trabajo"])
def test_who_tells_no_need_has_none(text: str) -> None:
    assert find_need(text, CLEAR) is None


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("dónde hay un albergue", True),
        ("dnd queda la posta", True),
        ("where is the police", True),
        ("ki kote m ka manje", True),
        ("cómo saco el carnet", False),
        ("dónde saco el carnet", False),  # asks how it is done too: the answer says both
        ("tengo fiebre", False),
    ],
)
def test_asking_where(text: str, where: bool) -> None:
    assert asks_where(text) is where


async def test_who_asks_where_gets_the_places_whatever_topic_was_read(chat: Chat) -> None:
    wrong = understood(
        "utter_answer", ("regularization.ce", 0.9), slots={"topic": "regularization.ce"}
    )
    chat.hub = with_understanding(chat.hub, Scripted(wrong))
    await chat.says("donde hay comedor en Tumbes")
    services = chat.hub.conversation.answering.services
    found = await services.find_services("food", "24", "es")
    assert found
    chat.hears("Tumbes:", found[0].name)


async def test_who_tells_of_a_need_gets_places_beneath_the_answer(chat: Chat) -> None:
    answer = understood("utter_answer", ("health.sis", 0.9), slots={"topic": "health.sis"})
    chat.hub = with_understanding(chat.hub, Scripted(answer))
    await chat.says("mi hija tiene fiebre y vivo en Tumbes")
    assert len(chat.heard) > 1
    chat.hears("Tumbes:")


async def test_who_asks_where_to_be_safe_is_told_and_not_only_listed(chat: Chat) -> None:
    answer = understood("utter_answer", ("protection.gbv", 0.9), slots={"topic": "protection.gbv"})
    chat.hub = with_understanding(chat.hub, Scripted(answer))
    await chat.says("donde hay un albergue para mujeres en Lima")
    found = await chat.hub.conversation.answers.find("protection.gbv", "es")
    assert found is not None
    chat.hears(found.text.strip()[:60])  # type: ignore[union-attr]


async def test_places_for_what_rasa_cannot_tell_are_about_its_likeliest_topic(chat: Chat) -> None:
    # HUM-41: figures count no "nlu_fallback" among the topics
    unsure = understood("utter_unsure", ("food.assistance", 0.28), ("dialogue.more", 0.2))
    unsure = replace(unsure, intent="nlu_fallback")
    hub = with_understanding(chat.hub, Scripted(unsure))
    outcome, _ = await hub.rehearser.say(
        Rehearsal.begin("es"), "donde hay comedor en Tumbes", CAPABILITIES
    )
    assert (outcome.reading.kind, outcome.reading.topic) == ("services", "food.assistance")


async def test_what_rasa_cannot_tell_is_no_topic(chat: Chat) -> None:
    unsure = replace(understood("utter_unsure", ("asylum.card", 0.3)), intent="nlu_fallback")
    hub = with_understanding(chat.hub, Scripted(unsure))
    outcome, _ = await hub.rehearser.say(Rehearsal.begin("es"), "lo de aquello", CAPABILITIES)
    assert outcome.reading.topic is None
    assert [each.topic for each in outcome.reading.alternatives] == ["asylum.card"]
