"""Asking Rasa if one may and the matcher if one must; and what is kept between two messages."""

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue import Action, Dialogue
from bot.understanding import (
    Breaker,
    Question,
    Understander,
    Understanding,
    UnderstandingError,
)
from tests.bot.understanders import Scripted, understood

RASA = replace(understood("utter_answer", ("asylum.apply", 0.9)), engine="rasa")
MATCHER = understood("utter_answer", ("asylum.apply", 0.5))
QUESTION = Question("person-1", "¿cómo pido refugio?")
NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


@dataclass
class Shaky:
    """Rasa, which fails as often as it is told."""

    failures: deque[bool] = field(default_factory=deque)
    calls: int = 0

    async def understand(self, question: Question) -> Understanding:
        del question
        self.calls += 1
        if self.failures and self.failures.popleft():
            raise UnderstandingError("status 500")
        return RASA


@dataclass
class Stage:
    rasa: Shaky = field(default_factory=Shaky)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        breaker = Breaker(3, 10, time=lambda: self.seconds)
        self.understander = Understander(self.rasa, Scripted(MATCHER), breaker)

    async def engine(self) -> str:
        return (await self.understander.understand(QUESTION)).engine


async def test_rasa_answers_while_it_can() -> None:
    assert await Stage().engine() == "rasa"


async def test_a_failure_is_answered_by_the_matcher() -> None:
    # SEC-63
    stage = Stage(Shaky(deque([True])))
    assert [await stage.engine(), await stage.engine()] == ["fallback", "rasa"]


async def test_the_breaker_opens_after_failures_in_a_row_and_closes_again() -> None:
    # SEC-64
    stage = Stage(Shaky(deque([True, True, False, True, True, True])))
    engines = [await stage.engine() for _ in range(6)]
    assert engines == ["fallback", "fallback", "rasa", "fallback", "fallback", "fallback"]
    assert stage.understander.breaker.is_open
    assert await stage.engine() == "fallback"
    assert stage.rasa.calls == 6  # it was not asked
    stage.seconds = 9.9
    assert await stage.engine() == "fallback"
    stage.seconds = 10.0
    assert await stage.engine() == "rasa"
    assert not stage.understander.breaker.is_open


async def test_one_failure_after_the_pause_opens_it_again() -> None:
    stage = Stage(Shaky(deque([True] * 4)))
    for _ in range(3):
        await stage.engine()
    stage.seconds = 10.0
    assert await stage.engine() == "fallback"
    assert stage.understander.breaker.is_open


async def test_without_rasa_the_matcher_answers() -> None:
    understander = Understander(None, Scripted(MATCHER), Breaker(3, 10))
    assert (await understander.understand(QUESTION)).engine == "fallback"


actions = st.builds(Action, do=st.sampled_from(["topic", "erase"]), value=st.text(max_size=9))
choices = st.lists(st.tuples(st.text(min_size=1, max_size=9), actions), min_size=1, max_size=6)


@given(st.lists(choices, min_size=1, max_size=8))
def test_a_dialogue_survives_being_kept(offers: list[list[tuple[str, Action]]]) -> None:
    dialogue = Dialogue(topic="asylum.apply", rasa={"form": None})
    for offer in offers:
        dialogue, buttons = dialogue.offer(offer)
        assert [button.label for button in buttons] == [label for label, _ in offer]
    again = Dialogue.load(dialogue.dump())
    assert again == dialogue
    for button, (_, action) in zip(buttons, offers[-1], strict=True):
        assert again.chosen(button.token, "") == action
    for number, (_, action) in enumerate(offers[-1], 1):
        assert again.chosen(None, str(number)) == action


def test_tokens_cannot_be_guessed_and_never_repeat() -> None:
    # SEC-46
    tokens = {
        button.token
        for _ in range(500)
        for button in Dialogue().offer([("a", Action("erase")), ("b", Action("keep"))])[1]
    }
    assert len(tokens) == 1000
    assert min(map(len, tokens)) >= 8


def test_a_dialogue_of_another_version_is_forgotten() -> None:
    assert Dialogue.load('{"version": 0, "actions": {}}') == Dialogue()


@pytest.mark.parametrize(("after", "is_in_care"), [(0, True), (23, True), (24, False)])
def test_care_lasts_its_time(after: int, is_in_care: bool) -> None:
    dialogue = Dialogue().with_care("self_harm", NOW, timedelta(hours=24))
    assert dialogue.in_care(NOW + timedelta(hours=after)) is is_in_care
    assert not Dialogue().in_care(NOW)
