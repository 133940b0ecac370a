"""What the settings and the adapters make of updates: closing lines, lengths, windows, reasons."""

from datetime import timedelta

import pytest

from bot.commands import Command, find_command
from bot.text import words
from broadcast.policy import Policy
from broadcast.reasons import WORDS, Reason, in_words
from hub.config import Config
from hub.i18n import Phrases, noop

CONFIG = Config()
POLICY = Policy.build(CONFIG, Phrases("bot", CONFIG.languages))


@pytest.mark.parametrize("language", CONFIG.languages)
def test_the_word_that_stops_updates_really_does(language: str) -> None:
    # INV-5 begins with a word that people can write back
    last = words(POLICY.closings[language])[-1]
    assert find_command(last) is Command.STOP


def test_every_language_has_a_closing_of_its_own() -> None:
    assert len(set(POLICY.closings.values())) == len(CONFIG.languages)


def test_limits_come_from_the_adapters() -> None:
    assert POLICY.text_lengths["whatsapp"] == POLICY.text_lengths["simulator.whatsapp"] == 1600
    assert POLICY.text_lengths["telegram"] == 4096
    assert POLICY.session_windows["whatsapp"] == timedelta(hours=24)
    assert "telegram" not in POLICY.session_windows


def test_every_reason_has_words() -> None:
    assert set(WORDS) == set(Reason)


@pytest.mark.parametrize(
    ("channel", "code", "fault", "expected"),
    [
        ("telegram", Reason.STOPPED, None, "stopped before"),
        ("telegram", "403", "recipient", "blocked the bot"),
        ("simulator.whatsapp", "21610", None, "wrote STOP"),
        ("elsewhere", "x", "content", "refuses this text"),
        ("elsewhere", None, None, "no reason"),
    ],
)
def test_failures_are_told_in_words(
    channel: str, code: str | None, fault: str | None, expected: str
) -> None:
    assert expected in in_words(channel, code, fault, noop)
