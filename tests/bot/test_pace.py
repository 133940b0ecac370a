"""Who writes very much is told so and answered later; danger and the words that always work never
wait. What the limiter does not know, it lets through."""

from collections import OrderedDict
from dataclasses import replace
from datetime import timedelta

import pytest

from bot import pace, phrases
from bot.messages import Outbound
from bot.pace import WINDOW, Pace
from bot.turn import Outcome, Reading, Reply
from hub.i18n import Phrases
from tests.bot.words import address, messages, words
from tests.chat import Chat
from tests.conftest import NOW

MOST = 3
TOO_MANY = words(phrases.too_many, "es", 10)
ANSWERED = Outcome((Reply(Outbound("An answer")),), None, Reading("answer"))  # type: ignore[arg-type]


@pytest.fixture
async def flooding(chat: Chat) -> Chat:
    """Somebody who was answered as often as anybody is within ten minutes."""
    await chat.says("hola")  # told who we are, which no limit may cut off
    limited = Pace(chat.hub.conversation.phrases, MOST)
    chat.hub = replace(chat.hub, turns=replace(chat.hub.turns, pace=limited))
    for _ in range(MOST):
        await chat.says("gracias")
        chat.hears(words(phrases.thanks))
    return chat


async def test_who_writes_very_much_is_told_once_and_then_passed_over(flooding: Chat) -> None:
    # PEER-12
    await flooding.says("gracias")
    flooding.hears(TOO_MANY)
    for _ in range(3):
        await flooding.says("gracias")
        flooding.hears_nothing()
    assert [each.reason for each in await messages(flooding.hub)][-3:] == ["too_many"] * 3


async def test_after_ten_minutes_they_are_answered_again(flooding: Chat) -> None:
    # PEER-12
    await flooding.says("gracias")
    flooding.clock.advance(WINDOW)
    await flooding.says("gracias")
    flooding.hears(words(phrases.thanks))


async def test_danger_is_always_answered(flooding: Chat) -> None:
    # PEER-12, HUM-22
    for _ in range(MOST):
        await flooding.says("gracias")
        await flooding.says("mi esposo me pega")
        assert "100" in flooding.text


async def test_the_words_that_always_work_do(flooding: Chat) -> None:
    # PEER-12, HUM-07
    await flooding.says("gracias")
    await flooding.says("PERSONA")
    flooding.hears(words(phrases.person))
    await flooding.says("AVISOS")
    await flooding.presses(words(phrases.opt_in_button))
    assert (await address(flooding.hub)).opted_in_at is not None
    await flooding.says("BAJA")
    flooding.hears(words(phrases.opted_out))
    assert (await address(flooding.hub)).opted_in_at is None


async def test_one_who_floods_slows_nobody_else_down(flooding: Chat) -> None:
    # PEER-12
    await flooding.says("gracias")
    other = Chat(flooding.hub, flooding.clock, address="900000002")
    await other.says("gracias")
    other.hears(words(phrases.thanks))


@pytest.fixture
def limiter() -> Pace:
    full = Pace(Phrases("bot", ("es",)), MOST)
    for _ in range(MOST):
        assert full.hold(b"me", ANSWERED, "es", NOW) is None
    return full


def test_whoever_it_has_forgotten_is_answered(
    limiter: Pace, monkeypatch: pytest.MonkeyPatch
) -> None:
    # PEER-12: fails open
    assert limiter.hold(b"me", ANSWERED, "es", NOW) is not None
    monkeypatch.setattr(pace, "_MOST_KEPT", 2)
    for other in (b"one", b"two"):
        limiter.hold(other, ANSWERED, "es", NOW)
    assert limiter.hold(b"me", ANSWERED, "es", NOW) is None


def test_a_clock_that_jumps_back_silences_nobody(limiter: Pace) -> None:
    # PEER-12, F-33
    assert limiter.hold(b"me", ANSWERED, "es", NOW - timedelta(days=1)) is None


@pytest.mark.parametrize(
    "reading",
    [
        Reading("safety"),
        Reading("answer", may_be_danger=True),
        Reading("command"),
        Reading("handover"),
    ],
)
def test_what_concerns_safety_and_people_is_never_held(limiter: Pace, reading: Reading) -> None:
    # PEER-12
    for _ in range(3):
        assert limiter.hold(b"me", replace(ANSWERED, reading=reading), "es", NOW) is None


def test_without_a_limit_nothing_is_counted() -> None:
    free = Pace(Phrases("bot", ("es",)), None)
    for _ in range(100):
        assert free.hold(b"me", ANSWERED, "es", NOW) is None
    assert free._windows == OrderedDict()
